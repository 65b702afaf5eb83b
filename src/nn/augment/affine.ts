// Images turned, scaled, sheared and shifted at random, about their centre.

import {
  type AffineOptions,
  type AffineSettings,
  affineSettings,
  type RotationOptions,
  rotationSettings,
  type Spread,
} from "../../core/augmentation.ts";
import type { KeepsShape } from "../../core/shape-types.ts";
import { inRegion } from "../../ir/region.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Generator } from "../../ops/random.ts";
import type { Context } from "../layer.ts";
import { checkImages, drawing, perSample } from "./images.ts";
import { type AffineMap, sampleAffine } from "./sampling.ts";

/**
 * In training, turns each image by an angle drawn from `degrees` (± one number, or within bounds), clockwise where it is
 * positive, about its centre: bilinear, `fill` from outside. Shape: `[B, C, H, W] → [B, C, H, W]`.
 */
export class RandomRotation {
  declare readonly maps?: KeepsShape;
  readonly settings: AffineSettings;

  constructor(degrees: Spread, options: RotationOptions = {}) {
    this.settings = rotationSettings("RandomRotation", degrees, options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return mapped("RandomRotation", this, x, context);
  }
}

/**
 * In training, maps each image by a random rotation, scale, shear and shift about its centre, as torchvision's
 * `RandomAffine` with bilinear sampling; else passes the input on. Shape: `[B, C, H, W] → [B, C, H, W]`.
 */
export class RandomAffine {
  declare readonly maps?: KeepsShape;
  readonly settings: AffineSettings;

  constructor(options: AffineOptions = {}) {
    this.settings = affineSettings("RandomAffine", options);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return mapped("RandomAffine", this, x, context);
  }
}

function mapped(
  layer: string,
  owner: { readonly settings: AffineSettings },
  x: Tensor,
  context: Context,
): Tensor {
  checkImages(layer, x, { float: true });
  const generator = drawing(layer, context);
  if (generator === undefined) return x;
  const { settings } = owner;
  return inRegion(owner, `${layer} ${settings.degrees.join(" to ")}°`, () =>
    sampleAffine(x, drawMap(settings, x, generator), settings.fill),
  );
}

/** Draws maps from places of the output to places of the input: the inverse of what is done to the image. */
function drawMap(settings: AffineSettings, x: Tensor, generator: Generator): AffineMap {
  const draw = ([low, high]: readonly [number, number]): Tensor =>
    perSample(generator, x, low, high);
  const angle = draw(settings.degrees).mul(Math.PI / 180);
  const shear = draw(settings.shear)
    .mul(Math.PI / 180)
    .tan();
  const shrink = draw(settings.scale).reciprocal();
  const [right, down] = settings.translate.map((share, k) =>
    draw([-share, share])
      .mul(x.shape[3 - k])
      .round(),
  );
  const [cos, sin] = [angle.cos(), angle.sin()];
  // The inverse of: shear, turn, scale, then shift.
  const m = [
    cos.sub(shear.mul(sin)).mul(shrink),
    sin.add(shear.mul(cos)).mul(shrink),
    sin.neg().mul(shrink),
    cos.mul(shrink),
  ];
  const back = (p: Tensor, q: Tensor): Tensor => p.mul(right).add(q.mul(down)).neg();
  return [m[0], m[1], back(m[0], m[1]), m[2], m[3], back(m[2], m[3])];
}
