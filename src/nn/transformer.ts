// Stacks of Transformer layers, and the encoder and decoder together (Vaswani et al. 2017).

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { AttentionContext } from "./attention.ts";
import type { AttentionCache } from "./attention-cache.ts";
import type { MaskContext } from "./attention-masks.ts";
import { xavierUniform } from "./init.ts";
import { type Context, checkContext, checkSizes } from "./layer.ts";
import { LayerNorm } from "./norm.ts";
import {
  checkMemory,
  type DecoderContext,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  transformerLayerNames,
} from "./transformer-layers.ts";

/** Options of a stack of Transformer layers. */
export interface TransformerStackOptions extends TransformerLayerOptions {
  /** Whether a layer norm closes the stack; default: with `normFirst`, where nothing else would. */
  readonly norm?: boolean;
}

const stackNames: OptionNames<TransformerStackOptions> = { ...transformerLayerNames, norm: true };

/** How a stack's input is meant; a stack that samples has a cache for each layer. */
export interface EncoderStackContext extends MaskContext {
  readonly caches?: readonly AttentionCache[] | null;
}

/** As `EncoderStackContext`, with masks of the memory. */
export interface DecoderStackContext extends Omit<DecoderContext, "cache"> {
  readonly caches?: readonly AttentionCache[] | null;
}

/** Encoder layers, one on another; with `causal` the body of a language model. Shape: `[B, T, C] → [B, T, C]`. */
export class TransformerEncoder {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(
    features: number,
    heads: number,
    layers: number,
    options: TransformerStackOptions = {},
  ) {
    checkOptions("TransformerEncoder", options, stackNames);
    checkSizes("TransformerEncoder", { layers });
    const { norm: _, ...own } = options;
    const make = (): TransformerEncoderLayer => new TransformerEncoderLayer(features, heads, own);
    this.layers = Array.from({ length: layers }, make);
    this.norm = closingNorm(features, options);
  }

  forward(x: Tensor, context: EncoderStackContext = {}): Tensor {
    return inRegion(this, `TransformerEncoder of ${this.layers.length}`, () => {
      const { caches, ...rest } = context;
      checkCaches("TransformerEncoder", this.layers, caches);
      let y = x;
      for (const [k, layer] of this.layers.entries()) {
        y = layer.forward(y, withCache(rest, caches?.[k]));
      }
      return this.norm?.forward(y) ?? y;
    });
  }

  /** Caches for sampling with a causal stack, one for each layer: sequences of at most `length` positions. */
  caches(batch: number, length: number): AttentionCache[] {
    return this.layers.map((layer) => layer.cache(batch, length));
  }
}

/** Decoder layers, one on another, all with the same memory. Shape: `[B, T, C], [B, S, C] → [B, T, C]`. */
export class TransformerDecoder {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(
    features: number,
    heads: number,
    layers: number,
    options: TransformerStackOptions = {},
  ) {
    checkOptions("TransformerDecoder", options, stackNames);
    checkSizes("TransformerDecoder", { layers });
    const { norm: _, ...own } = options;
    const make = (): TransformerDecoderLayer => new TransformerDecoderLayer(features, heads, own);
    this.layers = Array.from({ length: layers }, make);
    this.norm = closingNorm(features, options);
  }

  forward(x: Tensor, memory: Tensor, context: DecoderStackContext = {}): Tensor {
    return inRegion(this, `TransformerDecoder of ${this.layers.length}`, () => {
      const { caches, ...rest } = context;
      checkCaches("TransformerDecoder", this.layers, caches);
      let y = x;
      for (const [k, layer] of this.layers.entries()) {
        y = layer.forward(y, memory, withCache(rest, caches?.[k]));
      }
      return this.norm?.forward(y) ?? y;
    });
  }

  /** Caches for sampling, one for each layer: sequences of at most `length` positions. */
  caches(batch: number, length: number): AttentionCache[] {
    return this.layers.map((layer) => layer.cache(batch, length));
  }
}

/** Options of `Transformer`. */
export interface TransformerOptions extends Omit<TransformerLayerOptions, "causal"> {
  /** Default 6. */
  readonly encoderLayers?: number;
  /** Default 6. */
  readonly decoderLayers?: number;
  /** Whether positions of the target see only those before them; default false, as in PyTorch. */
  readonly causal?: boolean;
}

const names: OptionNames<TransformerOptions> = {
  ...transformerLayerNames,
  encoderLayers: true,
  decoderLayers: true,
};

/** What source and target see. Masks as in `MultiHeadAttention`. */
export interface TransformerContext extends Context {
  readonly sourceMask?: Tensor | null;
  /** Shape: bool `[B, S]`. */
  readonly sourceKeyMask?: Tensor | null;
  readonly targetMask?: Tensor | null;
  readonly targetKeyMask?: Tensor | null;
  readonly memoryMask?: Tensor | null;
  /** Usually the same as `sourceKeyMask`, from which it is not taken. Shape: bool `[B, S]`. */
  readonly memoryKeyMask?: Tensor | null;
}

const contextNames: OptionNames<TransformerContext> = {
  training: true,
  generator: true,
  sourceMask: true,
  sourceKeyMask: true,
  targetMask: true,
  targetKeyMask: true,
  memoryMask: true,
  memoryKeyMask: true,
};

/**
 * Encoder and decoder, each closed by a layer norm; embeddings, positions and the head are the model's. Shape: source
 * `[B, S, C]`, target `[B, T, C] → [B, T, C]`.
 */
export class Transformer {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(features = 512, heads = 8, options: TransformerOptions = {}) {
    checkOptions("Transformer", options, names);
    const { encoderLayers = 6, decoderLayers = 6, causal = false, ...rest } = options;
    checkSizes("Transformer", { features, heads, encoderLayers, decoderLayers });
    const shared = { init: xavierUniform(), ...rest, norm: true };
    this.encoder = new TransformerEncoder(features, heads, encoderLayers, shared);
    this.decoder = new TransformerDecoder(features, heads, decoderLayers, { ...shared, causal });
  }

  forward(source: Tensor, target: Tensor, context: TransformerContext = {}): Tensor {
    return inRegion(this, "Transformer", () => {
      checkContext("Transformer", context, contextNames);
      checkMemory("Transformer", target, source);
      const mode = { training: context.training, generator: context.generator };
      const memory = this.encoder.forward(source, {
        ...mode,
        mask: context.sourceMask,
        keyMask: context.sourceKeyMask,
      });
      return this.decoder.forward(target, memory, {
        ...mode,
        mask: context.targetMask,
        keyMask: context.targetKeyMask,
        memoryMask: context.memoryMask,
        memoryKeyMask: context.memoryKeyMask,
      });
    });
  }
}

function closingNorm(
  features: number,
  { norm, normFirst = false, layerNormEps: eps, bias, dtype, generator }: TransformerStackOptions,
): LayerNorm | null {
  if (!(norm ?? normFirst)) return null;
  return new LayerNorm(features, { eps, bias, dtype, generator });
}

function checkCaches(
  name: string,
  layers: readonly object[],
  caches: readonly AttentionCache[] | null | undefined,
): void {
  if (!caches || caches.length === layers.length) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: name,
    problem: `${layers.length} layers need as many caches; received ${caches.length}`,
    fix: "Make them with the stack's own caches(batch, length).",
    detail: { layers: layers.length, caches: caches.length },
  });
}

function withCache<Given extends MaskContext>(
  context: Given,
  cache: AttentionCache | undefined,
): Given & Pick<AttentionContext, "cache"> {
  return cache === undefined ? context : { ...context, cache };
}
