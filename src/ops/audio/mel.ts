// Frequencies as the ear orders them: mel filter banks, spectrograms on them, and their cepstral coefficients, as in
// torchaudio.

import { checkFinite } from "../../core/checks.ts";
import { convertArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { checkWords } from "../../core/option-names.ts";
import { checkTensor } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { constant } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { type SpectrogramOptions, spectrogram } from "./stft.ts";

/** Triangular filters, evenly spaced on the mel scale. */
export interface MelOptions {
  /** Samples per second; default 16 000. */
  readonly sampleRate?: number;
  /** Number of filters; default 128. */
  readonly nMels?: number;
  /** Lowest frequency in hertz; default 0. */
  readonly fMin?: number;
  /** Highest frequency in hertz; default half the sample rate. */
  readonly fMax?: number;
  /** `slaney` divides each filter by its width, so that its area is 1; default: peaks are 1. */
  readonly norm?: "slaney" | null;
}

/** Mels of a frequency in hertz (O'Shaughnessy, 1987). */
function toMel(hertz: number): number {
  return 2595 * Math.log10(1 + hertz / 700);
}

function toHertz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}

/** Weights of `frequencies` bins from 0 to half the sample rate in each filter. Shape: `→ [frequencies, nMels]`. */
export function melFilterbank(frequencies: number, options: MelOptions = {}): Tensor {
  const { sampleRate = 16_000, nMels = 128, fMin = 0, norm = null } = options;
  const fMax = options.fMax ?? sampleRate / 2;
  checkFinite("melFilterbank", { sampleRate, fMin, fMax });
  checkBank(frequencies, nMels, fMin, fMax);
  const [low, high] = [toMel(fMin), toMel(fMax)];
  const corner = (m: number): number => toHertz(low + ((high - low) * m) / (nMels + 1));
  const weights = Float64Array.from({ length: frequencies * nMels }, (_, i) => {
    const m = i % nMels;
    const hertz = (Math.floor(i / nMels) * sampleRate) / 2 / Math.max(1, frequencies - 1);
    const [left, centre, right] = [corner(m), corner(m + 1), corner(m + 2)];
    const rising = (hertz - left) / (centre - left);
    const falling = (right - hertz) / (right - centre);
    const weight = Math.max(0, Math.min(rising, falling));
    return norm === "slaney" ? (weight * 2) / (right - left) : weight;
  });
  return constant(convertArray(weights, "float32"), [frequencies, nMels]);
}

/** Options of spectrograms on the mel scale; `nFft` is 400 and `hopLength` half of it where they are not given. */
export interface MelSpectrogramOptions extends MelOptions, Partial<SpectrogramOptions> {}

/** Names for which other words are refused; options here go on to functions that know only some of them. */
const melWords = {
  nFft: true,
  hopLength: true,
  nMels: true,
  sampleRate: true,
  fMin: true,
  fMax: true,
  nMfcc: true,
} as const;

/** Energies in mel filters over time. Shape: `[..., samples] → [..., nMels, frames]`. */
export function melSpectrogram(x: Tensor, options: MelSpectrogramOptions = {}): Tensor {
  checkWords("melSpectrogram", options, melWords);
  const { nFft = 400 } = options;
  const energies = spectrogram(x, { hopLength: Math.floor(nFft / 2), ...options, nFft });
  const bank = melFilterbank(Math.floor(nFft / 2) + 1, options).cast(energies.dtype);
  return energies.transpose(-1, -2).matmul(bank).transpose(-1, -2);
}

/** How energies become decibels. */
export interface DecibelOptions {
  /** Energies below this count as this much; default 1e-10. */
  readonly least?: number;
  /** Decibels below the loudest of an example (its last two axes) that are kept; default: all. */
  readonly topDb?: number;
}

/** Decibels of energies, `10 log₁₀ x`. Shape: `[...] → [...]`. */
export function toDecibels(x: Tensor, { least = 1e-10, topDb }: DecibelOptions = {}): Tensor {
  checkTensor("toDecibels", "the energies", x);
  checkFinite("toDecibels", { least, topDb: topDb ?? 0 }, 0);
  const decibels = toFloat(x).maximum(least).log10().mul(10);
  if (topDb === undefined) return decibels;
  const axis = decibels.shape.map((_, k) => k).slice(-2);
  return decibels.maximum(decibels.max({ axis, keepDims: true }).sub(topDb));
}

/** Mel-frequency cepstral coefficients: the cosine transform of mel energies in decibels. Shape: `[..., samples] → [..., nMfcc, frames]`. */
export function mfcc(
  x: Tensor,
  options: MelSpectrogramOptions & { readonly nMfcc?: number } = {},
): Tensor {
  const { nMfcc = 40, nMels = 128 } = options;
  checkCoefficients(nMfcc, nMels);
  const decibels = toDecibels(melSpectrogram(x, options), { topDb: 80 });
  const cosines = cosineTransform(nMels, nMfcc).cast(decibels.dtype);
  return decibels.transpose(-1, -2).matmul(cosines).transpose(-1, -2);
}

/** The orthonormal cosine transform (DCT-II). Shape: `→ [n, count]`. */
function cosineTransform(n: number, count: number): Tensor {
  const values = Float64Array.from({ length: n * count }, (_, i) => {
    const [j, k] = [Math.floor(i / count), i % count];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI / n) * (j + 0.5) * k);
  });
  return constant(values, [n, count]);
}

function checkBank(frequencies: number, nMels: number, fMin: number, fMax: number): void {
  const whole = [frequencies, nMels].every((n) => Number.isInteger(n) && n >= 1);
  if (whole && fMin >= 0 && fMin < fMax) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "melFilterbank",
    problem: `${nMels} filters from ${fMin} to ${fMax} Hz over ${frequencies} frequencies`,
    fix: "Counts are whole numbers ≥ 1, and 0 ≤ fMin < fMax.",
    detail: { frequencies, nMels, fMin, fMax },
  });
}

function checkCoefficients(nMfcc: number, nMels: number): void {
  if (Number.isInteger(nMfcc) && nMfcc >= 1 && nMfcc <= nMels) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "mfcc",
    problem: `${nMfcc} coefficients of ${nMels} filters`,
    fix: "nMfcc is a whole number from 1 to nMels.",
    detail: { nMfcc, nMels },
  });
}
