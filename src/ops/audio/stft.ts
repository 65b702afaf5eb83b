// The short-time Fourier transform: spectra of overlapping frames of a signal, and the signal of such spectra.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions, checkTensor } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { checkPairs, complexSquare } from "../compose/complex.ts";
import { irfft, rfft } from "../compose/fourier.ts";
import { ones } from "../leaf.ts";
import { toFloat } from "../operand.ts";
import { framed, overlapped } from "./frames.ts";
import { hannWindow } from "./windows.ts";

/** Frames of a signal, as in PyTorch. */
export interface StftOptions {
  /** Samples of a frame, and length of its transform. */
  readonly nFft: number;
  /** Samples between frames; default a quarter of a frame. */
  readonly hopLength?: number;
  /** Weights of the samples of a frame, centred where it has fewer; default ones. */
  readonly window?: Tensor;
  /** Whether frame t is centred on sample `t · hopLength` (default), the signal padded by half a frame at both ends. */
  readonly center?: boolean;
  /** How the ends are padded; default `reflect`. */
  readonly padMode?: "reflect" | "constant" | "replicate" | "circular";
  /** Whether spectra are divided by `√nFft`; default false. */
  readonly normalized?: boolean;
}

/** Spectra of frames, `[frequencies, frames]` of complex pairs. Shape: `[..., samples] → [..., nFft/2 + 1, frames, 2]`. */
export function stft(x: Tensor, options: StftOptions): Tensor {
  checkTensor("stft", "the signal", x);
  checkOptions("stft", options);
  const { nFft, center = true, padMode = "reflect", normalized = false } = options;
  const hop = hopOf("stft", options);
  const signal = toFloat(x);
  const half = Math.floor(nFft / 2);
  const ends = signal.shape.map(
    (_, k) => (k === x.rank - 1 ? [half, half] : [0, 0]) as [number, number],
  );
  const padded = center ? signal.pad(ends, { mode: padMode }) : signal;
  checkSamples(padded, nFft);
  const frames = framed(padded, nFft, hop).mul(windowOf("stft", options, signal));
  return rfft(frames, normalized ? { norm: "ortho" } : {}).transpose(-3, -2);
}

/** The signal whose `stft` with the same options is nearest to these spectra (Griffin & Lim, 1984). Shape: `[..., nFft/2 + 1, frames, 2] → [..., samples]`. */
export function istft(
  z: Tensor,
  options: StftOptions & {
    /** Samples of the signal that are kept; default: all but half a frame at both ends with `center`. */
    readonly length?: number;
  },
): Tensor {
  checkTensor("istft", "the spectra", z);
  checkOptions("istft", options);
  checkPairs("istft", z);
  const { nFft, center = true, normalized = false } = options;
  const hop = hopOf("istft", options);
  checkSpectra(z, nFft);
  const window = windowOf("istft", options, z);
  const frames = irfft(z.transpose(-3, -2), { n: nFft, ...(normalized && { norm: "ortho" }) });
  const sum = overlapped(frames.mul(window), hop);
  const weights = overlapped(window.square().broadcastTo(frames.shape.slice(-2)), hop);
  const signal = sum.div(weights.greater(leastWeight).where(weights, 1));
  const start = center ? Math.floor(nFft / 2) : 0;
  const all = signal.shape[signal.rank - 1];
  const end = options.length === undefined ? all - start : start + options.length;
  return signal.slice([...signal.shape.slice(0, -1).map(() => null), { start, end }]);
}

/** Weights below this count as none. */
const leastWeight = 1e-11;

/** A spectrogram: how large each frequency is in each frame. */
export interface SpectrogramOptions extends StftOptions {
  /** Weights of the samples of a frame, centred where it has fewer; default a Hann window. */
  readonly window?: Tensor;
  /** 2 (default) gives energies, 1 sizes. */
  readonly power?: 1 | 2;
}

/** Energies `|stft|²` of a signal, with a Hann window where none is given. Shape: `[..., samples] → [..., nFft/2 + 1, frames]`. */
export function spectrogram(x: Tensor, options: SpectrogramOptions): Tensor {
  checkTensor("spectrogram", "the signal", x);
  checkOptions("spectrogram", options);
  checkChoice("spectrogram", "power", options.power ?? 2, [1, 2]);
  const { dtype } = toFloat(x);
  const z = stft(x, { window: hannWindow(options.nFft, { dtype }), ...options });
  const energies = complexSquare(z);
  return options.power === 1 ? energies.sqrt() : energies;
}

function hopOf(op: string, { nFft, hopLength = Math.floor(nFft / 4) }: StftOptions): number {
  const whole = [nFft, hopLength].every((n) => Number.isInteger(n) && n >= 1);
  if (whole) return hopLength;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `frames of ${nFft} samples every ${hopLength}`,
    fix: "nFft and hopLength are whole numbers ≥ 1, e.g. { nFft: 400, hopLength: 160 }.",
    detail: { nFft, hopLength },
  });
}

/** The window, with zeros on both sides where it is shorter than a frame. */
function windowOf(op: string, { nFft, window }: StftOptions, like: Tensor): Tensor {
  if (window === undefined) return ones([nFft], like.dtype);
  if (window.rank !== 1 || window.size > nFft || window.size === 0) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op,
      problem: `a window of ${showShape(window.shape)} for frames of ${nFft}`,
      fix: "Pass a window of at most nFft elements, e.g. hannWindow(nFft).",
      detail: { window: window.shape, nFft },
    });
  }
  const left = Math.floor((nFft - window.size) / 2);
  return window.cast(like.dtype).pad([[left, nFft - window.size - left]]);
}

function checkSamples(x: Tensor, nFft: number): void {
  if (x.rank >= 1 && x.shape[x.rank - 1] >= nFft) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "stft",
    problem: `${showShape(x.shape)} holds no frame of ${nFft} samples`,
    fix: "Pass a longer signal or a smaller nFft; { center: true } pads the ends.",
    detail: { shape: x.shape, nFft },
  });
}

function checkSpectra(z: Tensor, nFft: number): void {
  const frequencies = Math.floor(nFft / 2) + 1;
  if (z.rank >= 3 && z.shape[z.rank - 3] === frequencies && z.shape[z.rank - 2] > 0) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "istft",
    problem: `takes [..., ${frequencies}, frames, 2] for nFft = ${nFft}; received ${showShape(z.shape)}`,
    fix: "Pass what stft gives, with the same options.",
    detail: { shape: z.shape, nFft },
  });
}
