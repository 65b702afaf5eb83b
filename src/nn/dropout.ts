// Random zeros against overfitting.

import { ChainruleError } from "../core/errors.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { random } from "../ops/random.ts";
import type { Context } from "./layer.ts";

/**
 * In training, makes each element 0 with probability `p` and divides the others by `1 − p`; else passes the input on
 * (Srivastava et al. 2014, inverted form). Shape: `[...] → [...]`.
 */
export class Dropout {
  readonly p: number;

  constructor(p = 0.5) {
    if (!(p >= 0 && p <= 1)) {
      throw new ChainruleError({
        code: "BAD_ARGUMENT",
        op: "Dropout",
        problem: `p is a probability from 0 to 1; received ${p}`,
        fix: "Pass the share of elements to drop, e.g. 0.5.",
        detail: { p },
      });
    }
    this.p = p;
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    if (!context.training || this.p === 0) return x;
    return inRegion(this, `Dropout ${this.p}`, () => {
      if (this.p === 1) return x.mul(0);
      const kept = (context.generator ?? random).bernoulli(x.shape, 1 - this.p);
      return kept.where(x.mul(1 / (1 - this.p)), 0);
    });
  }
}
