// Averages of weights over the steps of training, which often predict better than the last weights: exponential (EMA) and
// equal (SWA). The averages are state beside the model; `during` puts them into the model for an evaluation.

import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sizeOf } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Assignment } from "../ir/engine.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { checkBetas } from "./options.ts";
import { findParameters, type Trainable } from "./parameters.ts";

/** Shared part of the averages: `a ← a + share·(p − a)` after each step; the first update copies p. */
abstract class WeightAverage {
  /** The averages by path. */
  readonly averages: ReadonlyMap<string, State>;
  /** Updates so far, a scalar. */
  readonly updates: State;
  readonly #parameters: ReadonlyMap<string, Parameter>;
  #applied = false;

  constructor(model: Trainable) {
    this.#parameters = findParameters(model);
    const copies = [...this.#parameters].map(([path, { shape, dtype }]) => {
      return [path, new State(hostArray(dtype, sizeOf(shape)), shape, dtype)] as const;
    });
    this.averages = new Map(copies);
    this.updates = new State(Float64Array.of(0), [], "float32");
  }

  /** How far an average moves towards the weights after n updates, a scalar. */
  protected abstract share(n: Tensor): Tensor;

  /** Takes the weights into the averages; call it after `optimizer.step`, inside compiled functions or not. */
  update(): void {
    if (this.#applied) throw misplaced("update", "the averages are in the model", "restore()");
    const n = this.updates.node;
    const share = n.equal(0).where(1, this.share(n));
    const moved = this.#pairs().map(([p, average]): Assignment => {
      const next = average.add(p.sub(average).mul(share.cast(p.dtype)));
      return { slot: average.slot, value: next };
    });
    assignAll([...moved, { slot: this.updates.slot, value: n.add(1) }]);
  }

  /** Puts the averages into the model and keeps its weights, until `restore`. */
  apply(): void {
    if (this.#applied)
      throw misplaced("apply", "the averages are in the model already", "restore()");
    if (this.updates.slot.fetch()[0] === 0)
      throw misplaced("apply", "there is no average yet", "update()");
    this.#swap("apply");
  }

  /** Puts the weights back that `apply` replaced. */
  restore(): void {
    if (!this.#applied) throw misplaced("restore", "the model has its own weights", "apply()");
    this.#swap("restore");
  }

  /** Runs a function, such as an evaluation, with the averages in the model. */
  async during<R>(run: () => R | Promise<R>): Promise<R> {
    this.apply();
    try {
      return await run();
    } finally {
      this.restore();
    }
  }

  /** State for checkpoints: `average.path` for each parameter, and the number of updates. */
  stateTensors(): Map<string, State> {
    const all = [...this.averages].map(([path, state]) => [`average.${path}`, state] as const);
    return new Map([["updates", this.updates], ...all]);
  }

  #swap(verb: string): void {
    if (currentTrace() !== undefined) {
      throw new ChainruleError({
        code: "VALUE_IN_TRACE",
        op: `average.${verb}`,
        problem: "a compiled function would exchange weights once, at its recording",
        fix: "Call it between compiled calls.",
      });
    }
    const pairs = this.#pairs().map(([p, average]) => [p, average, p.slot.fetch()] as const);
    for (const [p, average, weights] of pairs) {
      p.set(average.slot.fetch());
      average.set(weights);
    }
    this.#applied = !this.#applied;
  }

  #pairs(): (readonly [Parameter, State])[] {
    return [...this.#parameters].map(([path, p]) => [p, this.averages.get(path)!] as const);
  }
}

/** Options of `ExponentialMovingAverage`. */
export interface AverageOptions {
  /** Share of the average that is kept at each update; default 0.999, an average over about the last 1000 steps. */
  readonly decay?: number;
  /** Whether the decay starts low, `min(decay, (1 + n) / (10 + n))`, for short runs; default false. */
  readonly warmUp?: boolean;
}

const names: OptionNames<AverageOptions> = { decay: true, warmUp: true };

/** Exponential moving average of weights, `a ← decay·a + (1 − decay)·p`; the first update copies p, as PyTorch's. */
export class ExponentialMovingAverage extends WeightAverage {
  readonly decay: number;
  readonly warmUp: boolean;

  constructor(model: Trainable, options: AverageOptions = {}) {
    checkOptions("ExponentialMovingAverage", options, names);
    const { decay = 0.999, warmUp = false } = options;
    checkBetas("ExponentialMovingAverage", { decay });
    super(model);
    this.decay = decay;
    this.warmUp = warmUp;
  }

  protected override share(n: Tensor): Tensor {
    const share = n.mul(0).add(1 - this.decay);
    return this.warmUp ? share.maximum(n.add(10).reciprocal().mul(9)) : share;
  }
}

/** Equal average of weights, `a ← a + (p − a)/(n + 1)`, for the end of a run (SWA, Izmailov et al. 2018). */
export class StochasticWeightAverage extends WeightAverage {
  protected override share(n: Tensor): Tensor {
    return n.add(1).reciprocal();
  }
}

function misplaced(verb: string, problem: string, fix: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: `average.${verb}`,
    problem,
    fix: `Call ${fix} first.`,
  });
}
