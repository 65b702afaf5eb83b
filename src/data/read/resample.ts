// Sounds at another sample rate: each new sample is a weighted sum of the old ones around it, by a sinc function (which
// lets pass what both rates can hold) under a Hann window (which makes it end). The formula of torchaudio's `resample`.

import { checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../order.ts";

/** Options of `resample`. */
export interface ResampleOptions {
  /** Zero crossings of the sinc on either side; more are sharper and slower. Default 6. */
  readonly lowpassFilterWidth?: number;
  /** Where the filter cuts, as a share of half the lower rate; default 0.99. */
  readonly rolloff?: number;
}

const resampleNames = {
  lowpassFilterWidth: true,
  rolloff: true,
} as const satisfies OptionNames<ResampleOptions>;

/** Most samples that are made, 4 GiB of them. */
const longest = 2 ** 30;

/** Weights kept for reuse at most; where there would be more they are computed again for each sample. */
const mostWeights = 2 ** 20;

function tooLong(samples: number, length: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "resample",
    problem: `${samples} samples would become ${length}, more than ${longest}`,
    fix: "Check the two rates, or resample the sound in parts.",
    detail: { samples, length },
  });
}

/**
 * Resamples a sound from one rate to another, both whole numbers per second. Shape: `[n] → [⌈n·to/from⌉]`.
 *
 * `y_k = s Σ_i x_i sinc(s(i − k·from/to)) cos²(π s(i − k·from/to)/2w)`, `s = rolloff·min(from, to)/from`, `w` the width.
 * With the default width a sine of up to 0.7 of half the lower rate keeps its course within 1 %, and one from 1.3 on is
 * damped below 1 %; between them the filter falls off.
 * Source: J. O. Smith, Digital Audio Resampling; torchaudio 2.
 */
export function resample(
  samples: Float32Array,
  from: number,
  to: number,
  options: ResampleOptions = {},
): Float32Array {
  checkOptionNames("resample", options, resampleNames);
  const { lowpassFilterWidth: width = 6, rolloff = 0.99 } = options;
  checkWhole("resample", "from", from, 1);
  checkWhole("resample", "to", to, 1);
  checkWhole("resample", "lowpassFilterWidth", width, 1);
  checkFinite("resample", { rolloff }, 0);
  if (!(rolloff > 0 && rolloff <= 1)) throw badRolloff(rolloff);
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const [down, up] = [from / divisor, to / divisor];
  const scale = (rolloff * Math.min(down, up)) / down;
  const tapsAt = weightsBy(up, down, scale, width);
  const length = Math.ceil((samples.length * up) / down);
  if (length > longest) throw tooLong(samples.length, length);
  const out = new Float32Array(length);
  for (let k = 0; k < out.length; k++) {
    const whole = Math.floor(k / up) * down; // the old sample where this round of phases begins
    const { first, weights } = tapsAt(k % up);
    let sum = 0;
    const begin = Math.max(0, -(whole + first));
    const end = Math.min(weights.length, samples.length - (whole + first));
    for (let i = begin; i < end; i++) sum += weights[i] * samples[whole + first + i];
    out[k] = sum;
  }
  return out;
}

interface Taps {
  /** Distance of the first weighed sample from the phase's beginning. */
  readonly first: number;
  readonly weights: Float64Array;
}

/** The weights of a phase: new sample number `phase` of each `up`, at `phase·down/up` old samples. */
function weightsBy(
  up: number,
  down: number,
  scale: number,
  width: number,
): (phase: number) => Taps {
  const reach = width / scale;
  const compute = (phase: number): Taps => {
    const place = (phase * down) / up;
    const first = Math.ceil(place - reach);
    const count = Math.floor(place + reach) - first + 1;
    const weights = Float64Array.from({ length: count }, (_, i) => {
      const t = (first + i - place) * scale;
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
      return scale * sinc * Math.cos((Math.PI * t) / width / 2) ** 2;
    });
    return { first, weights };
  };
  if (up * 2 * reach > mostWeights) return compute;
  const known: Taps[] = [];
  return (phase) => (known[phase] ??= compute(phase));
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function badRolloff(rolloff: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "resample",
    problem: `rolloff is ${rolloff}`,
    fix: "Use a number above 0, up to 1.",
    detail: { rolloff },
  });
}
