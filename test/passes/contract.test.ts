// Contractions of random axes over operands behind random views: the strides given to the matrix-product kernels.

import { beforeAll, expect, test } from "vitest";
import type { Plan } from "../../src/compiler/plan.ts";
import type { DType } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { contract } from "../../src/ops/contract.ts";
import { unfold } from "../../src/ops/window.ts";
import { checkGraph, installTestEngine } from "./machine.ts";

beforeAll(installTestEngine);

function run(args: Tensor[], y: Tensor): Plan {
  const stream = new RandomStream(5);
  const values = args.map((t) => {
    const uniform = stream.uniform(t.size);
    if (t.dtype === "int32") return Int32Array.from(uniform, (u) => Math.floor(u * 9) - 4);
    return t.dtype === "float64"
      ? Float64Array.from(uniform, (u) => u - 0.5)
      : Float32Array.from(uniform, (u) => u - 0.5);
  });
  return checkGraph({ arguments: args, outputs: [y], writes: [] }, values);
}

const leaf = (shape: readonly number[], dtype: DType = "float32"): Tensor =>
  argumentLeaf({ shape, dtype });

test.each(["float32", "float64", "int32"] as const)("products of %s", (dtype) => {
  const [a, b] = [leaf([10, 11], dtype), leaf([11, 12], dtype)];
  run([a, b], contract(a, b, { batch: [], contract: [[1, 0]] }));
  const [v, w] = [leaf([30], dtype), leaf([30], dtype)];
  run([v, w], contract(v, w, { batch: [], contract: [[0, 0]] }));
});

test("products of truth values are refused; matmul counts them", () => {
  const [a, b] = [leaf([10, 11], "bool"), leaf([11, 12], "bool")];
  expect(() => contract(a, b, { batch: [], contract: [[1, 0]] })).toThrow(/no sums of products/);
  expect(a.matmul(b).dtype).toBe("int32");
});

test("transposed operands are read where they lie", () => {
  const [a, b] = [leaf([11, 10]), leaf([12, 11])];
  const plan = run([a, b], a.permute([1, 0]).matmul(b.permute([1, 0])));
  expect(plan.steps).toHaveLength(1);
});

test("a slice and a repeated batch are read where they lie", () => {
  const [a, b] = [leaf([3, 10, 22]), leaf([14, 11])];
  const plan = run(
    [a, b],
    a.slice([null, null, { start: 2, step: 2, end: 22 }]).matmul(b.slice([{ start: 2, end: 12 }])),
  );
  expect(plan.steps).toHaveLength(1);
  const [c, d] = [leaf([4, 9, 10]), leaf([1, 10, 11])];
  const stacked = run([c, d], c.matmul(d));
  expect(stacked.steps).toHaveLength(1);
  expect(stacked.steps[0]).toMatchObject({ name: "gemm_f32" });
});

test("a batch of products is one call", () => {
  const [a, b] = [leaf([4, 9, 10]), leaf([4, 10, 11])];
  const plan = run([a, b], a.matmul(b));
  expect(plan.steps).toHaveLength(1);
  expect(plan.steps[0]).toMatchObject({ name: "contract_f32" });
});

const externs = (plan: Plan): string[] =>
  plan.steps.flatMap((step) => (step.kind === "extern" ? [step.name] : []));

test("the gradient of a weight is computed in the weight's layout", () => {
  const [x, g] = [leaf([64, 20]), leaf([64, 30])];
  const plan = run([x, g], x.permute([1, 0]).matmul(g).permute([1, 0]));
  expect(plan.steps).toHaveLength(1);
  expect(plan.steps[0]).toMatchObject({ numbers: [30, 20, 64, 1, 30, 20, 1, 20, 30, 20, 0] });
});

test("a product that is also used as it is keeps its order", () => {
  const [x, g] = [leaf([20, 64]), leaf([64, 30])];
  const product = x.matmul(g);
  const stream = new RandomStream(6);
  const values = [x, g].map((t) => Float32Array.from(stream.uniform(t.size)));
  const outputs = [product.permute([1, 0]), product];
  const plan = checkGraph({ arguments: [x, g], outputs, writes: [] }, values);
  expect(externs(plan)).toEqual(["gemm_f32"]);
  expect(plan.steps).toHaveLength(2);
});

test("attention reads heads where they lie and writes them side by side", () => {
  const [batch, steps, heads, width] = [2, 12, 3, 8];
  const x = leaf([batch, steps, 3 * heads * width]);
  const part = (k: number): Tensor =>
    x
      .slice([null, null, { start: k * heads * width, end: (k + 1) * heads * width }])
      .reshape([batch, steps, heads, width])
      .permute([0, 2, 1, 3]);
  const scores = part(0).matmul(part(1).permute([0, 1, 3, 2]));
  const mixed = scores.matmul(part(2)).permute([0, 2, 1, 3]);
  const plan = run([x], mixed.reshape([batch, steps, heads * width]));
  expect(externs(plan)).toEqual(["contract_f32", "contract_f32"]);
  expect(plan.steps).toHaveLength(2);
});

test("a convolution reads windows where they lie and writes channels first", () => {
  const [x, w] = [leaf([3, 2, 9, 8]), leaf([5, 2, 3, 3])];
  const windows = unfold(unfold(x, 2, 3), 3, 3);
  const pairs = [
    [1, 1],
    [2, 4],
    [3, 5],
  ] as const;
  const y = contract(w, windows, { batch: [], contract: pairs }).permute([1, 0, 2, 3]);
  const plan = run([x, w], y);
  expect(externs(plan)).toEqual(["contract_f32"]);
  expect(plan.steps).toHaveLength(1);
});

test("a flipped and a padded operand", () => {
  const [a, b] = [leaf([20, 11]), leaf([9, 12])];
  expect(
    run(
      [a, b],
      a.flip([0, 1]).matmul(
        b.pad([
          [1, 1],
          [0, 0],
        ]),
      ),
    ).steps,
  ).toHaveLength(2);
});

test("a stack of short dot products is a loop", () => {
  const [x, w] = [leaf([4, 30, 5]), leaf([4, 5])];
  expect(externs(run([x, w], contract(x, w, { batch: [[0, 0]], contract: [[2, 1]] })))).toEqual([]);
});

test("a long thin product is made in parts", () => {
  const [g, x] = [leaf([16, 3, 300]), leaf([16, 5, 300])];
  const pairs = [
    [0, 0],
    [2, 2],
  ] as const;
  const plan = run([g, x], contract(g, x, { batch: [], contract: pairs }));
  expect(externs(plan)).toEqual(["contract_f32"]);
  expect(plan.steps).toHaveLength(2);
});

test("more axes than the kernel takes are copied into few", () => {
  const x = leaf([2, 3, 2, 3, 2, 3, 2, 3, 2, 3]);
  const odd = [1, 3, 5, 7, 9].map((k) => [k, k] as const);
  const y = leaf([2, 3, 2, 3, 2, 3, 2, 3, 2, 3]);
  const plan = run([x, y], contract(x, y, { batch: [], contract: odd }));
  expect(externs(plan)).toEqual(["gemm_f32"]);
});

test("random axes, orders and views", () => {
  const stream = new RandomStream(11);
  const below = (n: number): number => Math.floor(stream.uniform(1)[0] * n);
  let calls = 0;
  for (let round = 0; round < 200; round++) {
    const lengths = (count: number): number[] => Array.from({ length: count }, () => below(8) + 1);
    const [batch, inner] = [lengths(below(3)), lengths(below(3))];
    const [outerA, outerB] = [lengths(below(3)), lengths(below(3))];
    const shapes = [
      [...batch, ...inner, ...outerA],
      [...batch, ...inner, ...outerB],
    ];
    const orders = shapes.map((shape) => [...stream.permutation(shape.length)]);
    const args: Tensor[] = [];
    const [a, b] = shapes.map((shape, side) => {
      const permuted = orders[side].map((axis) => shape[axis]);
      const [operand, arg] = behindView(permuted, below(4));
      args.push(arg);
      return operand;
    });
    const place = (k: number): [number, number] => [orders[0].indexOf(k), orders[1].indexOf(k)];
    const y = contract(a, b, {
      batch: batch.map((_, k) => place(k)),
      contract: inner.map((_, k) => place(batch.length + k)),
    });
    const plan = run(
      args,
      y.rank > 1 && round % 3 === 0 ? y.permute([...y.shape.keys()].reverse()) : y,
    );
    calls += plan.steps.filter((step) => step.kind === "extern").length;
  }
  expect(calls).toBeGreaterThan(30);
});

/** A tensor of `shape`, and the leaf that it views. */
function behindView(shape: number[], how: number): [Tensor, Tensor] {
  if (how === 1) {
    const x = leaf([...shape].reverse());
    return [x.permute([...shape.keys()].reverse()), x];
  }
  if (how === 2) {
    const x = leaf(shape.map((n) => n + 2));
    return [x.slice(shape.map((n) => ({ start: 1, end: n + 1 }))), x];
  }
  if (how === 3 && shape.length > 0) {
    const x = leaf([1, ...shape.slice(1)]);
    return [x.mul(2).broadcastTo(shape), x];
  }
  const x = leaf([shape.reduce((a, b) => a * b, 1)]);
  return [x.reshape(shape), x];
}
