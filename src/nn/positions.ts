// Positions of the elements of a sequence: added to features as sines or as learned vectors, or added to the scores of
// attention. Rotary positions stand in rotary.ts.

import type { DType } from "../core/dtype.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota, tensor } from "../ops/leaf.ts";
import { type Initializer, normal } from "./init.ts";
import {
  checkSizes,
  initialized,
  inputError,
  type LayerOptions,
  layerNames,
  wrongType,
} from "./layer.ts";

/**
 * Sines and cosines of positions, in turn, `sin(p / 10000^{2i/C})` and `cos(p / 10000^{2i/C})` (Vaswani et al. 2017).
 * Shape: `[length, features]`.
 */
export function sinusoidalPositions(
  length: number,
  features: number,
  options: { readonly dtype?: DType } = {},
): Tensor {
  checkSizes("sinusoidalPositions", { length, features });
  const values = Float64Array.from({ length: length * features }, (_, at) => {
    const [position, feature] = [Math.floor(at / features), at % features];
    const angle = position / 10_000 ** ((feature - (feature % 2)) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tensor(values, { shape: [length, features], dtype: options.dtype ?? "float32" });
}

/** Adds `sinusoidalPositions` to a sequence of at most `length` steps. Shape: `[B, T, C] → [B, T, C]`. */
export class SinusoidalPositions {
  declare readonly maps?: KeepsShape;
  readonly table: Tensor;

  constructor(length: number, features: number, options: { readonly dtype?: DType } = {}) {
    checkOptions("SinusoidalPositions", options, { dtype: true });
    checkSizes("SinusoidalPositions", { length, features });
    this.table = sinusoidalPositions(length, features, options);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `SinusoidalPositions ${this.table.shape.join("×")}`, () =>
      withPositions("SinusoidalPositions", x, this.table),
    );
  }
}

/** Options of `LearnedPositions`. */
export interface LearnedPositionsOptions extends LayerOptions {
  /** Initial vectors; default N(0, 0.02²), as in GPT-2. */
  readonly init?: Initializer;
}

const names: OptionNames<LearnedPositionsOptions> = { ...layerNames, init: true };

/** Adds a learned vector for each position to a sequence of at most `length` steps. Shape: `[B, T, C] → [B, T, C]`. */
export class LearnedPositions {
  declare readonly maps?: KeepsShape;
  /** Shape: `[length, C]`. */
  readonly weight: Parameter;

  constructor(length: number, features: number, options: LearnedPositionsOptions = {}) {
    checkOptions("LearnedPositions", options, names);
    checkSizes("LearnedPositions", { length, features });
    this.weight = initialized([length, features], options.init ?? normal(0, 0.02), options);
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `LearnedPositions ${this.weight.shape.join("×")}`, () =>
      withPositions("LearnedPositions", x, this.weight),
    );
  }
}

/**
 * What attention with linear biases adds to the scores, `−m_h |i − j|`, a steeper slope m for each head (Press et al.
 * 2022, ALiBi): pass it as `mask`. Shape: `[H, T, S]`; the last query stands at the last key.
 */
export function alibiBias(
  heads: number,
  queries: number,
  keys: number = queries,
  options: { readonly dtype?: DType } = {},
): Tensor {
  checkSizes("alibiBias", { heads, queries, keys });
  const dtype = options.dtype ?? "float32";
  const shape = [queries, keys];
  const distance = iota(shape, 1)
    .sub(iota(shape, 0))
    .sub(keys - queries)
    .abs();
  const slopes = tensor(slopesOf(heads), { dtype }).reshape([heads, 1, 1]);
  return distance.cast(dtype).mul(slopes).neg();
}

/** `2^{−8k/H}` for k = 1 … H; where H is no power of two, those of the power below, and every second of the one above. */
function slopesOf(heads: number): number[] {
  const below = 2 ** Math.floor(Math.log2(heads));
  const of = (n: number, k: number): number => 2 ** ((-8 * k) / n);
  const plain = Array.from({ length: below }, (_, k) => of(below, k + 1));
  const between = Array.from({ length: heads - below }, (_, k) => of(2 * below, 2 * k + 1));
  return [...plain, ...between];
}

function withPositions(layer: string, x: Tensor, table: Tensor): Tensor {
  const [length, features] = table.shape;
  const time = x.shape[1] ?? 0;
  if (x.rank !== 3 || x.shape[2] !== features || time > length) {
    throw inputError("SHAPE_MISMATCH", layer, x, {
      expected: `[batch, time, ${features}] with at most ${length} steps`,
      fix: "Make the layer for the longest sequence, or cut sequences to its length.",
    });
  }
  if (x.dtype !== table.dtype) throw wrongType(layer, x, table.dtype);
  return x.add(time === length ? table : table.slice([{ end: time }]));
}
