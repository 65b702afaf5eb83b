// Discrete Fourier transforms of any length, as ordinary graph: a length n = a · b is a transform of a, a factor for each
// element, and a transform of b (Cooley & Tukey, 1965), and short ones are products with a matrix. So they are products
// for the device, differentiable to any order. Long prime lengths become a convolution (Bluestein, 1970).

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis, showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { toFloat } from "../operand.ts";
import { checkPairs, conjugate, realPart } from "./complex.ts";
import { discreteFourier } from "./fourier-steps.ts";
import type { Direction } from "./fourier-tables.ts";
import { along } from "./move.ts";

/** Which axis is transformed, at which length, and where the factor 1/n goes. */
export interface FourierOptions {
  /** The axis, not counting that of the pairs; default the last. */
  readonly axis?: number;
  /** The length that the signal is cut or padded with zeros to; default its own. */
  readonly n?: number;
  /** `backward` (default): 1/n in the inverse; `forward`: in the forward transform; `ortho`: 1/√n in both. */
  readonly norm?: "backward" | "ortho" | "forward";
}

const fourierNames: OptionNames<FourierOptions> = { axis: true, n: true, norm: true };

/** Fourier transform `X_k = Σ_j x_j e^(−2πi jk/n)` of complex pairs. Shape: `[..., n, 2] → [..., n, 2]`. */
export function fft(z: Tensor, options: FourierOptions = {}): Tensor {
  checkOptions("fft", options, fourierNames);
  return ofPairs("fft", z, options, "forward");
}

/** Inverse Fourier transform `x_j = (1/n) Σ_k X_k e^(2πi jk/n)` of complex pairs. Shape: `[..., n, 2] → [..., n, 2]`. */
export function ifft(z: Tensor, options: FourierOptions = {}): Tensor {
  checkOptions("ifft", options, fourierNames);
  return ofPairs("ifft", z, options, "backward");
}

/** Fourier transform of a real signal: frequencies 0 … n/2; the others are their conjugates. Shape: `[..., n] → [..., ⌊n/2⌋ + 1, 2]`. */
export function rfft(x: Tensor, options: FourierOptions = {}): Tensor {
  checkOptions("rfft", options, fourierNames);
  const at = normalizeAxis("rfft", options.axis ?? -1, x.rank);
  const signal = resized("rfft", toFloat(x), at, options.n).moveAxis(at, -1);
  const n = signal.shape[signal.rank - 1];
  const all = discreteFourier(signal, "forward", "real");
  const half = all.slice(along(all, all.rank - 2, { end: Math.floor(n / 2) + 1 }));
  return scaled(half, "forward", n, options).moveAxis(-2, at);
}

/**
 * The real signal of length `n` (default: even, 2 (m − 1)) that has these frequencies 0 … n/2, the inverse of `rfft`.
 * Shape: `[..., m, 2] → [..., n]`.
 */
export function irfft(z: Tensor, options: FourierOptions = {}): Tensor {
  checkOptions("irfft", options, fourierNames);
  checkPairs("irfft", z);
  const at = normalizeAxis("irfft", options.axis ?? -1, z.rank - 1);
  const n = options.n ?? 2 * (z.shape[at] - 1);
  const half = resized("irfft", toFloat(z), at, Math.floor(n / 2) + 1).moveAxis(at, -2);
  checkLength("irfft", z, n);
  const mirrored = half.slice(along(half, half.rank - 2, { start: 1, end: Math.ceil(n / 2) }));
  const all = concatenate([half, conjugate(mirrored.flip(-2))], half.rank - 2);
  const signal = realPart(discreteFourier(all, "backward", "pairs"));
  return scaled(signal, "backward", n, options).moveAxis(-1, at);
}

/** Fourier transform over the last two axes of complex pairs. Shape: `[..., m, n, 2] → [..., m, n, 2]`. */
export function fft2(z: Tensor, options: Pick<FourierOptions, "norm"> = {}): Tensor {
  return fft(fft(z, { ...options, axis: -1 }), { ...options, axis: -2 });
}

/** Inverse Fourier transform over the last two axes of complex pairs. Shape: `[..., m, n, 2] → [..., m, n, 2]`. */
export function ifft2(z: Tensor, options: Pick<FourierOptions, "norm"> = {}): Tensor {
  return ifft(ifft(z, { ...options, axis: -1 }), { ...options, axis: -2 });
}

function ofPairs(op: string, z: Tensor, options: FourierOptions, direction: Direction): Tensor {
  checkPairs(op, z);
  const at = normalizeAxis(op, options.axis ?? -1, z.rank - 1);
  const signal = resized(op, toFloat(z), at, options.n).moveAxis(at, -2);
  const n = signal.shape[signal.rank - 2];
  return scaled(discreteFourier(signal, direction, "pairs"), direction, n, options).moveAxis(
    -2,
    at,
  );
}

function scaled(
  x: Tensor,
  direction: Direction,
  n: number,
  { norm = "backward" }: FourierOptions,
): Tensor {
  checkChoice("fft", "norm", norm, ["backward", "ortho", "forward"]);
  if (norm === "ortho") return x.div(Math.sqrt(n));
  return norm === direction ? x.div(n) : x;
}

/** Cuts or pads an axis to a length. */
function resized(op: string, x: Tensor, axis: number, n: number = x.shape[axis]): Tensor {
  checkLength(op, x, n);
  const more = n - x.shape[axis];
  if (more === 0) return x;
  if (more < 0) return x.slice(along(x, axis, { end: n }));
  return x.pad(x.shape.map((_, k) => [0, k === axis ? more : 0] as const));
}

function checkLength(op: string, x: Tensor, n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `a transform of length ${n} of ${showShape(x.shape)}`,
    fix: "The length is a whole number ≥ 1; pass { n } or a signal that is not empty.",
    detail: { shape: x.shape, n },
  });
}
