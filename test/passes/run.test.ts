// Programs compiled and run by the plain machine, against direct evaluation.

import { beforeAll, expect, test } from "vitest";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Graph } from "../../src/ir/graph.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { concatenate } from "../../src/ops/concatenate.ts";
import { take } from "../../src/ops/gather.ts";
import { checkGraph, installTestEngine } from "./machine.ts";

beforeAll(installTestEngine);

const x32 = (...shape: number[]): Tensor => argumentLeaf({ shape, dtype: "float32" });

function values(graph: Graph, seed: number): Float32Array[] {
  const stream = new RandomStream(seed);
  return graph.arguments.map((t) => {
    if (t.dtype === "int32")
      return Int32Array.from(stream.uniform(t.size), (u) => Math.floor(u * 3)) as never;
    return Float32Array.from(stream.uniform(t.size), (u) => u * 2 - 1);
  });
}

function check(
  args: Tensor[],
  outputs: Tensor[],
  writes: [number, Tensor][] = [],
): ReturnType<typeof checkGraph> {
  const graph = {
    arguments: args,
    outputs,
    writes: writes.map(([argument, value]) => ({ argument, value })),
  };
  return checkGraph(graph, values(graph, 7));
}

test("linear and relu", () => {
  const [x, w, b] = [x32(16, 20), x32(12, 20), x32(12)];
  const plan = check(
    [x, w, b],
    [
      x
        .matmul(w.permute([1, 0]))
        .add(b)
        .relu(),
    ],
  );
  expect(plan.steps.map((s) => s.kind)).toEqual(["extern", "loops"]);
});

test("softmax", () => {
  const x = x32(5, 7);
  const e = x.sub(x.max({ axis: 1, keepDims: true })).exp();
  check([x], [e.div(e.sum({ axis: 1, keepDims: true }))]);
});

test("embedding", () => {
  const [w, i] = [x32(3, 4), argumentLeaf({ shape: [2, 3], dtype: "int32" })];
  check([w, i], [take(w, i)]);
});

test("swap of two states", () => {
  const [a, b] = [x32(4), x32(4)];
  check(
    [a, b],
    [a],
    [
      [0, b],
      [1, a],
    ],
  );
});

test("concatenate", () => {
  const [a, b] = [x32(4, 2), x32(4, 3)];
  check([a, b], [concatenate([a.exp(), b.mul(2)], 1).mul(3)]);
});
