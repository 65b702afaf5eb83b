// Rprop: steps by the sign of the gradient alone, for training on all data at once.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type Updated,
  type UpdateFacts,
  withDecay,
} from "./optimizer.ts";
import { badOption, checkAtLeastZero } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Rprop`. */
export interface RpropOptions extends OptimizerOptions {
  /** The first step of every element; not used later, so that schedules have no effect. Default 0.01. */
  readonly learningRate?: number;
  /** Factor of the step after the gradient changed its sign; default 0.5. */
  readonly shrink?: number;
  /** Factor of the step after it kept its sign; default 1.2. */
  readonly grow?: number;
  /** Default 1e-6. */
  readonly smallestStep?: number;
  /** Default 50. */
  readonly largestStep?: number;
}

const names: OptionNames<RpropOptions> = {
  ...optimizerNames,
  shrink: true,
  grow: true,
  smallestStep: true,
  largestStep: true,
};

type Moment = "previous" | "length";

/**
 * Rprop: with s the sign of g times the previous g, each element's step is multiplied by `grow` (s > 0) or `shrink` (s < 0,
 * and g counts as 0); `p ← p − sign(g)·step` (Riedmiller & Braun 1993).
 */
export class Rprop extends Optimizer<Moment, never> {
  readonly shrink: number;
  readonly grow: number;
  readonly smallestStep: number;
  readonly largestStep: number;

  constructor(model: Trainable, options: RpropOptions = {}) {
    checkOptions("Rprop", options, names);
    const { learningRate = 0.01, shrink = 0.5, grow = 1.2 } = options;
    const { smallestStep = 1e-6, largestStep = 50 } = options;
    checkAtLeastZero("Rprop", { smallestStep, largestStep });
    if (!(shrink > 0 && shrink < 1)) throw badOption("Rprop", "shrink", shrink, "between 0 and 1");
    if (!(grow > 1 && grow < Number.POSITIVE_INFINITY))
      throw badOption("Rprop", "grow", grow, "> 1");
    super(model, options, {
      learningRate,
      moments: {
        previous: 0,
        length: ({ parameter, factor }) => {
          return { shape: parameter.shape, initial: learningRate * factor };
        },
      },
    });
    this.shrink = shrink;
    this.grow = grow;
    this.smallestStep = smallestStep;
    this.largestStep = largestStep;
  }

  protected override update(
    p: Tensor,
    gradient: Tensor,
    { moments, weightDecay }: UpdateFacts<Moment, never>,
  ): Updated<Moment> {
    const g = withDecay(gradient, p, weightDecay);
    const turn = g.sign().mul(moments.previous.sign()); // a product of gradients may underflow
    const turned = turn.less(0);
    const factor = turned.where(this.shrink, turn.greater(0).where(turn.mul(this.grow), 1));
    const length = moments.length.mul(factor).maximum(this.smallestStep).minimum(this.largestStep);
    const previous = turned.where(0, g);
    return { parameter: p.sub(previous.sign().mul(length)), moments: { previous, length } };
  }
}
