// The recurrent layers with one hidden state: GRU and the plain RNN.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { gru, rnn } from "../ops/compose/recurrence.ts";
import {
  checkSequence,
  labelOf,
  makeLayers,
  projected,
  type RecurrentLayer,
  type RecurrentOptions,
  type RunLayer,
  runLayers,
} from "./recurrent.ts";

/** Hidden states of the last layer at all steps, and of each layer after the last step. */
export interface RecurrentResult {
  /** Shape: `[B, T, H]`, or `[B, T, 2H]` with both directions. */
  readonly output: Tensor;
  /** Shape: `[layers, B, H]`, or `[2·layers, B, H]` with forward and backward in turn. */
  readonly state: Tensor;
}

/**
 * Gated recurrent unit (Cho et al. 2014): `r = σ(W_r x + U_r h)`, `z = σ(W_z x + U_z h)`, `n = tanh(W_n x + r (U_n h))`,
 * `h ← (1 − z) n + z h`, each product with its bias; rows in the order r, z, n. Shape: `[B, T, in] → [B, T, H]`.
 */
export class GRU {
  readonly layers: readonly RecurrentLayer[];
  /** Layers that read backwards; none in one direction. */
  readonly reverseLayers: readonly RecurrentLayer[];

  constructor(inFeatures: number, hidden: number, options: RecurrentOptions = {}) {
    const { layers, reverseLayers } = makeLayers("GRU", [inFeatures, hidden, 3], options);
    this.layers = layers;
    this.reverseLayers = reverseLayers;
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor): Tensor {
    return this.run(x).output;
  }

  /** Hidden states and the last state, from a state (zeros without one). Shape: `[B, T, in] → [B, T, H]`. */
  run(x: Tensor, state: Tensor | null = null): RecurrentResult {
    return inRegion(this, labelOf("GRU", this), () => {
      checkSequence("GRU", this, x, state && [state]);
      const { output, last } = runLayers(this, x, state && [state], runGru);
      return { output, state: last[0] };
    });
  }
}

const runGru: RunLayer = (x, layer, state) => {
  // The hidden bias of n stands inside the product with r, so it cannot join the input's.
  const recurrence = { weight: layer.weightHidden, bias: layer.biasHidden };
  const output = gru(projected(x, layer, layer.biasInput), recurrence, state?.[0] ?? null);
  return { output, last: [output.select(1, -1)] };
};

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** Function of the sum; default tanh. */
  readonly nonlinearity?: "tanh" | "relu";
}

/** Plain recurrence (Elman 1990), `h ← tanh(W x + b + U h + b')`. Shape: `[B, T, in] → [B, T, H]`. */
export class RNN {
  readonly layers: readonly RecurrentLayer[];
  /** Layers that read backwards; none in one direction. */
  readonly reverseLayers: readonly RecurrentLayer[];
  readonly nonlinearity: "tanh" | "relu";

  constructor(inFeatures: number, hidden: number, options: RNNOptions = {}) {
    const { layers, reverseLayers } = makeLayers("RNN", [inFeatures, hidden, 1], options);
    this.layers = layers;
    this.reverseLayers = reverseLayers;
    this.nonlinearity = options.nonlinearity ?? "tanh";
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor): Tensor {
    return this.run(x).output;
  }

  /** Hidden states and the last state, from a state (zeros without one). Shape: `[B, T, in] → [B, T, H]`. */
  run(x: Tensor, state: Tensor | null = null): RecurrentResult {
    return inRegion(this, labelOf("RNN", this), () => {
      checkSequence("RNN", this, x, state && [state]);
      const { output, last } = runLayers(this, x, state && [state], (u, layer, own) => {
        const inputs = projected(u, layer, layer.biasInput, layer.biasHidden);
        const recurrence = { weight: layer.weightHidden, bias: null };
        const hidden = rnn(inputs, recurrence, own?.[0] ?? null, this.nonlinearity);
        return { output: hidden, last: [hidden.select(1, -1)] };
      });
      return { output, state: last[0] };
    });
  }
}
