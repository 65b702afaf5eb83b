// The layer that multiplies two inputs.

import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { uniform } from "./init.ts";
import { checkInput, checkSizes, initialized } from "./layer.ts";
import { type LinearOptions, linearNames } from "./linear.ts";

/**
 * Maps two inputs bilinearly: `y_o = Σᵢⱼ x1ᵢ W_oij x2ⱼ + b_o`.
 * Shape: `[..., in1], [..., in2] → [..., out]`; weight `[out, in1, in2]`, bias `[out]`.
 */
export class Bilinear {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(
    in1Features: number,
    in2Features: number,
    outFeatures: number,
    options: LinearOptions = {},
  ) {
    checkOptions("Bilinear", options, linearNames);
    checkSizes("Bilinear", { in1Features, in2Features, outFeatures });
    const bound = 1 / Math.sqrt(in1Features);
    const byFanIn = uniform(-bound, bound);
    const shape = [outFeatures, in1Features, in2Features];
    this.weight = initialized(shape, options.init ?? byFanIn, options);
    const withBias = options.bias ?? true;
    this.bias = withBias ? initialized([outFeatures], options.biasInit ?? byFanIn, options) : null;
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    const [out, in1, in2] = this.weight.shape;
    return inRegion(this, `Bilinear ${in1}, ${in2}→${out}`, () => {
      checkInput("Bilinear", x1, [...x1.shape.slice(0, -1), in1], this.weight);
      checkInput("Bilinear", x2, [...x1.shape.slice(0, -1), in2], this.weight);
      const half = x1.contract(this.weight, { batch: [], contract: [[x1.rank - 1, 1]] }); // [..., out, in2]
      const y = half.mul(x2.unsqueeze(-2)).sum({ axis: -1 });
      return this.bias === null ? y : y.add(this.bias);
    });
  }
}
