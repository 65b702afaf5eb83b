// Data sets: records with named fields, read in any order. `ArrayDataset` keeps whole columns in memory;
// pixels may stay bytes and become floats only when a batch is read, a quarter of the memory.

import { checkFinite } from "../core/checks.ts";
import { type DType, dtypeOf, type HostArray, hostArray, isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { checkShape, type Shape, showShape, sizeOf } from "../core/shape.ts";
import { arrayDigits, jointDigits } from "./fingerprint.ts";
import { putElements } from "./pipeline/elements.ts";
import { flatNumbers, isTensorLike, type NestedArrays } from "./values.ts";

/** Element type and shape of one field of one record, without the batch axis. */
export interface FieldType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Some records, field by field; each tensor has the records on axis 0. */
export type Batch<Field extends string = string> = { readonly [Name in Field]: HostTensor };

/** Records that can be read in any order; implement it to read data from elsewhere. */
export interface Dataset<Field extends string = string> {
  /** Number of records. */
  readonly size: number;
  readonly fields: Readonly<Record<Field, FieldType>>;
  /** Reads one field of the records at `indices`, in that order. Shape: `[indices, ...field]`. */
  read(field: Field, indices: ArrayLike<number>): HostTensor;
  /**
   * A few digits that differ where records do, for instance a checksum of some of them: a run is only continued on data with
   * the digits that it began with. Leave it out where reading costs too much; then only sizes and types are compared.
   */
  fingerprint?(): string | undefined;
}

/** Elements of all records: flat, one record after the other, or in nested arrays with a record per row. */
export type ColumnData = HostArray | readonly number[] | NestedArrays;

/** One field of an `ArrayDataset`: the elements of all records. */
export interface Column {
  readonly data: ColumnData;
  /** Shape of one record's part; default: that of a row of nested arrays, else `[]`, a single number. */
  readonly shape?: Shape;
  /**
   * Element type that batches have. Default: float32 where there is a `scale` or `data` is a plain array,
   * int32 for bytes, otherwise the type of `data`.
   */
  readonly dtype?: DType;
  /** Factor on every element, for instance 1/255 for pixels kept as bytes; default 1. */
  readonly scale?: number;
}

interface Stored extends FieldType {
  readonly data: HostArray;
  /** Elements of one record. */
  readonly width: number;
  /** Factor that is still to be applied when records are read; 1 unless `data` is bytes. */
  readonly scale: number;
}

/**
 * A data set in memory, made of named columns, or of their data alone; arrays that need no conversion are kept, not copied.
 *
 * `new ArrayDataset({ images: { data: bytes, shape: [784], scale: 1 / 255 }, labels: { data: digits } })`
 * `new ArrayDataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [[0], [1], [1], [0]] })`
 */
export class ArrayDataset<Field extends string = string> implements Dataset<Field> {
  readonly size: number;
  readonly fields: Readonly<Record<Field, FieldType>>;
  readonly #columns: ReadonlyMap<string, Stored>;

  constructor(columns: Readonly<Record<Field, Column | ColumnData>>) {
    const stored = new Map<string, Stored>();
    const types: [string, FieldType][] = [];
    for (const [name, given] of Object.entries<Column | ColumnData>(columns ?? {})) {
      checkColumn(name, given);
      const made = store(name, isColumnData(given) ? { data: given } : given);
      stored.set(name, made);
      types.push([name, { dtype: made.dtype, shape: made.shape }]);
    }
    this.size = commonSize(stored);
    this.fields = Object.fromEntries(types) as Record<Field, FieldType>;
    this.#columns = stored;
  }

  read(field: Field, indices: ArrayLike<number>): HostTensor {
    const column = this.#column(field);
    checkIndices("ArrayDataset.read", indices, this.size);
    const { dtype, shape, width, scale } = column;
    const data = hostArray(dtype, indices.length * width);
    copyRows(data, column.data, indices, width);
    if (scale !== 1) scaleInPlace(data, scale);
    return { dtype, shape: [indices.length, ...shape], data };
  }

  /** Digits of all fields, from up to 8,192 elements of each: changes of a few among many records may go unseen. */
  fingerprint(): string {
    const columns = [...this.#columns].map(([name, { data, dtype, scale }]) => {
      return `${name} ${arrayDigits(data, (sample) => elementsAs(dtype, sample, scale))}`;
    });
    return jointDigits(columns)!;
  }

  /** Copies some records into a data set of their own, kept in the same compact form. */
  select(indices: ArrayLike<number>): ArrayDataset<Field> {
    checkIndices("ArrayDataset.select", indices, this.size);
    const columns = [...this.#columns].map(([name, { data, shape, dtype, scale, width }]) => {
      const selected = hostArray(dtypeOf(data), indices.length * width); // bytes stay bytes
      copyRows(selected, data, indices, width);
      return [name, { data: selected, shape, dtype, scale }];
    });
    return new ArrayDataset(Object.fromEntries(columns) as Record<Field, Column>);
  }

  #column(field: string): Stored {
    const column = this.#columns.get(field);
    if (column !== undefined) return column;
    throw noField("ArrayDataset.read", field, this);
  }
}

/** Reads all fields of the records at `indices`. */
export function gather<Field extends string>(
  dataset: Dataset<Field>,
  indices: ArrayLike<number>,
): Batch<Field> {
  const names = Object.keys(dataset.fields) as Field[];
  const tensors = names.map((name) => [name, dataset.read(name, indices)]);
  return Object.fromEntries(tensors) as Batch<Field>;
}

/** Reads one field of all records. Shape: `[size, ...field]`. */
export function column<Field extends string>(dataset: Dataset<Field>, field: Field): HostTensor {
  return dataset.read(
    field,
    Int32Array.from({ length: dataset.size }, (_, i) => i),
  );
}

/** Refuses what is no data set. */
export function checkDataset(op: string, dataset: unknown): void {
  const { size, fields, read } = (dataset ?? {}) as Partial<Dataset>;
  const isOne = typeof read === "function" && typeof fields === "object" && fields !== null;
  if (isOne && Number.isSafeInteger(size)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes a data set; received ${showValue(dataset)}`,
    fix: "Make one: new ArrayDataset({ inputs: { data, shape }, targets: { data } }).",
  });
}

/** Refuses indices that are not records of a data set of `size` records. */
export function checkIndices(op: string, indices: ArrayLike<number>, size: number): void {
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k];
    if (Number.isInteger(index) && index >= 0 && index < size) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `there is no record ${index}: the data set has ${size} records`,
      fix: size === 0 ? "The data set is empty." : `Use whole numbers from 0 to ${size - 1}.`,
      detail: { index, size },
    });
  }
}

/** The error for a field that a data set does not have. */
export function noField(
  op: string,
  field: string,
  { fields }: Pick<Dataset, "fields">,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the data set has no field "${field}"; its fields are ${Object.keys(fields).join(", ")}`,
    fix: "Use one of these names.",
    detail: { field, fields: Object.keys(fields) },
  });
}

const columnNames: OptionNames<Column> = { data: true, shape: true, dtype: true, scale: true };

function checkColumn(name: string, given: unknown): void {
  const isOne = isTensorLike(given);
  if (typeof given === "object" && given !== null && !isOne) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "ArrayDataset",
    problem: `field "${name}" is ${showValue(given)}`,
    fix: isOne
      ? "Make data sets of tensors by tensorDataset({ … })."
      : `Give it data: { ${name}: [[0, 1], [1, 0]] }, or { ${name}: { data, shape } }.`,
    detail: { field: name },
  });
}

function isColumnData(given: Column | ColumnData): given is ColumnData {
  return Array.isArray(given) || ArrayBuffer.isView(given);
}

function store(name: string, given: Column): Stored {
  checkOptionNames(`ArrayDataset ${name}`, given, columnNames);
  const column = { ...given, ...flatColumn(name, given) };
  if (!isPlain(column.data)) dtypeOf(column.data); // refuses what is no array of elements
  const { shape } = column;
  checkShape(`ArrayDataset ${name}`, shape);
  const scale = column.scale ?? 1;
  checkFinite(`ArrayDataset ${name}`, { scale });
  const dtype = column.dtype ?? defaultDtype(column);
  const width = sizeOf(shape);
  const { data } = column;
  if (!isPlain(data) && isKept(data, dtype, scale)) return { dtype, shape, width, scale, data };
  return { dtype, shape, width, scale: 1, data: converted(name, column, dtype, scale) };
}

/** Elements one after the other. */
interface FlatData {
  readonly data: HostArray | readonly number[];
}

/** The elements, and the shape of a record. */
function flatColumn(name: string, { data, shape }: Column): FlatData & { readonly shape: Shape } {
  if (!Array.isArray(data)) return { data: data as HostArray, shape: shape ?? [] };
  const flat = flatNumbers("ArrayDataset", name, data);
  return { data: flat.data, shape: shape ?? flat.shape.slice(1) };
}

/** Says whether an array is stored as it is: it has the type already, or is bytes that become larger. */
function isKept(data: HostArray, dtype: DType, scale: number): boolean {
  if (!(data instanceof Uint8Array)) return scale === 1 && dtypeOf(data) === dtype;
  return isFloat(dtype) || (dtype === "int32" && scale === 1);
}

function defaultDtype({ data, scale }: Pick<Column, "scale"> & FlatData): DType {
  if (isPlain(data) || scale !== undefined)
    return data instanceof Float64Array ? "float64" : "float32";
  return data instanceof Uint8Array ? "int32" : dtypeOf(data);
}

function isPlain(data: HostArray | readonly number[]): data is readonly number[] {
  return Array.isArray(data);
}

function converted(name: string, { data }: FlatData, dtype: DType, scale: number): HostArray {
  const result = hostArray(dtype, data.length);
  putElements(result, scale === 1 ? data : Float64Array.from(data, (x) => x * scale), 0, name);
  return result;
}

function commonSize(columns: ReadonlyMap<string, Stored>): number {
  const sizes = [...columns].map(([name, { data, shape, width }]) => {
    const size = data.length / width;
    if (Number.isInteger(size)) return { name, size };
    throw badColumns(
      `field "${name}" has ${data.length} elements, which is no whole number of records of ` +
        `shape ${showShape(shape)} (${width} elements)`,
      { field: name, elements: data.length, shape },
    );
  });
  const size = sizes[0]?.size;
  if (size === undefined) throw badColumns("there are no fields", {});
  if (sizes.every((other) => other.size === size)) return size;
  const list = sizes.map((entry) => `${entry.name} ${entry.size}`).join(", ");
  throw badColumns(`fields have different numbers of records: ${list}`, { sizes });
}

function badColumns(problem: string, detail: Record<string, unknown>): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "ArrayDataset",
    problem,
    fix: "Give each field the elements of all records and `shape`, the shape of one record.",
    detail,
  });
}

function copyRows(
  out: HostArray,
  data: HostArray,
  indices: ArrayLike<number>,
  width: number,
): void {
  for (let k = 0; k < indices.length; k++) {
    const start = indices[k] * width;
    if (width === 1) out[k] = data[start];
    else out.set(data.subarray(start, start + width), k * width);
  }
}

/** Elements as batches have them. */
function elementsAs(dtype: DType, elements: HostArray, scale: number): HostArray {
  const result = hostArray(dtype, elements.length);
  result.set(elements);
  if (scale !== 1) scaleInPlace(result, scale);
  return result;
}

/** Multiplies every element; four at a time, which is much of the speed of reading images. */
function scaleInPlace(data: HostArray, scale: number): void {
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    data[i] *= scale;
    data[i + 1] *= scale;
    data[i + 2] *= scale;
    data[i + 3] *= scale;
  }
  for (let i = whole; i < data.length; i++) data[i] *= scale;
}
