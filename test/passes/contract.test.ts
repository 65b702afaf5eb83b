// Contractions of random axes over operands behind random views: the strides given to the matrix-product kernels.

import { beforeAll, expect, test } from "vitest";
import type { Plan } from "../../src/compiler/plan.ts";
import type { DType } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { contract } from "../../src/ops/contract.ts";
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
  expect(plan.steps[0]).toMatchObject({ name: "gemm_f32_batched" });
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
  expect(calls).toBeGreaterThan(50);
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
