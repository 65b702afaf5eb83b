// Changing the number of places of an image: interpolation, and moving pixels between channels and space. Interpolation
// is separable, so it runs along one axis after the other: nearest repeats or picks elements, and what mixes neighbours
// multiplies by a matrix [output, input] with a few numbers in each row. Coordinates are PyTorch's.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { take } from "../gather.ts";
import { tensor } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { type PerAxis, perAxis } from "./convolution-checks.ts";

/** How values between the places are found; `linear`, `bilinear` and `trilinear` are one method for 1, 2 and 3 axes. */
export type UpsampleMode = "nearest" | "linear" | "bilinear" | "trilinear" | "bicubic";

/** Options of `upsample`: either `size` or `scale`. */
export interface UpsampleOptions {
  /** Lengths of the output. */
  readonly size?: PerAxis;
  /** Lengths of the output as multiples of the input's, rounded down. */
  readonly scale?: PerAxis;
  /** Default `nearest`. */
  readonly mode?: UpsampleMode;
  /** Whether the first and last elements stay at the edge, instead of the edges of their pixels; default false. */
  readonly alignCorners?: boolean;
}

const upsampleNames: OptionNames<UpsampleOptions> = {
  size: true,
  scale: true,
  mode: true,
  alignCorners: true,
};

/**
 * Interpolates images to another size, larger or smaller, as PyTorch's `interpolate`; each place of the output is a fixed
 * sum of a few places of the input. Shape: `[B, C, …lengths] → [B, C, …sizes]`, with 1 to 3 spatial axes.
 */
export function upsample(x: Tensor, options: UpsampleOptions): Tensor {
  checkOptions("upsample", options, upsampleNames);
  const mode = options.mode ?? "nearest";
  const rank = x.rank - 2;
  checkMode(x, mode, options.alignCorners);
  const sizes = sizesOf(x, options);
  const scales = options.scale === undefined ? null : perNumber(options.scale, rank);
  return sizes.reduce(
    (y, size, k) => {
      const length = x.shape[k + 2];
      const step = scales && !ignoresScale(mode, rank, size / length) ? 1 / scales[k] : null;
      const axis = { length, size, step };
      if (size === length && step === null) return y;
      if (mode === "nearest") return nearestAlong(y, k + 2, axis);
      return mixedAlong(y, k + 2, axis, tapsOf(mode, options.alignCorners ?? false));
    },
    mode === "nearest" ? x.node : toFloat(x.node),
  );
}

/** Whether PyTorch goes by lengths though a scale is given, `growth` being the ratio of the lengths. */
function ignoresScale(mode: UpsampleMode, rank: number, growth: number): boolean {
  if (mode === "nearest") return rank === 2 && (growth === 1 || growth === 2);
  return mode !== "bicubic" && growth === 1;
}

/** Moves channels into space: `y[c, h·r + i, w·r + j] = x[c·r² + i·r + j, h, w]` (Shi et al. 2016). Shape: `[B, C·r², H, W] → [B, C, H·r, W·r]`. */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  checkFactor("pixelShuffle", factor);
  checkImage("pixelShuffle", x, [factor * factor, 1, 1]);
  const [batch, channels, height, width] = x.shape;
  const rest = channels / (factor * factor);
  return x
    .reshape([batch, rest, factor, factor, height, width])
    .permute([0, 1, 4, 2, 5, 3]) // [B, C, H, r, W, r]
    .reshape([batch, rest, height * factor, width * factor]);
}

/** The reverse of `pixelShuffle`. Shape: `[B, C, H·r, W·r] → [B, C·r², H, W]`. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  checkFactor("pixelUnshuffle", factor);
  checkImage("pixelUnshuffle", x, [1, factor, factor]);
  const [batch, channels, height, width] = x.shape;
  return x
    .reshape([batch, channels, height / factor, factor, width / factor, factor])
    .permute([0, 1, 3, 5, 2, 4]) // [B, C, r, r, H, W]
    .reshape([batch, channels * factor * factor, height / factor, width / factor]);
}

// --- along one axis ---

/** An axis of the input and the length it is to have; `step` is the distance of outputs in the input, where given. */
interface Axis {
  readonly length: number;
  readonly size: number;
  readonly step: number | null;
}

function nearestAlong(x: Tensor, at: number, { length, size, step }: Axis): Tensor {
  if (size % length === 0 && (step === null || step === length / size)) {
    return x.repeatInterleave(size / length, at);
  }
  // PyTorch computes these coordinates in float32.
  const distance = Math.fround(step ?? length / size);
  const places = Array.from({ length: size }, (_, i) => {
    return Math.min(Math.floor(Math.fround(i * distance)), length - 1);
  });
  return take(x, tensor(places, { dtype: "int32" }), at);
}

/** Which elements an output takes, and how much of each. */
type Taps = (i: number, axis: Axis) => readonly (readonly [at: number, weight: number])[];

function mixedAlong(x: Tensor, at: number, axis: Axis, taps: Taps): Tensor {
  const { length, size } = axis;
  const weights = new Float64Array(size * length);
  for (let i = 0; i < size; i++) {
    for (const [place, weight] of taps(i, axis)) {
      weights[i * length + Math.min(Math.max(place, 0), length - 1)] += weight;
    }
  }
  const matrix = tensor(weights, { shape: [size, length], dtype: x.dtype });
  return x.contract(matrix, { batch: [], contract: [[at, 1]] }).moveAxis(-1, at);
}

function tapsOf(mode: UpsampleMode, alignCorners: boolean): Taps {
  return mode === "bicubic" ? cubicTaps(alignCorners) : linearTaps(alignCorners);
}

const linearTaps =
  (alignCorners: boolean): Taps =>
  (i, axis) => {
    const source = Math.min(Math.max(sourceOf(i, axis, alignCorners), 0), axis.length - 1);
    const left = Math.floor(source);
    return [
      [left, 1 - (source - left)],
      [left + 1, source - left],
    ];
  };

/** Parameter of the cubic that PyTorch uses (Keys 1981). */
const a = -0.75;

const cubicTaps =
  (alignCorners: boolean): Taps =>
  (i, axis) => {
    const source = sourceOf(i, axis, alignCorners);
    const left = Math.floor(source);
    const near = (t: number): number => ((a + 2) * t - (a + 3)) * t * t + 1;
    const far = (t: number): number => ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
    const t = source - left;
    return [
      [left - 1, far(t + 1)],
      [left, near(t)],
      [left + 1, near(1 - t)],
      [left + 2, far(2 - t)],
    ];
  };

/** The place in the input under place i of the output. */
function sourceOf(i: number, { length, size, step }: Axis, alignCorners: boolean): number {
  if (alignCorners) return size === 1 ? 0 : (i * (length - 1)) / (size - 1);
  return (i + 0.5) * (step ?? length / size) - 0.5;
}

// --- checks ---

const spatialAxes: Readonly<Record<UpsampleMode, readonly number[]>> = {
  nearest: [1, 2, 3],
  linear: [1],
  bilinear: [2],
  trilinear: [3],
  bicubic: [2],
};

function checkMode(x: Tensor, mode: UpsampleMode, alignCorners: boolean | undefined): void {
  checkUpsampleMode("upsample", mode, alignCorners);
  if (spatialAxes[mode].includes(x.rank - 2)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "upsample",
    problem: `mode ${mode} takes images [B, C, …] with ${spatialAxes[mode].join(" or ")} spatial axes; received ${showShape(x.shape)}`,
    fix: "Use linear for sequences, bilinear or bicubic for images, trilinear for volumes, and nearest for any.",
    detail: { mode, shape: x.shape },
  });
}

/** Checks a mode, and that corners are aligned only where values are mixed. */
export function checkUpsampleMode(op: string, mode: string, alignCorners?: boolean): void {
  const known = Object.hasOwn(spatialAxes, mode);
  if (known && !(mode === "nearest" && alignCorners)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: known
      ? "mode nearest does not mix values, so it has no alignCorners"
      : `there is no mode ${JSON.stringify(mode)}`,
    fix: `The modes are ${Object.keys(spatialAxes).join(", ")}; alignCorners is for all but nearest.`,
    detail: { mode, alignCorners },
  });
}

/** Checks that there is either a size of whole numbers ≥ 1 or a scale of numbers > 0. */
export function checkUpsampleSize(op: string, { size, scale }: UpsampleOptions): void {
  const sizes = size === undefined ? [] : [size].flat();
  const scales = scale === undefined ? [] : [scale].flat();
  const whole = sizes.every((n) => Number.isInteger(n) && n >= 1);
  const positive = scales.every((n) => Number.isFinite(n) && n > 0);
  if (whole && positive && (size === undefined) !== (scale === undefined)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes either a size of whole numbers ≥ 1 or a scale > 0; received size ${JSON.stringify(size)} and scale ${JSON.stringify(scale)}`,
    fix: "Pass { size: [height, width] } or { scale: 2 }.",
    detail: { size, scale },
  });
}

function sizesOf(x: Tensor, options: UpsampleOptions): number[] {
  checkUpsampleSize("upsample", options);
  const rank = x.rank - 2;
  if (options.size !== undefined) return perAxis("upsample", "size", options.size, rank);
  const scales = perNumber(options.scale!, rank);
  const sizes = scales.map((scale, k) => Math.floor(x.shape[k + 2] * scale));
  if (sizes.every((n) => n >= 1)) return sizes;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "upsample",
    problem: `nothing would be left of ${showShape(x.shape)} scaled by ${JSON.stringify(options.scale)}`,
    fix: "Use a larger scale or larger images.",
    detail: { shape: x.shape, scale: options.scale },
  });
}

/** One number for all axes, or one for each. */
function perNumber(value: PerAxis, rank: number): number[] {
  const list = typeof value === "number" ? Array<number>(rank).fill(value) : [...value];
  if (list.length === rank) return list;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "upsample",
    problem: `scale ${JSON.stringify(value)} does not fit ${rank} spatial axes`,
    fix: `Pass one number for all axes or one for each of the ${rank}.`,
    detail: { scale: value },
  });
}

function checkFactor(op: string, factor: number): void {
  if (Number.isInteger(factor) && factor >= 1) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the factor must be a whole number ≥ 1; received ${String(factor)}`,
    fix: "Pass by how much height and width change, e.g. 2.",
    detail: { factor },
  });
}

function checkImage(op: string, x: Tensor, divisors: readonly number[]): void {
  if (x.rank === 4 && divisors.every((n, k) => x.shape[k + 1] % n === 0)) return;
  const needs = ["channels", "height", "width"].flatMap((name, k) =>
    divisors[k] === 1 ? [] : [`${name} divisible by ${divisors[k]}`],
  );
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes images [B, C, H, W]${needs.length > 0 ? ` with ${needs.join(" and ")}` : ""}; received ${showShape(x.shape)}`,
    fix: "Choose sizes that are multiples of the factor, or another factor.",
    detail: { shape: x.shape, divisors },
  });
}
