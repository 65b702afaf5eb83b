// Records mixed with others of their batch, on the host: what the layers `Mixup` and `CutMix` do. The functions take batches.

import { type MixOptions, type MixSettings, mixSettings } from "../../core/augmentation.ts";
import { betaQuantile, betaTable } from "../../core/beta.ts";
import { isFloat } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import type { RandomStream } from "../../core/random.ts";
import { showShape, sizeOf } from "../../core/shape.ts";
import { type Augmentation, checkCall, parted } from "./field.ts";

/** Which fields of a batch are mixed. */
export interface MixFields {
  /** Default "images". */
  readonly field?: string;
  /** Default "labels". */
  readonly targets?: string;
}

/**
 * Makes each record of a batch `λ · itself + (1 − λ) · another`, and its targets likewise: `λ ~ Beta(alpha, alpha)`, alpha 0.2
 * by default. Shape: `[B, ...], targets int32 [B] with classes, or floats [B, ...] → [B, ...], [B, classes] or [B, ...]`.
 */
export function mixup(options: MixOptions & MixFields = {}): Augmentation {
  return mixing("augment.mixup", options, 0.2, (inputs, order, shares) =>
    blended(inputs, order, shares),
  );
}

/**
 * Replaces a rectangle of each image of a batch by that of another, and mixes the targets by its area: a share of
 * `1 − λ`, `λ ~ Beta(alpha, alpha)`, alpha 1 by default. Shape: as `mixup`, with images `[B, C, H, W]`.
 */
export function cutMix(options: MixOptions & MixFields = {}): Augmentation {
  return mixing("augment.cutMix", options, 1, (inputs, order, shares, random) => {
    if (inputs.shape.length !== 4) throw badBatch("augment.cutMix", inputs, "[B, C, H, W]");
    return pasted(inputs, order, shares, random);
  });
}

/** Mixes inputs with those in another order; `shares` of themselves, which may be corrected. */
type Mix = (
  inputs: HostTensor,
  order: Int32Array,
  shares: Float64Array,
  random: RandomStream,
) => HostTensor;

function mixing(
  op: string,
  options: MixOptions & MixFields,
  usual: number,
  mix: Mix,
): Augmentation {
  const {
    field,
    rest: { targets = "labels", ...rest },
  } = parted(options);
  const settings = mixSettings(op, rest, usual);
  const table = betaTable(settings.alpha);
  return (batch, random) => {
    checkCall(op, batch, random);
    const values = batch as Readonly<Record<string, HostTensor | undefined>>;
    const [inputs, labels] = [values[field], values[targets]];
    if (inputs === undefined || !isFloat(inputs.dtype)) throw badBatch(op, inputs, "floats [B, …]");
    const soft = softTargets(op, labels, inputs.shape[0], settings);
    const count = inputs.shape[0];
    const order = random.permutation(count);
    const shares = random.uniform(count).map((u) => betaQuantile(u, table, settings.alpha));
    const mixed = mix(inputs, order, shares, random);
    return { ...batch, [field]: mixed, [targets]: blended(soft, order, shares) };
  };
}

function softTargets(
  op: string,
  targets: HostTensor | undefined,
  count: number,
  { classes }: MixSettings,
): HostTensor {
  const needed = classes === undefined ? "floats [B, …]" : `classes below ${classes}, int32 [B]`;
  if (targets === undefined || targets.shape[0] !== count) throw badBatch(op, targets, needed);
  if (classes === undefined) {
    if (!isFloat(targets.dtype)) throw badBatch(op, targets, needed);
    return targets;
  }
  const { data, shape } = targets;
  if (shape.length !== 1 || data.some((n) => !(Number.isInteger(n) && n >= 0 && n < classes))) {
    throw badBatch(op, targets, needed);
  }
  const rows = new Float32Array(count * classes);
  for (let k = 0; k < count; k++) rows[k * classes + data[k]] = 1;
  return { dtype: "float32", shape: [count, classes], data: rows };
}

function blended(x: HostTensor, order: Int32Array, shares: Float64Array): HostTensor {
  const width = sizeOf(x.shape.slice(1));
  const data = x.data.slice();
  for (let row = 0; row < order.length; row++) {
    const share = shares[row];
    for (let k = 0; k < width; k++) {
      const other = x.data[order[row] * width + k];
      data[row * width + k] = (x.data[row * width + k] - other) * share + other;
    }
  }
  return { ...x, data };
}

function pasted(
  x: HostTensor,
  order: Int32Array,
  shares: Float64Array,
  random: RandomStream,
): HostTensor {
  const [, channels, height, width] = x.shape;
  const data = x.data.slice();
  const centres = random.uniform(2 * order.length);
  for (let row = 0; row < order.length; row++) {
    const side = Math.sqrt(Math.max(0, 1 - shares[row]));
    const [top, bottom] = span(height, side, centres[2 * row]);
    const [left, right] = span(width, side, centres[2 * row + 1]);
    shares[row] = 1 - ((bottom - top) * (right - left)) / (height * width);
    for (let c = 0; c < channels; c++) {
      for (let y = top; y < bottom; y++) {
        const [to, from] = [row, order[row]].map((n) => ((n * channels + c) * height + y) * width);
        data.set(x.data.subarray(from + left, from + right), to + left);
      }
    }
  }
  return { ...x, data };
}

/** A span about a random centre, cut at the edges. */
function span(size: number, side: number, u: number): readonly [number, number] {
  const half = Math.round((side * size) / 2);
  const centre = Math.floor(u * size);
  return [Math.max(0, centre - half), Math.min(size, centre + half)];
}

function badBatch(op: string, received: HostTensor | undefined, needed: string): ChainruleError {
  const what = received === undefined ? "nothing" : `${received.dtype}${showShape(received.shape)}`;
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `expected ${needed} in a batch; received ${what}`,
    fix: "Name the fields by { field, targets }, and pass { classes } where targets are classes.",
    detail: { received: received?.shape },
  });
}
