// What a model consists of, layer by layer in the order of their calls: found by recording one forward pass, in which
// nothing is computed and no state changes. Each row has what the layer adds itself, so that columns add up to the totals.

import { bytesOf, type DType } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { checkShape, type Shape } from "../core/shape.ts";
import { argumentLeaf } from "../ir/argument.ts";
import { Parameter } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { callsOf, isLayer, Memory, type Model } from "./calls.ts";
import { count, rowsOf } from "./summary-rows.ts";
import { summaryText } from "./summary-text.ts";
import { walk } from "./walk.ts";

/** One call of a layer, or a layer with weights that was not called. What layers inside it have is in their rows. */
export interface SummaryRow {
  /** Path from the model, as in checkpoints; "" for the model itself. */
  readonly path: string;
  /** How many layers are around it. */
  readonly depth: number;
  /** The layer in words, e.g. `Linear 784→128`. */
  readonly layer: string;
  readonly inputs: readonly Shape[];
  readonly outputs: readonly Shape[];
  /** Numbers in parameters; 0 at further calls of one layer, and for weights tied to an earlier one. */
  readonly parameters: number;
  /** How many of them are trained. */
  readonly trainable: number;
  /** Arithmetic of the forward pass; a multiplication and an addition are two. */
  readonly flops: number;
  /** Memory of the outputs, and of what goes into layers inside, without what is another's, reshaped or passed on. */
  readonly activationBytes: number;
}

/** A model in numbers; as text a table. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  readonly parameters: number;
  readonly trainable: number;
  readonly parameterBytes: number;
  /** Numbers in state that is not trained, such as running statistics. */
  readonly state: number;
  readonly flops: number;
  readonly activationBytes: number;
  toString(): string;
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** Element type of an input given by its shape; default float32, and int32 for ids. */
  readonly dtype?: DType;
  /** Whether the pass is one of training; default false. */
  readonly training?: boolean;
}

/**
 * Describes a model layer by layer, for an input of a shape (batch included), a sample, or a list of samples for a model of
 * several inputs: paths, shapes, parameters, arithmetic, memory. `String(summary)` is a table.
 */
export function summary(
  model: Model,
  input: Shape | Tensor | readonly Tensor[],
  options: SummaryOptions = {},
): Summary {
  if (typeof model?.forward !== "function" || !isLayer(model)) throw notModel(model);
  const inputs = inputsOf(input, options.dtype ?? "float32");
  const memory = new Memory();
  const calls = callsOf(model, inputs, options.training ?? false, memory);
  const found = walk(model);
  const { state } = found;
  const rows = rowsOf(calls, found, memory);
  const total = (key: "flops" | "activationBytes"): number =>
    rows.reduce((sum, row) => sum + row[key], 0);
  const all = [...state.values()];
  const trained = all.filter((tensor) => tensor instanceof Parameter);
  const facts = {
    rows,
    parameters: count(trained),
    trainable: count(trained.filter((parameter) => parameter.trainable)),
    parameterBytes: trained.reduce((sum, p) => sum + p.size * bytesOf(p.dtype), 0),
    state: count(all) - count(trained),
    flops: total("flops"),
    activationBytes: total("activationBytes"),
  };
  return { ...facts, toString: () => summaryText(facts) };
}

function inputsOf(input: Shape | Tensor | readonly Tensor[], dtype: DType): readonly Tensor[] {
  if (input instanceof Tensor) return [input];
  if (!Array.isArray(input)) throw noInput(input);
  if (isTensors(input)) return input;
  checkShape("summary", input);
  return [argumentLeaf({ shape: input, dtype })];
}

function isTensors(input: Shape | readonly Tensor[]): input is readonly Tensor[] {
  return input.length > 0 && input.every((part) => part instanceof Tensor);
}

function notModel(model: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "summary",
    problem: `needs a model with a forward method that is not frozen as an object; received ${typeof model === "function" ? `the class ${(model as { name: string }).name}` : String(model)}`,
    fix: "Pass an object, e.g. summary(new nn.Linear(2, 1), [32, 2]).",
  });
}

function noInput(given: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "summary",
    problem: `needs the shape of an input, or a sample; received ${showValue(given)}`,
    fix: "Pass it second, batch included, e.g. summary(model, [32, 2]).",
  });
}
