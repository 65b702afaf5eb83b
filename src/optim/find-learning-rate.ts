// The learning-rate range test (Smith 2017): trains a few steps while the rate grows exponentially, watches the loss, and
// puts all state back.

import type { HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { StateTensor } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { namedState } from "../nn/walk.ts";
import { badOption, checkBetas, checkCounts, checkPositive } from "./options.ts";

/** Options of `findLearningRate`. */
export interface FindOptions {
  /** Default 1e-7. */
  readonly from?: number;
  /** Default 10. */
  readonly to?: number;
  /** Steps of training; default 100. */
  readonly steps?: number;
  /** Decay of the running mean of the loss; default 0.9. */
  readonly smoothing?: number;
  /** Ends the test when the smoothed loss exceeds its best by this factor; default 4. */
  readonly divergence?: number;
}

const names: OptionNames<FindOptions> = {
  from: true,
  to: true,
  steps: true,
  smoothing: true,
  divergence: true,
};

/** The loss at one rate. */
export interface RatePoint {
  readonly learningRate: number;
  readonly loss: number;
  /** Running mean, `mean of the last 1/(1 − smoothing) losses`. */
  readonly smoothed: number;
}

/** What the test found. */
export interface RateCurve {
  readonly curve: readonly RatePoint[];
  /** Where the smoothed loss falls fastest over the logarithm of the rate: a rate to start with. */
  readonly suggestion: number;
  /** Where the smoothed loss is smallest: already too large to train with. */
  readonly atMinimum: number;
}

/** What the test needs of an optimizer. */
interface Rated {
  learningRate: number;
}

/**
 * Tries learning rates from small to large on one training step each and suggests one. `step(k)` trains on batch k and gives
 * the loss. Model and optimizer are put back as they were; draws of a random generator are not.
 *
 * `const { suggestion } = await optim.findLearningRate(model, optimizer, (k) => trainStep(...batches[k % batches.length]));`
 * Errors: `NON_FINITE` when the loss is not finite from the start, `BAD_ARGUMENT` for impossible options.
 */
export async function findLearningRate(
  model: object,
  optimizer: Rated & object,
  step: (k: number) => Tensor | number | Promise<Tensor | number>,
  options: FindOptions = {},
): Promise<RateCurve> {
  checkOptions("findLearningRate", options, names);
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.9, divergence = 4 } = options;
  checkSweep({ from, to, steps, smoothing, divergence });
  const restore = snapshot([model, optimizer]);
  const base = optimizer.learningRate;
  const curve: RatePoint[] = [];
  let sum = 0;
  let best = Number.POSITIVE_INFINITY;
  try {
    for (let k = 0; k < steps; k++) {
      const learningRate = from * (to / from) ** (k / (steps - 1));
      optimizer.learningRate = learningRate;
      const given = await step(k);
      const loss = given instanceof Tensor ? await given.item() : given;
      sum = smoothing * sum + (1 - smoothing) * loss;
      const smoothed = sum / (1 - smoothing ** (k + 1));
      if (!Number.isFinite(loss) || smoothed > divergence * best) break;
      best = Math.min(best, smoothed);
      curve.push({ learningRate, loss, smoothed });
    }
  } finally {
    restore();
    optimizer.learningRate = base;
  }
  return suggest(curve, Math.round(1 / (1 - smoothing)));
}

/**
 * The steepest descent on the last way down to the minimum. Batches differ, so the first points do not count, which are means of
 * few of them, nor what falls before the loss is a quarter down for good; a descent is measured over the points that a mean
 * remembers.
 */
function suggest(curve: readonly RatePoint[], window: number): RateCurve {
  if (curve.length < 3) throw tooShort(curve);
  const losses = curve.map(({ smoothed }) => smoothed);
  const first = Math.min(window, Math.floor(losses.length / 3));
  const lowest = losses.indexOf(Math.min(...losses.slice(first)), first);
  const top = Math.max(...losses.slice(first, lowest + 1));
  const quarterDown = top - (top - losses[lowest]) / 4;
  const from = losses.findLastIndex((loss, k) => k >= first && k <= lowest && loss >= quarterDown);
  let steepest = from;
  const half = Math.max(1, Math.floor(first / 2));
  const at = (k: number): number => losses[Math.min(Math.max(k, 0), losses.length - 1)];
  const slope = (k: number): number => at(k + half) - at(k - half); // rates are evenly spaced
  for (let k = from + 1; k < lowest; k++) if (slope(k) < slope(steepest)) steepest = k;
  return {
    curve,
    suggestion: curve[steepest].learningRate,
    atMinimum: curve[lowest].learningRate,
  };
}

/** Copies the state of objects; the function returned puts it back. */
function snapshot(owners: readonly object[]): () => void {
  const states = new Set<StateTensor>(owners.flatMap((owner) => [...namedState(owner).values()]));
  const kept = [...states].map((state): [StateTensor, HostArray] => [state, state.slot.fetch()]);
  return () => {
    for (const [state, value] of kept) state.set(value);
  };
}

function checkSweep(options: Required<FindOptions>): void {
  const { from, to, steps, smoothing, divergence } = options;
  checkPositive("findLearningRate", { from, to });
  if (!(to > from)) throw badOption("findLearningRate", "to", to, `above from (${from})`);
  checkCounts("findLearningRate", { steps }, 3);
  checkBetas("findLearningRate", { smoothing });
  if (!(divergence > 1)) throw badOption("findLearningRate", "divergence", divergence, "> 1");
}

function tooShort(curve: readonly RatePoint[]): ChainruleError {
  return new ChainruleError({
    code: "NON_FINITE",
    op: "findLearningRate",
    problem: `the loss diverged after ${curve.length} steps`,
    fix: "Start from a smaller rate with { from }, or look for NaN in the data.",
    detail: { curve },
  });
}
