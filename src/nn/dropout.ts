// Random zeros against overfitting: of elements, of whole channels, of whole samples. All do nothing in inference.

import type { Shape } from "../core/shape.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { checkTensor } from "../ir/arguments.ts";
import { inInference } from "../ir/inference.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { random } from "../ops/random.ts";
import { type Context, checkContext, checkProbabilities, inputError } from "./layer.ts";

/** What these layers have: the probability of dropping, checked. */
abstract class Dropping {
  declare readonly maps?: KeepsShape;
  readonly p: number;

  constructor(layer: string, p: number) {
    checkProbabilities(layer, { p });
    this.p = p;
  }
}

/**
 * In training, makes each element 0 with probability `p` and divides the others by `1 − p`; else passes the input on
 * (Srivastava et al. 2014, inverted form). Shape: `[...] → [...]`.
 */
export class Dropout extends Dropping {
  constructor(p = 0.5) {
    super("Dropout", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkTensor("Dropout", "the input", x);
    return dropped("Dropout", this, x, context, x.shape);
  }
}

/** As `Dropout`, of whole channels (Tompson et al. 2015). Shape: `[B, C, L] → [B, C, L]`. */
export class Dropout1d extends Dropping {
  constructor(p = 0.5) {
    super("Dropout1d", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return dropped("Dropout1d", this, x, context, channelsOf("Dropout1d", x, 3));
  }
}

/** As `Dropout`, of whole channels (Tompson et al. 2015). Shape: `[B, C, H, W] → [B, C, H, W]`. */
export class Dropout2d extends Dropping {
  constructor(p = 0.5) {
    super("Dropout2d", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return dropped("Dropout2d", this, x, context, channelsOf("Dropout2d", x, 4));
  }
}

/** As `Dropout`, of whole channels (Tompson et al. 2015). Shape: `[B, C, D, H, W] → [B, C, D, H, W]`. */
export class Dropout3d extends Dropping {
  constructor(p = 0.5) {
    super("Dropout3d", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return dropped("Dropout3d", this, x, context, channelsOf("Dropout3d", x, 5));
  }
}

/**
 * Stochastic depth: as `Dropout`, of whole samples (Huang et al. 2016). As the last layer of a residual's body it leaves
 * the body out. Shape: `[B, ...] → [B, ...]`.
 */
export class DropPath extends Dropping {
  constructor(p = 0.1) {
    super("DropPath", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkTensor("DropPath", "the input", x);
    const samples = x.shape.map((n, k) => (k === 0 ? n : 1));
    return dropped("DropPath", this, x, context, samples);
  }
}

/**
 * Dropout that keeps mean and variance of inputs with mean 0 and variance 1, for networks with SELU: elements become −1.758
 * instead of 0, then all are scaled and shifted (Klambauer et al. 2017). Shape: `[...] → [...]`.
 */
export class AlphaDropout extends Dropping {
  constructor(p = 0.5) {
    super("AlphaDropout", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkTensor("AlphaDropout", "the input", x);
    return alphaDropped("AlphaDropout", this, x, context, x.shape);
  }
}

/** As `AlphaDropout`, of whole channels. Shape: `[B, C, …space] → [B, C, …space]`. */
export class FeatureAlphaDropout extends Dropping {
  constructor(p = 0.5) {
    super("FeatureAlphaDropout", p);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    const channels = channelsOf("FeatureAlphaDropout", x);
    return alphaDropped("FeatureAlphaDropout", this, x, context, channels);
  }
}

/** Keeps with probability 1 − p, by one draw for each element of `masks`, which broadcasts to `x`. */
function dropped(
  layer: string,
  owner: Dropping,
  x: Tensor,
  context: Context,
  masks: Shape,
): Tensor {
  return inTraining(layer, owner, x, context, masks, (kept, p) =>
    kept.where(x.mul(1 / (1 - p)), 0),
  );
}

/** What SELU tends to for −∞: −λα. */
const floor = -1.7580993408473766;

function alphaDropped(
  layer: string,
  owner: Dropping,
  x: Tensor,
  context: Context,
  masks: Shape,
): Tensor {
  return inTraining(layer, owner, x, context, masks, (kept, p) => {
    const scale = 1 / Math.sqrt((1 - p) * (1 + p * floor * floor));
    return kept
      .where(x, floor)
      .mul(scale)
      .add(-scale * floor * p);
  });
}

/** In training what `drop` makes of the places kept (bool, of shape `masks`); zeros where none are; else the input. */
function inTraining(
  layer: string,
  owner: Dropping,
  x: Tensor,
  context: Context,
  masks: Shape,
  drop: (kept: Tensor, p: number) => Tensor,
): Tensor {
  checkContext(layer, context);
  const { training, generator = random } = context;
  const { p } = owner;
  if (p === 0) return x;
  if (!training) return inInference(x, owner, `${layer} ${p}`);
  return inRegion(owner, `${layer} ${p}`, () =>
    p === 1 ? x.mul(0) : drop(generator.bernoulli(masks, 1 - p), p),
  );
}

/** One place for each channel of each sample. */
function channelsOf(layer: string, x: Tensor, rank?: number): Shape {
  checkTensor(layer, "the input", x);
  if (rank === undefined ? x.rank >= 2 : x.rank === rank) {
    return x.shape.map((n, k) => (k < 2 ? n : 1));
  }
  const space =
    rank === undefined ? "…" : ["length", "height, width", "depth, height, width"][rank - 3];
  throw inputError("SHAPE_MISMATCH", layer, x, {
    expected: `[batch, channels, ${space}]`,
    fix: "Give a single sample a batch axis with .unsqueeze(0), or use nn.Dropout for single elements.",
  });
}
