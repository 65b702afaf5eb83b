// Single steps of the recurrent layers, for loops written by hand: sampling, decoders, reinforcement learning.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type LstmState, lstmStep } from "../ops/compose/lstm.ts";
import { gruStep, rnnStep } from "../ops/compose/recurrence.ts";
import { checkSizes, layerNames } from "./layer.ts";
import {
  checkNonlinearity,
  labelOf,
  makeLayer,
  type Nonlinearity,
  projected,
  type RecurrentOptions,
} from "./recurrent.ts";
import { checkStep } from "./sequence-checks.ts";

/** Options of the cells. */
export type CellOptions = Pick<RecurrentOptions, "bias" | "init" | "dtype" | "generator">;

const cellNames: OptionNames<CellOptions> = { ...layerNames, bias: true, init: true };

/** Options of `RNNCell`. */
export interface RNNCellOptions extends CellOptions {
  /** Function of the sum; default tanh. */
  readonly nonlinearity?: Nonlinearity;
}

const rnnCellNames: OptionNames<RNNCellOptions> = { ...cellNames, nonlinearity: true };

/** One step of `RNN`: `h ← tanh(W x + b + U h + b')`. Shape: `[B, in], [B, H] → [B, H]`. */
export class RNNCell {
  readonly weightInput: Parameter;
  readonly weightHidden: Parameter;
  readonly biasInput: Parameter | null;
  readonly biasHidden: Parameter | null;
  readonly nonlinearity: Nonlinearity;

  constructor(inFeatures: number, hidden: number, options: RNNCellOptions = {}) {
    checkOptions("RNNCell", options, rnnCellNames);
    checkSizes("RNNCell", { inFeatures, hidden });
    ({
      weightInput: this.weightInput,
      weightHidden: this.weightHidden,
      biasInput: this.biasInput,
      biasHidden: this.biasHidden,
    } = makeLayer({ inFeatures, hidden, gates: 1 }, options));
    const { nonlinearity = "tanh" } = options;
    checkNonlinearity("RNNCell", nonlinearity);
    this.nonlinearity = nonlinearity;
  }

  /** The next hidden state, from one (zeros without). Shape: `[B, in], [B, H] → [B, H]`. */
  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    return inRegion(this, labelOf("RNNCell", this), () => {
      checkStep("RNNCell", this, x, hidden && [hidden]);
      const recurrence = { weight: this.weightHidden, bias: this.biasHidden };
      const activation = this.nonlinearity;
      return rnnStep(projected(x, this, this.biasInput), recurrence, hidden, { activation });
    });
  }
}

/** One step of `GRU`, which says what it computes. Shape: `[B, in], [B, H] → [B, H]`. */
export class GRUCell {
  readonly weightInput: Parameter;
  readonly weightHidden: Parameter;
  readonly biasInput: Parameter | null;
  readonly biasHidden: Parameter | null;

  constructor(inFeatures: number, hidden: number, options: CellOptions = {}) {
    checkOptions("GRUCell", options, cellNames);
    checkSizes("GRUCell", { inFeatures, hidden });
    ({
      weightInput: this.weightInput,
      weightHidden: this.weightHidden,
      biasInput: this.biasInput,
      biasHidden: this.biasHidden,
    } = makeLayer({ inFeatures, hidden, gates: 3 }, options));
  }

  /** The next hidden state, from one (zeros without). Shape: `[B, in], [B, H] → [B, H]`. */
  forward(x: Tensor, hidden: Tensor | null = null): Tensor {
    return inRegion(this, labelOf("GRUCell", this), () => {
      checkStep("GRUCell", this, x, hidden && [hidden]);
      const recurrence = { weight: this.weightHidden, bias: this.biasHidden };
      return gruStep(projected(x, this, this.biasInput), recurrence, hidden);
    });
  }
}

/** One step of `LSTM`, which says what it computes. Shape: `[B, in], 2 × [B, H] → 2 × [B, H]`. */
export class LSTMCell {
  readonly weightInput: Parameter;
  readonly weightHidden: Parameter;
  readonly biasInput: Parameter | null;
  readonly biasHidden: Parameter | null;

  constructor(inFeatures: number, hidden: number, options: CellOptions = {}) {
    checkOptions("LSTMCell", options, cellNames);
    checkSizes("LSTMCell", { inFeatures, hidden });
    ({
      weightInput: this.weightInput,
      weightHidden: this.weightHidden,
      biasInput: this.biasInput,
      biasHidden: this.biasHidden,
    } = makeLayer({ inFeatures, hidden, gates: 4 }, options));
  }

  /** The next hidden state and cell, from a state (zeros without). Shape: `[B, in] → [B, H]` each. */
  forward(x: Tensor, state: LstmState | null = null): LstmState {
    return inRegion(this, labelOf("LSTMCell", this), () => {
      checkStep("LSTMCell", this, x, state && [state.hidden, state.cell]);
      const inputs = projected(x, this, this.biasInput, this.biasHidden);
      return lstmStep(inputs, this.weightHidden, state);
    });
  }
}
