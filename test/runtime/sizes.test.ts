// Sizes at the edges: no elements, one, many axes, memory that must grow, and more than there is.

import { expect, it } from "vitest";
import {
  arange,
  compile,
  concatenate,
  gradients,
  memory,
  Parameter,
  random,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

onTargets("sizes", () => {
  it("may be zero", () => {
    const x = zeros([0]);
    const y = zeros([2, 0]);
    const results = [x.exp(), x.sum(), y.sum({ axis: 1 }), y.matmul(zeros([0, 2])), y.softmax(1)];
    expect(results.map(elements)).toEqual([[], [0], [0, 0], [0, 0, 0, 0], []]);
    expect(elements(concatenate([x, tensor([1])]))).toEqual([1]);
    expect([...elements(random.normal([0])), ...elements(x.pad([[1, 1]]))]).toEqual([0, 0]);
    expect(elements(gradients(x.exp().sum(), [x])[0])).toEqual([]);
  });

  it("of parameters and batches may be zero", () => {
    const empty = weights();
    const w = new Parameter(new Float32Array(6).fill(1), [3, 2], "float32");
    const step = compile((x: Tensor) => {
      const loss = x.matmul(w).sum().add(empty.sum());
      for (const [p, g] of loss.backward()) p.assign(p.sub(g));
      return loss;
    });
    expect(step(zeros([0, 3])).itemSync()).toBe(0);
    expect([...elements(w), ...elements(empty)]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("may have six axes or none", () => {
    const x = arange(0, 64).cast("float32").reshape([2, 2, 2, 2, 2, 2]);
    const turned = compile((t: Tensor) => t.permute([5, 3, 1, 0, 2, 4]).sum({ axis: [0, 2, 4] }));
    const sums = turned(x);
    expect(sums.shape).toEqual([2, 2, 2]);
    // Σ of 32 i₀ + 16 i₁ + 8 i₂ + 4 i₃ + 2 i₄ + i₅ over i₅, i₁, i₂; what stays is i₃, i₀, i₄.
    expect(elements(sums)).toEqual([100, 116, 356, 372, 132, 148, 388, 404]);
    const s = new Parameter(Float32Array.of(2), [], "float32");
    const step = compile(() => {
      const loss = s.mul(s);
      s.assign(s.sub(loss.backward().get(s)!.mul(0.25)));
      return loss;
    });
    expect([step().itemSync(), step().itemSync(), s.itemSync()]).toEqual([4, 1, 0.5]);
  });
});

onTargets("memory", () => {
  it("grows, with state where it was", () => {
    const n = 2 ** 24;
    const small = weights(3);
    expect(elements(small.mul(1))).toEqual([3]);
    const large = new Parameter(new Float32Array(n).fill(1), [n], "float32");
    const before = memory().totalBytes;
    const step = compile((x: Tensor) => {
      const sum = x.mul(large).sum();
      large.assign(large.add(x));
      small.assign(small.add(1));
      return sum;
    });
    const x = new Float32Array(n).fill(1);
    expect(step(x).itemSync()).toBe(n);
    expect(step(x).itemSync()).toBe(2 * n);
    expect(memory().totalBytes).toBeGreaterThan(before);
    expect(elements(small)).toEqual([5]);
  });

  it("that is not there leaves state as it was", () => {
    const w = weights(1);
    const step = compile((size: string) => {
      w.assign(w.add(1));
      return size === "huge" ? random.uniform([40_000, 40_000]).add(w) : w.mul(1);
    });
    expect(codeOf(() => step("huge"))).toBe("OUT_OF_MEMORY");
    expect(codeOf(() => random.uniform([40_000, 40_000]).add(1).dataSync())).toBe("OUT_OF_MEMORY");
    expect([elements(w), elements(step("small"))]).toEqual([[1], [2]]);
  });

  it("has a table of addresses that is not overrun", () => {
    const values = Array.from({ length: 65_536 }, (_, k) => tensor([k]));
    expect(codeOf(() => concatenate(values).dataSync())).toBe("UNSUPPORTED");
  });
}, ["wasm"]);
