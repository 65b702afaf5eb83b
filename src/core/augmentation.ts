// What augmentations are asked for: their options with defaults and checks, the same for the layers of `nn` and for the
// functions on records of `data.augment`.

import { checkChoice, checkFinite } from "./checks.ts";
import { ChainruleError } from "./errors.ts";
import { showValue } from "./explain.ts";
import { checkOptionNames, type OptionNames } from "./option-names.ts";

/** A number for ± that much, or the least and the largest. */
export type Spread = number | readonly [least: number, most: number];
type Range = readonly [number, number];

/** Options of random flips. */
export interface FlipOptions {
  /** Probability of a flip; default 0.5. */
  readonly p?: number;
  /** Left and right ("horizontal", the default), top and bottom, or each of them by its own chance. */
  readonly direction?: "horizontal" | "vertical" | "both";
}

/** Options of random crops. */
export interface CropOptions {
  /** Pixels put around the image first; default 0. */
  readonly padding?: number;
  /** Value of those pixels; default 0. */
  readonly fill?: number;
}

/** Options of random rotations. */
export interface RotationOptions {
  /** Value of what comes from outside the image; default 0. */
  readonly fill?: number;
}

/** Options of random affine maps, about the image's centre. */
export interface AffineOptions extends RotationOptions {
  /** Rotation in degrees; default 0. */
  readonly degrees?: Spread;
  /** Largest shift, as shares of width and height; default [0, 0]. */
  readonly translate?: readonly [x: number, y: number];
  /** Least and largest scale; default [1, 1]. */
  readonly scale?: readonly [least: number, most: number];
  /** Shear along x in degrees; default 0. */
  readonly shear?: Spread;
}

/** Options of random changes of colour: a factor from `1 − n` to `1 + n`, or within bounds; images are in [0, 1]. */
export interface ColorOptions {
  readonly brightness?: Spread;
  readonly contrast?: Spread;
  readonly saturation?: Spread;
  /** Shift of the hue in turns, within ±0.5. */
  readonly hue?: Spread;
}

/** Options of erasing. */
export interface ErasingOptions {
  /** Probability of an erased rectangle; default 0.5. */
  readonly p?: number;
  /** Its share of the image; default [0.02, 0.33]. */
  readonly scale?: readonly [least: number, most: number];
  /** Its height by its width; default [0.3, 3.3]. */
  readonly ratio?: readonly [least: number, most: number];
  /** What stands there instead; default 0. */
  readonly value?: number;
}

/** Options of mixing two records of a batch. */
export interface MixOptions {
  /** The share of the first one is drawn from Beta(alpha, alpha). */
  readonly alpha?: number;
  /** Number of classes where targets are classes, which become rows of shares; default: targets are shares already. */
  readonly classes?: number;
}

/** Options of masks on spectrograms. */
export interface SpecOptions {
  /** Masks along frequency; default 1. */
  readonly frequencyMasks?: number;
  /** Largest height of each; default 27. */
  readonly frequencyWidth?: number;
  /** Masks along time; default 1. */
  readonly timeMasks?: number;
  /** Largest width of each; default 100. */
  readonly timeWidth?: number;
  /** What stands there instead; default 0. */
  readonly value?: number;
}

const flipNames: OptionNames<FlipOptions> = { p: true, direction: true };
const cropNames: OptionNames<CropOptions> = { padding: true, fill: true };
const rotationNames: OptionNames<RotationOptions> = { fill: true };
const affineNames: OptionNames<AffineOptions> = {
  ...rotationNames,
  degrees: true,
  translate: true,
  scale: true,
  shear: true,
};
const colorNames: OptionNames<ColorOptions> = {
  brightness: true,
  contrast: true,
  saturation: true,
  hue: true,
};
const erasingNames: OptionNames<ErasingOptions> = {
  p: true,
  scale: true,
  ratio: true,
  value: true,
};
const mixNames: OptionNames<MixOptions> = { alpha: true, classes: true };
const specNames: OptionNames<SpecOptions> = {
  frequencyMasks: true,
  frequencyWidth: true,
  timeMasks: true,
  timeWidth: true,
  value: true,
};

/** Flips with their defaults. */
export function flipSettings(op: string, options: FlipOptions): Required<FlipOptions> {
  checkNames(op, options, flipNames);
  const { p = 0.5, direction = "horizontal" } = options;
  checkWithin(op, "p", p, [0, 1]);
  checkChoice(op, "direction", direction, ["horizontal", "vertical", "both"]);
  return { p, direction };
}

export interface CropSettings extends Required<CropOptions> {
  /** Height and width of what is cut out. */
  readonly size: Range;
}

/** Crops with their defaults. */
export function cropSettings(op: string, size: number | Range, options: CropOptions): CropSettings {
  checkNames(op, options, cropNames);
  const { padding = 0, fill = 0 } = options;
  const sizes = typeof size === "number" ? [size, size] : Array.isArray(size) ? size : [];
  if (sizes.length !== 2 || !sizes.every((n) => Number.isInteger(n) && n >= 1)) {
    throw wrong(op, "size", size, "one whole number from 1, or height and width");
  }
  if (!Number.isInteger(padding) || padding < 0) {
    throw wrong(op, "padding", padding, "a whole number from 0");
  }
  checkFinite(op, { fill });
  return { size: [sizes[0], sizes[1]], padding, fill };
}

export interface AffineSettings {
  readonly degrees: Range;
  readonly translate: Range;
  readonly scale: Range;
  readonly shear: Range;
  readonly fill: number;
}

/** Affine maps with their defaults. */
export function affineSettings(op: string, options: AffineOptions): AffineSettings {
  checkNames(op, options, affineNames);
  const { degrees = 0, translate = [0, 0], scale = [1, 1], shear = 0, fill = 0 } = options;
  checkFinite(op, { fill });
  if (!Array.isArray(translate) || translate.length !== 2) {
    throw wrong(op, "translate", translate, "two shares, of width and of height");
  }
  for (const share of translate) checkWithin(op, "translate", share, [0, 1]);
  const scales = rangeOf(op, "scale", scale);
  if (scales[0] <= 0) throw wrong(op, "scale", scale, "two numbers above 0");
  const shears = spreadOf(op, "shear", shear, 0);
  if (shears.some((angle) => Math.abs(angle) >= 90)) {
    throw wrong(op, "shear", shear, "within ±90 degrees");
  }
  return {
    degrees: spreadOf(op, "degrees", degrees, 0),
    translate: [translate[0], translate[1]],
    scale: scales,
    shear: shears,
    fill,
  };
}

/** Rotations: affine maps with nothing else. */
export function rotationSettings(
  op: string,
  degrees: Spread,
  options: RotationOptions,
): AffineSettings {
  checkNames(op, options, rotationNames);
  return affineSettings(op, { ...options, degrees });
}

export interface ColorSettings {
  readonly brightness: Range;
  readonly contrast: Range;
  readonly saturation: Range;
  readonly hue: Range;
}

/** Changes of colour with their defaults; [1, 1] and a hue of [0, 0] change nothing. */
export function colorSettings(op: string, options: ColorOptions): ColorSettings {
  checkNames(op, options, colorNames);
  const factor = (name: "brightness" | "contrast" | "saturation"): Range => {
    const range = spreadOf(op, name, options[name] ?? 0, 1);
    return [Math.max(0, range[0]), range[1]];
  };
  const hue = spreadOf(op, "hue", options.hue ?? 0, 0);
  for (const turn of hue) checkWithin(op, "hue", turn, [-0.5, 0.5]);
  return {
    brightness: factor("brightness"),
    contrast: factor("contrast"),
    saturation: factor("saturation"),
    hue,
  };
}

/** Erasing with its defaults. */
export function erasingSettings(op: string, options: ErasingOptions): Required<ErasingOptions> {
  checkNames(op, options, erasingNames);
  const { p = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = options;
  checkWithin(op, "p", p, [0, 1]);
  checkFinite(op, { value });
  for (const share of rangeOf(op, "scale", scale)) checkWithin(op, "scale", share, [0, 1]);
  if (rangeOf(op, "ratio", ratio)[0] <= 0) throw wrong(op, "ratio", ratio, "two numbers above 0");
  return { p, scale, ratio, value };
}

export interface MixSettings {
  readonly alpha: number;
  readonly classes: number | undefined;
}

/** Mixing with its defaults. */
export function mixSettings(op: string, options: MixOptions, usual: number): MixSettings {
  checkNames(op, options, mixNames);
  const { alpha = usual, classes } = options;
  if (!Number.isFinite(alpha) || alpha <= 0) throw wrong(op, "alpha", alpha, "a number above 0");
  if (classes !== undefined && !(Number.isInteger(classes) && classes >= 1)) {
    throw wrong(op, "classes", classes, "a whole number from 1");
  }
  return { alpha, classes };
}

/** Masks with their defaults. */
export function specSettings(op: string, options: SpecOptions): Required<SpecOptions> {
  checkNames(op, options, specNames);
  const defaults = {
    frequencyMasks: 1,
    frequencyWidth: 27,
    timeMasks: 1,
    timeWidth: 100,
    value: 0,
  };
  const settings = { ...defaults, ...options };
  for (const name of ["frequencyMasks", "frequencyWidth", "timeMasks", "timeWidth"] as const) {
    if (Number.isInteger(settings[name]) && settings[name] >= 0) continue;
    throw wrong(op, name, settings[name], "a whole number from 0");
  }
  checkFinite(op, { value: settings.value });
  return settings;
}

// --- checks ---

function checkNames(op: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw wrong(op, "the options", options, "an object");
  }
  checkOptionNames(op, options, known);
}

function checkWithin(op: string, name: string, value: unknown, [least, most]: Range): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw wrong(op, name, value, `from ${least} to ${most}`);
}

/** Two numbers in order. */
function rangeOf(op: string, name: string, value: unknown): Range {
  if (Array.isArray(value) && value.length === 2 && value.every(Number.isFinite)) {
    if (value[0] <= value[1]) return [value[0], value[1]];
  }
  throw wrong(op, name, value, "two numbers, the least one first");
}

/** One number for ± around `middle`, or two. */
function spreadOf(op: string, name: string, value: unknown, middle: number): Range {
  if (typeof value !== "number") return rangeOf(op, name, value);
  if (Number.isFinite(value) && value >= 0) return [middle - value, middle + value];
  throw wrong(op, name, value, "a number from 0, or the least and the largest");
}

function wrong(op: string, name: string, value: unknown, needed: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be ${needed}; received ${showValue(value)}`,
    fix: "Pass other settings, or leave them out for their defaults.",
    detail: { [name]: value },
  });
}
