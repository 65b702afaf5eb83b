// What recurrent layers share: parameters per layer and direction, the projection of all inputs by one product before the
// loop over time, and the run through layers and directions. A kind of cell adds its recurrence and its state.

import { type Shape, sameShape } from "../core/shape.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { concatenate, stack } from "../ops/concatenate.ts";
import { type Initializer, uniform } from "./init.ts";
import { checkSizes, initialized, inputError, type LayerOptions, wrongType } from "./layer.ts";

/** Options of the recurrent layers. */
export interface RecurrentOptions extends LayerOptions {
  /** Number of layers, each on the hidden states of the one before; default 1. */
  readonly layers?: number;
  /** Whether there are biases; default true. */
  readonly bias?: boolean;
  /** Whether a second set of layers reads the sequence backwards; features are then doubled. Default false. */
  readonly bidirectional?: boolean;
  /** Initial weights and biases; default U(±1/√hidden). */
  readonly init?: Initializer;
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
}

/** Layers, and those that read backwards: none, or one for each. */
export interface RecurrentLayers {
  readonly layers: readonly RecurrentLayer[];
  readonly reverseLayers: readonly RecurrentLayer[];
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
) => Sequence;

/** Makes the layers of a recurrent network with `gates` gates. */
export function makeLayers(
  name: string,
  [inFeatures, hidden, gates]: readonly [number, number, number],
  options: RecurrentOptions,
): RecurrentLayers {
  const { layers = 1, bidirectional = false } = options;
  checkSizes(name, { inFeatures, hidden, layers });
  const later = bidirectional ? 2 * hidden : hidden;
  const made: RecurrentLayer[] = [];
  const reverse: RecurrentLayer[] = [];
  for (let k = 0; k < layers; k++) {
    const sizes = [k === 0 ? inFeatures : later, hidden, gates] as const;
    made.push(makeLayer(sizes, options));
    if (bidirectional) reverse.push(makeLayer(sizes, options));
  }
  return { layers: made, reverseLayers: reverse };
}

function makeLayer(
  [inFeatures, hidden, gates]: readonly [number, number, number],
  options: RecurrentOptions,
): RecurrentLayer {
  const bound = 1 / Math.sqrt(hidden);
  const init = options.init ?? uniform(-bound, bound);
  const rows = gates * hidden;
  const bias = (): Parameter | null =>
    (options.bias ?? true) ? initialized([rows], init, options) : null;
  return {
    weightInput: initialized([rows, inFeatures], init, options),
    weightHidden: initialized([rows, hidden], init, options),
    biasInput: bias(),
    biasHidden: bias(),
  };
}

/** What the inputs of all steps add to the gates, with the biases given. Shape: `[B, T, in] → [B, T, G·H]`. */
export function projected(
  x: Tensor,
  { weightInput }: RecurrentLayer,
  ...biases: readonly (Tensor | null)[]
): Tensor {
  const [batch, time, inFeatures] = x.shape;
  const rows = x.reshape([batch * time, inFeatures]);
  const product = rows.contract(weightInput, { batch: [], contract: [[1, 1]] });
  const given = biases.filter((bias) => bias !== null);
  const sums = given.length === 0 ? product : product.add(given.reduce((a, b) => a.add(b)));
  return sums.reshape([batch, time, sums.shape[1]]);
}

/** Runs all layers; the state has a row for each layer, or two with both directions. */
export function runLayers(
  { layers, reverseLayers }: RecurrentLayers,
  x: Tensor,
  state: readonly Tensor[] | null,
  run: RunLayer,
): Sequence {
  let output = x;
  const last: (readonly Tensor[])[] = [];
  for (let k = 0; k < layers.length; k++) {
    const both = [layers[k], ...reverseLayers.slice(k, k + 1)].map((layer, direction) => {
      const own = state?.map((part) => part.select(0, last.length + direction)) ?? null;
      if (direction === 0) return run(output, layer, own);
      const backwards = run(output.flip(1), layer, own);
      return { output: backwards.output.flip(1), last: backwards.last };
    });
    last.push(...both.map((sequence) => sequence.last));
    const outputs = both.map((sequence) => sequence.output);
    output = outputs.length === 1 ? outputs[0] : concatenate(outputs, 2);
  }
  return { output, last: last[0].map((_, part) => stack(last.map((parts) => parts[part]))) };
}

/** Checks a sequence and the parts of a state. */
export function checkSequence(
  name: string,
  { layers, reverseLayers }: RecurrentLayers,
  x: Tensor,
  state: readonly Tensor[] | null,
): void {
  const [{ weightInput, weightHidden }] = layers;
  const [, inFeatures] = weightInput.shape;
  if (x.rank !== 3 || x.shape[2] !== inFeatures || x.shape[1] === 0) {
    throw inputError("SHAPE_MISMATCH", name, x, {
      expected: `[batch, time, ${inFeatures}] with at least one step`,
      fix: "Sequences are [batch, time, features]; permute time-first input with .transpose(0, 1).",
    });
  }
  if (x.dtype !== weightInput.dtype) throw wrongType(name, x, weightInput.dtype);
  const rows = layers.length + reverseLayers.length;
  const shape: Shape = [rows, x.shape[0], weightHidden.shape[1]];
  for (const part of state ?? []) {
    if (sameShape(part.shape, shape)) continue;
    throw inputError("SHAPE_MISMATCH", name, part, {
      expected: `a state of shape [${shape.join(", ")}]`,
      fix: "Pass the state that run gave for a batch of the same size, or null for zeros.",
    });
  }
}

/** The layer in words, `LSTM 64→128`. */
export function labelOf(name: string, { layers }: RecurrentLayers): string {
  const [{ weightInput, weightHidden }] = layers;
  return `${name} ${weightInput.shape[1]}→${weightHidden.shape[1]}`;
}
