// The look-up table from ids to vectors.

import { ChainruleError } from "../core/errors.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Initializer, normal } from "./init.ts";
import { checkSizes, initialized, inputError, type LayerOptions } from "./layer.ts";

/** Options of `Embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** The id whose row starts at 0 and gets no gradient. */
  readonly paddingIndex?: number;
  /** Initial weight; default N(0, 1). */
  readonly init?: Initializer;
}

/** Looks up rows: `y = W[ids]`. Shape: int32 `[...] → [..., dim]`; weight `[count, dim]`. */
export class Embedding {
  readonly weight: Parameter;
  readonly paddingIndex: number | null;

  constructor(count: number, dim: number, options: EmbeddingOptions = {}) {
    checkSizes("Embedding", { count, dim });
    const { paddingIndex = null, init = normal() } = options;
    this.paddingIndex = paddingIndex === null ? null : rowOf(paddingIndex, count);
    this.weight = initialized([count, dim], withoutRow(init, this.paddingIndex), options);
  }

  forward(ids: Tensor): Tensor {
    const [count, dim] = this.weight.shape;
    return inRegion(this, `Embedding ${count}→${dim}`, () => {
      if (ids.dtype !== "int32") throw notIds(ids);
      checkRange(ids, count);
      const rows = this.weight.take(ids);
      if (this.paddingIndex === null) return rows;
      const trained = ids.notEqual(this.paddingIndex).unsqueeze(ids.rank); // [..., 1]
      return trained.where(rows, rows.stopGradient());
    });
  }
}

function rowOf(index: number, count: number): number {
  const row = index < 0 ? index + count : index;
  if (Number.isInteger(index) && row >= 0 && row < count) return row;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Embedding",
    problem: `paddingIndex ${index} is not a row of ${count}`,
    fix: `Use a whole number from ${-count} to ${count - 1}.`,
    detail: { paddingIndex: index, count },
  });
}

function withoutRow(init: Initializer, row: number | null): Initializer {
  if (row === null) return init;
  return (shape, stream) => init(shape, stream).fill(0, row * shape[1], (row + 1) * shape[1]);
}

function notIds(ids: Tensor): ChainruleError {
  return inputError("DTYPE_MISMATCH", "Embedding", ids, {
    expected: "int32 ids",
    fix: 'Make them with tensor(ids, { dtype: "int32" }) or convert them with .cast("int32").',
  });
}

/** Ids known on the host are checked; others give NaN rows where out of range. */
function checkRange(ids: Tensor, count: number): void {
  const at = ids.node.value?.findIndex((id) => id < 0 || id >= count) ?? -1;
  if (at < 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Embedding",
    problem: `id ${ids.node.value![at]} at position ${at} is not a row of ${count}`,
    fix: `Ids run from 0 to ${count - 1}; make the table larger or map rare ids to one.`,
    detail: { id: ids.node.value![at], position: at, count },
  });
}
