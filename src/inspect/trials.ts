// Short trials on copies of the weights: whether the loss falls at the learning rate in use, a tenth and a hundred times
// of it, whether weights wither, and whether the model can learn one batch by heart at all.

import { Gradients } from "../autodiff/gradients.ts";
import { hostArray } from "../core/dtype.ts";
import type { Slot, State } from "../ir/state.ts";
import { parameters } from "../nn/walk.ts";
import { Adam } from "../optim/index.ts";
import { type Finding, finding, short } from "./finding.ts";
import { Step } from "./measure.ts";
import type { Probe } from "./probe.ts";
import { type Copies, Rehearsal } from "./rehearsal.ts";

/** Steps of a trial: enough for momentum to build up, few enough to take a second. */
const steps = 30;
/** In so many steps on one batch the loss falls by more than this at any useful rate. */
const leastFall = 0.005;
/** A rate 100 times larger that makes it fall by this much shows that the rate is too low, and not the batch learned. */
const muchFall = 0.2;
/** Weights that lose a fifth of their norm in 30 steps are halved every 90 steps; with usual decays that takes thousands. */
const mostWithering = 0.8;
/** A loss of one batch that falls below this share of the first one is on its way to being learned by heart. */
const learned = 0.7;
/** Most steps that a model gets to learn one batch. */
const patience = 90;

/** An optimizer whose learning rate is state, as all of `optim` have it. */
interface Rated {
  readonly rate: State;
}

/** Tries the step with the optimizer in use, at several learning rates. */
export function tryRates(step: Step, probe: Probe): { findings: Finding[]; fall: number } {
  const { rate } = probe.optimizer as Partial<Rated>;
  const base = step.train(steps);
  const fall = fallOf(base.losses);
  const findings = withering(probe, base.state);
  if (rate === undefined) return { findings, fall };
  const at = (factor: number): number => fallOf(step.train(steps, ratedAt(rate, factor)).losses);
  const [now] = rate.slot.fetch();
  if (fall < 0) {
    const less = at(0.1);
    if (less > 0) findings.push(tooHigh(now, base.losses, less));
    return { findings, fall: Math.max(fall, less) };
  }
  if (fall >= leastFall || now === 0) return { findings, fall };
  const more = at(100);
  if (more > muchFall) findings.push(tooLow(now, fall, more));
  return { findings, fall: Math.max(fall, more) };
}

/** Whether Adam can make the model learn the batch, where the trials before have not. */
export function tryToOverfit(probe: Probe): Finding[] {
  const adam = new Adam(probe.model);
  const step = new Step({ ...probe, optimizer: adam });
  let lowest = Number.POSITIVE_INFINITY;
  let start = Number.NaN;
  for (const learningRate of [1e-2, 1e-3]) {
    let state: Copies = new Map([[adam.rate.slot, rateOf(adam.rate, learningRate)]]);
    for (let done = 0; done < patience; done += steps) {
      const trial = step.train(steps, state);
      if (done === 0) start = trial.losses[0];
      state = trial.state;
      lowest = Math.min(lowest, ...trial.losses.filter(Number.isFinite));
      if (lowest <= 0 || lowest <= learned * start) return [];
    }
  }
  const found = {
    en: `After ${patience} steps of Adam on this batch alone, the loss is ${short(lowest)}; it began at ${short(start)}.`,
    zh: `只用这一批数据，Adam 训练 ${patience} 步之后损失为 ${short(lowest)}；开始时为 ${short(start)}。`,
  };
  return [finding("cannot-overfit", "warning", found, { first: start, lowest, steps: patience })];
}

/** How much of the first loss is gone at the end (mean of the last losses, as rates that are too high jump); −1 where it is not finite. */
function fallOf(losses: readonly number[]): number {
  const [first] = losses;
  const last = losses.slice(-5);
  const end = last.reduce((sum, loss) => sum + loss, 0) / last.length;
  if (!Number.isFinite(end)) return -1;
  return (first - end) / Math.max(Math.abs(first), 1e-12);
}

/** Weights, not biases, that shrink in spite of the gradients. */
function withering(probe: Probe, state: ReadonlyMap<Slot, ArrayLike<number>>): Finding[] {
  let [before, after] = [0, 0];
  for (const parameter of parameters(probe.model).values()) {
    const now = state.get(parameter.slot);
    if (parameter.rank < 2 || now === undefined) continue;
    before += squares(parameter.slot.fetch());
    after += squares(now);
  }
  const left = before === 0 ? 1 : Math.sqrt(after / before);
  if (!(left < mostWithering) || stepWithoutGradient(probe) > mostWithering ** (1 / steps))
    return [];
  const [norm, rest] = [short(Math.sqrt(before)), short(Math.sqrt(after))];
  const found = {
    en: `In ${steps} steps on copies the norm of all weights fell from ${norm} to ${rest}.`,
    zh: `在权重的副本上训练 ${steps} 步，全部权重的范数从 ${norm} 降到 ${rest}。`,
  };
  return [finding("weight-decay-too-strong", "warning", found, { left, steps })];
}

/** What a step with gradients of 0 leaves of the norm of the weights: below 1 it is decay that shrinks them, and not learning. */
function stepWithoutGradient({ model, optimizer }: Probe): number {
  const weights = [...parameters(model).values()].filter((p) => p.trainable && p.rank > 1);
  const rehearsal = new Rehearsal();
  const old = rehearsal.record(() => weights.map((p) => p.node));
  rehearsal.record(() => {
    const nothing = new Map(weights.map((p, k) => [p, old[k].mul(0)]));
    optimizer!.step(new Gradients(old[0].sum(), nothing));
  });
  const now = weights.map(({ slot }, k) => rehearsal.writes.get(slot) ?? old[k]);
  const norms = rehearsal
    .runner([...old, ...now])()
    .map(squares);
  const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);
  return Math.sqrt(total(norms.slice(weights.length)) / total(norms.slice(0, weights.length)));
}

function squares(values: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return sum;
}

function tooHigh(rate: number, losses: readonly number[], less: number): Finding {
  const [first, last] = [losses[0], losses.at(-1)!];
  const found = {
    en: `At learning rate ${short(rate)} the loss of one batch went from ${short(first)} to ${short(last)} in ${losses.length} steps; at a tenth of it, it falls by ${short(100 * less)} %.`,
    zh: `学习率为 ${short(rate)} 时，一个批次的损失在 ${losses.length} 步内从 ${short(first)} 变为 ${short(last)}；用它的十分之一，损失下降 ${short(100 * less)} %。`,
  };
  return finding("learning-rate-too-high", "warning", found, { learningRate: rate, first, last });
}

function tooLow(rate: number, fall: number, more: number): Finding {
  const found = {
    en: `At learning rate ${short(rate)} the loss of one batch fell by ${short(100 * fall)} % in ${steps} steps; at 100 times that rate, by ${short(100 * more)} %.`,
    zh: `学习率为 ${short(rate)} 时，一个批次的损失在 ${steps} 步内下降 ${short(100 * fall)} %；用 100 倍的学习率则下降 ${short(100 * more)} %。`,
  };
  return finding("learning-rate-too-low", "warning", found, { learningRate: rate, fall, more });
}

function ratedAt(rate: State, factor: number): Copies {
  return new Map([[rate.slot, rateOf(rate, rate.slot.fetch()[0] * factor)]]);
}

function rateOf({ dtype }: State, value: number): ReturnType<typeof hostArray> {
  const array = hostArray(dtype, 1);
  array[0] = value;
  return array;
}
