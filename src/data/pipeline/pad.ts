// Sequences of different lengths as one batch: filled up behind their end, with their lengths and a mask beside them.

import { hostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { sameShape, showShape, sizeOf } from "../../core/shape.ts";
import type { Batch, FieldType } from "../dataset.ts";
import { checkWhole } from "../order.ts";
import { putElements } from "./elements.ts";
import {
  checkRecords,
  checkTypes,
  dtypeAsked,
  type FieldTypes,
  fieldNames,
  joined,
  valuesOf,
} from "./record.ts";

/** How sequences are filled up. */
export interface PadOptions {
  /** The fields to fill up along their first axis, each with what it is filled with: `{ tokens: 0, tags: -100 }`. */
  readonly pad: Readonly<Record<string, number>>;
  /** Length of all batches; longer sequences are refused, see `truncate`. Default: the longest of the batch. */
  readonly length?: number;
  /** Makes lengths multiples of this, so that there are fewer shapes to compile for; default 1. */
  readonly multipleOf?: number;
  /** Cuts sequences that are longer than `length` instead of refusing them; default false. */
  readonly truncate?: boolean;
  /** Name of a new field with the length of each sequence, int32 `[B]`; of the first field in `pad`. */
  readonly lengths?: string;
  /** Name of a new field that is true where the sequence is and false where it was filled up, bool `[B, T]`. */
  readonly mask?: string;
}

/**
 * Joins records into a batch, and fills up sequences to one length.
 *
 * `padCollate([{ tokens: [5, 6] }, { tokens: [7] }], { pad: { tokens: 0 }, lengths: "lengths" })`
 * Shape: padded fields `[T_i, …] → [B, T, …]`, others `[…] → [B, …]`. Errors: `BAD_ARGUMENT` for longer sequences than
 * `length`, and for fields that are no sequences.
 */
export function padCollate(
  records: readonly object[],
  options: PadOptions,
  types: FieldTypes = {},
): Batch {
  checkRecords(records);
  checkPadding("padCollate", options);
  const names = Object.keys(options.pad);
  const all = fieldNames(records);
  checkTypes(types, [...all, ...names]);
  checkNewNames(all, options);
  const rest = all.filter((name) => !names.includes(name));
  const batch: Record<string, HostTensor> = { ...joined(records, rest, types) };
  let lengths: readonly number[] | undefined;
  for (const name of names) {
    const values = valuesOf(records, name);
    const dtype = dtypeAsked(types[name], values[0]);
    const other = values.findIndex((value) => types[name] === undefined && value.dtype !== dtype);
    if (other >= 0) throw mixedTypes(name, other, dtype, values[other].dtype);
    const padded = padField(name, values, dtype, options);
    lengths ??= padded.lengths;
    batch[name] = padded.tensor;
  }
  return { ...batch, ...beside(lengths ?? [], batch[names[0]]?.shape[1] ?? 0, options) };
}

/** Refuses impossible settings. */
export function checkPadding(op: string, options: PadOptions): void {
  const { pad, length, multipleOf = 1 } = options ?? {};
  checkWhole(op, "multipleOf", multipleOf, 1);
  if (length !== undefined) checkWhole(op, "length", length, 1);
  const fills = Object.values(pad ?? {});
  if (fills.length > 0 && fills.every((fill) => typeof fill === "number")) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: "pad names no field",
    fix: "Name the sequences and what they are filled up with, { pad: { tokens: 0 } }.",
    detail: { pad },
  });
}

/** Types of fields after padding, from a batch: lengths that differ from batch to batch are −1. */
export function paddedTypes(batch: Batch, options: PadOptions): Record<string, FieldType> {
  const ragged = new Set([...Object.keys(options.pad), options.mask]);
  const types = Object.entries<HostTensor>(batch).map(([name, { dtype, shape }]) => {
    const inner = shape.slice(1);
    const differs = ragged.has(name) && options.length === undefined;
    return [name, { dtype, shape: differs ? [-1, ...inner.slice(1)] : inner }];
  });
  return Object.fromEntries(types);
}

function padField(
  name: string,
  values: readonly HostTensor[],
  dtype: HostTensor["dtype"],
  options: PadOptions,
): { readonly tensor: HostTensor; readonly lengths: readonly number[] } {
  const { length, truncate = false, multipleOf = 1 } = options;
  const inner = values[0].shape.slice(1);
  values.forEach((value, k) => {
    const fits = value.shape.length > 0 && sameShape(value.shape.slice(1), inner);
    if (!fits) throw noSequence(name, k, value, inner);
    if (length !== undefined && value.shape[0] > length && !truncate)
      throw tooLong(name, k, value.shape[0], length);
  });
  const longest = Math.max(...values.map(({ shape }) => shape[0]));
  const steps = length ?? Math.ceil(longest / multipleOf) * multipleOf;
  const width = sizeOf(inner);
  const fill = hostArray(dtype, 1);
  putElements(fill, [options.pad[name]], 0, `${name}, filled up`);
  const data = hostArray(dtype, values.length * steps * width).fill(fill[0]);
  const lengths = values.map(({ shape }) => Math.min(shape[0], steps));
  values.forEach((value, k) => {
    putElements(data, value.data.subarray(0, lengths[k] * width), k * steps * width, name);
  });
  return { tensor: { dtype, shape: [values.length, steps, ...inner], data }, lengths };
}

/** The fields that say where sequences end, as far as they were asked for. */
function beside(
  lengths: readonly number[],
  steps: number,
  { lengths: lengthsName, mask: maskName }: PadOptions,
): Record<string, HostTensor> {
  const count = lengths.length;
  const made: Record<string, HostTensor> = {};
  if (lengthsName !== undefined) {
    made[lengthsName] = { dtype: "int32", shape: [count], data: Int32Array.from(lengths) };
  }
  if (maskName !== undefined) {
    const data = new Uint8Array(count * steps);
    lengths.forEach((length, k) => {
      data.fill(1, k * steps, k * steps + length);
    });
    made[maskName] = { dtype: "bool", shape: [count, steps], data };
  }
  return made;
}

/** Refuses names for lengths and mask that are taken. */
function checkNewNames(taken: readonly string[], { lengths, mask }: PadOptions): void {
  const twice = [lengths, mask].find((name) => name !== undefined && taken.includes(name));
  const same = lengths !== undefined && lengths === mask ? lengths : undefined;
  if (twice === undefined && same === undefined) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "padBatch",
    problem: `there would be two fields "${twice ?? same}"`,
    fix: "Give lengths and mask names of their own.",
    detail: { taken, lengths, mask },
  });
}

function mixedTypes(name: string, k: number, needed: string, found: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "padBatch",
    problem: `field "${name}" of record ${k} of the batch is ${found}, where ${needed} is needed`,
    fix: `Give all records one element type, or name it: { fields: { ${name}: "${found}" } }.`,
    detail: { field: name, record: k, needed, found },
  });
}

function noSequence(
  name: string,
  k: number,
  { shape }: HostTensor,
  inner: readonly number[],
): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "padBatch",
    problem: `field "${name}" of record ${k} of the batch has shape ${showShape(shape)}`,
    fix: `Give every record a sequence of shape [T${inner.map((size) => `, ${size}`).join("")}].`,
    detail: { field: name, record: k, shape },
  });
}

function tooLong(name: string, k: number, steps: number, length: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "padBatch",
    problem: `field "${name}" of record ${k} of the batch has ${steps} elements, more than ${length}`,
    fix: "Raise length, or cut sequences with truncate: true.",
    detail: { field: name, record: k, steps, length },
  });
}
