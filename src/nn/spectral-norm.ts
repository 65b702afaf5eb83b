// Spectral normalisation: a layer's weight divided by its largest singular value.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { random } from "../ops/random.ts";
import {
  type Context,
  checkContext,
  checkNumbers,
  checkSizes,
  type Layer,
  type LayerOptions,
} from "./layer.ts";
import { forwardWith, type WeightOptions, weightOf } from "./reparametrized.ts";

/** Options of `SpectralNorm`. */
export interface SpectralNormOptions extends WeightOptions, Pick<LayerOptions, "generator"> {
  /** Power iterations in each training step; default 1. */
  readonly iterations?: number;
  /** Least divisor where vectors are brought to length 1; default 1e-12. */
  readonly eps?: number;
}

const names: OptionNames<SpectralNormOptions> = {
  name: true,
  axis: true,
  generator: true,
  iterations: true,
  eps: true,
};

/** Iterations when the layer is made, from random vectors, as in PyTorch. */
const firstIterations = 15;

/**
 * Runs a layer with the weight `W / σ`, where σ = uᵀ W v estimates the largest singular value of W as a matrix [outputs,
 * rest] (Miyato et al. 2018). Training improves u and v by power iteration, without gradient; inference uses them.
 */
export class SpectralNorm<Inner extends Layer = Layer> {
  readonly layer: Inner;
  readonly name: string;
  readonly axis: number;
  readonly iterations: number;
  readonly eps: number;
  readonly u: State;
  readonly v: State;

  constructor(layer: Inner, options: SpectralNormOptions = {}) {
    checkOptions("SpectralNorm", options, names);
    const { iterations = 1, eps = 1e-12 } = options;
    const { name, axis, weight } = weightOf("SpectralNorm", layer, options);
    checkSizes("SpectralNorm", { iterations });
    checkNumbers("SpectralNorm", { eps }, { above: 0 });
    this.layer = layer;
    this.name = name;
    this.axis = axis;
    this.iterations = iterations;
    this.eps = eps;
    const { u, v } = firstVectors(weight, axis, options);
    this.u = new State(u, [u.length], weight.dtype);
    this.v = new State(v, [v.length], weight.dtype);
  }

  forward(x: Tensor, context: Context = {}): Tensor {
    checkContext("SpectralNorm", context);
    return inRegion(this, "SpectralNorm", () => {
      const weight = (this.layer as unknown as Record<string, Tensor>)[this.name];
      const matrix = weight.moveAxis(this.axis, 0).reshape([weight.shape[this.axis], -1]);
      const { u, v } = context.training ? this.#iterate(matrix.stopGradient()) : this;
      const sigma = u.node.dot(matrix.matmul(v.node));
      return forwardWith(this.layer, this.name, weight.div(sigma), x, context);
    });
  }

  #iterate(matrix: Tensor): { readonly u: Tensor; readonly v: Tensor } {
    let [u, v]: Tensor[] = [this.u.node, this.v.node];
    for (let k = 0; k < this.iterations; k++) {
      u = matrix.matmul(v).normalize({ axis: 0, eps: this.eps });
      v = u.matmul(matrix).normalize({ axis: 0, eps: this.eps });
    }
    assignAll([
      { slot: this.u.slot, value: u },
      { slot: this.v.slot, value: v },
    ]);
    return { u: u.stopGradient(), v: v.stopGradient() };
  }
}

/** Power iteration from random vectors, on the host: state is made outside of graphs. */
function firstVectors(
  weight: Parameter,
  axis: number,
  { generator = random }: SpectralNormOptions,
): { readonly u: Float64Array; readonly v: Float64Array } {
  const values = weight.slot.fetch();
  const rows = weight.shape[axis];
  const inner = weight.shape.slice(axis + 1).reduce((n, length) => n * length, 1);
  const rowOf = (k: number): number => Math.floor(k / inner) % rows;
  const columnOf = (k: number): number => Math.floor(k / (inner * rows)) * inner + (k % inner);
  let u = unit(generator.stream.normal(rows));
  let v = unit(generator.stream.normal(values.length / rows));
  for (let n = 0; n < firstIterations; n++) {
    const [nextU, nextV] = [new Float64Array(u.length), new Float64Array(v.length)];
    for (let k = 0; k < values.length; k++) nextU[rowOf(k)] += values[k] * v[columnOf(k)];
    u = unit(nextU);
    for (let k = 0; k < values.length; k++) nextV[columnOf(k)] += values[k] * u[rowOf(k)];
    v = unit(nextV);
  }
  return { u, v };
}

/** The vector at length 1; zeros stay. */
function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) || 1;
  return vector.map((x) => x / length);
}
