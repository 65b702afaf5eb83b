// What a model makes of inputs, batch by batch.

import { checkFunction, checkMethod } from "../core/checks.ts";
import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames } from "../core/option-names.ts";
import { checkWhole, sizeOf } from "../core/shape.ts";
import { isRecord } from "../core/tree.ts";
import { Tensor } from "../ir/tensor.ts";
import type { Context } from "../nn/layer.ts";
import { compile } from "../runtime/compile.ts";
import type { Model, TensorBatch } from "./task.ts";

/** How predictions are made. */
export interface PredictOptions {
  /** Samples at a time; default 250. */
  readonly batchSize?: number;
  /** Names of the fields that go in, of inputs that are a record of fields; default: all in their order. */
  readonly inputs?: string | readonly string[];
  /** How outputs come from a batch, as in `fit`; default: `model.forward(...inputs, context)`. */
  readonly forward?: (batch: TensorBatch, context: Context) => Tensor;
}

/** Fields of samples by name, as a data set's batches have them. */
type FieldsOfSamples = Readonly<Record<string, HostTensor>>;

/**
 * Computes a model's outputs for inputs that need not fit into one batch, in inference mode. Inputs are one tensor, or a
 * record of fields for models that take several, and for a `forward` of one's own.
 *
 * `const { data } = await predict(model, gather(test, [0, 1, 2]), { inputs: ["person", "thing"] });`
 * Shape: `[N, …] → [N, …outputs]`.
 */
export async function predict(
  model: Model<unknown>,
  inputs: HostTensor | FieldsOfSamples,
  options: PredictOptions = {},
): Promise<HostTensor> {
  checkMethod("predict", "model", model, "forward");
  checkOptionNames("predict", options, { batchSize: true, inputs: true, forward: true });
  const { batchSize = 250, forward } = options;
  checkWhole("predict", "batchSize", batchSize, 1);
  if (forward !== undefined) checkFunction("predict", "forward", forward);
  const fields = fieldsOf(inputs, options);
  const names = [options.inputs ?? Object.keys(fields)].flat();
  const count = samplesOf(inputs, fields, names);
  const run = compile((batch: TensorBatch): Tensor => outputsOf(model, batch, names, forward), {
    name: "predict's forward pass",
  });
  const parts: Tensor[] = [];
  for (let start = 0; start < count; start += batchSize)
    parts.push(run(rowsOf(fields, start, Math.min(count, start + batchSize))));
  const [{ dtype, shape }] = parts;
  const data = hostArray(dtype, count * sizeOf(shape.slice(1)));
  let filled = 0;
  for (const part of parts) {
    data.set(await part.data(), filled);
    filled += part.size;
  }
  return { dtype, shape: [count, ...shape.slice(1)], data };
}

function outputsOf(
  model: Model<unknown>,
  batch: TensorBatch,
  names: readonly string[],
  own: PredictOptions["forward"],
): Tensor {
  const call = model.forward as (...all: readonly unknown[]) => unknown;
  const given = names.map((name) => batch[name]);
  const outputs = own === undefined ? call.call(model, ...given, {}) : own(batch, {});
  if (outputs instanceof Tensor) return outputs;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "predict",
    problem: `the model gives ${showValue(outputs)}, and predictions are one tensor`,
    fix: "Say which of the outputs is wanted: { forward: (batch, context) => model.forward(batch.x, context).logits }.",
  });
}

/** The fields, of which a single tensor is one. */
function fieldsOf(
  inputs: HostTensor | FieldsOfSamples,
  { inputs: names = "inputs" }: PredictOptions,
): FieldsOfSamples {
  if (!isTensor(inputs)) return inputs ?? {};
  return { [[names].flat()[0]]: inputs };
}

function isTensor(inputs: unknown): inputs is HostTensor {
  const { data, shape } = (inputs ?? {}) as Partial<HostTensor>;
  return ArrayBuffer.isView(data) && Array.isArray(shape);
}

/** The number of samples, where all fields have as many. */
function samplesOf(given: unknown, fields: FieldsOfSamples, names: readonly string[]): number {
  const missing = names.find((name) => !isTensor(fields[name]));
  const counts = Object.values(fields).map((field) => field?.shape?.[0] ?? 0);
  const [count = 0] = counts;
  if (missing === undefined && count > 0 && counts.every((n) => n === count)) return count;
  throw noSamples(given, missing);
}

function noSamples(given: unknown, missing: string | undefined): ChainruleError {
  const isFields = isRecord(given) && !isTensor(given);
  const field = isFields ? missing : undefined;
  const had = isFields
    ? Object.entries(given).map(([name, value]) => `${name}: ${showValue(value)}`)
    : [showValue(given)];
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "predict",
    problem: `needs samples on axis 0${field === undefined ? "" : `, of a field "${field}"`}; received ${had.join(", ") || "no fields"}`,
    fix: "Pass values as { dtype, shape: [samples, …], data }, with at least one sample; of several fields each with as many.",
    detail: { shape: (given as Partial<HostTensor> | undefined)?.shape, field },
  });
}

/** Some samples of all fields. */
function rowsOf(fields: FieldsOfSamples, start: number, end: number): FieldsOfSamples {
  const cut = Object.entries(fields).map(([name, { dtype, shape, data }]) => {
    const inner = shape.slice(1);
    const width = sizeOf(inner);
    const rows = data.slice(start * width, end * width);
    return [name, { dtype, shape: [end - start, ...inner], data: rows }] as const;
  });
  return Object.fromEntries(cut);
}
