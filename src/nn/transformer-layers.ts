// The layers of a Transformer (Vaswani et al. 2017): attention and a feed-forward network, each added to its input, with
// layer norm after the sum (the paper's order) or before the part (pre-norm, Xiong et al. 2020). Fields are named as
// PyTorch's, so that `torchPath` maps its checkpoints.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type AttentionContext, MultiHeadAttention } from "./attention.ts";
import type { AttentionCache } from "./attention-cache.ts";
import { Dropout } from "./dropout.ts";
import type { Initializer } from "./init.ts";
import {
  type Context,
  checkContext,
  checkSizes,
  inputError,
  type LayerOptions,
  layerNames,
} from "./layer.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./norm.ts";
import type { RotaryOptions } from "./rotary.ts";

/** Options of the layers of a Transformer. */
export interface TransformerLayerOptions extends LayerOptions {
  /** Features inside the feed-forward network; default 2048. */
  readonly dimFeedforward?: number;
  /** Share dropped in training: of probabilities, inside the feed-forward network and of each part; default 0.1. */
  readonly dropout?: number;
  /** Function inside the feed-forward network; default relu. */
  readonly activation?: Activation;
  /** Whether layer norm stands before each part instead of after its sum; default false. */
  readonly normFirst?: boolean;
  /** Whether a position sees only itself and those before it; default false, also in decoders. */
  readonly causal?: boolean;
  /** Whether linear layers, attention and layer norms have biases; default true. */
  readonly bias?: boolean;
  /** Added to variances; default 1e-5. */
  readonly layerNormEps?: number;
  /** As in `MultiHeadAttention`, of the attention to itself. */
  readonly kvHeads?: number;
  /** As in `MultiHeadAttention`, of the attention to itself. */
  readonly rotary?: boolean | RotaryOptions;
  /** Initial weights of projections; default Xavier uniform in attention, U(±1/√in) in the feed-forward network. */
  readonly init?: Initializer;
}

/** Names of these options. */
export const transformerLayerNames: OptionNames<TransformerLayerOptions> = {
  ...layerNames,
  dimFeedforward: true,
  dropout: true,
  activation: true,
  normFirst: true,
  causal: true,
  bias: true,
  layerNormEps: true,
  kvHeads: true,
  rotary: true,
  init: true,
};

/** A function by name, or any other of a tensor. */
export type Activation = "relu" | "gelu" | ((x: Tensor) => Tensor);

/** What a decoder sees of the memory, besides what it sees of itself. */
export interface DecoderContext extends AttentionContext {
  /** As `mask`, for the memory. Broadcasts to `[B, H, T, S]`. */
  readonly memoryMask?: Tensor | null;
  /** As `keyMask`, for the memory. Shape: bool `[B, S]`. */
  readonly memoryKeyMask?: Tensor | null;
}

const contextNames: OptionNames<DecoderContext> = {
  training: true,
  generator: true,
  mask: true,
  keyMask: true,
  cache: true,
  memoryMask: true,
  memoryKeyMask: true,
};

/**
 * Self-attention and a feed-forward network: `x ← norm1(x + attention(x))`, `x ← norm2(x + linear2(f(linear1(x))))`; with
 * `normFirst`, `x ← x + attention(norm1(x))`, `x ← x + linear2(f(linear1(norm2(x))))`. Shape: `[B, T, C] → [B, T, C]`.
 */
export class TransformerEncoderLayer {
  readonly selfAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout: Dropout;
  readonly normFirst: boolean;
  readonly activation: Activation;

  constructor(features: number, heads: number, options: TransformerLayerOptions = {}) {
    const parts = new Parts("TransformerEncoderLayer", features, heads, options);
    this.selfAttn = parts.attention(options);
    this.linear1 = parts.widen();
    this.linear2 = parts.narrow();
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
    ({ dropout: this.dropout, normFirst: this.normFirst, activation: this.activation } = parts);
  }

  forward(x: Tensor, context: AttentionContext = {}): Tensor {
    return inRegion(this, labelOf("TransformerEncoderLayer", this), () => {
      const attended = added(this, x, this.norm1, context, (y) =>
        this.selfAttn.forward(y, context),
      );
      return added(this, attended, this.norm2, context, (y) => feedForward(this, y, context));
    });
  }

  /** A cache for sampling, of the attention to itself: sequences of at most `length` positions. */
  cache(batch: number, length: number): AttentionCache {
    return this.selfAttn.cache(batch, length);
  }
}

/**
 * As `TransformerEncoderLayer`, with attention to a memory (the encoder's output) between: norms 1, 2 and 3 in the order of
 * the parts. Shape: `[B, T, C], [B, S, C] → [B, T, C]`.
 */
export class TransformerDecoderLayer {
  readonly selfAttn: MultiHeadAttention;
  readonly multiheadAttn: MultiHeadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout: Dropout;
  readonly normFirst: boolean;
  readonly activation: Activation;

  constructor(features: number, heads: number, options: TransformerLayerOptions = {}) {
    const parts = new Parts("TransformerDecoderLayer", features, heads, options);
    this.selfAttn = parts.attention(options);
    this.multiheadAttn = parts.attention({});
    this.linear1 = parts.widen();
    this.linear2 = parts.narrow();
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
    this.norm3 = parts.norm();
    ({ dropout: this.dropout, normFirst: this.normFirst, activation: this.activation } = parts);
  }

  forward(x: Tensor, memory: Tensor, context: DecoderContext = {}): Tensor {
    return inRegion(this, labelOf("TransformerDecoderLayer", this), () => {
      checkMemory("TransformerDecoderLayer", x, memory);
      checkContext("TransformerDecoderLayer", context, contextNames);
      const { training, generator, memoryMask, memoryKeyMask } = context;
      const ofMemory = { training, generator, mask: memoryMask, keyMask: memoryKeyMask };
      const first = added(this, x, this.norm1, context, (y) => this.selfAttn.forward(y, context));
      const second = added(
        this,
        first,
        this.norm2,
        context,
        (y) => this.multiheadAttn.attend(y, memory, memory, ofMemory).output,
      );
      return added(this, second, this.norm3, context, (y) => feedForward(this, y, context));
    });
  }

  /** A cache for sampling, of the attention to itself: sequences of at most `length` positions. */
  cache(batch: number, length: number): AttentionCache {
    return this.selfAttn.cache(batch, length);
  }
}

/** Makes the parts of a layer. */
class Parts {
  readonly dropout: Dropout;
  readonly normFirst: boolean;
  readonly activation: Activation;
  readonly #features: number;
  readonly #heads: number;
  readonly #width: number;
  readonly #options: TransformerLayerOptions;

  constructor(layer: string, features: number, heads: number, options: TransformerLayerOptions) {
    checkOptions(layer, options, transformerLayerNames);
    const { dimFeedforward = 2048, dropout = 0.1, activation = "relu" } = options;
    checkSizes(layer, { features, heads, dimFeedforward });
    checkActivation(layer, activation);
    this.dropout = new Dropout(dropout);
    this.normFirst = options.normFirst ?? false;
    this.activation = activation;
    this.#features = features;
    this.#heads = heads;
    this.#width = dimFeedforward;
    this.#options = options;
  }

  attention(
    own: Pick<TransformerLayerOptions, "causal" | "kvHeads" | "rotary">,
  ): MultiHeadAttention {
    const { bias, init, dtype, generator } = this.#options;
    const { causal, kvHeads, rotary } = own;
    const options = { bias, init, dtype, generator, causal, kvHeads, rotary };
    return new MultiHeadAttention(this.#features, this.#heads, {
      ...options,
      dropout: this.dropout.p,
    });
  }

  widen(): Linear {
    return this.#linear(this.#features, this.#width);
  }

  narrow(): Linear {
    return this.#linear(this.#width, this.#features);
  }

  #linear(inFeatures: number, outFeatures: number): Linear {
    const { bias, init, dtype, generator } = this.#options;
    return new Linear(inFeatures, outFeatures, { bias, init, dtype, generator });
  }

  norm(): LayerNorm {
    const { layerNormEps: eps, bias, dtype, generator } = this.#options;
    return new LayerNorm(this.#features, { eps, bias, dtype, generator });
  }
}

/** Adds a part to its input, with the norm before it or after the sum. Shape: `[B, T, C] → [B, T, C]`. */
function added(
  { normFirst, dropout }: { readonly normFirst: boolean; readonly dropout: Dropout },
  x: Tensor,
  norm: LayerNorm,
  context: Context,
  part: (x: Tensor) => Tensor,
): Tensor {
  if (normFirst) return x.add(dropout.forward(part(norm.forward(x)), context));
  return norm.forward(x.add(dropout.forward(part(x), context)));
}

/** `linear2(f(linear1(x)))`. Shape: `[B, T, C] → [B, T, C]`. */
function feedForward(
  layer: TransformerEncoderLayer | TransformerDecoderLayer,
  x: Tensor,
  context: Context,
): Tensor {
  const { activation } = layer;
  const wide = layer.linear1.forward(x);
  const active = typeof activation === "function" ? activation(wide) : wide[activation]();
  return layer.linear2.forward(layer.dropout.forward(active, context));
}

function labelOf(
  name: string,
  { selfAttn, linear1 }: TransformerEncoderLayer | TransformerDecoderLayer,
): string {
  const [width, features] = linear1.weight.shape;
  return `${name} ${features}, ${selfAttn.heads} heads, ${width}`;
}

/** Refuses a memory of another batch than the sequence's. */
export function checkMemory(layer: string, x: Tensor, memory: Tensor): void {
  if (memory.rank === 3 && x.rank === 3 && memory.shape[0] === x.shape[0]) return;
  throw inputError("SHAPE_MISMATCH", layer, memory, {
    expected: `a memory [batch, time, features] for the batch of [${x.shape.join(", ")}]`,
    fix: "Pass the encoder's output for the same sequences, in the same order.",
  });
}

function checkActivation(layer: string, activation: unknown): void {
  if (activation === "relu" || activation === "gelu" || typeof activation === "function") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: `activation is "relu", "gelu" or a function; received ${String(activation)}`,
    fix: "For another one pass a function, e.g. (x) => x.silu().",
    detail: { activation: String(activation) },
  });
}
