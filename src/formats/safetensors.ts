// The safetensors format (github.com/huggingface/safetensors, format description): an 8-byte
// little-endian header length, a JSON header, then the tensors' bytes without holes. Strict both ways:
// a file that breaks a rule is refused with the file's name, what was found and what was needed.
// Element types and their conversions are in safetensors-types.ts.

import { bytesOf, type DType, dtypeOf } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { showShape, sizeOf } from "../core/shape.ts";
import { elementTypes, unreadableTypes, writtenNames } from "./safetensors-types.ts";

/** What a safetensors file holds; tensors come in the order of their bytes in the file. */
export interface SafetensorsContent {
  readonly tensors: Map<string, HostTensor>;
  readonly metadata: Record<string, string>;
}

interface Entry {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const maxHeaderBytes = 100_000_000;
const metadataKey = "__metadata__";

/**
 * Encodes tensors as the bytes of a safetensors file; the same tensors give the same bytes.
 *
 * float64, float32, int32 and bool become F64, F32, I32 and BOOL. Wider elements come first, so that
 * every tensor is aligned; otherwise the map's order is kept.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const named = [...tensors].sort(([, a], [, b]) => bytesOf(b.dtype) - bytesOf(a.dtype));
  const fields: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) fields.push([metadataKey, checkMetadata(metadata)]);
  let position = 0;
  for (const [name, tensor] of named) {
    checkTensor(name, tensor);
    const end = position + tensor.data.byteLength;
    const { dtype, shape } = tensor;
    fields.push([name, { dtype: writtenNames[dtype], shape, data_offsets: [position, end] }]);
    position = end;
  }
  const header = paddedHeader(JSON.stringify(Object.fromEntries(fields)));
  const file = new Uint8Array(8 + header.length + position);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let at = 8 + header.length;
  for (const [, { data }] of named) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Decodes the bytes of a safetensors file; tensors are copies and do not keep the file in memory.
 *
 * F16 and BF16 become float32; integers and bytes become int32, checked to fit; BOOL must be 0 or 1.
 * A damaged file is a `BAD_FILE` error that names `name`; an element type that cannot be read is
 * `UNSUPPORTED`.
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  name = "safetensors data",
): SafetensorsContent {
  const { header, start } = readHeader(bytes, name);
  const { entries, metadata } = readEntries(header, name);
  checkCoverage(entries, bytes.length - start, name);
  const tensors = new Map<string, HostTensor>();
  for (const entry of entries) {
    tensors.set(entry.name, decodeEntry(entry, bytes.subarray(start), name));
  }
  return { tensors, metadata };
}

// --- encoding ---

function checkTensor(name: string, { dtype, shape, data }: HostTensor): void {
  if (name === metadataKey) throw refuse(`a tensor cannot be named ${metadataKey}`, { name });
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

// --- decoding ---

function readHeader(bytes: Uint8Array, file: string): { header: object; start: number } {
  if (bytes.length < 8) {
    throw bad(file, `is truncated: it has ${bytes.length} bytes, the header length alone needs 8`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    throw bad(
      file,
      `is not a safetensors file: a header of ${length} bytes, at most 100 MB allowed`,
    );
  }
  if (length > bytes.length - 8) {
    throw bad(
      file,
      `is truncated: its header has ${length} bytes, but only ${bytes.length - 8} follow`,
    );
  }
  return { header: parseHeader(bytes.subarray(8, 8 + length), file), start: 8 + length };
}

function parseHeader(bytes: Uint8Array, file: string): object {
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(file, `has a header that is not JSON in UTF-8 (${reason})`, cause);
  }
  if (bytes[0] === 0x7b && isRecord(header)) return header;
  throw bad(file, "has a header that is not a JSON object beginning with {");
}

function readEntries(
  header: object,
  file: string,
): { entries: Entry[]; metadata: Record<string, string> } {
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = readMetadata(value, file);
    else entries.push(readEntry(name, value, file));
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  return { entries, metadata };
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  throw bad(file, `has ${metadataKey} that is not a record of strings`);
}

function readEntry(name: string, value: unknown, file: string): Entry {
  if (!isRecord(value)) throw bad(file, `describes tensor ${name} by ${JSON.stringify(value)}`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== "string") throw bad(file, `gives tensor ${name} no dtype`);
  if (!isSizes(shape)) {
    throw bad(file, `gives tensor ${name} the shape ${JSON.stringify(shape)}, needed sizes ≥ 0`);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw bad(
      file,
      `gives tensor ${name} the data_offsets ${JSON.stringify(offsets)}, needed [begin, end]`,
    );
  }
  return { name, type: dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** The format's rule: sorted by place, tensors follow each other without hole or overlap to the end. */
function checkCoverage(entries: readonly Entry[], available: number, file: string): void {
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const kind = begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw bad(file, `has tensor ${name} at byte ${begin}, which ${kind} (needed ${position})`);
    }
    position = end;
  }
  if (position === available) return;
  throw bad(
    file,
    position > available
      ? `is truncated: its tensors need ${position} bytes after the header, but it has ${available}`
      : `has ${available - position} bytes after its last tensor`,
  );
}

function decodeEntry(entry: Entry, data: Uint8Array, file: string): HostTensor {
  const { name, type, shape, begin, end } = entry;
  const facts = Object.hasOwn(elementTypes, type) ? elementTypes[type] : undefined;
  if (facts === undefined) throw unknownType(entry, file);
  const needed = sizeOf(shape) * facts.bytes;
  if (end - begin !== needed) {
    throw bad(
      file,
      `gives tensor ${name} ${end - begin} bytes, but ${type} ${showShape(shape)} needs ${needed}`,
    );
  }
  const dtype: DType = facts.dtype;
  const elements = facts.decode(data.subarray(begin, end), (problem) =>
    bad(file, `has tensor ${name} (${type} ${showShape(shape)}) ${problem}`),
  );
  return { dtype, shape, data: elements };
}

function unknownType({ name, type }: Entry, file: string): ChainruleError {
  const readable = Object.keys(elementTypes).join(", ");
  if (!unreadableTypes.includes(type)) {
    return bad(file, `gives tensor ${name} the unknown dtype ${type}; known are ${readable}`);
  }
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: "safetensors",
    problem: `${file} holds tensor ${name} as ${type}; readable are ${readable}`,
    fix: "Convert the tensor to one of these types and save the file again.",
    detail: { file, tensor: name, dtype: type },
  });
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function bad(file: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "safetensors",
    problem: `${file} ${problem}`,
    fix: "Check that this is the right file and that it was written or downloaded completely.",
    detail: { file },
    cause,
  });
}
