// Gaussian noise against overfitting, as in Keras; none in inference.

import { ChainruleError } from "../core/errors.ts";
import type { KeepsShape } from "../core/shape-types.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { random } from "../ops/random.ts";
import { type Context, checkContext, checkNumbers, checkProbabilities } from "./layer.ts";

/** In training, adds noise: `x + N(0, std²)`. Shape: `[...] → [...]`. */
export class GaussianNoise {
  declare readonly maps?: KeepsShape;
  readonly std: number;

  constructor(std: number) {
    checkNumbers("GaussianNoise", { std }, { least: 0 });
    this.std = std;
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkContext("GaussianNoise", context);
    const { training, generator = random } = context;
    if (!training || this.std === 0) return x;
    return inRegion(this, `GaussianNoise ${this.std}`, () =>
      x.add(generator.normal(x.shape, 0, this.std)),
    );
  }
}

/** In training, multiplies by noise with the variance of dropout, `x · N(1, p/(1 − p))` (Srivastava et al. 2014). Shape: `[...] → [...]`. */
export class GaussianDropout {
  declare readonly maps?: KeepsShape;
  readonly p: number;

  constructor(p = 0.5) {
    checkProbabilities("GaussianDropout", { p });
    if (p === 1) throw withoutBound();
    this.p = p;
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkContext("GaussianDropout", context);
    const { training, generator = random } = context;
    if (!training || this.p === 0) return x;
    const std = Math.sqrt(this.p / (1 - this.p));
    return inRegion(this, `GaussianDropout ${this.p}`, () =>
      x.mul(generator.normal(x.shape, 1, std)),
    );
  }
}

function withoutBound(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "GaussianDropout",
    problem: "p must be below 1; received 1, for which the noise has no bound",
    fix: "Pass a smaller share, e.g. 0.5.",
    detail: { p: 1 },
  });
}
