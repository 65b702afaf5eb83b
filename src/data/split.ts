// Parts of a data set as data sets, without copying: by index, the first records, a random split into records to train,
// validate and test with, or folds that validate in turn.

import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import {
  checkDataset,
  checkIndices,
  column,
  type Dataset,
  type FieldType,
  noField,
} from "./dataset.ts";
import { arrayDigits, fingerprintOf, jointDigits } from "./fingerprint.ts";
import { checkWhole, foldOrder, splitOrder } from "./order.ts";

/** Options of `split`. */
export interface SplitOptions<Field extends string = string> {
  /** Part of the records kept for validation: a fraction below 1, or a number of records; default 0.1. */
  readonly validation?: number;
  /** Part of the records kept for a test at the end, as for `validation`; default: none, and no part `test`. */
  readonly test?: number;
  /** Seed of the choice; default 0. */
  readonly seed?: number;
  /** An int32 or bool field with one number per record whose values both parts hold in equal shares. */
  readonly stratify?: Field;
}

/** Views some records of a data set, in the order of `indices`, as a data set. */
export function subset<Field extends string>(
  dataset: Dataset<Field>,
  indices: ArrayLike<number>,
): Dataset<Field> {
  checkDataset("subset", dataset);
  checkIndices("subset", indices, dataset.size);
  return new Subset(dataset, Int32Array.from(indices));
}

/** Views the first `count` records, or all when there are fewer. */
export function take<Field extends string>(dataset: Dataset<Field>, count: number): Dataset<Field> {
  checkDataset("take", dataset);
  checkWhole("take", "count", count, 0);
  return subset(
    dataset,
    Int32Array.from({ length: Math.min(count, dataset.size) }, (_, i) => i),
  );
}

/**
 * Splits a data set at random into training and validation records, and test records where asked; the same seed gives the
 * same split, and the same validation records with a test part and without.
 *
 * `const { train, validation } = split(dataset, { validation: 0.1, seed: 1, stratify: "labels" });`
 * `const { train, validation, test } = split(dataset, { validation: 0.1, test: 0.2 });`
 * Records keep their order within each part. With `stratify`, shares are rounded by largest remainder.
 */
export function split<Field extends string>(
  dataset: Dataset<Field>,
  options: SplitOptions<Field> & { readonly test: number },
): { train: Dataset<Field>; validation: Dataset<Field>; test: Dataset<Field> };
export function split<Field extends string>(
  dataset: Dataset<Field>,
  options?: SplitOptions<Field>,
): { train: Dataset<Field>; validation: Dataset<Field> };
export function split<Field extends string>(
  dataset: Dataset<Field>,
  options: SplitOptions<Field> = {},
): Record<string, Dataset<Field>> {
  const parts = Object.entries<Int32Array>(splitIndices(dataset, options));
  return Object.fromEntries(parts.map(([name, indices]) => [name, subset(dataset, indices)]));
}

/** Chooses the records of `split`: the indices of each part, ascending; `test` is there where it was asked for. */
export function splitIndices<Field extends string>(
  dataset: Dataset<Field>,
  options: SplitOptions<Field> = {},
): { train: Int32Array; validation: Int32Array; test?: Int32Array } {
  checkDataset("split", dataset);
  checkOptionNames("split", options, splitNames);
  const { validation = 0.1, test, seed = 0, stratify } = options;
  const { size } = dataset;
  const count = partCount("validation", validation, size);
  const testing = test === undefined ? 0 : partCount("test", test, size);
  if (count + testing >= size) throw noTraining(count, testing, size);
  const order = splitOrder(size, seed);
  const classOf =
    stratify === undefined ? new Int32Array(size) : classes("split", dataset, stratify);
  const partOf = new Uint8Array(size);
  deal(order, classOf, partOf, count, validating);
  if (testing > 0) deal(order, classOf, partOf, testing, tested);
  const indices = Int32Array.from(partOf, (_, index) => index);
  const part = (wanted: number): Int32Array => indices.filter((index) => partOf[index] === wanted);
  const two = { train: part(training), validation: part(validating) };
  return test === undefined ? two : { ...two, test: part(tested) };
}

/** Names of the options, for whoever takes them. */
export const splitNames: OptionNames<SplitOptions> = {
  validation: true,
  test: true,
  seed: true,
  stratify: true,
};

/** Parts of a split, as numbers. */
const [training, validating, tested] = [0, 1, 2];

/** Gives `count` records that are still in training to a part, each class its share, in the order given. */
function deal(
  order: Int32Array,
  classOf: ArrayLike<number>,
  partOf: Uint8Array,
  count: number,
  part: number,
): void {
  const rest = Int32Array.from(order).filter((index) => partOf[index] === training);
  const left = shares(
    rest.map((index) => classOf[index]),
    count,
  );
  for (const index of rest) {
    const remaining = left.get(classOf[index])!;
    if (remaining === 0) continue;
    left.set(classOf[index], remaining - 1);
    partOf[index] = part;
  }
}

/** Options of `kFold`. */
export interface FoldOptions<Field extends string = string> {
  /** Number of parts, at least 2; default 5. */
  readonly folds?: number;
  /** Seed of the choice; default 0. */
  readonly seed?: number;
  /** An int32 or bool field whose values all parts hold in equal shares. */
  readonly stratify?: Field;
}

const foldNames: OptionNames<FoldOptions> = { folds: true, seed: true, stratify: true };

/**
 * Deals a data set out into parts for cross-validation: each part validates once, and the others train.
 *
 * `for (const { train, validation } of kFold(dataset, { folds: 5, seed: 1, stratify: "labels" }))`
 * Every record validates exactly once; parts differ in size by at most one record. Records keep their order.
 */
export function kFold<Field extends string>(
  dataset: Dataset<Field>,
  options: FoldOptions<Field> = {},
): { readonly train: Dataset<Field>; readonly validation: Dataset<Field> }[] {
  checkDataset("kFold", dataset);
  checkOptionNames("kFold", options, foldNames);
  const { folds = 5, seed = 0, stratify } = options;
  checkWhole("kFold", "folds", folds, 2);
  const { size } = dataset;
  if (folds > size) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "kFold",
      problem: `there are ${size} records for ${folds} folds`,
      fix: "Use fewer folds than records.",
      detail: { folds, size },
    });
  }
  const order = foldOrder(size, seed);
  if (stratify !== undefined) {
    const classOf = classes("kFold", dataset, stratify);
    order.sort((a, b) => classOf[a] - classOf[b]); // stable: random within a class
  }
  const foldOf = new Int32Array(size);
  order.forEach((index, place) => {
    foldOf[index] = place % folds; // classes lie one after the other, so each is dealt evenly
  });
  const indices = Int32Array.from(foldOf, (_, index) => index);
  return Array.from({ length: folds }, (_, fold) => ({
    train: subset(
      dataset,
      indices.filter((index) => foldOf[index] !== fold),
    ),
    validation: subset(
      dataset,
      indices.filter((index) => foldOf[index] === fold),
    ),
  }));
}

function partCount(name: string, part: number, size: number): number {
  const count = part < 1 ? Math.round(part * size) : part;
  if (Number.isInteger(count) && count >= 1 && count < size) return count;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "split",
    problem: `${name} is ${part}, which takes ${count} of ${size} records`,
    fix: "Use a fraction between 0 and 1, or a whole number, that leaves records in all parts.",
    detail: { [name]: part, size },
  });
}

function noTraining(validation: number, test: number, size: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "split",
    problem: `validation and test take ${validation} and ${test} of ${size} records`,
    fix: "Leave records to train with.",
    detail: { validation, test, size },
  });
}

function classes<Field extends string>(
  op: string,
  dataset: Dataset<Field>,
  field: Field,
): HostTensor["data"] {
  const type: FieldType | undefined = dataset.fields[field];
  if (type === undefined) throw noField(op, field, dataset);
  const whole = type.dtype === "int32" || type.dtype === "bool";
  if (whole && type.shape.length === 0) return column(dataset, field).data;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem:
      `cannot stratify by field "${field}": it is ${type.dtype} of shape ` +
      `[${type.shape.join(", ")}] per record`,
    fix: "Use a field with one whole number (int32) or bool per record, such as the labels.",
    detail: { field, dtype: type.dtype, shape: type.shape },
  });
}

/** How many records of each class go to the part of `count` records: largest remainder, ties to the smaller class. */
function shares(classOf: ArrayLike<number>, count: number): Map<number, number> {
  const sizes = new Map<number, number>();
  for (let i = 0; i < classOf.length; i++) {
    sizes.set(classOf[i], (sizes.get(classOf[i]) ?? 0) + 1);
  }
  const quotas = [...sizes].map(([name, size]) => {
    const exact = (count * size) / classOf.length;
    return { name, whole: Math.floor(exact), rest: exact - Math.floor(exact) };
  });
  quotas.sort((a, b) => b.rest - a.rest || a.name - b.name);
  let missing = count - quotas.reduce((sum, { whole }) => sum + whole, 0);
  return new Map(quotas.map(({ name, whole }) => [name, missing-- > 0 ? whole + 1 : whole]));
}

class Subset<Field extends string> implements Dataset<Field> {
  readonly size: number;
  readonly fields: Readonly<Record<Field, FieldType>>;
  readonly #parent: Dataset<Field>;
  readonly #indices: Int32Array;

  constructor(parent: Dataset<Field>, indices: Int32Array) {
    this.size = indices.length;
    this.fields = parent.fields;
    this.#parent = parent;
    this.#indices = indices;
  }

  fingerprint(): string | undefined {
    return jointDigits([fingerprintOf(this.#parent), arrayDigits(this.#indices)]);
  }

  read(field: Field, indices: ArrayLike<number>): HostTensor {
    checkIndices("subset.read", indices, this.size);
    return this.#parent.read(
      field,
      Int32Array.from(indices, (index) => this.#indices[index]),
    );
  }
}
