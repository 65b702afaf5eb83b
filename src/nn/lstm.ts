// The LSTM layer: one or more layers, in one direction or both.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type LstmState, lstm } from "../ops/compose/lstm.ts";
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

/** What an LSTM gives: hidden states of the last layer at all steps, and the state of each layer after the last step. */
export interface LSTMResult {
  /** Shape: `[B, T, H]`, or `[B, T, 2H]` with both directions. */
  readonly output: Tensor;
  /** Shape: `[layers, B, H]` each, or `[2·layers, B, H]` with forward and backward in turn. */
  readonly state: LstmState;
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997): `[i, f, g, o] = W x + b + U h + b'`, `c ← σ(f) c + σ(i) tanh(g)`,
 * `h ← σ(o) tanh(c)`. Shape: `[B, T, in] → [B, T, H]`.
 */
export class LSTM {
  readonly layers: readonly RecurrentLayer[];
  /** Layers that read backwards; none in one direction. */
  readonly reverseLayers: readonly RecurrentLayer[];

  constructor(inFeatures: number, hidden: number, options: RecurrentOptions = {}) {
    const { layers, reverseLayers } = makeLayers("LSTM", [inFeatures, hidden, 4], options);
    this.layers = layers;
    this.reverseLayers = reverseLayers;
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor): Tensor {
    return this.run(x).output;
  }

  /** Hidden states and the last state, from a state (zeros without one). Shape: `[B, T, in] → [B, T, H]`. */
  run(x: Tensor, state: LstmState | null = null): LSTMResult {
    return inRegion(this, labelOf("LSTM", this), () => {
      const parts = state && [state.hidden, state.cell];
      checkSequence("LSTM", this, x, parts);
      const { output, last } = runLayers(this, x, parts, runLayer);
      return { output, state: { hidden: last[0], cell: last[1] } };
    });
  }
}

const runLayer: RunLayer = (x, layer, state) => {
  const inputs = projected(x, layer, layer.biasInput, layer.biasHidden);
  const from = state && { hidden: state[0], cell: state[1] };
  const { output, cell } = lstm(inputs, layer.weightHidden, from);
  return { output, last: [output.select(1, -1), cell] };
};
