// Weight normalisation: length and direction of a layer's weights as parameters of their own.

import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Context, Layer } from "./layer.ts";
import { forwardWith, type WeightOptions, weightOf } from "./reparametrized.ts";

/**
 * Runs a layer with the weight `g · v / ‖v‖`, where the norm is over all axes but that of the outputs (Salimans & Kingma
 * 2016). `v` is the layer's own parameter, and `magnitude` is g, at first ‖v‖, so that wrapping changes nothing.
 */
export class WeightNorm<Inner extends Layer = Layer> {
  readonly layer: Inner;
  readonly name: string;
  readonly axis: number;
  readonly magnitude: Parameter;

  constructor(layer: Inner, options: WeightOptions = {}) {
    checkOptions("WeightNorm", options, { name: true, axis: true });
    const { name, axis, weight } = weightOf("WeightNorm", layer, options);
    this.layer = layer;
    this.name = name;
    this.axis = axis;
    const shape = weight.shape.map((n, k) => (k === axis ? n : 1));
    this.magnitude = new Parameter(lengthsOf(weight, axis), shape, weight.dtype);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    return inRegion(this, "WeightNorm", () => {
      const v = (this.layer as unknown as Record<string, Tensor>)[this.name];
      const others = v.shape.flatMap((_, k) => (k === this.axis ? [] : [k]));
      const direction = v.div(v.norm({ axis: others, keepDims: true }));
      return forwardWith(this.layer, this.name, this.magnitude.mul(direction), x, context);
    });
  }
}

/** Norms of the slices along an axis, on the host: state is made outside of graphs. */
function lengthsOf(weight: Parameter, axis: number): Float64Array {
  const values = weight.slot.fetch();
  const inner = weight.shape.slice(axis + 1).reduce((n, length) => n * length, 1);
  const squares = new Float64Array(weight.shape[axis]);
  for (const [k, value] of values.entries()) {
    squares[Math.floor(k / inner) % squares.length] += value * value;
  }
  return squares.map(Math.sqrt);
}
