// Multi-head attention: of a sequence to itself, or of queries to other keys and values; with fewer heads for keys and
// values, rotary positions, dropout, masks, and a cache for sampling.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { Shape } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  attentionProbabilities,
  headsLike,
  packedAttention,
  weighedValues,
  withDropout,
} from "../ops/compose/attention.ts";
import { ones } from "../ops/leaf.ts";
import { AttentionCache } from "./attention-cache.ts";
import { combinedMask, type MaskContext, withSeen } from "./attention-masks.ts";
import { Dropout } from "./dropout.ts";
import { type Initializer, xavierUniform, zeros } from "./init.ts";
import {
  checkContext,
  checkInput,
  checkSizes,
  initialized,
  inputError,
  type LayerOptions,
  layerNames,
} from "./layer.ts";
import { Linear } from "./linear.ts";
import { isRotaryBase, type RotaryOptions, rotary } from "./rotary.ts";

/** Options of `MultiHeadAttention`. */
export interface MultiHeadAttentionOptions extends LayerOptions {
  /** Whether the projections have biases; default true. */
  readonly bias?: boolean;
  /** Whether a position sees only itself and those before it; default false. */
  readonly causal?: boolean;
  /** Share of the probabilities dropped in training; default 0. */
  readonly dropout?: number;
  /** Heads of keys and values, each for a group of the queries' (Ainslie et al. 2023); default: as many as heads. */
  readonly kvHeads?: number;
  /** Features of keys; default as queries. With `kdim` or `vdim` the three projections have weights of their own. */
  readonly kdim?: number;
  /** Features of values; default as queries. */
  readonly vdim?: number;
  /** Whether queries and keys are turned by their positions, and how (Su et al. 2021); default false. */
  readonly rotary?: boolean | RotaryOptions;
  /** Initial weight of the input projections; default Xavier uniform. */
  readonly init?: Initializer;
}

const names: OptionNames<MultiHeadAttentionOptions> = {
  ...layerNames,
  bias: true,
  causal: true,
  dropout: true,
  kvHeads: true,
  kdim: true,
  vdim: true,
  rotary: true,
  init: true,
};

/** How attention is meant: what is seen, the mode, and what is remembered. */
export interface AttentionContext extends MaskContext {
  /**
   * Keys and values of earlier calls, to which those of this one are added; for causal attention to itself. The keys that
   * masks speak of are then all positions of the cache.
   */
  readonly cache?: AttentionCache | null;
}

const contextNames: OptionNames<AttentionContext> = {
  training: true,
  generator: true,
  mask: true,
  keyMask: true,
  cache: true,
};

/** Attention of queries to other keys and values. */
export interface AttentionResult {
  /** Shape: `[B, T, C]`. */
  readonly output: Tensor;
  /** How much each query of each head attends to each key, after dropout. Computed if read. Shape: `[B, H, T, S]`. */
  readonly probabilities: Tensor;
}

/** Queries, keys and values. */
type Parts = readonly [Tensor, Tensor, Tensor];

/**
 * Attends in several heads, `softmax(q kᵀ / √(C/H)) v` for each, between projections (Vaswani et al. 2017).
 * Shape: `[B, T, C] → [B, T, C]`; the weights for q, k and v are the rows of one `[3C, C]`, or `[(H + 2 kvHeads) C/H, C]`.
 */
export class MultiHeadAttention {
  /** Rows for queries, keys and values; null where they have weights of their own. */
  readonly inProjWeight: Parameter | null;
  readonly qProjWeight: Parameter | null;
  readonly kProjWeight: Parameter | null;
  readonly vProjWeight: Parameter | null;
  readonly inProjBias: Parameter | null;
  readonly outProj: Linear;
  readonly heads: number;
  readonly kvHeads: number;
  readonly causal: boolean;
  readonly dropout: Dropout;
  readonly rotary: RotaryOptions | null;

  constructor(features: number, heads: number, options: MultiHeadAttentionOptions = {}) {
    checkOptions("MultiHeadAttention", options, names);
    const { bias = true, causal = false, init = xavierUniform(), kvHeads = heads } = options;
    const { kdim = features, vdim = features } = options;
    checkSizes("MultiHeadAttention", { features, heads, kvHeads, kdim, vdim });
    checkHeads(features, heads, kvHeads, options.rotary);
    this.heads = heads;
    this.kvHeads = kvHeads;
    const own = (features / heads) * kvHeads;
    const joint = kdim === features && vdim === features;
    const weight = (rows: number, columns: number): Parameter =>
      initialized([rows, columns], init, options);
    this.inProjWeight = joint ? weight(features + 2 * own, features) : null;
    this.qProjWeight = joint ? null : weight(features, features);
    this.kProjWeight = joint ? null : weight(own, kdim);
    this.vProjWeight = joint ? null : weight(own, vdim);
    this.inProjBias = bias ? initialized([features + 2 * own], zeros, options) : null;
    const { dtype, generator } = options;
    this.outProj = new Linear(features, features, { bias, biasInit: zeros, dtype, generator });
    this.causal = causal;
    this.dropout = new Dropout(options.dropout ?? 0);
    this.rotary = options.rotary === true ? {} : options.rotary || null;
  }

  /** Attention of a sequence to itself. Shape: `[B, T, C] → [B, T, C]`. */
  forward(x: Tensor, context: AttentionContext = {}): Tensor {
    checkContext("MultiHeadAttention", context, contextNames);
    return inRegion(this, this.#label(), () => {
      if (this.inProjWeight === null) return this.#attendTo(this.#apart([x, x, x]), context).output;
      this.#check(x, this.#features());
      const product = x.contract(this.inProjWeight, { batch: [], contract: [[2, 1]] });
      const projected = this.inProjBias === null ? product : product.add(this.inProjBias);
      const plain = this.kvHeads === this.heads && this.rotary === null && !context.cache;
      if (!plain) return this.#attendTo(this.#split(projected), context).output;
      const [batch, time, features] = x.shape;
      const qkv = projected.reshape([batch, time, 3, this.heads, features / this.heads]);
      const { causal } = this;
      const { mask, dropout } = this.#masks([batch, this.heads, time, time], x, context);
      const attended = packedAttention(qkv, { causal, mask, dropout }); // [B, T, H, C/H]
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
    context: AttentionContext = {},
  ): AttentionResult {
    return inRegion(this, this.#label(), () =>
      this.#attendTo(this.#apart([query, key, value]), context),
    );
  }

  /** A cache for sampling: sequences of at most `length` positions. */
  cache(batch: number, length: number): AttentionCache {
    const features = this.#features() / this.heads;
    const sizes = { batch, length, heads: this.kvHeads, features };
    return new AttentionCache(sizes, { dtype: this.outProj.weight.dtype });
  }

  /** Attention by head, `[B, T, H, D]` each, and the output projection. */
  #attendTo([query, key, value]: Parts, context: AttentionContext): AttentionResult {
    checkContext("MultiHeadAttention", context, contextNames);
    const { cache = null } = context;
    if (cache !== null && !this.causal) throw notCausal();
    const [batch, time] = query.shape;
    const positions = cache?.next(time);
    const turn = (x: Tensor): Tensor =>
      this.rotary === null ? x : rotary(x, { ...this.rotary, positions });
    const past = cache?.extend(turn(key), value);
    const [k, v] = [past?.keys ?? turn(key), past?.values ?? value];
    const scores = [batch, this.heads, time, k.shape[1]];
    const { mask, dropout } = this.#masks(scores, query, context);
    const q = turn(query);
    const p = attentionProbabilities(q, headsLike(q, k, 2), {
      mask: past ? withSeen(mask, past.seen) : mask,
      causal: this.causal && !past,
    });
    const probabilities = withDropout(p, dropout);
    const attended = weighedValues(probabilities, headsLike(q, v, 2)); // [B, T, H, C/H]
    const output = this.outProj.forward(attended.reshape([batch, time, this.#features()]));
    return { output, probabilities };
  }

  /** The mask of scores `[B, H, T, S]`, and what dropout multiplies the probabilities with. */
  #masks(
    scores: Shape,
    { dtype }: Tensor,
    context: AttentionContext,
  ): { readonly mask: Tensor | null; readonly dropout: Tensor | null } {
    const drops = context.training && this.dropout.p > 0;
    return {
      mask: combinedMask("MultiHeadAttention", scores, context),
      dropout: drops ? this.dropout.forward(ones(scores, dtype), context) : null,
    };
  }

  /** Each projected by itself, by head. Shape: `[B, T, C] → [B, T, H, D]`. */
  #apart(inputs: Parts): Parts {
    const [q, k, v] = inputs.map((x, part) => {
      const rows = this.#rows()[part];
      const own = [this.qProjWeight, this.kProjWeight, this.vProjWeight][part];
      const weight = own ?? this.inProjWeight!.slice([rows]);
      this.#check(x, weight.shape[1]);
      const product = x.contract(weight, { batch: [], contract: [[2, 1]] });
      const { inProjBias } = this;
      return this.#byHead(inProjBias === null ? product : product.add(inProjBias.slice([rows])));
    });
    if (k.shape[0] === q.shape[0] && k.shape[0] === v.shape[0] && k.shape[1] === v.shape[1]) {
      return [q, k, v];
    }
    throw unlikeSequences(inputs);
  }

  /** Cuts one projection into queries, keys and values, by head. */
  #split(projected: Tensor): Parts {
    const [q, k, v] = this.#rows().map((rows) => this.#byHead(projected.slice([null, null, rows])));
    return [q, k, v];
  }

  #byHead(x: Tensor): Tensor {
    const features = this.#features() / this.heads;
    return x.reshape([...x.shape.slice(0, 2), x.shape[2] / features, features]);
  }

  /** Where queries, keys and values stand in the joint weight and bias. */
  #rows(): readonly { readonly start: number; readonly end: number }[] {
    const features = this.#features();
    const own = (features / this.heads) * this.kvHeads;
    return [0, 1, 2].map((part) => {
      const start = part === 0 ? 0 : features + (part - 1) * own;
      return { start, end: start + (part === 0 ? features : own) };
    });
  }

  #features(): number {
    return this.outProj.weight.shape[0];
  }

  #label(): string {
    return `MultiHeadAttention ${this.#features()}, ${this.heads} heads`;
  }

  #check(x: Tensor, features: number): void {
    checkInput("MultiHeadAttention", x, [features], this.outProj.weight);
    if (x.rank === 3) return;
    throw inputError("SHAPE_MISMATCH", "MultiHeadAttention", x, {
      expected: `[batch, time, ${features}]`,
      fix: "Give a single sequence a batch axis with .unsqueeze(0).",
    });
  }
}

function checkHeads(
  features: number,
  heads: number,
  kvHeads: number,
  turned: boolean | RotaryOptions | undefined,
): void {
  const problem =
    features % heads !== 0
      ? `${heads} heads do not divide ${features} features`
      : heads % kvHeads !== 0
        ? `${kvHeads} heads of keys and values do not divide ${heads} heads`
        : turned && (features / heads) % 2 !== 0
          ? `rotary positions turn pairs, and a head has ${features / heads} features`
          : typeof turned === "object" && !isRotaryBase(turned.base ?? 10_000)
            ? `the base of rotary positions is a number above 1; received ${turned.base}`
            : null;
  if (problem === null) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "MultiHeadAttention",
    problem,
    fix: "Choose a number of heads that divides the features (evenly for rotary), and kvHeads that divide the heads.",
    detail: { features, heads, kvHeads },
  });
}

function unlikeSequences([query, key, value]: Parts): ChainruleError {
  return inputError("SHAPE_MISMATCH", "MultiHeadAttention", key, {
    expected: `keys and values of one length, for the batch of queries [${query.shape.join(", ")}] and values [${value.shape.join(", ")}]`,
    fix: "Queries are [B, T, C], keys and values [B, S, C].",
  });
}

function notCausal(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "MultiHeadAttention",
    problem:
      "a cache was given to attention that is not causal: earlier positions would have to see later ones",
    fix: "Make the layer with { causal: true }.",
  });
}
