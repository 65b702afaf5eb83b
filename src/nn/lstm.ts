// The LSTM layer: one or more layers, in one direction or both.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type LstmState, lstm } from "../ops/compose/lstm.ts";
import {
  labelOf,
  makeLayers,
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

/** Options of `LSTM`. */
export interface LSTMOptions extends RecurrentOptions {
  /** Features that the hidden state is projected to, `h ← P h` (Sak et al. 2014); default: none, so that they are `hidden`. */
  readonly projection?: number;
}

const names: OptionNames<LSTMOptions> = { ...recurrentNames, projection: true };

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
  readonly dropout: RecurrentDropout;

  constructor(inFeatures: number, hidden: number, options: LSTMOptions = {}) {
    checkOptions("LSTM", options, names);
    const sizes = { inFeatures, hidden, gates: 4, projection: options.projection };
    ({
      layers: this.layers,
      reverseLayers: this.reverseLayers,
      dropout: this.dropout,
    } = makeLayers("LSTM", sizes, options));
  }

  /** The hidden states of all steps. Shape: `[B, T, in] → [B, T, H]`. */
  forward(x: Tensor, context: SequenceContext = {}): Tensor {
    return this.run(x, null, context).output;
  }

  /**
   * Hidden states and the last state, from a state (zeros without one). Over steps that do not count the state stays, and
   * the output is 0. Shape: `[B, T, in] → [B, T, H]`.
   */
  run(x: Tensor, state: LstmState | null = null, context: SequenceContext = {}): LSTMResult {
    return inRegion(this, labelOf("LSTM", this.layers[0]), () => {
      const parts = state && [state.hidden, state.cell];
      checkSequence("LSTM", this, x, parts);
      const { output, last } = runLayers(this, x, parts, runLstm, context);
      return { output, state: { hidden: last[0], cell: last[1] } };
    });
  }
}

const runLstm: RunLayer = (x, layer, state, options) => {
  const inputs = projected(x, layer, layer.biasInput, layer.biasHidden);
  const from = state && { hidden: state[0], cell: state[1] };
  const projection = layer.weightProjection;
  const { output, cell } = lstm(inputs, layer.weightHidden, from, { ...options, projection });
  return { output, last: [output.select(1, -1), cell] };
};
