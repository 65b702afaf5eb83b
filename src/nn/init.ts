// Initial values: functions from a shape and a random stream to numbers, computed on the host in float64 and rounded when
// stored. Fans: a weight is [out, in, ...kernel]; fanIn = in · kernel, fanOut = out · kernel.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { RandomStream } from "../core/random.ts";
import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";

/** Gives the initial values of a parameter in row-major order. */
export type Initializer = (shape: Shape, stream: RandomStream) => Float64Array;

/** Every element is `value`. */
export function constant(value: number): Initializer {
  return (shape) => new Float64Array(sizeOf(shape)).fill(value);
}

/** Every element is 0. */
export const zeros: Initializer = constant(0);

/** Every element is 1. */
export const ones: Initializer = constant(1);

/** Uniform in [low, high). */
export function uniform(low = 0, high = 1): Initializer {
  return (shape, stream) => stream.uniform(sizeOf(shape)).map((u) => low + (high - low) * u);
}

/** Normal with the given mean and standard deviation. */
export function normal(mean = 0, std = 1): Initializer {
  return (shape, stream) => stream.normal(sizeOf(shape)).map((z) => mean + std * z);
}

/** Normal, cut to `low … high` standard deviations around the mean (drawn again where outside). */
export function truncatedNormal(mean = 0, std = 1, low = -2, high = 2): Initializer {
  if (!(low < high)) throw badBounds(low, high);
  return (shape, stream) => {
    const kept = new Float64Array(sizeOf(shape));
    for (let filled = 0; filled < kept.length; ) {
      for (const z of stream.normal(Math.max(64, 2 * (kept.length - filled)))) {
        if (z < low || z > high || filled === kept.length) continue;
        kept[filled++] = mean + std * z;
      }
    }
    return kept;
  };
}

/** Which nonlinearity follows, for the gain `√2` and its like. */
export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/** Recommended gain for a nonlinearity: relu √2, tanh 5/3, leakyRelu √(2 / (1 + slope²)), selu 3/4, else 1. */
export function gain(nonlinearity: Nonlinearity, slope = 0.01): number {
  const gains: Record<Nonlinearity, number> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope * slope)),
    selu: 3 / 4,
  };
  return gains[nonlinearity];
}

/** Xavier (Glorot & Bengio 2010), `U(±gain·√(6 / (fanIn + fanOut)))`. */
export function xavierUniform(options: { readonly gain?: number } = {}): Initializer {
  checkOptions("xavierUniform", options, { gain: true });
  return scaledUniform(
    ({ fanIn, fanOut }) => (options.gain ?? 1) * Math.sqrt(2 / (fanIn + fanOut)),
  );
}

/** Xavier (Glorot & Bengio 2010), `N(0, gain²·2 / (fanIn + fanOut))`. */
export function xavierNormal(options: { readonly gain?: number } = {}): Initializer {
  checkOptions("xavierNormal", options, { gain: true });
  return scaledNormal(({ fanIn, fanOut }) => (options.gain ?? 1) * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Options of the He initialisers. */
export interface HeOptions {
  /** Default √2, for ReLU; see `gain`. */
  readonly gain?: number;
  /** Whether the forward (`fanIn`, the default) or the backward pass keeps its variance. */
  readonly mode?: "fanIn" | "fanOut";
}

const heNames: OptionNames<HeOptions> = { gain: true, mode: true };

/** He (Kaiming; He et al. 2015), `U(±gain·√(3 / fan))`. */
export function heUniform(options: HeOptions = {}): Initializer {
  checkOptions("heUniform", options, heNames);
  return scaledUniform(
    (fans) => (options.gain ?? Math.SQRT2) / Math.sqrt(fans[options.mode ?? "fanIn"]),
  );
}

/** He (Kaiming; He et al. 2015), `N(0, gain² / fan)`. */
export function heNormal(options: HeOptions = {}): Initializer {
  checkOptions("heNormal", options, heNames);
  return scaledNormal(
    (fans) => (options.gain ?? Math.SQRT2) / Math.sqrt(fans[options.mode ?? "fanIn"]),
  );
}

/** LeCun (1998), `U(±√(3 / fanIn))`. */
export function lecunUniform(): Initializer {
  return heUniform({ gain: 1 });
}

/** LeCun (1998), `N(0, 1 / fanIn)`. */
export function lecunNormal(): Initializer {
  return heNormal({ gain: 1 });
}

/** Orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2014). */
export function orthogonal(options: { readonly gain?: number } = {}): Initializer {
  checkOptions("orthogonal", options, { gain: true });
  return (shape, stream) => {
    const { rows, columns } = matrixOf(shape);
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const q = orthonormalize(stream.normal(count * length), count, length);
    const scale = options.gain ?? 1;
    if (rows <= columns) return q.map((value) => scale * value);
    return Float64Array.from({ length: rows * columns }, (_, k) => {
      const row = Math.floor(k / columns);
      return scale * q[(k % columns) * length + row];
    });
  };
}

/** Numbers of inputs and outputs that a weight [out, in, ...kernel] connects. */
export function fansOf(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) throw needsMatrix(shape);
  const kernel = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

type Fans = ReturnType<typeof fansOf>;

/** Uniform with the standard deviation that `std` gives: the bound is √3 times it. */
function scaledUniform(std: (fans: Fans) => number): Initializer {
  return (shape, stream) => {
    const bound = Math.sqrt(3) * std(fansOf(shape));
    return uniform(-bound, bound)(shape, stream);
  };
}

function scaledNormal(std: (fans: Fans) => number): Initializer {
  return (shape, stream) => normal(0, std(fansOf(shape)))(shape, stream);
}

function matrixOf(shape: Shape): { readonly rows: number; readonly columns: number } {
  if (shape.length < 2) throw needsMatrix(shape);
  return { rows: shape[0], columns: sizeOf(shape.slice(1)) };
}

/** Gram–Schmidt, twice over each row ("twice is enough", Kahan and Parlett). */
function orthonormalize(rows: Float64Array, count: number, length: number): Float64Array {
  for (let i = 0; i < count; i++) {
    const row = rows.subarray(i * length, (i + 1) * length);
    for (let k = 0; k < 2 * i; k++) {
      const other = rows.subarray((k % i) * length, ((k % i) + 1) * length);
      const overlap = dot(row, other);
      for (let j = 0; j < length; j++) row[j] -= overlap * other[j];
    }
    const norm = Math.sqrt(dot(row, row));
    for (let j = 0; j < length; j++) row[j] /= norm;
  }
  return rows;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function needsMatrix(shape: Shape): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "init",
    problem: `the number of inputs and outputs needs a weight of two axes or more; received ${showShape(shape)}`,
    fix: "Use uniform, normal or zeros for vectors such as biases.",
    detail: { shape },
  });
}

function badBounds(low: number, high: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "truncatedNormal",
    problem: `low must be below high; received ${low} and ${high}`,
    fix: "Pass bounds in standard deviations, e.g. -2 and 2.",
  });
}
