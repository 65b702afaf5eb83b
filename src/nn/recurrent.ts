// What recurrent layers share: parameters per layer and direction, the projection of all inputs by one product before the
// loop over time, and the run through layers and directions. A kind of cell adds its recurrence and its state.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { StepOptions } from "../ops/compose/recurrence.ts";
import { concatenate, stack } from "../ops/concatenate.ts";
import { ones } from "../ops/leaf.ts";
import { Dropout } from "./dropout.ts";
import { type Initializer, uniform } from "./init.ts";
import {
  type Context,
  checkContext,
  checkSizes,
  initialized,
  type LayerOptions,
  layerNames,
} from "./layer.ts";
import { stepsOf } from "./sequence-checks.ts";

/** Options of the recurrent layers. */
export interface RecurrentOptions extends LayerOptions {
  /** Number of layers, each on the hidden states of the one before; default 1. */
  readonly layers?: number;
  /** Whether there are biases; default true. */
  readonly bias?: boolean;
  /** Whether a second set of layers reads the sequence backwards; features are then doubled. Default false. */
  readonly bidirectional?: boolean;
  /** Share of the hidden states dropped between layers, anew at each step; default 0. */
  readonly dropout?: number;
  /** Share of each layer's input features dropped, the same at all steps (Gal & Ghahramani 2016); default 0. */
  readonly inputDropout?: number;
  /** Share of the hidden state dropped on its way to the next step, the same at all steps; default 0. */
  readonly recurrentDropout?: number;
  /** Initial weights and biases; default U(±1/√hidden). */
  readonly init?: Initializer;
}

/** Names of these options. */
export const recurrentNames: OptionNames<RecurrentOptions> = {
  ...layerNames,
  layers: true,
  bias: true,
  bidirectional: true,
  dropout: true,
  inputDropout: true,
  recurrentDropout: true,
  init: true,
};

/** How a sequence is meant: which steps of each belong to it, besides the mode. */
export interface SequenceContext extends Context {
  /** Number of steps of each sequence; the rest is padding. Shape: int32 `[B]`, or as many numbers. */
  readonly lengths?: Tensor | readonly number[] | null;
  /** Steps that count; at the others the state stays and the output is 0. Shape: bool `[B, T]`. */
  readonly mask?: Tensor | null;
}

/** Parameters of one layer in one direction; G is the number of gates, whose rows lie one after another. */
export interface RecurrentLayer {
  /** Shape: `[G·H, in]`. */
  readonly weightInput: Parameter;
  /** Shape: `[G·H, H]`. */
  readonly weightHidden: Parameter;
  /** Shape: `[G·H]`. */
  readonly biasInput: Parameter | null;
  /** Shape: `[G·H]`; a second bias, as PyTorch has it. */
  readonly biasHidden: Parameter | null;
  /** What makes P features of the hidden state, in an LSTM with projection. Shape: `[P, H]`. */
  readonly weightProjection?: Parameter;
}

/** Function of the plain recurrence. */
export type Nonlinearity = "tanh" | "relu";

/** Layers, those that read backwards (none, or one for each), and what is dropped in training. */
export interface RecurrentLayers {
  readonly layers: readonly RecurrentLayer[];
  readonly reverseLayers: readonly RecurrentLayer[];
  readonly dropout: RecurrentDropout;
}

/** Dropout between layers, of the inputs and of the hidden state. */
export interface RecurrentDropout {
  readonly between: Dropout;
  readonly input: Dropout;
  readonly recurrent: Dropout;
}

/** One layer's run over a sequence: hidden states of all steps, and the parts of the state after the last. */
export interface Sequence {
  /** Shape: `[B, T, H]`. */
  readonly output: Tensor;
  /** Shape: `[B, H]` each. */
  readonly last: readonly Tensor[];
}

/** Runs one layer over a sequence, from parts of a state (null: zeros). */
export type RunLayer = (
  x: Tensor,
  layer: RecurrentLayer,
  state: readonly Tensor[] | null,
  options: StepOptions,
) => Sequence;

/** Sizes of one layer: features in, hidden state, number of gates, and features of a projected hidden state. */
export interface RecurrentSizes {
  readonly inFeatures: number;
  readonly hidden: number;
  readonly gates: number;
  readonly projection?: number;
}

/** Makes the layers of a recurrent network. */
export function makeLayers(
  name: string,
  sizes: RecurrentSizes,
  options: RecurrentOptions,
): RecurrentLayers {
  const { layers = 1, bidirectional = false } = options;
  const { inFeatures, hidden, projection } = sizes;
  checkSizes(name, { inFeatures, hidden, layers, projection: projection ?? hidden });
  const later = (projection ?? hidden) * (bidirectional ? 2 : 1);
  const made: RecurrentLayer[] = [];
  const reverse: RecurrentLayer[] = [];
  for (let k = 0; k < layers; k++) {
    const own = { ...sizes, inFeatures: k === 0 ? inFeatures : later };
    made.push(makeLayer(own, options));
    if (bidirectional) reverse.push(makeLayer(own, options));
  }
  const dropout = {
    between: new Dropout(options.dropout ?? 0),
    input: new Dropout(options.inputDropout ?? 0),
    recurrent: new Dropout(options.recurrentDropout ?? 0),
  };
  return { layers: made, reverseLayers: reverse, dropout };
}

/** Makes the parameters of one layer in one direction, or of a cell. */
export function makeLayer(
  { inFeatures, hidden, gates, projection }: RecurrentSizes,
  options: Pick<RecurrentOptions, "bias" | "init"> & LayerOptions,
): RecurrentLayer {
  const bound = 1 / Math.sqrt(hidden);
  const init = options.init ?? uniform(-bound, bound);
  const rows = gates * hidden;
  const bias = (): Parameter | null =>
    (options.bias ?? true) ? initialized([rows], init, options) : null;
  return {
    weightInput: initialized([rows, inFeatures], init, options),
    weightHidden: initialized([rows, projection ?? hidden], init, options),
    biasInput: bias(),
    biasHidden: bias(),
    ...(projection !== undefined && {
      weightProjection: initialized([projection, hidden], init, options),
    }),
  };
}

/** Checks the function of the plain recurrence. */
export function checkNonlinearity(name: string, given: unknown): asserts given is Nonlinearity {
  if (given === "tanh" || given === "relu") return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: name,
    problem: `nonlinearity is "tanh" or "relu"; received ${String(given)}`,
    fix: "Pass one of the two; LSTM and GRU have gates of their own.",
    detail: { nonlinearity: String(given) },
  });
}

/** What the inputs of all steps add to the gates, with the biases given. Shape: `[..., in] → [..., G·H]`. */
export function projected(
  x: Tensor,
  { weightInput }: RecurrentLayer,
  ...biases: readonly (Tensor | null)[]
): Tensor {
  const [inFeatures] = x.shape.slice(-1);
  const rows = x.reshape([x.size / inFeatures, inFeatures]);
  const product = rows.contract(weightInput, { batch: [], contract: [[1, 1]] });
  const given = biases.filter((bias) => bias !== null);
  const sums = given.length === 0 ? product : product.add(given.reduce((a, b) => a.add(b)));
  return sums.reshape([...x.shape.slice(0, -1), sums.shape[1]]);
}

/** Runs all layers; the state has a row for each layer, or two with both directions. */
export function runLayers(
  { layers, reverseLayers, dropout }: RecurrentLayers,
  x: Tensor,
  state: readonly Tensor[] | null,
  run: RunLayer,
  context: SequenceContext,
): Sequence {
  checkContext("recurrent layer", context);
  const mask = stepsOf(x, context);
  let output = x;
  const last: (readonly Tensor[])[] = [];
  for (let k = 0; k < layers.length; k++) {
    const between = k === 0 ? x : dropout.between.forward(output, context);
    const input = dropAlike(dropout.input, between, context);
    const directions = [run, ...reverseLayers.slice(k, k + 1).map(() => reversed(run))];
    const sequences = directions.map((runOne, direction) => {
      const layer = (direction === 0 ? layers : reverseLayers)[k];
      const own = state?.map((part) => part.select(0, last.length + direction)) ?? null;
      const recurrent = hiddenDropout(dropout.recurrent, x, layer, context);
      return runOne(input, layer, own, { mask, dropout: recurrent });
    });
    last.push(...sequences.map((sequence) => sequence.last));
    const [forward, ...backward] = sequences.map((sequence) => sequence.output);
    const joined = backward.length === 0 ? forward : concatenate([forward, ...backward], 2);
    output = mask === null ? joined : mask.unsqueeze(2).where(joined, 0);
  }
  return { output, last: last[0].map((_, part) => stack(last.map((parts) => parts[part]))) };
}

/** Reads the sequence backwards; the state stays at its start over padding, until the last step that counts. */
function reversed(run: RunLayer): RunLayer {
  return (x, layer, state, options) => {
    const mask = options.mask?.flip(1);
    const { output, last } = run(x.flip(1), layer, state, { ...options, mask });
    return { output: output.flip(1), last };
  };
}

/** Drops features of a sequence, at all steps alike. Shape: `[B, T, C] → [B, T, C]`. */
function dropAlike(dropout: Dropout, x: Tensor, context: Context): Tensor {
  if (!context.training || dropout.p === 0) return x;
  const [batch, , features] = x.shape;
  return x.mul(dropout.forward(ones([batch, 1, features], x.dtype), context));
}

/** The factors of the hidden state on its way to the next step; null: none. Shape: `[B, H]`. */
function hiddenDropout(
  dropout: Dropout,
  x: Tensor,
  { weightHidden }: RecurrentLayer,
  context: Context,
): Tensor | null {
  if (!context.training || dropout.p === 0) return null;
  return dropout.forward(ones([x.shape[0], weightHidden.shape[1]], x.dtype), context);
}

/** The layer in words, `LSTM 64→128`. */
export function labelOf(name: string, layer: RecurrentLayer): string {
  return `${name} ${layer.weightInput.shape[1]}→${layer.weightHidden.shape[1]}`;
}
