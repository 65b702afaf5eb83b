// Calls of the matrix-product kernels: the plain one where each group is at most one axis, else the one for contractions.

import type { DType } from "../../core/dtype.ts";
import { type AxisGroups, type Contraction, sizeOf } from "../1-graph/matrix.ts";
import {
  contractAxes,
  type InPlace,
  nearBytes,
  type ProductCosts,
  productTiles,
} from "../gemm-tiles.ts";
import type { ExternStep, Storage } from "./kernel.ts";
import type { StorageOf } from "./lower.ts";

/** Products of bool do not exist. */
const typeNames: Readonly<Record<Exclude<DType, "bool">, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
};

/** The words of an axis, by group: its size and its strides in the matrices that have it. */
const words = {
  batch: ["size", "a", "b", "c"],
  row: ["size", "a", "c"],
  column: ["size", "b", "c"],
  inner: ["size", "a", "b"],
} as const;

/** The call that computes a contraction into a storage. */
export function productStep(
  { operands, axes }: Contraction,
  into: Storage,
  storageOf: StorageOf,
  costs: ProductCosts,
): ExternStep {
  const [batch, m, n, k] = [axes.batch, axes.row, axes.column, axes.inner].map(sizeOf);
  const plain = plainNumbers(axes, [m, n, k]);
  const tiles = productTiles([batch, m, n, k], inPlace(axes), costs);
  const type = typeNames[into.dtype as keyof typeof typeNames];
  const numbers = plain ?? [...axisNumbers(axes), tiles.batch];
  return {
    kind: "extern",
    name: plain === undefined ? `contract_${type}` : `gemm_${type}`,
    operands: [
      { storage: into, offset: 0, access: "write" },
      ...operands.map(({ base, offset }) => {
        return { storage: storageOf(base)!, offset, access: "read" as const };
      }),
    ],
    numbers: [...numbers, tiles.rows, tiles.columns, 0],
    tiles: tiles.count,
  };
}

/** Arithmetic of a product: a multiplication and an addition for each pair of elements that meet. */
export function productFlops({ axes }: Contraction): number {
  return [axes.batch, axes.row, axes.column, axes.inner].map(sizeOf).reduce((a, b) => a * b, 2);
}

/** Whether the operands have single strides that lead to near places; B's columns must be adjacent, too. */
function inPlace({ row, column, inner }: AxisGroups): InPlace {
  const [{ b: step = 1 } = {}] = column;
  const [{ a = 1, b = 1 } = {}] = inner;
  const near = (stride: number): boolean => Math.abs(stride) <= nearBytes / 4;
  return {
    a: row.length <= 1 && inner.length <= 1 && near(a),
    b: column.length <= 1 && inner.length <= 1 && step === 1 && near(b),
  };
}

/** m, n, k, aRow, aInner, bInner, bColumn, cRow, where these say it all. */
function plainNumbers(
  { batch, row, column, inner }: AxisGroups,
  sizes: readonly number[],
): readonly number[] | undefined {
  const single = [row, column, inner].every((group) => group.length <= 1);
  if (!single || batch.length > 0 || (column.length === 1 && column[0].c !== 1)) return undefined;
  const [m, n, k] = sizes;
  const [bColumn, aInner] = [column[0]?.b ?? 1, inner[0]?.a ?? 1];
  // The stride of a group without axes does not matter; it gets that of a packed matrix, which kernels know as the good case.
  const aRow = row[0]?.a ?? (aInner === 1 ? k : 1);
  const bInner = inner[0]?.b ?? (bColumn === 1 ? n : 1);
  return [m, n, k, aRow, aInner, bInner, bColumn, row[0]?.c ?? n];
}

/** All axes of all groups, each group filled up with axes of length 1 on the outside. */
function axisNumbers(axes: AxisGroups): number[] {
  return (["batch", "row", "column", "inner"] as const).flatMap((group) =>
    Array.from({ length: contractAxes }, (_, k) => {
      const axis = axes[group][k - contractAxes + axes[group].length];
      return words[group].map((word) => axis?.[word] ?? (word === "size" ? 1 : 0));
    }).flat(),
  );
}
