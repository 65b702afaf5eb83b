// A dozen programs and the plans they become, as text. A change of lowering shows here first; run with `-u` to accept it.
// The programs use float64 where a function would otherwise be expanded, so that the text stays short.

import { beforeAll, expect, test } from "vitest";
import { compileGraph } from "../../src/compiler/pipeline.ts";
import { printPlan } from "../../src/compiler/print-plan.ts";
import type { DType } from "../../src/core/dtype.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { concatenate } from "../../src/ops/concatenate.ts";
import { scatterAdd, take } from "../../src/ops/gather.ts";
import { installTestEngine, testTarget } from "./machine.ts";

beforeAll(installTestEngine);

function leaf(shape: readonly number[], dtype: DType = "float32"): Tensor {
  return argumentLeaf({ shape, dtype });
}

interface Written {
  readonly args: readonly Tensor[];
  readonly outputs?: readonly Tensor[];
  readonly writes?: readonly (readonly [argument: number, value: Tensor])[];
}

const programs: Readonly<Record<string, () => Written>> = {
  "linear-relu": () => {
    const [x, w, b] = [leaf([32, 20]), leaf([16, 20]), leaf([16])];
    return {
      args: [x, w, b],
      outputs: [
        x
          .matmul(w.permute([1, 0]))
          .add(b)
          .maximum(0),
      ],
    };
  },
  softmax: () => {
    const x = leaf([8, 10], "float64");
    const e = x.sub(x.max({ axis: 1, keepDims: true })).exp();
    return { args: [x], outputs: [e.div(e.sum({ axis: 1, keepDims: true }))] };
  },
  "layer-norm": () => {
    const [x, scale, shift] = [leaf([4, 6]), leaf([6]), leaf([6])];
    const centred = x.sub(x.mean({ axis: 1, keepDims: true }));
    const variance = centred.mul(centred).mean({ axis: 1, keepDims: true });
    const y = centred.div(variance.add(1e-5).sqrt()).mul(scale).add(shift);
    return { args: [x, scale, shift], outputs: [y] };
  },
  // The sum has four users of a quarter each, so it needs no storage; the gates and their join are one kernel.
  gates: () => {
    const [x, h, c] = [leaf([6, 16], "float64"), leaf([6, 16], "float64"), leaf([6, 4], "float64")];
    const [i, f, g, o] = x
      .add(h)
      .mul(3)
      .chunk(4, 1)
      .map((part) => part.sqrt());
    const next = f.mul(c).add(i.mul(g));
    return { args: [x, h, c], outputs: [concatenate([i, f, g, o], 1), next, o.mul(next)] };
  },
  sgd: () => {
    const [w, g, rate] = [leaf([10, 20]), leaf([10, 20]), leaf([])];
    return { args: [w, g, rate], writes: [[0, w.sub(g.mul(rate))]] };
  },
  adam: () => {
    const [p, m, v, a, b] = [
      leaf([40, 20]),
      leaf([40, 20]),
      leaf([40, 20]),
      leaf([64, 40]),
      leaf([64, 20]),
    ];
    const g = a.permute([1, 0]).matmul(b);
    const m1 = m.mul(0.9).add(g.mul(0.1));
    const v1 = v.mul(0.999).add(g.mul(g).mul(0.001));
    const p1 = p.sub(m1.mul(0.001).div(v1.sqrt().add(1e-8)));
    return {
      args: [p, m, v, a, b],
      writes: [
        [0, p1],
        [1, m1],
        [2, v1],
      ],
    };
  },
  embedding: () => {
    const [w, index, g] = [leaf([50, 8]), leaf([6], "int32"), leaf([6, 8])];
    const places = index.reshape([6, 1]).broadcastTo([6, 8]);
    return { args: [w, index, g], outputs: [take(w, index), scatterAdd(g, places, 0, 50)] };
  },
  "strided-slice": () => {
    const x = leaf([6, 10]);
    return {
      args: [x],
      outputs: [
        x
          .slice([
            { start: 1, step: 2 },
            { start: 8, end: 1, step: -3 },
          ])
          .mul(2),
      ],
    };
  },
  pad: () => {
    const x = leaf([3, 4]);
    return {
      args: [x],
      outputs: [
        x
          .pad([
            [1, 1],
            [0, 2],
          ])
          .add(1),
      ],
    };
  },
  concatenate: () => {
    const [x, y] = [leaf([4, 3]), leaf([4, 2])];
    return { args: [x, y], outputs: [concatenate([x.neg(), y], 1)] };
  },
  "mean-over-axis": () => {
    const x = leaf([5, 6, 7]);
    return { args: [x], outputs: [x.mean({ axis: 1 }), x.mean()] };
  },
  attention: () => {
    const [q, k] = [leaf([2, 8, 4, 16]), leaf([2, 8, 4, 16])];
    const scores = q.permute([0, 2, 1, 3]).matmul(k.permute([0, 2, 3, 1]));
    return { args: [q, k], outputs: [scores.mul(0.25)] };
  },
};

test.each(Object.keys(programs))("plan of %s", async (name) => {
  const { args, outputs = [], writes = [] } = programs[name]();
  const graph = {
    arguments: args,
    outputs,
    writes: writes.map(([argument, value]) => ({ argument, value })),
  };
  await expect(printPlan(compileGraph(graph, testTarget))).toMatchFileSnapshot(
    `./plans/${name}.txt`,
  );
});
