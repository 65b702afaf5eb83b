// Records mixed with others of their batch, targets in the same shares: mixup (Zhang et al. 2017) adds them, CutMix (Yun et
// al. 2019) puts a rectangle of one into the other.

import { type MixOptions, mixSettings } from "../../core/augmentation.ts";
import { betaTable } from "../../core/beta.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import { checkTensor } from "../../ir/arguments.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { oneHot } from "../../ops/compose/indexing.ts";
import { tensor } from "../../ops/leaf.ts";
import type { Generator } from "../../ops/random.ts";
import { type Context, inputError } from "../layer.ts";
import { between } from "./erasing.ts";
import { checkImages, drawing, perSample, places } from "./images.ts";

/** Inputs and what is to be found in them. */
export type Mixed = readonly [inputs: Tensor, targets: Tensor];

/**
 * In training, makes each record `λ · itself + (1 − λ) · another` of the batch, and its targets in the same way, with a λ from
 * Beta(alpha, alpha) for each record; alpha is 0.2 by default. In inference it passes both on.
 * Shape: `[B, ...], targets int32 [B] with classes, or floats [B, ...] → [B, ...], [B, classes] or [B, ...]`.
 */
export class Mixup {
  readonly alpha: number;
  readonly classes: number | undefined;

  constructor(options: MixOptions = {}) {
    const { alpha, classes } = mixSettings("Mixup", options, 0.2);
    this.alpha = alpha;
    this.classes = classes;
  }

  forward(x: Tensor, targets: Tensor, context: Context = {}): Mixed {
    const soft = softTargets("Mixup", x, targets, this.classes);
    const generator = drawing("Mixup", context);
    if (generator === undefined) return [x, targets];
    return inRegion(this, `Mixup ${this.alpha}`, () => {
      const share = beta(this.alpha, x, generator);
      const order = generator.permutation(x.shape[0]);
      return [blended(x, x.take(order, 0), share), mixedTargets(soft, order, share)];
    });
  }
}

/**
 * In training, replaces a rectangle of each image by that of another one of the batch, of a share 1 − λ with λ from
 * Beta(alpha, alpha), alpha 1 by default; targets are mixed by the share that is truly there. In inference it passes both on.
 * Shape: `[B, C, H, W], targets int32 [B] with classes, or floats [B, ...] → [B, C, H, W], [B, classes] or [B, ...]`.
 */
export class CutMix {
  readonly alpha: number;
  readonly classes: number | undefined;

  constructor(options: MixOptions = {}) {
    const { alpha, classes } = mixSettings("CutMix", options, 1);
    this.alpha = alpha;
    this.classes = classes;
  }

  forward(x: Tensor, targets: Tensor, context: Context = {}): Mixed {
    checkImages("CutMix", x, { float: true });
    const soft = softTargets("CutMix", x, targets, this.classes);
    const generator = drawing("CutMix", context);
    if (generator === undefined) return [x, targets];
    return inRegion(this, `CutMix ${this.alpha}`, () => {
      const side = beta(this.alpha, x, generator).neg().add(1).clamp({ min: 0 }).sqrt();
      const order = generator.permutation(x.shape[0]);
      const [rows, columns] = [2, 3].map((axis) => span(x, axis, side, generator));
      const isOther = between(places(x, 2), ...rows).logicalAnd(between(places(x, 3), ...columns));
      const area = rows[1].mul(columns[1]).div(x.shape[2] * x.shape[3]);
      const share = area.neg().add(1);
      return [isOther.where(x.take(order, 0), x), mixedTargets(soft, order, share)];
    });
  }
}

/** First place and number of places of a span about a random centre, cut at the edges. */
function span(x: Tensor, axis: number, side: Tensor, generator: Generator): [Tensor, Tensor] {
  const size = x.shape[axis];
  const half = side.mul(size / 2).round();
  const centre = perSample(generator, x, 0, size).floor();
  const first = centre.sub(half).clamp({ min: 0 });
  return [first, centre.add(half).clamp({ max: size }).sub(first)];
}

/** Draws from Beta(alpha, alpha), one for each sample. Shape: `[B, 1, …]`. */
function beta(alpha: number, x: Tensor, generator: Generator): Tensor {
  const table = betaTable(alpha);
  const entries = table.length - 1;
  const u = perSample(generator, x, 0, 1);
  const half = u.minimum(u.neg().add(1)).mul(2 * entries);
  const at = half.floor().clamp({ max: entries - 1 });
  const read = (step: number): Tensor =>
    tensor(table).take(at.cast("int32").add(step).flatten(), 0).reshape(u.shape).cast(u.dtype);
  const low = read(0);
  const z = read(1).sub(low).mul(half.sub(at)).add(low);
  const t = z.pow(1 / alpha);
  return u.lessEqual(0.5).where(t, t.neg().add(1));
}

const blended = (a: Tensor, b: Tensor, share: Tensor): Tensor => a.sub(b).mul(share).add(b);

function mixedTargets(soft: Tensor, order: Tensor, share: Tensor): Tensor {
  const shape = soft.shape.map((n, k) => (k === 0 ? n : 1));
  return blended(soft, soft.take(order, 0), share.reshape(shape).cast(soft.dtype));
}

/** Targets as shares, checked. */
function softTargets(
  layer: string,
  x: Tensor,
  targets: Tensor,
  classes: number | undefined,
): Tensor {
  checkTensor(layer, "the input", x);
  checkTensor(layer, "the targets", targets);
  const isFloat = (t: Tensor): boolean => t.dtype === "float32" || t.dtype === "float64";
  if (x.rank < 1 || !isFloat(x)) {
    throw inputError("DTYPE_MISMATCH", layer, x, {
      expected: "a batch of floats",
      fix: 'Convert the inputs with .cast("float32").',
    });
  }
  const isFit = classes === undefined ? isFloat(targets) : targets.rank === 1 && !isFloat(targets);
  if (isFit && targets.rank >= 1 && targets.shape[0] === x.shape[0]) {
    return classes === undefined ? targets : oneHot(targets, classes, { dtype: x.dtype });
  }
  throw new ChainruleError({
    code:
      targets.rank >= 1 && targets.shape[0] === x.shape[0] ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op: layer,
    problem:
      `targets must be ${classes === undefined ? "shares, floats [batch, …]" : "classes, int32 [batch]"} ` +
      `for a batch of ${x.shape[0]}; received ${targets.dtype}${showShape(targets.shape)}`,
    fix: "Pass { classes } to the layer where targets are numbers of classes, else rows of shares.",
    detail: { received: targets.shape, dtype: targets.dtype, batch: x.shape[0] },
  });
}
