// L-BFGS on flat float64 vectors (Nocedal 1980; Liu & Nocedal 1989), and the optimizer class that runs it on a model's
// parameters. The two-loop recursion and the stopping rules are those of Nocedal & Wright, algorithms 7.4 and 7.5.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { engine } from "../ir/engine.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Evaluation, strongWolfe, type Trial } from "./line-search.ts";
import { checkAtLeastZero, checkCounts } from "./options.ts";
import { findParameters, type Trainable } from "./parameters.ts";
import { addScaled, dot, largest, sumOfSizes } from "./vector.ts";

/** Evaluates a function and its gradient. */
export type Evaluate = (x: Float64Array) => Promise<Evaluation>;

/** How a run of L-BFGS goes and ends. */
export interface LBFGSSettings {
  /** Length of a step without line search, and the first length tried with one. */
  readonly learningRate: number;
  readonly maxIterations: number;
  readonly maxEvaluations: number;
  /** Number of (step, change of gradient) pairs kept. */
  readonly historySize: number;
  /** Ends the run when no element of the gradient is larger. */
  readonly toleranceGradient: number;
  /** Ends the run when steps or slopes are smaller. */
  readonly toleranceChange: number;
  /** Whether the change of the value ends the run. */
  readonly settled: (before: number, after: number) => boolean;
  readonly lineSearch: "strong-wolfe" | "none";
  /** Called after each iteration; true ends the run. */
  readonly onIteration?: (at: Point) => boolean;
}

/** A point with its value and gradient. */
export interface Point extends Evaluation {
  readonly x: Float64Array;
}

/** Why a run ended. */
export type Ending =
  | "gradient"
  | "change"
  | "iterations"
  | "evaluations"
  | "stopped"
  | "non-finite";

/** What L-BFGS remembers between iterations and between runs. */
export class LBFGSMemory {
  readonly #size: number;
  #pairs: { readonly s: Float64Array; readonly y: Float64Array; readonly sy: number }[] = [];
  #scale = 1;
  /** The last step and the gradient before it. */
  last: { readonly step: Float64Array; readonly gradient: Float64Array } | null = null;

  constructor(historySize: number) {
    this.#size = historySize;
  }

  /** Learns from the last step and the gradient after it. */
  observe(gradient: Float64Array): void {
    if (this.last === null) return;
    const s = this.last.step;
    const y = gradient.map((g, i) => g - this.last!.gradient[i]);
    const sy = dot(s, y);
    if (sy <= 1e-10) return;
    this.#pairs.push({ s, y, sy });
    if (this.#pairs.length > this.#size) this.#pairs.shift();
    this.#scale = sy / dot(y, y);
  }

  /** The direction −H·g (two-loop recursion). */
  direction(gradient: Float64Array): Float64Array {
    const q = gradient.map((g) => -g);
    const weights = new Float64Array(this.#pairs.length);
    for (let k = this.#pairs.length - 1; k >= 0; k--) {
      const { s, y, sy } = this.#pairs[k];
      weights[k] = dot(s, q) / sy;
      addScaled(q, -weights[k], y);
    }
    for (let i = 0; i < q.length; i++) q[i] *= this.#scale;
    for (const [k, { s, y, sy }] of this.#pairs.entries()) {
      addScaled(q, weights[k] - dot(y, q) / sy, s);
    }
    return q;
  }
}

/** What a run gives. */
export interface Run extends Point {
  readonly iterations: number;
  readonly evaluations: number;
  readonly ending: Ending;
}

/** Minimises from `x0`; `memory` may come from an earlier run. */
export async function lbfgs(
  evaluate: Evaluate,
  x0: Float64Array,
  settings: LBFGSSettings,
  memory: LBFGSMemory = new LBFGSMemory(settings.historySize),
): Promise<Run> {
  let evaluations = 1;
  const counted: Evaluate = (x) => {
    evaluations++;
    return evaluate(x);
  };
  let at: Point = { x: x0, ...(await evaluate(x0)) };
  let iterations = 0;
  const end = (ending: Ending): Run => ({ ...at, iterations, evaluations, ending });
  if (!Number.isFinite(at.value)) return end("non-finite");
  if (largest(at.gradient) <= settings.toleranceGradient) return end("gradient");
  while (iterations < settings.maxIterations) {
    const plan = planStep(at, memory, settings);
    if (plan.slope > -settings.toleranceChange) return end("change");
    iterations++;
    const isLast = iterations === settings.maxIterations;
    const before = at;
    at = await takeStep(counted, at, plan, settings, isLast);
    memory.last = { step: at.x.map((x, i) => x - before.x[i]), gradient: before.gradient };
    if (settings.onIteration?.(at)) return end("stopped");
    if (!Number.isFinite(at.value)) return end("non-finite");
    if (isLast) break;
    if (evaluations >= settings.maxEvaluations) return end("evaluations");
    if (largest(at.gradient) <= settings.toleranceGradient) return end("gradient");
    if (largest(memory.last.step) <= settings.toleranceChange) return end("change");
    if (settings.settled(before.value, at.value)) return end("change");
  }
  return end(largest(at.gradient) <= settings.toleranceGradient ? "gradient" : "iterations");
}

interface Plan {
  readonly direction: Float64Array;
  readonly slope: number;
  readonly length: number;
}

function planStep(at: Point, memory: LBFGSMemory, { learningRate }: LBFGSSettings): Plan {
  const isFirst = memory.last === null;
  memory.observe(at.gradient);
  const direction = memory.direction(at.gradient);
  const length = isFirst ? Math.min(1, 1 / sumOfSizes(at.gradient)) * learningRate : learningRate;
  return { direction, slope: dot(at.gradient, direction), length };
}

async function takeStep(
  evaluate: Evaluate,
  at: Point,
  { direction, slope, length }: Plan,
  settings: LBFGSSettings,
  isLast: boolean,
): Promise<Point> {
  const reach = (t: number): Float64Array => at.x.map((x, i) => x + t * direction[i]);
  if (settings.lineSearch === "none") {
    const x = reach(length);
    return isLast ? { ...at, x } : { x, ...(await evaluate(x)) };
  }
  const along = async (t: number): Promise<Trial> => {
    const found = await evaluate(reach(t));
    return { ...found, t, slope: dot(found.gradient, direction) };
  };
  const smallest = settings.toleranceChange / largest(direction);
  const found = await strongWolfe(along, { ...at, t: 0, slope }, length, { smallest });
  return { x: reach(found.t), value: found.value, gradient: found.gradient };
}

/** Options of `LBFGS`. */
export interface LBFGSOptions extends Partial<Omit<LBFGSSettings, "settled" | "onIteration">> {}

const names: OptionNames<LBFGSOptions> = {
  learningRate: true,
  maxIterations: true,
  historySize: true,
  toleranceGradient: true,
  toleranceChange: true,
  maxEvaluations: true,
  lineSearch: true,
};

/**
 * L-BFGS on the parameters of a model, for small problems where the loss is computed on all data. Unlike other
 * optimizers it evaluates the loss several times a step, so `step` takes a function and is asynchronous. Its history is not part of
 * checkpoints: a run that goes on from one starts with a step along the gradient. Source: Nocedal & Wright 2006, chapter 7.
 */
export class LBFGS {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly #settings: LBFGSSettings;
  readonly #memory: LBFGSMemory;

  /** Defaults: learningRate 1, maxIterations 20, maxEvaluations 1.25·maxIterations, historySize 100, no line search. */
  constructor(model: Trainable, options: LBFGSOptions = {}) {
    checkOptions("LBFGS", options, names);
    const { learningRate = 1, maxIterations = 20, historySize = 100 } = options;
    const { toleranceGradient = 1e-7, toleranceChange = 1e-9 } = options;
    const { maxEvaluations = Math.floor(1.25 * maxIterations) } = options;
    checkCounts("LBFGS", { maxIterations, maxEvaluations, historySize });
    checkAtLeastZero("LBFGS", { learningRate, toleranceGradient, toleranceChange });
    this.parameters = findParameters(model);
    this.#settings = {
      learningRate,
      maxIterations,
      maxEvaluations,
      historySize,
      toleranceGradient,
      toleranceChange,
      lineSearch: options.lineSearch ?? "none",
      settled: (before, after) => Math.abs(after - before) < toleranceChange,
    };
    this.#memory = new LBFGSMemory(this.#settings.historySize);
  }

  /** Runs up to `maxIterations` iterations; gives the loss before the first. */
  async step(loss: () => Tensor): Promise<number> {
    const all = [...this.parameters.values()];
    const values: number[] = [];
    const evaluate: Evaluate = async (x) => {
      scatter(all, x);
      const found = await evaluateLoss(loss, all);
      values.push(found.value);
      return found;
    };
    const { x } = await lbfgs(evaluate, gather(all), this.#settings, this.#memory);
    scatter(all, x);
    return values[0];
  }
}

async function evaluateLoss(loss: () => Tensor, all: readonly Parameter[]): Promise<Evaluation> {
  const value = loss();
  const gradients = value.backward();
  const found = all.map((parameter) => gradients.get(parameter));
  await engine().read([value.node, ...found.filter((g) => g !== undefined)]);
  const flat = all.flatMap((p, k) => Array.from(found[k]?.value ?? new Float64Array(p.size)));
  return { value: value.node.value![0], gradient: Float64Array.from(flat) };
}

function gather(all: readonly Parameter[]): Float64Array {
  return Float64Array.from(all.flatMap((parameter) => Array.from(parameter.slot.fetch())));
}

function scatter(all: readonly Parameter[], x: Float64Array): void {
  let start = 0;
  for (const parameter of all) {
    parameter.set(x.slice(start, start + parameter.size));
    start += parameter.size;
  }
  if (start === x.length) return;
  throw new ChainruleError({ code: "INTERNAL", problem: "parameters changed their size" });
}
