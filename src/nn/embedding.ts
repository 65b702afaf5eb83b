// The look-up table from ids to vectors.

import type { OptionNames } from "../core/option-names.ts";
import type { AppendsAxis } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkIds, rowOf, shortenRows, withoutRow } from "./ids.ts";
import { type Initializer, normal } from "./init.ts";
import { checkNumbers, checkSizes, initialized, type LayerOptions, layerNames } from "./layer.ts";

/** Options of `Embedding`. */
export interface EmbeddingOptions extends LayerOptions {
  /** The id whose row starts at 0 and gets no gradient. */
  readonly paddingIndex?: number;
  /** Rows with a larger Euclidean norm are shortened to it in the table when they are looked up. */
  readonly maxNorm?: number;
  /** Initial weight; default N(0, 1). */
  readonly init?: Initializer;
}

/** Names of these options. */
export const embeddingNames: OptionNames<EmbeddingOptions> = {
  ...layerNames,
  paddingIndex: true,
  maxNorm: true,
  init: true,
};

/** Looks up rows: `y = W[ids]`. Shape: int32 `[...] → [..., dim]`; weight `[count, dim]`. */
export class Embedding<const Dim extends number = number> {
  declare readonly maps?: AppendsAxis<Dim>;
  readonly weight: Parameter;
  readonly paddingIndex: number | null;
  readonly maxNorm: number | null;

  constructor(count: number, dim: Dim, options: EmbeddingOptions = {}) {
    checkOptions("Embedding", options, embeddingNames);
    checkSizes("Embedding", { count, dim });
    const { paddingIndex = null, maxNorm = null, init = normal() } = options;
    checkNumbers("Embedding", { maxNorm: maxNorm ?? 1 }, { above: 0 });
    this.paddingIndex = paddingIndex === null ? null : rowOf("Embedding", paddingIndex, count);
    this.maxNorm = maxNorm;
    this.weight = initialized([count, dim], withoutRow(init, this.paddingIndex), options);
  }

  forward(ids: Tensor): Tensor {
    const [count, dim] = this.weight.shape;
    return inRegion(this, `Embedding ${count}→${dim}`, () => {
      checkIds("Embedding", ids, count);
      if (this.maxNorm !== null) shortenRows(this.weight, ids, this.maxNorm);
      const rows = this.weight.take(ids);
      if (this.paddingIndex === null) return rows;
      const trained = ids.notEqual(this.paddingIndex).unsqueeze(ids.rank); // [..., 1]
      return trained.where(rows, rows.stopGradient());
    });
  }
}
