// The look-up table from bags of ids to one vector each. Bags are rows of ids of one length, filled up with the padding
// index where they are shorter: shapes stay the same from batch to batch, so nothing is compiled again.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type EmbeddingOptions, embeddingNames } from "./embedding.ts";
import { checkIds, rowOf, shortenRows, withoutRow } from "./ids.ts";
import { normal } from "./init.ts";
import { type Context, checkNumbers, checkSizes, initialized, inputError } from "./layer.ts";

/** What becomes of the vectors of a bag. */
export type BagMode = "sum" | "mean" | "max";

/** Options of `EmbeddingBag`. */
export interface EmbeddingBagOptions extends EmbeddingOptions {
  /** Default `mean`. */
  readonly mode?: BagMode;
}

const names: OptionNames<EmbeddingBagOptions> = { ...embeddingNames, mode: true };

/** How a bag is looked up. */
export interface BagContext extends Context {
  /** Factors of the vectors, one for each id; only with mode `sum`. Shape: that of the ids. */
  readonly perSampleWeights?: Tensor | null;
}

/**
 * Sum, mean or largest of the rows of each bag: `y_b = Σᵢ W[ids_bi]`. The padding index does not count, also in means; a
 * bag of nothing else gives 0. Shape: int32 `[B, L] → [B, dim]`; weight `[count, dim]`.
 */
export class EmbeddingBag {
  readonly weight: Parameter;
  readonly mode: BagMode;
  readonly paddingIndex: number | null;
  readonly maxNorm: number | null;

  constructor(count: number, dim: number, options: EmbeddingBagOptions = {}) {
    checkOptions("EmbeddingBag", options, names);
    checkSizes("EmbeddingBag", { count, dim });
    const { mode = "mean", paddingIndex = null, maxNorm = null, init = normal() } = options;
    if (!["sum", "mean", "max"].includes(mode)) throw unknownMode(mode);
    checkNumbers("EmbeddingBag", { maxNorm: maxNorm ?? 1 }, { above: 0 });
    this.mode = mode;
    this.paddingIndex = paddingIndex === null ? null : rowOf("EmbeddingBag", paddingIndex, count);
    this.maxNorm = maxNorm;
    this.weight = initialized([count, dim], withoutRow(init, this.paddingIndex), options);
  }

  forward(ids: Tensor, context: BagContext = {}): Tensor {
    const [count, dim] = this.weight.shape;
    return inRegion(this, `EmbeddingBag ${count}→${dim}, ${this.mode}`, () => {
      checkBags(ids);
      checkIds("EmbeddingBag", ids, count);
      if (this.maxNorm !== null) shortenRows(this.weight, ids, this.maxNorm);
      const rows = this.#weighted(this.weight.take(ids), ids, context.perSampleWeights ?? null);
      const counts = this.paddingIndex === null ? null : ids.notEqual(this.paddingIndex);
      return gathered[this.mode](rows, counts?.unsqueeze(2) ?? null);
    });
  }

  #weighted(rows: Tensor, ids: Tensor, weights: Tensor | null): Tensor {
    if (weights === null) return rows;
    if (this.mode !== "sum" || !sameShape(weights.shape, ids.shape)) {
      throw badWeights(this.mode, ids, weights);
    }
    return rows.mul(weights.unsqueeze(2));
  }
}

/** What becomes of rows `[B, L, dim]`, of which those where `counts` `[B, L, 1]` holds are in the bag. */
const gathered: Record<BagMode, (rows: Tensor, counts: Tensor | null) => Tensor> = {
  sum: (rows, counts) => (counts?.where(rows, 0) ?? rows).sum({ axis: 1 }),
  mean: (rows, counts) => {
    if (counts === null) return rows.mean({ axis: 1 });
    const number = counts.cast(rows.dtype).sum({ axis: 1 }); // [B, 1]
    return gathered.sum(rows, counts).div(number.maximum(1));
  },
  max: (rows, counts) => {
    if (counts === null) return rows.maxWithIndex(1).values;
    const largest = counts.where(rows, Number.NEGATIVE_INFINITY).maxWithIndex(1).values;
    return counts.any({ axis: 1 }).where(largest, 0);
  },
};

function checkBags(ids: Tensor): void {
  if (ids.rank === 2 && ids.shape[1] > 0) return;
  throw inputError("SHAPE_MISMATCH", "EmbeddingBag", ids, {
    expected: "ids [batch, bag] with one id or more in a bag",
    fix: "Fill shorter bags up with the paddingIndex.",
  });
}

function unknownMode(mode: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "EmbeddingBag",
    problem: `there is no mode ${JSON.stringify(mode)}`,
    fix: "The modes are sum, mean and max.",
    detail: { mode },
  });
}

function badWeights(mode: BagMode, ids: Tensor, weights: Tensor): ChainruleError {
  return new ChainruleError({
    code: mode === "sum" ? "SHAPE_MISMATCH" : "BAD_ARGUMENT",
    op: "EmbeddingBag",
    problem: `perSampleWeights ${showShape(weights.shape)} for ids ${showShape(ids.shape)} with mode ${mode}`,
    fix: "Weights go with mode sum, one for each id.",
    detail: { mode, ids: ids.shape, weights: weights.shape },
  });
}
