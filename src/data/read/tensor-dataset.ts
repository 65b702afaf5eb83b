// Data sets of arrays that are there already: tensors in memory, or the arrays of a NumPy .npz file.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { decodeNpz } from "../../formats/npz.ts";
import { type StoredTensor, toHostTensor } from "../../formats/stored.ts";
import { ArrayDataset, type Column } from "../dataset.ts";
import { fetchedTensor, type TensorLike } from "../values.ts";
import { type ByteSource, bytesOf, nameOf, type SourceOptions } from "./source.ts";

/**
 * Makes a data set of tensors that have the records on axis 0, as PyTorch's `TensorDataset`.
 *
 * `tensorDataset({ x: random.normal([100, 2]), y: tensor(labels, { dtype: "int32" }) })`
 * Shape: `[N, ...field]` each. Errors: `BAD_ARGUMENT` for what is no tensor, or has a single number.
 */
export function tensorDataset<Field extends string>(
  tensors: Readonly<Record<Field, HostTensor | TensorLike>>,
): ArrayDataset<Field> {
  const columns = Object.entries<HostTensor | TensorLike>(tensors).map(([name, given]) => {
    const { data, dtype, shape } = hostTensorOf(name, given);
    if (shape.length === 0) throw isScalar("tensorDataset", name);
    return [name, { data, dtype, shape: shape.slice(1) } satisfies Column] as const;
  });
  return new ArrayDataset(Object.fromEntries(columns) as unknown as Record<Field, Column>);
}

function hostTensorOf(name: string, given: HostTensor | TensorLike): HostTensor {
  const tensor = fetchedTensor(given) ?? (given as HostTensor | null);
  if (ArrayBuffer.isView(tensor?.data) && Array.isArray(tensor.shape)) return tensor;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "tensorDataset",
    problem: `"${name}" is ${showValue(given)}, which is no tensor`,
    fix: "Pass a tensor or { dtype, shape, data }; arrays go into new ArrayDataset({ x: [[0, 1], [1, 0]] }).",
    detail: { name },
  });
}

/** Which array of a file a field is. */
export interface ArrayField {
  readonly array: string;
  /** Factor on every element, for instance 1/255 for pixels, which stay bytes in memory; default 1. */
  readonly scale?: number;
}

/** Options of `readNpz`. */
export interface NpzDatasetOptions<Field extends string> extends SourceOptions {
  /** Fields by their names, with the names of their arrays. */
  readonly fields: Readonly<Record<Field, string | ArrayField>>;
}

const npzNames = {
  fields: true,
  name: true,
  maxBytes: true,
} as const satisfies OptionNames<NpzDatasetOptions<string>>;

/**
 * Reads arrays of a NumPy .npz file, records on axis 0, as a data set. Bytes stay bytes until batches are read.
 *
 * `await readNpz("mnist.npz", { fields: { images: { array: "x_train", scale: 1 / 255 }, labels: "y_train" } })`
 * Errors: `BAD_FILE`, `BAD_ARGUMENT` with the names of the arrays where one is not there, `DTYPE_MISMATCH`.
 */
export async function readNpz<Field extends string>(
  source: ByteSource,
  options: NpzDatasetOptions<Field>,
): Promise<ArrayDataset<Field>> {
  checkOptionNames("readNpz", options, npzNames);
  const { maxBytes } = options;
  const name = nameOf(source, options);
  const bytes = await bytesOf(source, options);
  const arrays = decodeNpz(bytes, name, { maxBytes, raw: true });
  const columns = Object.entries<string | ArrayField>(options.fields).map(([field, wanted]) => {
    const { array, scale } =
      typeof wanted === "string" ? { array: wanted, scale: undefined } : wanted;
    const found = arrays.get(array);
    if (found === undefined) throw noArray(array, name, [...arrays.keys()]);
    if (found.shape.length === 0) throw isScalar("readNpz", array);
    const column = isBytes(found) ? found : toHostTensor(found);
    return [
      field,
      { data: column.data, shape: column.shape.slice(1), scale } satisfies Column,
    ] as const;
  });
  return new ArrayDataset(Object.fromEntries(columns) as unknown as Record<Field, Column>);
}

function isBytes(tensor: StoredTensor): tensor is StoredTensor & { readonly data: Uint8Array } {
  return tensor.type === "uint8";
}

function isScalar(op: string, name: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${JSON.stringify(name)} is a single number, without an axis of records`,
    fix: "Give arrays that have the records on their first axis.",
    detail: { name },
  });
}

function noArray(array: string, file: string, arrays: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "readNpz",
    problem: `${file} has no array ${JSON.stringify(array)}; it has ${arrays.join(", ") || "none"}`,
    fix: "Use one of these names in `fields`.",
    detail: { array, arrays },
  });
}
