// What linear algebra asks of its operands: batches of matrices, `[..., m, n]`.

import { promote } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { broadcastShapes, sameShape, showShape } from "../../core/shape.ts";
import type { TensorType } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { cast } from "../cast.ts";
import { broadcastTo } from "../view.ts";

/** Refuses what has no rows and columns. */
export function checkMatrix(op: string, { shape }: TensorType): void {
  if (shape.length >= 2) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes matrices; received ${showShape(shape)}`,
    fix: "Pass a tensor of shape [..., rows, columns]; a vector is a matrix after unsqueeze(-1).",
    detail: { shape },
  });
}

/** Refuses what is not square. */
export function checkSquare(op: string, x: TensorType): void {
  checkMatrix(op, x);
  const [rows, columns] = x.shape.slice(-2);
  if (rows === columns) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes square matrices; received ${showShape(x.shape)} with ${rows} rows and ${columns} columns`,
    fix: "Pass a tensor of shape [..., n, n]; lstsq and pinv take others.",
    detail: { shape: x.shape },
  });
}

/** Refuses systems whose sides do not fit: `[..., n, n]` and `[..., n, k]`, batch axes and types equal. */
export function checkSystem(op: string, a: TensorType, b: TensorType): void {
  checkSquare(op, a);
  checkMatrix(op, b);
  const fits = sameShape(a.shape.slice(0, -1), b.shape.slice(0, -1)) && a.dtype === b.dtype;
  if (fits) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the sides do not fit: ${a.dtype}${showShape(a.shape)} and ${b.dtype}${showShape(b.shape)}`,
    fix: "A has shape [..., n, n] and B [..., n, k], of one type.",
    detail: { shapes: [a.shape, b.shape] },
  });
}

/** Two operands of one float type with equal batch axes; `one` where the second was a vector. */
export interface AlignedSystem {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly one: boolean;
}

/** Aligns A `[..., m, n]` with B `[..., m, k]` or `[..., m]`, whose rows must be as many. */
export function alignColumns(op: string, a: Tensor, b: Tensor): AlignedSystem {
  checkMatrix(op, a);
  const one = b.rank === 1 || (b.rank === a.rank - 1 && sameShape(b.shape, a.shape.slice(0, -1)));
  const right = one ? b.unsqueeze(-1) : b;
  checkMatrix(op, right);
  if (a.shape[a.rank - 2] !== right.shape[right.rank - 2]) throw differentRows(op, a, b);
  const batch = broadcastShapes(op, a.shape.slice(0, -2), right.shape.slice(0, -2));
  const dtype = promote(promote(a.dtype, b.dtype), "float32");
  const [left, other] = [a, right].map((x) => {
    return broadcastTo(cast(x, dtype), [...batch, ...x.shape.slice(-2)]);
  });
  return { a: left, b: other, one };
}

/** As `alignColumns`, for a square A. */
export function alignSystem(op: string, a: Tensor, b: Tensor): AlignedSystem {
  checkSquare(op, a);
  return alignColumns(op, a, b);
}

function differentRows(op: string, a: Tensor, b: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the sides have different numbers of rows: ${showShape(a.shape)} and ${showShape(b.shape)}`,
    fix: "A has shape [..., m, n], B [..., m, k] or, for one right side, [..., m].",
    detail: { shapes: [a.shape, b.shape] },
  });
}
