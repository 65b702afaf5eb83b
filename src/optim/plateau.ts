// The schedule that waits: it lowers the learning rate when a metric stops improving.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { badOption, checkAtLeastZero, checkCounts } from "./options.ts";

/** Options of `Plateau`. */
export interface PlateauOptions {
  /** Whether smaller (the default) or larger metrics are better. */
  readonly mode?: "min" | "max";
  /** Multiplies the learning rate; default 0.1. */
  readonly factor?: number;
  /** Reports without improvement that are put up with; default 10. */
  readonly patience?: number;
  /** Smallest change that counts; default 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best metric (the default) or a difference. */
  readonly thresholdMode?: "relative" | "absolute";
  /** Reports after a reduction that do not count; default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minimum?: number;
  /** A reduction by this or less is not made; default 1e-8. */
  readonly eps?: number;
}

const names: OptionNames<PlateauOptions> = {
  mode: true,
  factor: true,
  patience: true,
  threshold: true,
  thresholdMode: true,
  cooldown: true,
  minimum: true,
  eps: true,
};

/** Where a `Plateau` stands, as plain data for a checkpoint. */
export interface PlateauState {
  readonly learningRate: number;
  readonly best: number | null;
  readonly bad: number;
  readonly cooling: number;
}

/**
 * Lowers the learning rate after `patience` reports without improvement; with `fit` it is the callback `reduceOnPlateau`.
 * `optimizer.learningRate = plateau.report(loss);`
 */
export class Plateau {
  readonly #options: Required<PlateauOptions>;
  #rate: number;
  #best: number;
  #bad = 0;
  #cooling = 0;

  constructor(base: number, options: PlateauOptions = {}) {
    checkOptions("Plateau", options, names);
    this.#options = {
      mode: options.mode ?? "min",
      factor: options.factor ?? 0.1,
      patience: options.patience ?? 10,
      threshold: options.threshold ?? 1e-4,
      thresholdMode: options.thresholdMode ?? "relative",
      cooldown: options.cooldown ?? 0,
      minimum: options.minimum ?? 0,
      eps: options.eps ?? 1e-8,
    };
    checkRanges(base, this.#options);
    this.#rate = base;
    this.#best = this.#options.mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** The present learning rate. */
  get learningRate(): number {
    return this.#rate;
  }

  /** Takes the metric after an update or epoch; gives the learning rate from now on. */
  report(metric: number): number {
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#bad = 0;
    } else this.#bad++;
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad > this.#options.patience) this.#reduce();
    return this.#rate;
  }

  /** The present state, which `restore` takes; null stands for no metric yet. */
  get state(): PlateauState {
    const best = Number.isFinite(this.#best) ? this.#best : null;
    return { learningRate: this.#rate, best, bad: this.#bad, cooling: this.#cooling };
  }

  /** Continues from a state. */
  restore({ learningRate, best, bad, cooling }: PlateauState): void {
    checkAtLeastZero("Plateau.restore", { learningRate, bad, cooling });
    this.#rate = learningRate;
    this.#best = best ?? (this.#options.mode === "min" ? 1 : -1) * Number.POSITIVE_INFINITY;
    this.#bad = bad;
    this.#cooling = cooling;
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const margin = thresholdMode === "absolute" ? threshold : this.#best * threshold;
    if (!Number.isFinite(this.#best))
      return mode === "min" ? metric < this.#best : metric > this.#best;
    return mode === "min" ? metric < this.#best - margin : metric > this.#best + margin;
  }

  #reduce(): void {
    const { factor, minimum, eps, cooldown } = this.#options;
    const lower = Math.max(this.#rate * factor, minimum);
    if (this.#rate - lower > eps) this.#rate = lower;
    this.#cooling = cooldown;
    this.#bad = 0;
  }
}

function checkRanges(base: number, options: Required<PlateauOptions>): void {
  const { factor, patience, cooldown, threshold, minimum, eps } = options;
  checkAtLeastZero("Plateau", { base, threshold, minimum, eps });
  checkCounts("Plateau", { patience, cooldown }, 0);
  if (!(factor > 0 && factor < 1)) throw badOption("Plateau", "factor", factor, "between 0 and 1");
}
