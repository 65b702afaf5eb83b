import { beforeEach, describe, expect, it } from "vitest";
import { ChainruleError } from "../../src/core/errors.ts";
import { assignAll, Parameter } from "../../src/ir/state.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { grad, gradients, valueAndGrad } from "../../src/autodiff/grad.ts";
import { backward, type Gradients } from "../../src/autodiff/gradients.ts";
import { tensor } from "../../src/ops/leaf.ts";
import { random, seed } from "../../src/ops/random.ts";
import { compile, fixed } from "../../src/runtime/compile.ts";
import "../../src/runtime/install.ts";
import { setTarget } from "../../src/runtime/target.ts";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ChainruleError) return error.code;
    throw error;
  }
  return "none";
}

function sgd(gradients: Gradients, learningRate: number): void {
  const assignments = [...gradients].map(([p, g]) => ({
    slot: p.slot,
    value: p.sub(g.mul(learningRate)),
  }));
  assignAll(assignments, [gradients.loss]);
}

const weight = (): Parameter => new Parameter(Float32Array.of(1, 2, 3), [3], "float32");

for (const target of process.env.TARGETS?.split(",") ?? ["reference", "wasm"]) {
  describe(`the engine on ${target}`, () => {
    beforeEach(() => setTarget(target));

    it("computes when read, and keeps the value", async () => {
      const x = tensor([
        [1, 2],
        [3, 4],
      ]);
      const y = x.mul(2).add(1);
      expect(y.value).toBe(null);
      expect(await y.toArray()).toEqual([
        [3, 5],
        [7, 9],
      ]);
      expect(y.value).not.toBe(null);
      expect(await x.matmul(x).toArray()).toEqual([
        [7, 10],
        [15, 22],
      ]);
    });

    it("keeps numbers apart in programs of one structure", () => {
      const x = tensor([2, -3]);
      expect([3, 7, 0, 1, 0.3].map((k) => x.mul(k).dataSync()[0])).toEqual(
        [6, 14, 0, 2, Math.fround(0.6)].map((y, k) => (k === 4 ? expect.closeTo(y, 6) : y)),
      );
      expect(Object.is(x.mul(-0).dataSync()[0], -0)).toBe(true);
      expect(x.mul(Number.NaN).dataSync()[0]).toBeNaN();
      const padded = [0, -0].map((value) => x.pad([[1, 0]], { value }).dataSync()[0]);
      expect(padded.map((y) => Object.is(y, -0))).toEqual([false, true]);
    });

    it("differentiates twice", () => {
      const x = tensor([2]);
      const y = x.mul(x).mul(x).sum();
      const [g] = gradients(y, [x]);
      const [h] = gradients(g.sum(), [x]);
      expect(g.dataSync()[0]).toBe(12);
      expect(h.dataSync()[0]).toBe(12);
    });

    it("reads a loss before and after backward", async () => {
      const w = weight();
      const loss = w.mul(w).sum();
      expect(await loss.item()).toBe(14);
      const g = loss.backward();
      expect(Array.from(g.get(w)!.dataSync())).toEqual([2, 4, 6]);
    });

    it("updates in place outside compile, keeps old values and releases history", async () => {
      const w = weight();
      const loss = w.mul(w).sum();
      const early = w.mul(10);
      sgd(loss.backward(), 0.5);
      expect(Array.from(w.dataSync())).toEqual([0, 0, 0]);
      expect(await loss.item()).toBe(14);
      expect(Array.from(early.dataSync())).toEqual([10, 20, 30]);
      expect(codeOf(() => loss.backward())).toBe("GRAPH_RELEASED");
      expect(codeOf(() => early.sum().backward())).toBe("GRAPH_RELEASED");
    });

    it("compiles a step once per signature and replays it", () => {
      const w = weight();
      const step = compile((x: Tensor, rate: Tensor) => {
        const y = w.mul(x).sum();
        const loss = y.mul(y);
        const g = loss.backward();
        assignAll([{ slot: w.slot, value: w.sub(g.get(w)!.mul(rate)) }]);
        return { loss, doubled: x.mul(2), name: "step" };
      });
      const first = step(Float32Array.of(1, 0, 0), 0.25);
      expect(first.name).toBe("step");
      expect(first.loss.dataSync()[0]).toBe(1);
      expect(Array.from(w.dataSync())).toEqual([0.5, 2, 3]);
      const second = step(Float32Array.of(0, 1, 0), 0.125);
      expect(second.loss.dataSync()[0]).toBe(4);
      expect(Array.from(w.dataSync())).toEqual([0.5, 1.5, 3]);
      expect(Array.from(first.doubled.dataSync())).toEqual([2, 0, 0]);
      expect(step.traces).toBe(1);
      step(tensor([1, 1, 1]), 0);
      expect(step.traces).toBe(1);
    });

    it("orders reads and writes as the program does", () => {
      const w = new Parameter(Float32Array.of(1), [1], "float32");
      const step = compile(() => {
        const before = w.mul(10);
        w.assign(w.add(1));
        const middle = w.mul(10);
        w.assign(w.mul(2));
        return [before, middle, w.mul(1)];
      });
      expect(step().map((t) => t.dataSync()[0])).toEqual([10, 20, 4]);
      expect(step().map((t) => t.dataSync()[0])).toEqual([40, 50, 10]);
      expect(w.dataSync()[0]).toBe(10);
    });

    it("swaps two states", () => {
      const a = new Parameter(Float32Array.of(1, 2), [2], "float32");
      const b = new Parameter(Float32Array.of(3, 4), [2], "float32");
      const swap = compile(() => {
        const old = a.mul(1);
        assignAll([
          { slot: a.slot, value: b.node },
          { slot: b.slot, value: a.node },
        ]);
        return old;
      });
      swap();
      expect([...a.dataSync(), ...b.dataSync()]).toEqual([3, 4, 1, 2]);
    });

    it("draws fresh random numbers in each call, the same for the same seed", () => {
      const draw = compile(() => random.uniform([5]));
      seed(7);
      const first = Array.from(draw().dataSync());
      const second = Array.from(draw().dataSync());
      expect(first).not.toEqual(second);
      seed(7);
      expect(Array.from(draw().dataSync())).toEqual(first);
      seed(7);
      expect(Array.from(random.uniform([5]).dataSync())).toEqual(first);
    });

    it("refuses values, promises and escapes inside compile", () => {
      expect(codeOf(() => compile((x: Tensor) => x.mul(x.itemSync()))(tensor([1])))).toBe(
        "VALUE_IN_TRACE",
      );
      expect(codeOf(() => compile(async (x: Tensor) => x)(tensor([1])))).toBe("ASYNC_IN_TRACE");
      let leaked: Tensor | undefined;
      compile((x: Tensor) => {
        leaked = x.mul(2);
        return leaked;
      })(tensor([1]));
      expect(codeOf(() => leaked!.dataSync())).toBe("TRACE_ESCAPE");
    });

    it("rolls back a throw while tracing", () => {
      const w = weight();
      const bad = compile(() => {
        w.assign(w.mul(2));
        throw new Error("stop");
      });
      expect(() => bad()).toThrow("stop");
      expect(Array.from(w.dataSync())).toEqual([1, 2, 3]);
    });

    it("takes fixed numbers into the signature", () => {
      const seen: number[] = [];
      const f = compile((x: Tensor, n: number) => {
        seen.push(n);
        return x.mul(n);
      });
      expect(f(tensor([2]), fixed(3) as unknown as number).dataSync()[0]).toBe(6);
      expect(f(tensor([2]), fixed(4) as unknown as number).dataSync()[0]).toBe(8);
      expect(seen).toEqual([3, 4]);
    });

    it("inlines nested compiled functions and captures outer tensors as constants", () => {
      const scale = tensor([3]).mul(2);
      const inner = compile((x: Tensor) => x.mul(scale));
      const outer = compile((x: Tensor) => inner(x).add(1));
      expect(outer(tensor([1])).dataSync()[0]).toBe(7);
      expect(inner.traces).toBe(0);
    });

    it("takes gradients of functions", () => {
      const cube = (x: Tensor): Tensor => x.mul(x).mul(x).sum();
      expect(grad(cube)(tensor([2])).dataSync()[0]).toBe(12);
      const { value, gradients: both } = valueAndGrad((a: Tensor, b: Tensor) => a.mul(b).sum())(
        tensor([2]),
        tensor([5]),
      );
      expect([value.itemSync(), ...both.map((g) => g.dataSync()[0])]).toEqual([10, 5, 2]);
      expect(codeOf(() => backward(tensor([1, 2])))).toBe("NOT_SCALAR");
    });

    it("hands out copies of state, and takes them", () => {
      const given = new Float32Array([1, 2]);
      const w = new Parameter(given, [2], "float32");
      const double = compile(() => w.assign(w.mul(2)));
      const expectCopy = (): void => {
        const before = w.slot.fetch();
        const copy = w.slot.fetch();
        copy.fill(9);
        expect([...w.slot.fetch()]).toEqual([...before]);
        expect([...w.slot.peek()]).toEqual([...before]);
      };
      expectCopy();
      double();
      const kept = w.slot.fetch();
      expectCopy();
      double();
      expect([...kept, ...w.slot.fetch()]).toEqual([2, 4, 4, 8]);
      const next = new Float32Array([5, 6]);
      w.set(next);
      next.fill(0);
      expectCopy();
      expect([...w.slot.fetch()]).toEqual([5, 6]);
    });

    it("survives a long chain that nobody reads", () => {
      let x = tensor([0]);
      for (let k = 0; k < 30_000; k++) x = x.add(1);
      expect(x.dataSync()[0]).toBe(30_000);
    });
  });
}
