// Records as values: what a pipeline's functions take and return, and how records become a batch. Of a plain number nobody
// can say whether it is a class or a measure, so numbers are float32 unless the batch is told otherwise.

import { type DType, dtypeOf, type HostArray, hostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import { type HostTensor, isHostTensor } from "../../core/host.ts";
import { sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Batch, Dataset, FieldType } from "../dataset.ts";
import {
  fetchedTensor,
  flatNumbers,
  isTensorLike,
  type NestedArrays,
  type TensorLike,
} from "../values.ts";
import { putElements } from "./elements.ts";

/**
 * A field of a record that can go into a batch. Element types: float32 for numbers and plain arrays, nested ones included,
 * bool for booleans, int32 for bytes, else that of the array or tensor.
 */
export type FieldValue = number | boolean | HostArray | NestedArrays | HostTensor | TensorLike;

/** A record of a data set: its fields as tensors without the batch axis. */
export type DataRecord<Field extends string = string> = { readonly [Name in Field]: HostTensor };

/** Element types that fields are to have in batches, or types and shapes; others follow from the first record. */
export type FieldTypes<Field extends string = string> = {
  readonly [Name in Field]?: DType | FieldType;
};

/** Takes one record out of a data set. */
export function recordAt<Field extends string>(
  dataset: Dataset<Field>,
  index: number,
): DataRecord<Field> {
  const names = Object.keys(dataset.fields) as Field[];
  const values = names.map((name) => [name, unbatched(dataset.read(name, [index]))]);
  return Object.fromEntries(values) as DataRecord<Field>;
}

/** Takes the batch axis, of length 1, from a tensor. */
export function unbatched({ dtype, shape, data }: HostTensor): HostTensor {
  return { dtype, shape: shape.slice(1), data };
}

/** Takes the records of a batch apart. */
export function recordsOf<Field extends string>(batch: Batch<Field>): DataRecord<Field>[] {
  const entries = Object.entries<HostTensor>(batch);
  const count = entries[0]?.[1].shape[0] ?? 0;
  return Array.from({ length: count }, (_, k) => {
    const fields = entries.map(([name, { dtype, shape, data }]) => {
      const inner = shape.slice(1);
      const width = sizeOf(inner);
      return [name, { dtype, shape: inner, data: data.subarray(k * width, (k + 1) * width) }];
    });
    return Object.fromEntries(fields) as DataRecord<Field>;
  });
}

/**
 * Joins records of equal shapes into a batch.
 *
 * `collate([{ x: [1, 2], label: 3 }, { x: [4, 5], label: 0 }], { label: "int32" })`
 * Shape: each field becomes `[B, ...field]`.
 */
export function collate<R extends object>(
  records: readonly R[],
  types: FieldTypes = {},
): Batch<keyof R & string> {
  checkRecords(records);
  const names = fieldNames(records);
  checkTypes(types, names);
  return joined(records, names, types) as Batch<keyof R & string>;
}

/** Joins some fields of records. */
export function joined(
  records: readonly object[],
  names: readonly string[],
  types: FieldTypes,
): Batch {
  const fields = names.map((name) => [name, stacked(name, valuesOf(records, name), types[name])]);
  return Object.fromEntries(fields) as Batch;
}

/** Names of the fields of records. Errors: `BAD_ARGUMENT` where a record has one that the first has not. */
export function fieldNames(records: readonly object[]): string[] {
  const names = Object.keys(records[0]);
  for (const [k, record] of records.entries()) {
    if (Object.keys(record).length === names.length) continue; // one that lacks a field is refused where it is read
    const extra = Object.keys(record).find((name) => !names.includes(name));
    if (extra !== undefined)
      throw bad(
        `record ${k} of the batch has a field "${extra}", and record 0 has not`,
        "Give every record the same fields, or leave this one out, with map.",
        { field: extra, record: k },
      );
  }
  return names;
}

/** Refuses types of fields that there are not. */
export function checkTypes(types: FieldTypes, names: readonly string[]): void {
  const wrong = Object.keys(types).find((name) => !names.includes(name));
  if (wrong === undefined) return;
  throw bad(
    `there is a type for a field "${wrong}", and the fields are ${names.join(", ")}`,
    "Write the names as the records have them.",
    { field: wrong, fields: names },
  );
}

/** Refuses what is no batch: fields with as many records each. `op` is what made it. */
export function checkBatch(op: string, batch: unknown): Batch {
  const fields = isPlain(batch) ? Object.entries(batch) : [];
  const sizes = fields.map(([, value]) => (isHostTensor(value) ? (value.shape[0] ?? -1) : -1));
  if (sizes.length > 0 && sizes.every((size) => size >= 0 && size === sizes[0]))
    return batch as Batch;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the function must return a batch; it returned ${showValue(batch)}`,
    fix: "Return fields of shape [B, …], all of one B: { images: { dtype, shape, data }, … }.",
  });
}

/** A field of several records, each as a tensor. */
export function valuesOf(records: readonly object[], name: string): HostTensor[] {
  return records.map((record, k) => {
    const value: unknown = (record as Readonly<Record<string, unknown>>)[name];
    const tensor = asTensor(name, value);
    if (tensor !== undefined && tensor.data.length === sizeOf(tensor.shape)) return tensor;
    throw notAValue(name, k, value, Object.keys(record), tensor);
  });
}

/** Refuses what is no record. */
export function checkRecords(records: readonly unknown[]): void {
  const wrong = records.findIndex((record) => !isPlain(record));
  if (wrong < 0 && records.length > 0) return;
  throw bad(
    wrong < 0 ? "there are no records" : `record ${wrong} is ${showValue(records[wrong])}`,
    "A batch is made of objects with named fields, { inputs, targets }; make them with map.",
    {},
  );
}

/** The type that a field has in batches, from what was asked and from a value. */
export function typeOf(asked: DType | FieldType | undefined, value: HostTensor): FieldType {
  if (asked === undefined) return { dtype: value.dtype, shape: value.shape };
  return typeof asked === "string" ? { dtype: asked, shape: value.shape } : asked;
}

/** An element type asked for, or the value's own. */
export function dtypeAsked(asked: DType | FieldType | undefined, value: HostTensor): DType {
  return typeOf(asked, value).dtype;
}

function stacked(
  name: string,
  values: readonly HostTensor[],
  asked: DType | FieldType | undefined,
): HostTensor {
  const { dtype, shape } = typeOf(asked, values[0]);
  const width = sizeOf(shape);
  const data = hostArray(dtype, values.length * width);
  values.forEach((value, k) => {
    const same = asked !== undefined || value.dtype === dtype;
    if (!same || !sameShape(value.shape, shape)) throw unequal(name, k, value, { dtype, shape });
    putElements(data, value.data, k * width, name);
  });
  return { dtype, shape: [values.length, ...shape], data };
}

function notAValue(
  name: string,
  k: number,
  value: unknown,
  names: readonly string[],
  tensor: HostTensor | undefined,
): ChainruleError {
  const found = tensor === undefined ? untyped(value) : ` with ${tensor.data.length} elements`;
  return bad(
    value === undefined
      ? `record ${k} of the batch has no field "${name}"; its fields are ${names.join(", ")}`
      : `field "${name}" is ${showValue(value)}${found}`,
    "Give every record the same fields; each a number, boolean, typed array, array of numbers, tensor or { dtype, shape, data }. " +
      "Leave fields out, or turn text into numbers, with map.",
    { field: name, record: k },
  );
}

/** What is wrong with `{ dtype, shape, data }` as JSON has it. */
function untyped(value: unknown): string {
  const { shape, data } = Object(value) as Record<"shape" | "data", unknown>;
  return shape === undefined || ArrayBuffer.isView(data)
    ? ""
    : ` with data that are no typed array, ${showValue(data)}`;
}

function unequal(name: string, k: number, value: HostTensor, first: FieldType): ChainruleError {
  return bad(
    `field "${name}" of record ${k} of the batch is ${value.dtype} ${showShape(value.shape)}, ` +
      `where ${first.dtype} ${showShape(first.shape)} is needed`,
    "Give all records one shape; sequences of different lengths go through padBatch or bucket.",
    { field: name, record: k, shape: value.shape, needed: first.shape },
  );
}

function asTensor(name: string, value: unknown): HostTensor | undefined {
  if (typeof value === "number")
    return { dtype: "float32", shape: [], data: Float32Array.of(value) };
  if (typeof value === "boolean")
    return { dtype: "bool", shape: [], data: Uint8Array.of(Number(value)) };
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return fromNumbers(name, value);
  if (value instanceof Uint8Array) {
    return { dtype: "int32", shape: [value.length], data: Int32Array.from(value) };
  }
  if (ArrayBuffer.isView(value)) {
    const data = value as HostArray;
    return { dtype: dtypeOf(data), shape: [data.length], data };
  }
  return fetchedTensor(value) ?? (isHostTensor(value) ? value : undefined);
}

function fromNumbers(name: string, values: NestedArrays): HostTensor | undefined {
  const { shape, data } = flatNumbers("batch", name, values);
  if (!data.every((value) => typeof value === "number")) return undefined;
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    !isHostTensor(value) &&
    !isTensorLike(value)
  );
}

function bad(problem: string, fix: string, detail: Record<string, unknown>): ChainruleError {
  return new ChainruleError({ code: "BAD_ARGUMENT", op: "batch", problem, fix, detail });
}
