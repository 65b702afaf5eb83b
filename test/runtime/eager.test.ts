// Tensors outside compile: numbers in programs that are kept, reading and differentiating in any order, released history.

import { expect, it } from "vitest";
import {
  full,
  grad,
  gradients,
  optim,
  type Tensor,
  tensor,
  valueAndGrad,
} from "../../src/index.ts";
import { assignAll } from "../../src/ir/state.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

onTargets("numbers in a kept program", () => {
  it("are not those of the graph it was made for", () => {
    const x = tensor([1, 2], { dtype: "float64" });
    for (const factor of [0.3, 0.7, Number.NaN, Infinity, -Infinity, 3, 5])
      expect(elements(x.mul(factor))).toEqual([factor, 2 * factor]);
    const whole = tensor([1, 2], { dtype: "int32" });
    for (const factor of [3, 5, 7.5, 8.5])
      expect(elements(whole.mul(factor))).toEqual([factor, 2 * factor]);
    expect(elements(whole.mul(2 ** 31 - 1))).toEqual([2 ** 31 - 1, -2]);
    for (const value of [-Infinity, Infinity, Number.NaN, 3])
      expect(elements(x.pad([[1, 0]], { value }))[0]).toBe(value);
  });

  it("keep the sign of zero", () => {
    const x = tensor([1]);
    const inverses = [x.mul(0), x.mul(-0), full([1], 0), full([1], -0)].map(
      (zero) => elements(zero.reciprocal())[0],
    );
    expect(inverses).toEqual([Infinity, -Infinity, Infinity, -Infinity]);
  });
});

onTargets("reading and differentiating", () => {
  it("mix, to any order", () => {
    const x = tensor([3]);
    const y = x.mul(x).mul(x).sum();
    expect(y.itemSync()).toBe(27);
    const [first] = gradients(y, [x]);
    expect(elements(first)).toEqual([27]);
    const [second] = gradients(first.sum(), [x]);
    expect(elements(second)).toEqual([18]);
    expect(elements(gradients(second.sum(), [x])[0])).toEqual([6]);
  });

  it("gives the gradient of a tensor on the way, also of one that was read", () => {
    const w = weights(2);
    const h = w.mul(3);
    h.dataSync();
    const all = h.mul(h).sum().backward();
    expect([h, w].map((x) => elements(all.get(x)!))).toEqual([[12], [36]]);
    expect(all.get(tensor([1]))).toBe(undefined);
  });

  it("takes arguments as independent, though one is or rests on another", () => {
    const x = weights(3);
    const product = valueAndGrad((a: Tensor, b: Tensor) => a.mul(b).sum());
    expect(product(x, x).gradients.map(elements)).toEqual([[3], [3]]);
    const double = x.mul(2);
    expect(product(x, double).gradients.map(elements)).toEqual([[6], [3]]);
    expect(product(double, x).gradients.map(elements)).toEqual([[3], [6]]);
    const slope = grad((y: Tensor) => y.mul(y).mul(y).sum());
    expect(elements(grad((y: Tensor) => slope(y).sum())(x))).toEqual([18]);
  });
});

onTargets("state outside compile", () => {
  it("is not differentiated at an older version", () => {
    const w = weights(2);
    const y = w.mul(10).sum();
    w.assign(w.add(1));
    expect(codeOf(() => y.backward())).toBe("GRAPH_RELEASED");
    expect(codeOf(() => gradients(y, [w]))).toBe("GRAPH_RELEASED");
    expect(elements(gradients(y.detach().mul(w).sum(), [w])[0])).toEqual([20]);
  });

  it("swaps, and keeps the last of several values", () => {
    const [a, b] = [weights(1), weights(2)];
    assignAll([
      { slot: a.slot, value: b.node },
      { slot: b.slot, value: a.node },
    ]);
    expect([a, b].map(elements)).toEqual([[2], [1]]);
    for (const values of [
      [a.add(1), a.add(2)],
      [tensor([7]), tensor([8])],
    ])
      assignAll(values.map((value) => ({ slot: a.slot, value })));
    expect(elements(a)).toEqual([8]);
  });

  it("refuses values that do not fit", () => {
    const w = weights(1);
    expect(codeOf(() => w.assign(tensor([1, 2])))).toBe("SHAPE_MISMATCH");
    expect(codeOf(() => w.assign(tensor([1], { dtype: "int32" })))).toBe("DTYPE_MISMATCH");
    expect(codeOf(() => w.assign(3 as unknown as Tensor))).toBe("BAD_ARGUMENT");
    expect(codeOf(() => w.set([1, 2]))).toBe("SHAPE_MISMATCH");
  });

  it("leaves older readers their values", () => {
    const w = weights(1);
    const old: Tensor[] = [];
    for (let k = 0; k < 20; k++) {
      old.push(w.mul(1));
      w.set([k]);
    }
    expect(old.slice(0, 4).map(elements)).toEqual([[1], [0], [1], [2]]);
  });

  it("lets go of the history of losses that are kept", () => {
    const w = weights(1, 2, 3);
    const optimizer = new optim.Adam([w], { learningRate: 0.01 });
    const losses = Array.from({ length: 50 }, () => {
      const loss = w.sub(2).square().mean();
      optimizer.step(loss.backward());
      return loss;
    });
    expect(losses.every((loss) => loss.inputs.length === 0 && loss.value !== null)).toBe(true);
  });
});
