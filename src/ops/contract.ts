// Contraction: the one op behind matrix products of every kind, batched and transposed. Its gradients are contractions.

import { promote } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { broadcastShapes, normalizeAxis, type Shape, showShape } from "../core/shape.ts";
import type { Fits, Known, MatMul } from "../core/shape-types.ts";
import {
  type Attributes,
  type ContractAxes,
  defineOp,
  type OpDefinition,
  record,
  type TensorType,
} from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { broadcastTo } from "./view.ts";

type Pairs = readonly (readonly [number, number])[];

const axesOf = (attributes: Attributes): ContractAxes => ({
  batch: attributes.batch as unknown as Pairs,
  contract: attributes.contract as unknown as Pairs,
});

export const contractOp: OpDefinition = defineOp({
  name: "contract",
  doc: "Sums products over paired axes; batch axes come first in the output, then free axes of a, then of b.",
  formula: "y_{bij} = \\sum_k a_{bik} b_{bkj}",
  body: { kind: "contract", axes: axesOf },
  type: ([a, b], attributes) => contractType(a, b, axesOf(attributes)),
  vjp: (g, [a, b], _y, attributes) => {
    const axes = axesOf(attributes);
    return [gradientOfLeft(g, a, b, axes), gradientOfRight(g, a, b, axes)];
  },
  derivatives: ["g\\, b^\\top", "a^\\top g"],
  samples: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [3, 4] }],
      attributes: { batch: [], contract: [[1, 0]] },
    },
    {
      inputs: [{ shape: [3, 2] }, { shape: [4, 3] }],
      attributes: { batch: [], contract: [[0, 1]] },
    },
    {
      inputs: [{ shape: [2, 3, 4] }, { shape: [2, 4, 2] }],
      attributes: { batch: [[0, 0]], contract: [[2, 1]] },
    },
    {
      inputs: [{ shape: [2, 3, 4] }, { shape: [4, 3] }],
      attributes: {
        batch: [],
        contract: [
          [1, 1],
          [2, 0],
        ],
      },
    },
    { inputs: [{ shape: [2] }, { shape: [3] }], attributes: { batch: [], contract: [] } },
    {
      inputs: [{ shape: [1, 1] }, { shape: [1, 1] }],
      attributes: { batch: [], contract: [[1, 0]] },
    },
    {
      inputs: [{ shape: [2, 0] }, { shape: [0, 3] }],
      attributes: { batch: [], contract: [[1, 0]] },
    },
    {
      inputs: [{ shape: [0, 2] }, { shape: [2, 3] }],
      attributes: { batch: [], contract: [[1, 0]] },
    },
  ],
  errors: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [4, 5] }],
      attributes: { batch: [], contract: [[1, 0]] },
      code: "SHAPE_MISMATCH",
    },
  ],
  example: {
    inputs: [
      { shape: [1, 2], values: [1, 2] },
      { shape: [2, 2], values: [3, 4, 5, 6] },
    ],
    attributes: { batch: [], contract: [[1, 0]] },
    output: { shape: [1, 2], values: [13, 16] },
  },
});

/** Sums products over pairs of axes `[of a, of b]`. Shape: `[batch…, free of a…, free of b…]`. */
export function contract(a: Tensor, b: Tensor, axes: ContractAxes): Tensor {
  const pairs = (list: Pairs): number[][] =>
    list.map(([i, j]) => [
      normalizeAxis("contract", i, a.rank),
      normalizeAxis("contract", j, b.rank),
    ]);
  return record(contractOp, [a, b], { batch: pairs(axes.batch), contract: pairs(axes.contract) });
}

/** Matrix product as NumPy's `matmul`: vectors are rows or columns, leading axes broadcast. Shape: `[..., m, k] × [..., k, n] → [..., m, n]`. */
export function matmul<A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B> & Fits<MatMul<A, B>>,
): Tensor<Known<MatMul<A, B>>> {
  checkMatmul(a, b);
  if (a.rank === 1) return matmul(a.reshape([1, a.size]), b).squeeze(b.rank === 1 ? -1 : -2);
  if (b.rank === 1) return matmul(a as Tensor, b.reshape([b.size, 1])).squeeze(-1);
  const [x, y] = alignTypes(a, b);
  if (y.rank === 2) return contract(x, y, { batch: [], contract: [[x.rank - 1, 0]] });
  const batch = broadcastShapes("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2));
  return contract(
    broadcastTo(x, [...batch, ...x.shape.slice(-2)]),
    broadcastTo(y, [...batch, ...y.shape.slice(-2)]),
    {
      batch: batch.map((_, k) => [k, k] as const),
      contract: [[batch.length + 1, batch.length]],
    },
  );
}

/** Brings both to one type; bool counts as int32. */
function alignTypes(a: Tensor, b: Tensor): readonly [Tensor, Tensor] {
  const common = promote(a.dtype, b.dtype);
  const dtype = common === "bool" ? "int32" : common;
  return [cast(a, dtype), cast(b, dtype)];
}

/** The axes of one operand that are neither batch nor contracted; `side` is its place in the pairs. */
function freeAxes({ shape }: TensorType, { batch, contract }: ContractAxes, side: 0 | 1): number[] {
  const taken = new Set([...batch, ...contract].map((pair) => pair[side]));
  return shape.map((_, axis) => axis).filter((axis) => !taken.has(axis));
}

function contractType(a: TensorType, b: TensorType, axes: ContractAxes): TensorType {
  const { batch, contract } = axes;
  if (a.dtype === "bool") throw noProductOfBools();
  for (const [i, j] of [...batch, ...contract]) {
    if (a.shape[i] === b.shape[j] && a.dtype === b.dtype) continue;
    throw new ChainruleError({
      code: a.dtype === b.dtype ? "SHAPE_MISMATCH" : "DTYPE_MISMATCH",
      op: "contract",
      problem: `paired axes differ: ${a.dtype}${showShape(a.shape)} axis ${i} and ${b.dtype}${showShape(b.shape)} axis ${j}`,
      fix: "Pair axes of equal length, of tensors of one type.",
      detail: { shapes: [a.shape, b.shape] },
    });
  }
  const freeA = freeAxes(a, axes, 0);
  const freeB = freeAxes(b, axes, 1);
  const shape: Shape = [
    ...batch.map(([i]) => a.shape[i]),
    ...freeA.map((k) => a.shape[k]),
    ...freeB.map((k) => b.shape[k]),
  ];
  return { shape, dtype: a.dtype };
}

function noProductOfBools(): ChainruleError {
  return new ChainruleError({
    code: "DTYPE_MISMATCH",
    op: "contract",
    problem: "bool tensors have no sums of products",
    fix: 'Count with .cast("int32") first.',
  });
}

/** d/da: contract g with b over the free axes of b, in the order that needs no permutation if there is one. */
function gradientOfLeft(g: Tensor, a: Tensor, b: Tensor, axes: ContractAxes): Tensor {
  const { batch, contract: inner } = axes;
  const freeA = freeAxes(a, axes, 0);
  const freeB = freeAxes(b, axes, 1);
  const pairs: ContractAxes = {
    batch: batch.map(([, j], k) => [k, j] as const),
    contract: freeB.map((j, k) => [batch.length + freeA.length + k, j] as const),
  };
  const rest = [...inner].sort((p, q) => p[1] - q[1]).map((p) => p[0]);
  return inOrderOf(
    batch.map((p) => p[0]),
    g,
    freeA,
    b,
    rest,
    pairs,
  );
}

/** d/db: contract a with g over the free axes of a. */
function gradientOfRight(g: Tensor, a: Tensor, b: Tensor, axes: ContractAxes): Tensor {
  const { batch, contract: inner } = axes;
  const freeA = freeAxes(a, axes, 0);
  const freeB = freeAxes(b, axes, 1);
  const pairs: ContractAxes = {
    batch: batch.map(([i], k) => [i, k] as const),
    contract: freeA.map((i, k) => [i, batch.length + k] as const),
  };
  const middle = [...inner].sort((p, q) => p[0] - q[0]).map((p) => p[1]);
  return inOrderOf(
    batch.map((p) => p[1]),
    a,
    middle,
    g,
    freeB,
    pairs,
  );
}

/** Contracts x with y, whose free axes are to become axes `ofX` and `ofY`; takes y first where that is their order. */
function inOrderOf(
  batch: readonly number[],
  x: Tensor,
  ofX: readonly number[],
  y: Tensor,
  ofY: readonly number[],
  axes: ContractAxes,
): Tensor {
  const swapped = [...batch, ...ofY, ...ofX];
  if (ofX.length > 0 && ofY.length > 0 && swapped.every((axis, k) => axis === k)) {
    const turn = (pairs: Pairs): Pairs => pairs.map(([i, j]) => [j, i] as const);
    return contract(y, x, { batch: turn(axes.batch), contract: turn(axes.contract) });
  }
  return restoreOrder(contract(x, y, axes), [...batch, ...ofX, ...ofY]);
}

/** Permutes `x`, whose axis k is to become axis `places[k]`. */
function restoreOrder(x: Tensor, places: readonly number[]): Tensor {
  return x.permute(places.map((_, axis) => places.indexOf(axis)));
}

function checkMatmul(a: Tensor, b: Tensor): void {
  const k = a.shape[a.rank - 1];
  const l = b.rank === 1 ? b.shape[0] : b.shape[b.rank - 2];
  if (a.rank > 0 && b.rank > 0 && k === l) return;
  const scalar = a.rank === 0 || b.rank === 0;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "matmul",
    problem: scalar
      ? `needs at least one axis on each side: ${showShape(a.shape)} × ${showShape(b.shape)}`
      : `inner sizes differ: ${showShape(a.shape)} × ${showShape(b.shape)} has ${k} ≠ ${l}`,
    fix: scalar
      ? "Use mul for scalars."
      : "The last axis of the left must equal the second-last of the right; transpose one side?",
    detail: { shapes: [a.shape, b.shape] },
  });
}
