// Data sets made of data sets: one after the other, side by side, or changed record by record. Nothing is copied; records
// are made when they are read.

import { checkFunction } from "../core/checks.ts";
import { hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { sameShape, showShape, sizeOf } from "../core/shape.ts";
import {
  type Batch,
  checkDataset,
  checkIndices,
  type Dataset,
  type FieldType,
  gather,
  noField,
} from "./dataset.ts";
import { fingerprintOf, jointDigits } from "./fingerprint.ts";
import { typesOfBatch } from "./pipeline/pipeline-loader.ts";
import { collate, type DataRecord, type FieldTypes, recordsOf } from "./pipeline/record.ts";

/**
 * The records of several data sets with the same fields, one after the other.
 *
 * `concat(train, more)`
 * Errors: `BAD_ARGUMENT` where fields differ in name, type or shape.
 */
export function concat<Field extends string>(...parts: readonly Dataset<Field>[]): Dataset<Field> {
  if (parts.length === 0) throw bad("concat", "there are no data sets", "Pass at least one.");
  for (const part of parts) checkDataset("concat", part);
  parts.forEach((part, k) => {
    checkSameFields(parts[0], part, k);
  });
  const starts = parts.map((_, k) => parts.slice(0, k).reduce((sum, { size }) => sum + size, 0));
  const size = starts[starts.length - 1] + parts[parts.length - 1].size;
  return {
    size,
    fields: parts[0].fields,
    fingerprint: () => jointDigits(parts.map(fingerprintOf)),
    read(field, indices) {
      checkIndices("concat.read", indices, size);
      const places = Array.from(indices, (index) => {
        const part = starts.findLastIndex((start) => start <= index);
        return { part, index: index - starts[part] };
      });
      return readPlaces(parts, field, places);
    },
  };
}

/**
 * The fields of several data sets of one size in one record.
 *
 * `zip(images, labels)`
 * Errors: `BAD_ARGUMENT` where sizes differ or two have a field of one name.
 */
export function zip<A extends string, B extends string>(
  a: Dataset<A>,
  b: Dataset<B>,
): Dataset<A | B> {
  for (const part of [a, b]) checkDataset("zip", part);
  const shared = Object.keys(a.fields).filter((name) => name in b.fields);
  if (a.size !== b.size || shared.length > 0) {
    throw bad(
      "zip",
      a.size !== b.size
        ? `one data set has ${a.size} records and the other ${b.size}`
        : `both data sets have a field "${shared[0]}"`,
      "Zip data sets of one size and with different fields.",
    );
  }
  const fields = { ...a.fields, ...b.fields } as Readonly<Record<A | B, FieldType>>;
  return {
    size: a.size,
    fields,
    fingerprint: () => jointDigits([a, b].map(fingerprintOf)),
    read: (field, indices) =>
      field in a.fields ? a.read(field as A, indices) : b.read(field as B, indices),
  };
}

/**
 * A data set whose records are made from those of another when they are read.
 *
 * `mapDataset(photos, ({ image, label }) => ({ image: halved(image), label }))`
 * Types of fields follow from the first record, or are given for some: `{ label: "int32" }`. For random functions, for those
 * that wait, and for speed with many records, see `pipeline`.
 */
export function mapDataset<Field extends string, R extends object>(
  dataset: Dataset<Field>,
  f: (record: DataRecord<Field>) => R,
  types: FieldTypes = {},
): Dataset<Extract<keyof R, string>> {
  type Made = Extract<keyof R, string>;
  checkDataset("mapDataset", dataset);
  checkFunction("mapDataset", "f", f);
  if (dataset.size === 0) {
    throw bad("mapDataset", "the data set has no records", "Its fields follow from the first one.");
  }
  const make = (indices: ArrayLike<number>): Batch =>
    collate(recordsOf(gather(dataset, indices)).map(f), types);
  const fields = typesOfBatch(make([0])) as Record<Made, FieldType>;
  let last: { readonly indices: readonly number[]; readonly batch: Batch } | undefined;
  return {
    size: dataset.size,
    fields,
    fingerprint: () => fingerprintOf(dataset),
    read(field, indices) {
      if (!(field in fields)) throw noField("mapDataset.read", field, { fields });
      checkIndices("mapDataset.read", indices, dataset.size);
      if (indices.length === 0) return emptyOf(fields[field]);
      // Fields are read one after the other, each with the same indices.
      const known =
        last?.indices.length === indices.length && last.indices.every((i, k) => i === indices[k]);
      if (!known) last = { indices: Array.from(indices), batch: make(indices) };
      const { dtype, shape, data } = last!.batch[field];
      return { dtype, shape, data: data.slice() };
    },
  };
}

function emptyOf({ dtype, shape }: FieldType): HostTensor {
  return { dtype, shape: [0, ...shape], data: hostArray(dtype, 0) };
}

/** Reads places of several data sets: each part once, its records then put where they belong. */
function readPlaces<Field extends string>(
  parts: readonly Dataset<Field>[],
  field: Field,
  places: readonly { readonly part: number; readonly index: number }[],
): HostTensor {
  const tensors = parts.map((dataset, part) => {
    const wanted = places.filter((place) => place.part === part);
    return dataset.read(
      field,
      wanted.map(({ index }) => index),
    );
  });
  const [{ dtype, shape }] = tensors;
  const width = sizeOf(shape.slice(1));
  const data = hostArray(dtype, places.length * width);
  const used = parts.map(() => 0);
  places.forEach(({ part }, k) => {
    const start = used[part]++ * width;
    data.set(tensors[part].data.subarray(start, start + width), k * width);
  });
  return { dtype, shape: [places.length, ...shape.slice(1)], data };
}

function checkSameFields(first: Dataset, part: Dataset, k: number): void {
  const names = new Set([...Object.keys(first.fields), ...Object.keys(part.fields)]);
  for (const name of names) {
    const [a, b] = [first.fields[name], part.fields[name]] as (FieldType | undefined)[];
    if (a && b && a.dtype === b.dtype && sameShape(a.shape, b.shape)) continue;
    throw bad(
      "concat",
      `field "${name}" is ${shown(a)} in data set 0 and ${shown(b)} in data set ${k}`,
      "Give all data sets the same fields, for instance with mapDataset.",
    );
  }
}

function shown(type: FieldType | undefined): string {
  return type === undefined ? "missing" : `${type.dtype} ${showShape(type.shape)}`;
}

function bad(op: string, problem: string, fix: string): ChainruleError {
  return new ChainruleError({ code: "BAD_ARGUMENT", op, problem, fix });
}
