// The compiler and the emitter together: programs and random graphs on the WebAssembly device, against the reference.

import { beforeAll, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import { concatenate, stack } from "../../src/ops/concatenate.ts";
import { take } from "../../src/ops/gather.ts";
import { full } from "../../src/ops/leaf.ts";
import { installTestEngine } from "./machine.ts";
import { checkProgram, compareDevices, runOn } from "./on-device.ts";
import { randomProgram } from "./random-graphs.ts";

beforeAll(installTestEngine);

const from = Number(process.env.SEED ?? 0);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 150) }, (_, k) => from + k);

test("random graphs", () => {
  for (const seed of seeds) {
    const { graph, args } = randomProgram(seed, 4 + (seed % 20));
    try {
      compareDevices(graph, args, 1e-3);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});

/** A value and its gradients with respect to float inputs, weighted so that no gradient vanishes. */
function withGradients(y: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const loss = y.mul(y.mul(0.5).add(0.3)).sum();
  return [y, ...gradients(loss, inputs)];
}

const int = (shape: readonly number[], below: number) => ({
  shape,
  dtype: "int32" as const,
  below,
});
const float64 = (shape: readonly number[]) => ({ shape, dtype: "float64" as const });

test("layer norm and batch norm, with gradients", () => {
  const norm = (axis: number) => (x: Tensor, w: Tensor, b: Tensor) => {
    const centred = x.sub(x.mean({ axis, keepDims: true }));
    const variance = centred.square().mean({ axis, keepDims: true });
    return withGradients(centred.mul(variance.add(1e-5).rsqrt()).mul(w).add(b), [x, w, b]);
  };
  checkProgram([[17, 37], [37], [37]], norm(1), 1e-4);
  checkProgram([[33, 10], [10], [10]], norm(0), 1e-4);
  checkProgram([[5, 6, 9], [9], [9]], norm(2), 1e-4);
});

test("softmax over every axis, with gradients", () => {
  for (const axis of [0, 1, 2])
    checkProgram([[7, 10, 13]], (x) => withGradients(x.mul(5).softmax(axis), [x]));
  checkProgram([[64, 10]], (x) => withGradients(x.mul(30).logSoftmax(-1), [x]), 1e-4);
});

test("attention with four heads, with gradients", () => {
  const [batch, time, heads, width] = [3, 11, 4, 5];
  const all = heads * width;
  const shapes = [
    [batch, time, all],
    [all, all],
    [all, all],
    [all, all],
    [all, all],
  ];
  checkProgram(
    shapes,
    (x, wq, wk, wv, wo) => {
      const split = (w: Tensor): Tensor =>
        x
          .matmul(w.permute([1, 0]))
          .reshape([batch, time, heads, width])
          .permute([0, 2, 1, 3]);
      const [q, k, v] = [split(wq), split(wk), split(wv)];
      const scores = q.matmul(k.permute([0, 1, 3, 2])).mul(width ** -0.5);
      const mask = full([time, time], 1).tril().equal(0);
      const mixed = scores.maskedFill(mask, -1e9).softmax(-1).matmul(v);
      const y = mixed.permute([0, 2, 1, 3]).reshape([batch, time, all]).matmul(wo);
      return withGradients(y, [x, wq, wk, wv, wo]);
    },
    1e-4,
  );
});

test("an embedding that is read twice, with gradients", () => {
  checkProgram([[9, 6], int([4, 5], 9), int([7], 9)], (w, i, j) =>
    withGradients(concatenate([take(w, i).reshape([-1, 6]), take(w, j)], 0), [w]),
  );
});

test("concatenate, stack, pad, flip and strided slices, with gradients", () => {
  checkProgram(
    [
      [3, 4],
      [3, 5],
    ],
    (a, b) => {
      const side = concatenate([a.tanh(), b, a.mul(2)], 1);
      const piled = stack([side, side.flip(1), side.neg()], 1);
      const padded = piled.pad(
        [
          [1, 0],
          [0, 2],
          [-1, 3],
        ],
        { value: 2 },
      );
      const cut = padded.slice([
        { start: 1 },
        { start: 0, step: 2 },
        { start: 1, end: 14, step: 3 },
      ]);
      return withGradients(cut.flip([0, 2]), [a, b]);
    },
  );
});

test("sums of a million numbers keep their digits", () => {
  for (const n of [1_000_000, 1_000_003]) {
    const [x, y] = [[n], [n, 2]].map((shape) => argumentLeaf({ shape, dtype: "float32" }));
    const square =
      n % 1000 === 0
        ? [
            x
              .reshape([1000, 1000])
              .mul(2)
              .sum({ axis: [0, 1] }),
          ]
        : [];
    const outputs = [x.sum(), x.mul(3).mean(), y.sum({ axis: 0 }), y.sum(), ...square, x.max()];
    // Every addition of 0.1 to a large sum is rounded to the same side.
    const values = [new Float32Array(n).fill(0.1), new Float32Array(2 * n).fill(0.1)];
    const graph = { arguments: [x, y], outputs, writes: [] };
    const [wanted, got] = ["reference", "wasm"].map((name) => runOn(name, graph, values).outputs);
    for (const [k, output] of got.entries())
      for (const [i, sum] of output.entries())
        expect(Math.abs(sum / wanted[k][i] - 1)).toBeLessThan(3e-5);
  }
});

test("the first of equal elements is the largest and the smallest", () => {
  for (const axis of [0, 1, 2])
    checkProgram([int([6, 9, 14], 3)], (x) => [
      x.argMax({ axis }),
      x.argMin({ axis }),
      x.cast("float32").argMax({ axis }),
      x.max({ axis }),
    ]);
});

test("whole numbers and truth values", () => {
  const bool = { shape: [5, 7], dtype: "bool" as const };
  checkProgram([int([5, 7], 100), int([7], 9), bool], (a, b, c) => [
    a.mul(b).sub(31).remainder(7),
    a.mul(1_000_003).mul(1_000_003),
    a.matmul(a.permute([1, 0])),
    a.greater(b).logicalAnd(c.logicalNot()).where(a, b.neg()),
    c.sum({ axis: 1 }),
    c.any({ axis: 0 }),
    c.all({ axis: 1 }),
    a.max({ axis: 1 }).cast("float32").div(3).cast("int32"),
    c.cast("float32").mean(),
  ]);
});

test("float64", () => {
  checkProgram(
    [float64([13, 21]), float64([9, 21]), float64([9])],
    (x, w, b) =>
      withGradients(
        x
          .matmul(w.permute([1, 0]))
          .add(b)
          .softmax(1)
          .log(),
        [x, w, b],
      ),
    1e-12,
  );
  checkProgram([float64([31]), [31]], (x, y) => [x.mul(y.cast("float64")).tanh().cast("float32")]);
});

test("updates in place, with readers in other orders", () => {
  checkProgram(
    [
      [6, 6],
      [6, 6],
    ],
    (w, m) => {
      const moment = m.mul(0.9).add(w.permute([1, 0]).mul(0.1));
      return { outputs: [w.permute([1, 0]).exp()], writes: { 0: w.sub(moment), 1: moment } };
    },
  );
  checkProgram(
    [
      [5, 8],
      [8, 5],
    ],
    (a, b) => ({
      outputs: [a.matmul(b)],
      writes: { 0: b.permute([1, 0]), 1: a.permute([1, 0]).add(b) },
    }),
  );
  checkProgram([[8, 8]], (w) => ({ writes: { 0: w.matmul(w).mul(0.1).add(w.flip(0)) } }));
  checkProgram([[40]], (w) => ({ writes: { 0: w.cumSum(0).mul(0.1) } }));
  checkProgram([[4, 3], int([5], 4)], (w, i) => {
    const [g] = gradients(take(w, i).square().sum(), [w]);
    return { writes: { 0: w.sub(g.mul(0.1)) } };
  });
});

test("arguments that turn out to be results stay apart", () => {
  checkProgram(
    [
      [5, 1],
      [5, 1],
    ],
    (a, b) => {
      const one = full([1, 1], 1);
      return [a.matmul(one), b.matmul(one), a.matmul(one).sub(b.matmul(one))];
    },
  );
});

test("views of five and six axes", () => {
  checkProgram([[2, 3, 4, 5, 6]], (x) => {
    const turned = x.permute([4, 1, 3, 0, 2]).slice([{ start: 1, step: 2 }, null, { step: 2 }]);
    const summed = turned.sum({ axis: [1, 4] });
    return withGradients(turned.mul(summed.unsqueeze(1).unsqueeze(4)), [x]);
  });
  checkProgram([[2, 1, 3, 1, 4, 2]], (x) =>
    withGradients(
      x
        .broadcastTo([2, 3, 3, 2, 4, 2])
        .flip([1, 4])
        .mean({ axis: [0, 4] }),
      [x],
    ),
  );
});
