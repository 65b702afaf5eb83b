// What is common to tables that are looked up by ids: which ids they take, the row that is not trained, and the bound on
// the norms of rows.

import { ChainruleError } from "../core/errors.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { scatterAdd } from "../ops/gather.ts";
import { ones } from "../ops/leaf.ts";
import type { Initializer } from "./init.ts";
import { inputError } from "./layer.ts";

/** The row that an id or a negative one, counted from the end, names. */
export function rowOf(layer: string, index: number, count: number): number {
  const row = index < 0 ? index + count : index;
  if (Number.isInteger(index) && row >= 0 && row < count) return row;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: `paddingIndex ${index} is not a row of ${count}`,
    fix: `Use a whole number from ${-count} to ${count - 1}.`,
    detail: { paddingIndex: index, count },
  });
}

/** The initial values with zeros in one row. */
export function withoutRow(init: Initializer, row: number | null): Initializer {
  if (row === null) return init;
  return (shape, stream) => init(shape, stream).fill(0, row * shape[1], (row + 1) * shape[1]);
}

/** Checks that ids are int32 and, where they are known on the host, rows; others give NaN rows where out of range. */
export function checkIds(layer: string, ids: Tensor, count: number): void {
  if (ids.dtype !== "int32") {
    throw inputError("DTYPE_MISMATCH", layer, ids, {
      expected: "int32 ids",
      fix: 'Make them with tensor(ids, { dtype: "int32" }) or convert them with .cast("int32").',
    });
  }
  const at = ids.node.value?.findIndex((id) => id < 0 || id >= count) ?? -1;
  if (at < 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: `id ${ids.node.value![at]} at position ${at} is not a row of ${count}`,
    fix: `Ids run from 0 to ${count - 1}; make the table larger or map rare ids to one.`,
    detail: { id: ids.node.value![at], position: at, count },
  });
}

/** Shortens the rows that `ids` name to a norm of at most `most`, in the table itself, without gradient. */
export function shortenRows(weight: Parameter, ids: Tensor, most: number): void {
  const rows = weight.node.stopGradient();
  const length = rows.norm({ axis: 1, keepDims: true });
  const uses = scatterAdd(ones([ids.size], weight.dtype), ids.reshape([-1]), 0, weight.shape[0]);
  const long = length.greater(most).logicalAnd(uses.greater(0).unsqueeze(1));
  weight.assign(rows.mul(long.where(length.add(1e-7).reciprocal().mul(most), 1)));
}
