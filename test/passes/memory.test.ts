// Where values are written, and how memory is shared: updates in place, values that must be copied, deep graphs.

import { beforeAll, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { planArena } from "../../src/compiler/3-memory/arena.ts";
import { compileGraph } from "../../src/compiler/pipeline.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { concatenate } from "../../src/ops/concatenate.ts";
import { literal } from "../../src/ops/operand.ts";
import { checkGraph, checkPlan, installTestEngine, testTarget } from "./machine.ts";

beforeAll(installTestEngine);

const leaf = (...shape: number[]): Tensor => argumentLeaf({ shape, dtype: "float32" });

function run(
  args: Tensor[],
  outputs: Tensor[],
  writes: [number, Tensor][],
  tolerance = 1e-4,
): Plan {
  const stream = new RandomStream(3);
  const graph = {
    arguments: args,
    outputs,
    writes: writes.map(([argument, value]) => ({ argument, value })),
  };
  const values = args.map((t) => Float32Array.from(stream.uniform(t.size), (u) => u * 2 - 1));
  return checkGraph(graph, values, tolerance);
}

test("an update reads and writes at the same point: in place, without scratch memory", () => {
  const [w, g] = [leaf(30), leaf(30)];
  const plan = run([w, g], [], [[0, w.sub(g.mul(0.1))]]);
  expect(plan.scratchBytes).toBe(0);
  expect(plan.steps).toHaveLength(1);
});

test.each(["none", "tanh"] as const)(
  "gelu (%s) keeps its slow function for the derivative, nothing else",
  (approximate) => {
    const [a, w, v] = [leaf(16, 12), leaf(12, 20), leaf(20, 14)];
    const loss = a.matmul(w).gelu({ approximate }).matmul(v).square().sum();
    const { steps } = run([a, w, v], gradients(loss, [w, v]), []);
    const results = steps.map((step) => {
      if (step.kind !== "loops") return 0;
      return step.kernel.buffers.filter((b) => b.access !== "read" && b.elements === 16 * 20)
        .length;
    });
    expect(results.filter((count) => count > 0)).toEqual([2, 1]);
  },
);

test("a value that reads the old one elsewhere is computed aside and copied", () => {
  const w = leaf(6, 6);
  const plan = run([w], [], [[0, w.permute([1, 0]).add(1)]]);
  expect(plan.steps).toHaveLength(2);
});

test("the steps of a recurrence that walk along one storage share one kernel", () => {
  const [x, h] = [leaf(8, 5), leaf(5)];
  const states = [h];
  for (let t = 0; t < 8; t++) states.push(x.slice([t]).mul(states[t].sum()));
  const { steps } = run([x, h], [states[8]], []);
  const kernels = steps.map((step) => (step.kind === "loops" ? JSON.stringify(step.kernel) : ""));
  expect(kernels).toHaveLength(9);
  expect(new Set(kernels.map((text) => text.replaceAll(/"elements":\d+/g, ""))).size).toBe(3);
});

test("a kernel that walks backwards, or begins outside its buffer, keeps its place", () => {
  const x = leaf(8, 5);
  const backwards = x.flip([1]).add(x.slice([1]));
  run(
    [x],
    [
      backwards,
      x.slice([{ start: 3 }]).pad([
        [1, 0],
        [2, 1],
      ]),
    ],
    [],
  );
});

test("an argument is written after all readers of its old value", () => {
  const [w, x] = [leaf(20, 30), leaf(25, 20)];
  const y = x.matmul(w);
  run([w, x], [y.sum(), w], [[0, w.mul(0.5)]]);
  run(
    [w, x],
    [y.mul(w.sum())],
    [
      [0, w.mul(0.5)],
      [1, x.add(w.sum())],
    ],
  );
});

test("arguments that exchange values, in a pair and in a ring", () => {
  const [a, b, c] = [leaf(5), leaf(5), leaf(5)];
  run(
    [a, b, c],
    [],
    [
      [0, b],
      [1, a],
    ],
  );
  run(
    [a, b, c],
    [a, b],
    [
      [0, b],
      [1, c],
      [2, a],
    ],
  );
  run(
    [a, b, c],
    [],
    [
      [0, b.mul(2)],
      [1, a.mul(3)],
    ],
  );
  run(
    [a, b, c],
    [],
    [
      [0, b.sum().add(a)],
      [1, a.sum().add(b)],
    ],
  );
});

test("one value written to two arguments and returned", () => {
  const [a, b] = [leaf(4), leaf(4)];
  const y = a.add(b);
  run(
    [a, b],
    [y, y],
    [
      [0, y],
      [1, y],
    ],
  );
  run(
    [a, b],
    [y.mul(2)],
    [
      [0, y.reshape([2, 2]).reshape([4])],
      [1, y],
    ],
  );
});

test("an argument written with itself, and with a literal", () => {
  const a = leaf(4);
  run([a], [a], [[0, a]]);
  run([a], [a], [[0, literal(3).broadcastTo([4])]]);
});

test("a product written over an argument that is not its operand", () => {
  const [c, a, b] = [leaf(30, 30), leaf(30, 30), leaf(30, 30)];
  const plan = run([c, a, b], [], [[0, a.matmul(b)]]);
  expect(plan.steps.map((step) => step.kind)).toEqual(["extern"]);
  run([c, a, b], [], [[1, a.matmul(b)]]);
});

test("parts of a concatenation written over an argument that one of them reads", () => {
  const [a, b] = [leaf(6), leaf(3)];
  run([a, b], [], [[0, concatenate([a.slice([{ start: 3 }]), b], 0)]]);
  run([a, b], [], [[0, concatenate([a.slice([{ end: 3 }]).mul(2), b], 0)]]);
});

test("halves of an argument that exchange places", () => {
  const w = leaf(8);
  const halves = [w.slice([{ start: 4 }]).mul(2), w.slice([{ end: 4 }]).mul(3)];
  run([w], [], [[0, concatenate(halves, 0)]]);
});

test("outputs that are arguments, literals, views, reshapes and empty tensors", () => {
  const [a, empty] = [leaf(2, 3), leaf(0, 3)];
  run(
    [a, empty],
    [
      a,
      literal(2),
      literal(1).broadcastTo([2, 2]),
      a.permute([1, 0]),
      a.reshape([6]),
      empty.neg(),
      empty.sum(),
    ],
    [],
  );
});

test("blocks that live together never overlap, and memory stays near what lives at once", () => {
  const stream = new RandomStream(1);
  for (let round = 0; round < 50; round++) {
    const [sizes, starts, spans] = [stream.uniform(60), stream.uniform(60), stream.uniform(60)];
    const blocks = Array.from(sizes, (u, k) => {
      const first = Math.floor(starts[k] * 50);
      return { bytes: Math.floor(u * u * 5000), first, last: first + Math.floor(spans[k] * 8) };
    });
    const { offsets, bytes } = planArena(blocks);
    const end = (k: number): number => offsets[k] + blocks[k].bytes + 16;
    blocks.forEach((a, i) => {
      expect(offsets[i] % 64).toBe(0);
      expect(end(i)).toBeLessThanOrEqual(bytes);
      for (let j = 0; j < i; j++) {
        const together = a.first <= blocks[j].last && blocks[j].first <= a.last;
        if (together) expect(offsets[i] >= end(j) || offsets[j] >= end(i)).toBe(true);
      }
    });
    const live = (at: number): number =>
      blocks
        .filter((b) => b.first <= at && at <= b.last)
        .reduce((sum, b) => sum + Math.ceil((b.bytes + 16) / 64) * 64, 0);
    const least = Math.max(...Array.from({ length: 60 }, (_, at) => live(at)));
    expect(bytes).toBeLessThanOrEqual(1.25 * least);
  }
});

test("a long chain of layers runs in the memory of a few", () => {
  let x = leaf(16, 16);
  const args = [x];
  for (let layer = 0; layer < 30; layer++) {
    const w = leaf(16, 16);
    args.push(w);
    x = x.matmul(w).tanh();
  }
  const plan = compileGraph({ arguments: args, outputs: [x], writes: [] }, testTarget);
  checkPlan(plan);
  expect(plan.scratchBytes).toBeLessThan(8 * 16 * 16 * 4);
});

test("graphs deeper than the call stack", () => {
  const a = leaf(3);
  let x = a;
  for (let k = 0; k < 12_000; k++)
    x = k % 3 === 0 ? x.mul(0.999) : k % 3 === 1 ? x.add(a) : x.neg();
  run([a], [x], [], 1e-2);
  let y = leaf(2, 2);
  const first = y;
  for (let k = 0; k < 12_000; k++) y = k % 2 === 0 ? y.flip(0) : y.permute([1, 0]);
  run([first], [y], []);
});

test("wide graphs: many parameters updated in one step", () => {
  const args: Tensor[] = [];
  const writes: [number, Tensor][] = [];
  let x = leaf(8, 8);
  const input = x;
  for (let k = 0; k < 100; k++) {
    const w = leaf(8, 8);
    x = x.add(w.mul(input));
    args.push(w);
  }
  const norm = args
    .map((w) => w.mul(w).sum())
    .reduce((a, b) => a.add(b))
    .sqrt();
  for (const [k, w] of args.entries()) writes.push([k, w.sub(x.mul(w).div(norm))]);
  run([...args, input], [x.sum()], writes);
});
