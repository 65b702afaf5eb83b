// Lookahead: slow weights that follow those of another optimizer.

import type { Gradients } from "../autodiff/gradients.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Assignment } from "../ir/engine.ts";
import { assignAll, State } from "../ir/state.ts";
import type { Optimizer } from "./optimizer.ts";
import { checkCounts, checkShares } from "./options.ts";

/** Options of `Lookahead`. */
export interface LookaheadOptions {
  /** Steps of the inner optimizer between two of the slow weights; default 5. */
  readonly steps?: number;
  /** How far slow weights move towards the fast ones; default 0.5. */
  readonly alpha?: number;
}

const names: OptionNames<LookaheadOptions> = { steps: true, alpha: true };

/** Lookahead: after every k steps of an optimizer `s ← s + α(p − s)`, `p ← s` (Zhang et al. 2019). */
export class Lookahead {
  /** The optimizer of the fast weights. */
  readonly inner: Optimizer;
  readonly every: number;
  readonly alpha: number;
  /** Steps since the slow weights moved last, a scalar. */
  readonly since: State;
  readonly #slow: ReadonlyMap<string, State>;

  constructor(inner: Optimizer, options: LookaheadOptions = {}) {
    checkOptions("Lookahead", options, names);
    const { steps = 5, alpha = 0.5 } = options;
    checkCounts("Lookahead", { steps });
    checkShares("Lookahead", { alpha });
    this.inner = inner;
    this.every = steps;
    this.alpha = alpha;
    this.since = new State(Float64Array.of(0), [], "float32");
    const copies = [...inner.parameters].map(([path, { slot, shape, dtype }]) => {
      return [path, new State(slot.fetch(), shape, dtype)] as const;
    });
    this.#slow = new Map(copies);
  }

  /** The inner optimizer's learning rate. */
  get learningRate(): number {
    return this.inner.learningRate;
  }

  set learningRate(value: number) {
    this.inner.learningRate = value;
  }

  /** A step of the inner optimizer, and every so often one of the slow weights. */
  step(gradients: Gradients): void {
    this.inner.step(gradients);
    const count = this.since.add(1);
    const due = count.greaterEqual(this.every);
    const moved = [...this.inner.parameters].flatMap(([path, p]): Assignment[] => {
      const slow = this.#slow.get(path)!;
      const next = slow.add(p.sub(slow).mul(this.alpha));
      return [
        { slot: p.slot, value: due.where(next, p) },
        { slot: slow.slot, value: due.where(next, slow) },
      ];
    });
    assignAll([...moved, { slot: this.since.slot, value: due.where(0, count) }]);
  }

  /** State for checkpoints: the inner optimizer's, `slow.path` for each parameter, and the step within the round. */
  stateTensors(): Map<string, State> {
    const slow = [...this.#slow].map(([path, state]) => [`slow.${path}`, state] as const);
    return new Map([...this.inner.stateTensors(), ["since", this.since], ...slow]);
  }
}
