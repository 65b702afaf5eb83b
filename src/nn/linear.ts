// The fully connected layer.

import type { OptionNames } from "../core/option-names.ts";
import type { Fits, Known, Mapped, MapsLast } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { ShapeIn } from "../ops/shaped.ts";
import { type Initializer, uniform } from "./init.ts";
import { checkInput, checkSizes, initialized, type LayerOptions, layerNames } from "./layer.ts";

/** Options of `Linear`. */
export interface LinearOptions extends LayerOptions {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
  /** Initial weight; default U(±1/√in). */
  readonly init?: Initializer;
  /** Initial bias; default U(±1/√in). */
  readonly biasInit?: Initializer;
}

/** Names of these options. */
export const linearNames: OptionNames<LinearOptions> = {
  ...layerNames,
  bias: true,
  init: true,
  biasInit: true,
};

/**
 * Maps features linearly: `y = x Wᵀ + b`.
 * Shape: `[..., in] → [..., out]`; weight `[out, in]`, bias `[out]`.
 */
export class Linear<const In extends number = number, const Out extends number = number> {
  declare readonly maps?: MapsLast<In, Out>;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: In, outFeatures: Out, options: LinearOptions = {}) {
    checkOptions("Linear", options, linearNames);
    checkSizes("Linear", { inFeatures, outFeatures });
    const bound = 1 / Math.sqrt(inFeatures);
    const byFanIn = uniform(-bound, bound);
    this.weight = initialized([outFeatures, inFeatures], options.init ?? byFanIn, options);
    const withBias = options.bias ?? true;
    this.bias = withBias ? initialized([outFeatures], options.biasInit ?? byFanIn, options) : null;
  }

  forward<X extends Tensor>(
    x: X & Fits<Mapped<MapsLast<In, Out>, ShapeIn<X>>>,
  ): Tensor<Known<Mapped<MapsLast<In, Out>, ShapeIn<X>>>> {
    const [outFeatures, inFeatures] = this.weight.shape;
    return inRegion(this, `Linear ${inFeatures}→${outFeatures}`, () => {
      checkInput("Linear", x, [inFeatures], this.weight);
      const product = x.contract(this.weight, { batch: [], contract: [[x.rank - 1, 1]] }); // x Wᵀ
      return this.bias === null ? product : product.add(this.bias);
    });
  }
}
