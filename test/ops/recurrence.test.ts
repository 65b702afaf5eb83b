// Unrolled recurrences and attention: against plain loops over numbers, against central differences to second order, and on
// the other devices.

import { describe, expect, it } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { convertArray } from "../../src/core/dtype.ts";
import { ChainruleError } from "../../src/core/errors.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import { inOrder } from "../../src/ir/graph.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import {
  attentionProbabilities,
  packedAttention,
  scaledDotProductAttention,
  weighedValues,
} from "../../src/ops/compose/attention.ts";
import { lstm } from "../../src/ops/compose/lstm.ts";
import { gru, rnn } from "../../src/ops/compose/recurrence.ts";
import { constant } from "../../src/ops/leaf.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { firstDifference } from "./checks.ts";
import { gradientProblems } from "./differences.ts";
import { compute, computeAll } from "./run.ts";

const wasm = wasmDevice();

function draw(shape: Shape, seed: number, dtype: "float32" | "float64" = "float64"): Tensor {
  const values = new RandomStream(seed).uniform(sizeOf(shape)).map((u) => 2 * u - 1);
  return constant(convertArray(values, dtype), shape, dtype);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** One sequence of an LSTM in numbers: hidden states of all steps, then the last cell. */
function plainLstm(
  x: readonly (readonly number[])[],
  weight: readonly (readonly number[])[],
  h0: readonly number[],
  c0: readonly number[],
): { hidden: number[][]; cell: number[] } {
  let [h, c] = [[...h0], [...c0]];
  const hidden: number[][] = [];
  for (const row of x) {
    const gates = row.map((v, k) => weight[k].reduce((sum, w, j) => sum + w * h[j], v));
    const size = h.length;
    const gate = (which: number, j: number): number => gates[which * size + j];
    c = c.map((v, j) => {
      return sigmoid(gate(1, j)) * v + sigmoid(gate(0, j)) * Math.tanh(gate(2, j));
    });
    h = c.map((v, j) => sigmoid(gate(3, j)) * Math.tanh(v));
    hidden.push(h);
  }
  return { hidden, cell: c };
}

const rowsOf = (t: Tensor, columns: number): number[][] => {
  const all = [...t.value!];
  return Array.from({ length: all.length / columns }, (_, k) =>
    all.slice(k * columns, (k + 1) * columns),
  );
};

describe("lstm", () => {
  const [B, T, H] = [2, 3, 2];
  const operands = (dtype: "float32" | "float64" = "float64"): Tensor[] => [
    draw([B, T, 4 * H], 1, dtype),
    draw([4 * H, H], 2, dtype),
    draw([B, H], 3, dtype),
    draw([B, H], 4, dtype),
  ];
  const both = (x: Tensor, w: Tensor, h?: Tensor, c?: Tensor): Tensor => {
    const state = h === undefined || c === undefined ? null : { hidden: h, cell: c };
    const { output, cell } = lstm(x, w, state);
    return output.reshape([-1]).square().sum().add(cell.mul(cell).sum());
  };

  it("equals a loop over numbers, with and without a state", () => {
    const [x, w, h, c] = operands();
    const zero = constant(new Float64Array(B * H), [B, H]);
    for (const state of [null, { hidden: h, cell: c }]) {
      const { output, cell } = lstm(x, w, state);
      const hidden: number[] = [];
      const cells: number[] = [];
      for (let b = 0; b < B; b++) {
        const steps = rowsOf(x, 4 * H).slice(b * T, (b + 1) * T);
        const [h0, c0] = [state?.hidden ?? zero, state?.cell ?? zero].map((t) => rowsOf(t, H)[b]);
        const plain = plainLstm(steps, rowsOf(w, H), h0, c0);
        hidden.push(...plain.hidden.flat());
        cells.push(...plain.cell);
      }
      expect(output.shape).toEqual([B, T, H]);
      expect(firstDifference(compute(output), hidden, 1e-12)).toBeUndefined();
      expect(firstDifference(compute(cell), cells, 1e-12)).toBeUndefined();
    }
  });

  it("has the derivatives of its values, twice", () => {
    const [x, w, h, c] = operands();
    expect(gradientProblems(both, [x, w, h, c])).toEqual([]);
    expect(gradientProblems(both, [x, w])).toEqual([]);
    const oneStep = draw([B, 1, 4 * H], 5);
    expect(gradientProblems(both, [oneStep, w])).toEqual([]);
    expect(gradientProblems((...all) => lstm(all[0], w, null).output.select(1, -1), [x])).toEqual(
      [],
    );
  });

  it("gives the same on wasm, gradients too", () => {
    const xs = operands("float32");
    const results = [
      both(...(xs as [Tensor, Tensor])),
      ...gradients(both(...(xs as [Tensor, Tensor, Tensor, Tensor])), xs),
    ];
    const [here, there] = [computeAll(results), computeAll(results, wasm)];
    here.forEach((want, k) => {
      expect(firstDifference(there[k], want, 1e-5)).toBeUndefined();
    });
  });

  it("sums the gradient of the recurrent weight over batch and time in one product", () => {
    const [x, w] = operands();
    const [slope] = gradients(lstm(x, w, null).output.sum(), [w]);
    expect(slope.definition.name).toBe("contract");
    const perStep = inOrder([slope]).filter(
      (t) => t.definition.name === "contract" && t.shape.join() === "8,2",
    );
    expect(perStep).toEqual([slope]);
  });
});

describe("gru and rnn", () => {
  const [B, T, H] = [2, 3, 2];
  const recurrence = (w: Tensor, b?: Tensor) => ({ weight: w, bias: b ?? null });

  it("equal one step written out", () => {
    const [x, w, b, h] = [draw([1, 1, 3], 1), draw([3, 1], 2), draw([3], 3), draw([1, 1], 4)];
    const hidden = [0, 1, 2].map((k) => w.value![k] * h.value![0] + b.value![k]);
    const [r, z] = [0, 1].map((k) => sigmoid(x.value![k] + hidden[k]));
    const n = Math.tanh(x.value![2] + r * hidden[2]);
    const wanted = (1 - z) * n + z * h.value![0];
    expect(compute(gru(x, recurrence(w, b), h))[0]).toBeCloseTo(wanted, 12);
    const fresh = Math.tanh(x.value![2] + sigmoid(x.value![0] + b.value![0]) * b.value![2]);
    const first = (1 - sigmoid(x.value![1] + b.value![1])) * fresh;
    expect(compute(gru(x, recurrence(w, b), null))[0]).toBeCloseTo(first, 12);
    const [u, v] = [draw([1, 2, 1], 5), draw([1, 1], 6)];
    const second = Math.tanh(u.value![1] + v.value![0] * Math.tanh(u.value![0]));
    expect(compute(rnn(u, recurrence(v), null, "tanh"))[1]).toBeCloseTo(second, 12);
  });

  it("have the derivatives of their values, twice", () => {
    const operands = [
      draw([B, T, 3 * H], 1),
      draw([3 * H, H], 2),
      draw([3 * H], 3),
      draw([B, H], 4),
    ];
    const gated = (x: Tensor, w: Tensor, b?: Tensor, h?: Tensor): Tensor =>
      gru(x, recurrence(w, b), h ?? null);
    expect(gradientProblems(gated, operands)).toEqual([]);
    expect(gradientProblems(gated, operands.slice(0, 2))).toEqual([]);
    const plain = [draw([B, T, H], 1), draw([H, H], 2), draw([B, H], 4)];
    for (const activation of ["tanh", "relu"] as const) {
      const f = (x: Tensor, w: Tensor, h: Tensor): Tensor => rnn(x, recurrence(w), h, activation);
      expect(gradientProblems(f, plain)).toEqual([]);
    }
  });
});

describe("attention", () => {
  const operands = (dtype: "float32" | "float64" = "float64"): Tensor[] => [
    draw([2, 3, 2, 4], 1, dtype),
    draw([2, 5, 2, 4], 2, dtype),
    draw([2, 5, 2, 3], 3, dtype),
  ];
  const heads = (x: Tensor): Tensor => x.permute([0, 2, 1, 3]);
  const seen = constant(Uint8Array.of(1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1), [3, 5], "bool");

  it("equals softmax and products written out, by head and as contractions in place", () => {
    const [q, k, v] = operands();
    for (const mask of [null, seen, draw([3, 5], 9)]) {
      const scores = heads(q).matmul(heads(k).transpose()).div(2);
      const masked =
        mask === null ? scores : mask === seen ? mask.where(scores, -Infinity) : scores.add(mask);
      const wanted = compute(masked.softmax(-1).matmul(heads(v)));
      const byHead = scaledDotProductAttention(heads(q), heads(k), heads(v), { mask });
      const inPlace = heads(weighedValues(attentionProbabilities(q, k, { mask }), v));
      for (const y of [byHead, inPlace]) {
        expect(firstDifference(compute(y), wanted, 1e-12)).toBeUndefined();
        expect(firstDifference(compute(y, wasm), wanted, 1e-12)).toBeUndefined();
      }
    }
  });

  it("sees only what came before where it is causal", () => {
    const qkv = draw([1, 4, 3, 2, 3], 1);
    const y = compute(packedAttention(qkv, { causal: true }));
    const first = qkv.slice([null, 0, 2]);
    expect(firstDifference(y.slice(0, 6), compute(first), 1e-12)).toBeUndefined();
    const shorter = compute(packedAttention(qkv.slice([null, { end: 3 }]), { causal: true }));
    expect(firstDifference(y.slice(0, 18), shorter, 1e-12)).toBeUndefined();
  });

  it.each([
    ["plain", {}],
    ["causal", { causal: true }],
    ["scaled", { scale: 0.3 }],
  ] as const)("has the derivatives of its values, packed or not: %s", (_, options) => {
    const qkv = draw([2, 3, 3, 2, 2], 4);
    const packed = (x: Tensor): Tensor => packedAttention(x, options);
    const apart = (x: Tensor): Tensor => {
      const [q, k, v] = x.unbind(2).map(heads);
      return heads(scaledDotProductAttention(q, k, v, options));
    };
    expect(firstDifference(compute(packed(qkv)), compute(apart(qkv)), 1e-12)).toBeUndefined();
    expect(gradientProblems(packed, [qkv])).toEqual([]);
    const cotangent = draw([2, 3, 2, 2], 5);
    const [a, b] = [packed, apart].map((f) => gradients(f(qkv), [qkv], { cotangent })[0]);
    expect(firstDifference(compute(a), compute(b), 1e-12)).toBeUndefined();
    expect(firstDifference(compute(a, wasm), compute(b), 1e-12)).toBeUndefined();
  });

  it("passes gradients to a mask that is added, and none to a bool mask", () => {
    const qkv = draw([2, 3, 3, 2, 2], 4);
    const added = (x: Tensor, mask: Tensor): Tensor => packedAttention(x, { mask });
    expect(gradientProblems(added, [qkv, draw([3, 3], 6)])).toEqual([]);
    expect(gradientProblems(added, [qkv, draw([2, 1, 1, 3], 6)])).toEqual([]);
    const keys = constant(Uint8Array.of(1, 1, 0), [3], "bool");
    expect(gradientProblems((x) => packedAttention(x, { mask: keys }), [qkv])).toEqual([]);
  });

  it("says which shapes do not fit", () => {
    const [q, k] = [draw([3, 4], 1), draw([5, 3], 1)];
    expect(() => scaledDotProductAttention(q, k, k)).toThrow(ChainruleError);
    expect(() => scaledDotProductAttention(q, k, k)).toThrow(/queries \[3, 4\], keys \[5, 3\]/);
  });
});
