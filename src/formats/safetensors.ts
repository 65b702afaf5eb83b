// The safetensors format (github.com/huggingface/safetensors, format description): an 8-byte
// little-endian header length, a JSON header, then the tensors' bytes without holes. Strict both ways:
// a file that breaks a rule is refused with the file's name, what was found and what was needed.
// The header's rules are in safetensors-header.ts, element types and their conversions in stored.ts.

import { dtypeOf, isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { showShape, sizeOf } from "../core/shape.ts";
import { checkBytes, checkNamed } from "./bad-file.ts";
import {
  badElements,
  metadataKey,
  readHeader,
  readHeaderLength,
  type SafetensorsEntry,
} from "./safetensors-header.ts";
import { writtenNames } from "./safetensors-types.ts";
import {
  asStored,
  bytesOfElements,
  checkStored,
  elementsOf,
  type FloatType,
  present,
  type StoredTensor,
  storedTypes,
  type TensorOf,
  type TensorOptions,
  tensorOptionNames,
  toStoredTensor,
} from "./stored.ts";

/** What a safetensors file holds; tensors come in the order of their bytes in the file. */
export interface SafetensorsContent<Raw extends boolean = false> {
  readonly tensors: Map<string, TensorOf<Raw>>;
  readonly metadata: Record<string, string>;
}

/** How tensors are written. */
export interface SafetensorsOptions {
  /**
   * The type that floats are written as, for all tensors or by name (undefined leaves a tensor as it is); rounded to
   * nearest, ties to even. Default: as they are.
   */
  readonly floats?: FloatType | ((name: string) => FloatType | undefined);
}

const optionNames: OptionNames<SafetensorsOptions> = { floats: true };

/** Tensors by name, to write: the library's, or with a file's own elements. */
export type WritableTensors = ReadonlyMap<string, HostTensor | StoredTensor>;

/**
 * Encodes tensors as the bytes of a safetensors file; the same tensors give the same bytes.
 *
 * float64, float32, int32 and bool become F64, F32, I32 and BOOL; `floats: "bfloat16"` stores floats in half the room.
 * Wider elements come first, so that every tensor is aligned; otherwise the map's order is kept.
 */
export function encodeSafetensors(
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Uint8Array {
  const { header, ordered, bytes } = layOutSafetensors(tensors, metadata, options);
  const file = new Uint8Array(header.length + bytes);
  file.set(header);
  let at = header.length;
  for (const { data } of ordered) {
    file.set(bytesOfElements(data), at);
    at += data.byteLength;
  }
  return file;
}

/** Where everything comes in a safetensors file, for who writes it piece by piece. */
export interface SafetensorsLayout {
  /** The file's beginning: length and text of the header. */
  readonly header: Uint8Array;
  /** The tensors whose bytes follow the header, in this order. */
  readonly ordered: readonly StoredTensor[];
  /** Bytes after the header. */
  readonly bytes: number;
}

/** Lays out a safetensors file as `encodeSafetensors` does, without copying the tensors. */
export function layOutSafetensors(
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): SafetensorsLayout {
  checkNamed("encodeSafetensors", tensors);
  checkOptionNames("encodeSafetensors", options, optionNames);
  const named = [...tensors]
    .map(([name, tensor]) => [name, writable(name, tensor, options)] as const)
    .sort(([, a], [, b]) => storedTypes[b.type].bytes - storedTypes[a.type].bytes);
  const fields: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) fields.push([metadataKey, checkMetadata(metadata)]);
  let position = 0;
  for (const [name, { type, shape, data }] of named) {
    const end = position + data.byteLength;
    fields.push([name, { dtype: writtenNames[type], shape, data_offsets: [position, end] }]);
    position = end;
  }
  const text = paddedHeader(JSON.stringify(Object.fromEntries(fields)));
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(text.length), true);
  header.set(text, 8);
  return { header, ordered: named.map(([, tensor]) => tensor), bytes: position };
}

/**
 * Decodes the bytes of a safetensors file; tensors are copies and do not keep the file in memory.
 *
 * Floats below 32 bits become float32; integers and bytes become int32, checked to fit; C64 become pairs along a new
 * last axis; BOOL must be 0 or 1. With `{ raw: true }` tensors keep the file's elements. A damaged file is a `BAD_FILE`
 * error that names `name`; an element type that cannot be read is `UNSUPPORTED`. Memory: at most 4 × the file.
 */
export function decodeSafetensors<Raw extends boolean = false>(
  bytes: Uint8Array,
  name: string = "safetensors data",
  options: TensorOptions<Raw> = {},
): SafetensorsContent<Raw> {
  checkBytes("decodeSafetensors", bytes);
  checkOptionNames("decodeSafetensors", options, tensorOptionNames);
  const start = 8 + readHeaderLength(bytes.subarray(0, 8), bytes.length, name);
  const { entries, metadata } = readHeader(bytes.subarray(8, start), bytes.length - start, name);
  const tensors = new Map<string, TensorOf<Raw>>();
  for (const entry of entries) {
    const own = bytes.subarray(start + entry.begin, start + entry.end);
    tensors.set(entry.name, decodeEntry(entry, own, name, options));
  }
  return { tensors, metadata };
}

/** The tensor of an entry from its bytes. */
export function decodeEntry<Raw extends boolean>(
  entry: SafetensorsEntry,
  bytes: Uint8Array,
  file: string,
  options: TensorOptions<Raw>,
): TensorOf<Raw> {
  const { type, shape } = entry;
  const view: StoredTensor = { type, shape, data: elementsOf(bytes, type) };
  return present(view, options, badElements(entry, file));
}

/** The tensor as it is stored, checked. */
function writable(
  name: string,
  tensor: HostTensor | StoredTensor,
  { floats }: SafetensorsOptions,
): StoredTensor {
  if (name === metadataKey) throw refuse(`a tensor cannot be named ${metadataKey}`, { name });
  if (!Array.isArray(tensor?.shape) || !ArrayBuffer.isView(tensor.data)) {
    throw refuse(`${name} is no tensor with its numbers: ${showValue(tensor)}`, { name });
  }
  if ("type" in tensor) {
    checkStored("encodeSafetensors", name, tensor);
    if (writtenNames[tensor.type] !== undefined) return tensor;
    throw refuse(`${name} is ${tensor.type}, which the format does not have`, { name });
  }
  checkTensor(name, tensor);
  const type = typeof floats === "function" ? floats(name) : floats;
  if (type === undefined || !isFloat(tensor.dtype) || type === tensor.dtype)
    return asStored(tensor);
  return toStoredTensor(tensor, type);
}

function checkTensor(name: string, { dtype, shape, data }: HostTensor): void {
  if (data.length !== sizeOf(shape)) {
    throw refuse(`${name} has shape ${showShape(shape)} but ${data.length} elements`, { name });
  }
  if (dtypeOf(data) !== dtype) {
    throw refuse(`${name} says ${dtype} but its data is ${dtypeOf(data)}`, { name });
  }
}

function checkMetadata(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") {
      throw refuse(`metadata holds strings only; ${key} is a ${typeof value}`, { key });
    }
  }
  return metadata;
}

/** Pads the header with spaces so that the tensors' bytes begin at a multiple of 8. */
function paddedHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function refuse(problem: string, detail: Record<string, unknown>): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "encodeSafetensors",
    problem,
    fix: "Pass { dtype, shape, data } whose data has the stated type and one element per place.",
    detail,
  });
}
