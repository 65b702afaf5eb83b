// What a model makes of inputs, batch by batch.

import { checkFunction, checkMethod } from "../core/checks.ts";
import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames } from "../core/option-names.ts";
import { checkWhole, type Shape, sameShape, sizeOf } from "../core/shape.ts";
import { isRecord } from "../core/tree.ts";
import { noField } from "../data/dataset.ts";
import { Tensor } from "../ir/tensor.ts";
import type { Context } from "../nn/layer.ts";
import { compile } from "../runtime/compile.ts";
import { type Data, Feed, fixForData, isData, loaderOf } from "./loop/feed.ts";
import { pauser } from "./loop/pause.ts";
import type { Model, TensorBatch } from "./task.ts";

/** How predictions are made. */
export interface PredictOptions {
  /** Samples at a time, unless a loader decides that; default 250. */
  readonly batchSize?: number;
  /** Names of the fields that go in; default: of a record of fields all in their order, of data the first, as in `fit`. */
  readonly inputs?: string | readonly string[];
  /** How outputs come from a batch, as in `fit`; default: `model.forward(...inputs, context)`. */
  readonly forward?: (batch: TensorBatch, context: Context) => Tensor;
}

/** Fields of samples by name, as a data set's batches have them. */
type FieldsOfSamples = Readonly<Record<string, HostTensor>>;

/** Batches in their order, and the fields of them that the model takes. */
interface Samples {
  readonly names: readonly string[];
  readonly batches: AsyncIterable<FieldsOfSamples>;
}

/**
 * Computes a model's outputs for inputs that need not fit into one batch, in inference mode. Inputs are a data set or a
 * loader, in the order of its first pass; one tensor; or a record of fields, for models that take several.
 *
 * `const { data } = await predict(model, test);`
 * `await predict(model, gather(test, [0, 1, 2]), { inputs: ["person", "thing"] });`
 * Shape: `[N, …] → [N, …outputs]`.
 */
export async function predict(
  model: Model<unknown>,
  inputs: Tensor | HostTensor | FieldsOfSamples | Data,
  options: PredictOptions = {},
): Promise<HostTensor> {
  checkMethod("predict", "model", model, "forward");
  checkOptionNames("predict", options, { batchSize: true, inputs: true, forward: true });
  const { batchSize, forward } = options;
  if (batchSize !== undefined) checkWhole("predict", "batchSize", batchSize, 1);
  if (forward !== undefined) checkFunction("predict", "forward", forward);
  const { names, batches } = isData(inputs)
    ? await samplesOfData(inputs, options)
    : samplesOf(inputs instanceof Tensor ? await fetched(inputs) : inputs, options);
  const run = compile((batch: TensorBatch): Tensor => outputsOf(model, batch, names, forward), {
    name: "predict's forward pass",
  });
  const parts: Tensor[] = [];
  for await (const batch of batches) parts.push(run(batch));
  if (parts.length === 0) throw noSamples(inputs, undefined);
  return joined(parts);
}

/** Outputs of all batches as one tensor on the host. */
async function joined(parts: readonly Tensor[]): Promise<HostTensor> {
  const [{ dtype, shape }] = parts;
  const other = parts.find((part) => !isJoinable(part, shape));
  if (other !== undefined) throw notJoined(parts[0], other);
  const count = parts.reduce((sum, part) => sum + part.shape[0], 0);
  const data = hostArray(dtype, count * sizeOf(shape.slice(1)));
  let filled = 0;
  for (const part of parts) {
    data.set(await part.data(), filled);
    filled += part.size;
  }
  return { dtype, shape: [count, ...shape.slice(1)], data };
}

function isJoinable({ rank, shape }: Tensor, first: Shape): boolean {
  return rank > 0 && sameShape(shape.slice(1), first.slice(1));
}

function notJoined(first: Tensor, other: Tensor): ChainruleError {
  const hasSamples = other.rank > 0;
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "predict",
    problem: hasSamples
      ? `batches give outputs of different sizes, ${showValue(first)} and ${showValue(other)}`
      : `the model gives ${showValue(other)} for a batch, which has no axis of samples`,
    fix: hasSamples
      ? "Pad all sequences to one length, or take what is wanted of the outputs in a `forward`, such as the last step."
      : "Give an output for each sample, on axis 0; evaluate computes means.",
    detail: { first: first.shape, other: other.shape },
  });
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

/** The first pass of data. */
async function samplesOfData(data: Data, options: PredictOptions): Promise<Samples> {
  const { batchSize, forward } = options;
  const loader = loaderOf("predict", data, { batchSize, defaultSize: 250 });
  await loader.prepare?.();
  const all = Object.keys(loader.fields);
  const names = [options.inputs ?? all[0]].flat();
  for (const name of names) if (!all.includes(name)) throw noField("predict", name, loader);
  const used = forward === undefined ? names : all;
  return { names, batches: passOf(new Feed(loader, { epoch: 0, batch: 0 }, 1), used) };
}

/** Some fields of the batches of a pass, with a pause for the page now and then. */
async function* passOf(feed: Feed, names: readonly string[]): AsyncGenerator<FieldsOfSamples> {
  const pause = pauser();
  try {
    for (let [batch] = await feed.next(); batch !== undefined; [batch] = await feed.next()) {
      yield Object.fromEntries(names.map((name) => [name, batch[name]]));
      if (pause.isDue()) await pause.now();
    }
  } finally {
    await feed.end();
  }
}

/** Rows of tensors that are there as a whole. */
function samplesOf(given: HostTensor | FieldsOfSamples, options: PredictOptions): Samples {
  const { inputs = "inputs", batchSize = 250 } = options;
  const fields = isTensor(given) ? { [[inputs].flat()[0]]: given } : (given ?? {});
  const names = [options.inputs ?? Object.keys(fields)].flat();
  const count = countOf(given, fields, names);
  return { names, batches: rows(fields, count, batchSize) };
}

async function* rows(
  fields: FieldsOfSamples,
  count: number,
  batchSize: number,
): AsyncGenerator<FieldsOfSamples> {
  const pause = pauser();
  for (let start = 0; start < count; start += batchSize) {
    yield rowsOf(fields, start, Math.min(count, start + batchSize));
    if (pause.isDue()) await pause.now();
  }
}

async function fetched(tensor: Tensor): Promise<HostTensor> {
  const { dtype, shape } = tensor;
  return { dtype, shape, data: await tensor.data() };
}

function isTensor(inputs: unknown): inputs is HostTensor {
  const { data, shape } = (inputs ?? {}) as Partial<HostTensor>;
  return ArrayBuffer.isView(data) && Array.isArray(shape);
}

/** The number of samples, where all fields have as many. */
function countOf(given: unknown, fields: FieldsOfSamples, names: readonly string[]): number {
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
    fix: fixForData(
      given,
      "Pass a data set, a tensor, or values as { dtype, shape: [samples, …], data }, with at least one sample; of several fields each with as many.",
    ),
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
