// Multi-head attention.

import { ChainruleError } from "../core/errors.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  attentionProbabilities,
  packedAttention,
  weighedValues,
} from "../ops/compose/attention.ts";
import { type Initializer, xavierUniform, zeros } from "./init.ts";
import { checkInput, checkSizes, initialized, inputError, type LayerOptions } from "./layer.ts";
import { Linear } from "./linear.ts";

/** Options of `MultiHeadAttention`. */
export interface MultiHeadAttentionOptions extends LayerOptions {
  /** Whether the projections have biases; default true. */
  readonly bias?: boolean;
  /** Whether a position sees only itself and those before it; default false. */
  readonly causal?: boolean;
  /** Initial weight of the input projections; default Xavier uniform. */
  readonly init?: Initializer;
}

/** Attention of queries to other keys and values. */
export interface AttentionResult {
  /** Shape: `[B, T, C]`. */
  readonly output: Tensor;
  /** How much each query of each head attends to each key. Shape: `[B, H, T, S]`. */
  readonly probabilities: Tensor;
}

/**
 * Attends in several heads, `softmax(q kᵀ / √(C/H)) v` for each, between projections (Vaswani et al. 2017).
 * Shape: `[B, T, C] → [B, T, C]`; the weights for q, k and v are the rows of one `[3C, C]`.
 */
export class MultiHeadAttention {
  readonly inProjWeight: Parameter;
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  readonly heads: number;
  readonly causal: boolean;

  constructor(features: number, heads: number, options: MultiHeadAttentionOptions = {}) {
    checkSizes("MultiHeadAttention", { features, heads });
    if (features % heads !== 0) throw unevenHeads(features, heads);
    const { bias = true, causal = false, init = xavierUniform() } = options;
    this.inProjWeight = initialized([3 * features, features], init, options);
    this.inProjBias = bias ? initialized([3 * features], zeros, options) : null;
    const { dtype, generator } = options;
    this.outProj = new Linear(features, features, { bias, biasInit: zeros, dtype, generator });
    this.heads = heads;
    this.causal = causal;
  }

  /** Attention of a sequence to itself. Shape: `[B, T, C] → [B, T, C]`. */
  forward(x: Tensor): Tensor {
    return inRegion(this, this.#label(), () => {
      this.#check(x);
      const [batch, time, features] = x.shape;
      const product = x.contract(this.inProjWeight, { batch: [], contract: [[2, 1]] });
      const projected = this.inProjBias === null ? product : product.add(this.inProjBias);
      const qkv = projected.reshape([batch, time, 3, this.heads, features / this.heads]);
      const attended = packedAttention(qkv, { causal: this.causal }); // [B, T, H, C/H]
      return this.outProj.forward(attended.reshape(x.shape));
    });
  }

  /**
   * Attention of queries to other keys and values, also with its probabilities. A bool mask is true for keys that are
   * seen, another is added to the scores; it broadcasts to `[B, H, T, S]`.
   * Shape: `[B, T, C], [B, S, C], [B, S, C] → [B, T, C]`.
   */
  attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: { readonly mask?: Tensor | null } = {},
  ): AttentionResult {
    return inRegion(this, this.#label(), () => {
      const [q, k, v] = [query, key, value].map((x, part) => this.#project(x, part));
      const { causal } = this;
      const probabilities = attentionProbabilities(q, k, { mask: options.mask, causal });
      const attended = weighedValues(probabilities, v); // [B, T, H, C/H]
      return { output: this.outProj.forward(attended.reshape(query.shape)), probabilities };
    });
  }

  /** Queries, keys or values (part 0, 1, 2) by head. Shape: `[B, T, C] → [B, T, H, C/H]`. */
  #project(x: Tensor, part: number): Tensor {
    this.#check(x);
    const features = x.shape[2];
    const rows = { start: part * features, end: (part + 1) * features };
    const weight = this.inProjWeight.slice([rows]);
    const product = x.contract(weight, { batch: [], contract: [[2, 1]] });
    const biased = this.inProjBias === null ? product : product.add(this.inProjBias.slice([rows]));
    return biased.reshape([...x.shape.slice(0, 2), this.heads, features / this.heads]);
  }

  #label(): string {
    return `MultiHeadAttention ${this.inProjWeight.shape[1]}, ${this.heads} heads`;
  }

  #check(x: Tensor): void {
    const [, features] = this.inProjWeight.shape;
    checkInput("MultiHeadAttention", x, [features], this.inProjWeight);
    if (x.rank === 3) return;
    throw inputError("SHAPE_MISMATCH", "MultiHeadAttention", x, {
      expected: `[batch, time, ${features}]`,
      fix: "Give a single sequence a batch axis with .unsqueeze(0).",
    });
  }
}

function unevenHeads(features: number, heads: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "MultiHeadAttention",
    problem: `${heads} heads do not divide ${features} features`,
    fix: "Choose a number of heads that divides the features.",
    detail: { features, heads },
  });
}
