// Parts of a data set as data sets, without copying: by index, the first records, or a random split into
// training and validation records.

import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { checkIndices, column, type Dataset, type FieldType, noField } from "./dataset.ts";
import { checkWhole, splitOrder } from "./order.ts";

/** Options of `split`. */
export interface SplitOptions<Field extends string = string> {
  /** Part of the records kept for validation: a fraction below 1, or a number of records; default 0.1. */
  readonly validation?: number;
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
  checkIndices("subset", indices, dataset.size);
  return new Subset(dataset, Int32Array.from(indices));
}

/** Views the first `count` records, or all when there are fewer. */
export function take<Field extends string>(dataset: Dataset<Field>, count: number): Dataset<Field> {
  checkWhole("take", "count", count, 0);
  return subset(
    dataset,
    Int32Array.from({ length: Math.min(count, dataset.size) }, (_, i) => i),
  );
}

/**
 * Splits a data set at random into training and validation records; the same seed gives the same split.
 *
 * `const { train, validation } = split(dataset, { validation: 0.1, seed: 1, stratify: "labels" });`
 * Records keep their order within each part. With `stratify`, shares are rounded by largest remainder.
 */
export function split<Field extends string>(
  dataset: Dataset<Field>,
  options: SplitOptions<Field> = {},
): { train: Dataset<Field>; validation: Dataset<Field> } {
  const { train, validation } = splitIndices(dataset, options);
  return { train: subset(dataset, train), validation: subset(dataset, validation) };
}

/** Chooses the records of `split`: the indices of both parts, ascending. */
export function splitIndices<Field extends string>(
  dataset: Dataset<Field>,
  options: SplitOptions<Field> = {},
): { train: Int32Array; validation: Int32Array } {
  const { validation = 0.1, seed = 0, stratify } = options;
  const count = validationCount(validation, dataset.size);
  const order = splitOrder(dataset.size, seed);
  const classOf =
    stratify === undefined ? new Int32Array(dataset.size) : classes(dataset, stratify);
  const left = shares(classOf, count);
  const chosen = new Uint8Array(dataset.size);
  for (const index of order) {
    const remaining = left.get(classOf[index])!;
    if (remaining === 0) continue;
    left.set(classOf[index], remaining - 1);
    chosen[index] = 1;
  }
  const indices = Int32Array.from(chosen, (_, index) => index);
  return {
    train: indices.filter((index) => chosen[index] === 0),
    validation: indices.filter((index) => chosen[index] === 1),
  };
}

function validationCount(validation: number, size: number): number {
  const count = validation < 1 ? Math.round(validation * size) : validation;
  if (Number.isInteger(count) && count >= 1 && count < size) return count;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "split",
    problem: `validation is ${validation}, which takes ${count} of ${size} records`,
    fix: "Use a fraction between 0 and 1, or a whole number, that leaves records in both parts.",
    detail: { validation, size },
  });
}

function classes<Field extends string>(dataset: Dataset<Field>, field: Field): HostTensor["data"] {
  const type: FieldType | undefined = dataset.fields[field];
  if (type === undefined) throw noField("split", field, dataset);
  const whole = type.dtype === "int32" || type.dtype === "bool";
  if (whole && type.shape.length === 0) return column(dataset, field).data;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "split",
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

  read(field: Field, indices: ArrayLike<number>): HostTensor {
    checkIndices("subset.read", indices, this.size);
    return this.#parent.read(
      field,
      Int32Array.from(indices, (index) => this.#indices[index]),
    );
  }
}
