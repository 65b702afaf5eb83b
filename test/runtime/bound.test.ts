// What is looked up once for many calls is looked up again when it has changed: the types of the arguments, where state
// is, where the arena is, and the memory, whose growth detaches every view.

import { afterEach, expect, it, vi } from "vitest";
import {
  compile,
  fixed,
  Parameter,
  setTarget,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.ts";
import { deviceNamed } from "../../src/runtime/target.ts";
import { elements, onTargets, weights } from "./on-targets.ts";

// One thread, and so a memory of its own.
process.env.CHAINRULE_THREADS = "1";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A step that has run once on `x` and adds `x` to three ones. */
function countingStep(): { step: (x: Float32Array) => Tensor; x: Float32Array } {
  setTarget("wasm");
  const w = weights(1, 1, 1);
  const step = compile((x: Tensor) => {
    w.assign(w.add(x));
    return w.mul(2);
  });
  const x = Float32Array.of(1, 2, 3);
  expect(elements(step(x))).toEqual([4, 6, 8]);
  return { step, x };
}

onTargets("a call with its latest signature", () => {
  it("takes arrays, tensors, host tensors and numbers in turn", () => {
    const f = compile((a: Tensor, b: Tensor) => a.mul(b));
    const array = Float32Array.of(1, 2);
    const host = { data: Float32Array.of(5, 6), shape: [2], dtype: "float32" as const };
    const results = [array, tensor([3, 4]), host, tensor([3, 4]).add(4)].map((a, k) =>
      elements(f(a, k + 1)),
    );
    expect(results).toEqual([
      [1, 2],
      [6, 8],
      [15, 18],
      [28, 32],
    ]);
    array[0] = 9;
    expect([elements(f(array, 1)), f.traces]).toEqual([[9, 2], 1]);
  });

  it("is left for another one by whatever differs", () => {
    const f = compile((a: Tensor, k: unknown) => (k === 2 ? a.neg() : a));
    const still = fixed(2) as unknown;
    const w = weights(7);
    const calls: (readonly [Parameters<typeof f>[0], unknown])[] = [
      [Float32Array.of(1), "s"],
      [w, "s"],
      [Float64Array.of(1), "s"],
      [Float32Array.of(1), "s"],
      [Float32Array.of(1, 2), "s"],
      [{ data: Float32Array.of(1, 2), shape: [1, 2], dtype: "float32" }, "s"],
      [Float32Array.of(1), still],
      [Float32Array.of(1), 2],
    ];
    const results = calls.map(([a, k]) => f(a, k));
    expect(results.map((r) => [r.dtype, ...r.shape, ...elements(r)].join(" "))).toEqual([
      "float32 1 1",
      "float32 1 7",
      "float64 1 1",
      "float32 1 1",
      "float32 2 1 2",
      "float32 1 2 1 2",
      "float32 1 -1",
      "float32 1 1",
    ]);
    expect(f.traces).toBe(7);
    w.set([8]);
    expect(elements(f(w, "s"))).toEqual([8]);
    expect(() => f(Uint8Array.of(2), "s")).toThrow(/may hold 0 and 1/);
  });

  it("follows state that has moved to another target and back", () => {
    const w = weights(1);
    const step = compile((by: Tensor) => {
      w.assign(w.mul(by));
      return w.add(0);
    });
    const seen = ["wasm", "reference", "reference", "wasm", "wasm"].map((target) => {
      setTarget(target);
      return elements(step(2))[0];
    });
    expect(seen).toEqual([2, 4, 8, 16, 32]);
    w.set([1]);
    expect(elements(step(3))).toEqual([3]);
  });
});

it("leaves the arena's old place to others once it has moved", () => {
  const { step, x } = countingStep();
  const { scratchBytes } = deviceNamed("wasm").memory();
  compile((a: Tensor) => a.cumSum(0).mul(a).sum())(zeros([scratchBytes]));
  const others = Array.from({ length: 64 }, () => weights(...new Array<number>(16).fill(5)));
  compile(() => {
    for (const w of others) w.assign(w.add(0));
  })();
  expect(elements(step(x))).toEqual([6, 10, 14]);
  expect(new Set(others.flatMap(elements))).toEqual(new Set([5]));
});

it("survives growth of the memory, which detaches views that no thread shares", () => {
  const { step, x } = countingStep();
  const { totalBytes } = deviceNamed("wasm").memory();
  const large = new Parameter(new Float32Array(totalBytes / 4), [totalBytes / 4], "float32");
  compile(() => large.assign(large.add(1)))();
  expect(deviceNamed("wasm").memory().totalBytes).toBeGreaterThan(totalBytes);
  expect(elements(step(x))).toEqual([6, 10, 14]);
});

it("prepares functions of one structure once, whatever their constants and state", () => {
  setTarget("wasm");
  const prepare = vi.spyOn(deviceNamed("wasm"), "prepare");
  const make = (start: number, factor: number): (() => Tensor) => {
    const w = weights(start, 1, 2, 3, 4);
    const scale = tensor([factor, factor, 1, 1, 17]);
    return compile(() => {
      w.assign(w.mul(scale));
      return w.sum();
    });
  };
  const [a, b] = [make(1, 2), make(5, 3)];
  expect([elements(a()), elements(b()), elements(a()), elements(b())]).toEqual([
    [2 + 2 + 2 + 3 + 68],
    [15 + 3 + 2 + 3 + 68],
    [4 + 4 + 2 + 3 + 68 * 17],
    [45 + 9 + 2 + 3 + 68 * 17],
  ]);
  expect(prepare).toHaveBeenCalledTimes(1);
});
