// The recurrent layers with one hidden state: GRU and the plain RNN.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { gru, rnn } from "../ops/compose/recurrence.ts";
import {
  checkNonlinearity,
  labelOf,
  makeLayers,
  type Nonlinearity,
  projected,
  type RecurrentDropout,
  type RecurrentLayer,
  type RecurrentOptions,
  type RunLayer,
  recurrentNames,
  runLayers,
  type SequenceContext,
} from "./recurrent.ts";
import { checkSequence } from "./sequence-checks.ts";

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
  readonly dropout: RecurrentDropout;

  constructor(inFeatures: number, hidden: number, options: RecurrentOptions = {}) {
    checkOptions("GRU", options, recurrentNames);
    ({
      layers: this.layers,
      reverseLayers: this.reverseLayers,
      dropout: this.dropout,
    } = makeLayers("GRU", { inFeatures, hidden, gates: 3 }, options));
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor, context: SequenceContext = {}): Tensor {
    return this.run(x, null, context).output;
  }

  /**
   * Hidden states and the last state, from a state (zeros without one). Over steps that do not count the state stays, and
   * the output is 0. Shape: `[B, T, in] → [B, T, H]`.
   */
  run(x: Tensor, state: Tensor | null = null, context: SequenceContext = {}): RecurrentResult {
    return inRegion(this, labelOf("GRU", this.layers[0]), () => {
      checkSequence("GRU", this, x, state && [state]);
      const { output, last } = runLayers(this, x, state && [state], runGru, context);
      return { output, state: last[0] };
    });
  }
}

const runGru: RunLayer = (x, layer, state, options) => {
  // The hidden bias of n stands inside the product with r, so it cannot join the input's.
  const recurrence = { weight: layer.weightHidden, bias: layer.biasHidden };
  const inputs = projected(x, layer, layer.biasInput);
  const output = gru(inputs, recurrence, state?.[0] ?? null, options);
  return { output, last: [output.select(1, -1)] };
};

/** Options of `RNN`. */
export interface RNNOptions extends RecurrentOptions {
  /** Function of the sum; default tanh. */
  readonly nonlinearity?: Nonlinearity;
}

const rnnNames: OptionNames<RNNOptions> = { ...recurrentNames, nonlinearity: true };

/** Plain recurrence (Elman 1990), `h ← tanh(W x + b + U h + b')`. Shape: `[B, T, in] → [B, T, H]`. */
export class RNN {
  readonly layers: readonly RecurrentLayer[];
  /** Layers that read backwards; none in one direction. */
  readonly reverseLayers: readonly RecurrentLayer[];
  readonly dropout: RecurrentDropout;
  readonly nonlinearity: Nonlinearity;

  constructor(inFeatures: number, hidden: number, options: RNNOptions = {}) {
    checkOptions("RNN", options, rnnNames);
    ({
      layers: this.layers,
      reverseLayers: this.reverseLayers,
      dropout: this.dropout,
    } = makeLayers("RNN", { inFeatures, hidden, gates: 1 }, options));
    const { nonlinearity = "tanh" } = options;
    checkNonlinearity("RNN", nonlinearity);
    this.nonlinearity = nonlinearity;
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor, context: SequenceContext = {}): Tensor {
    return this.run(x, null, context).output;
  }

  /**
   * Hidden states and the last state, from a state (zeros without one). Over steps that do not count the state stays, and
   * the output is 0. Shape: `[B, T, in] → [B, T, H]`.
   */
  run(x: Tensor, state: Tensor | null = null, context: SequenceContext = {}): RecurrentResult {
    return inRegion(this, labelOf("RNN", this.layers[0]), () => {
      checkSequence("RNN", this, x, state && [state]);
      const run = runRnn(this.nonlinearity);
      const { output, last } = runLayers(this, x, state && [state], run, context);
      return { output, state: last[0] };
    });
  }
}

function runRnn(nonlinearity: Nonlinearity): RunLayer {
  return (x, layer, state, options) => {
    const inputs = projected(x, layer, layer.biasInput, layer.biasHidden);
    const recurrence = { weight: layer.weightHidden, bias: null };
    const output = rnn(inputs, recurrence, state?.[0] ?? null, nonlinearity, options);
    return { output, last: [output.select(1, -1)] };
  };
}
