// The header of a safetensors file: a length, and JSON that says where each tensor's bytes lie. It is checked completely
// before any tensor is read, so that sizes and places can be trusted afterwards.

import type { ChainruleError } from "../core/errors.ts";
import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import { refuser, shown, unsupported } from "./bad-file.ts";
import { anotherKind, isAnotherKind } from "./look-alike.ts";
import { typesByName, unreadableTypes, writtenNames } from "./safetensors-types.ts";
import { type StoredType, storedTypes } from "./stored.ts";

/** A tensor of the file: what it is, and which bytes it has, counted from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** A checked header: entries in the order of their bytes, which follow each other without holes. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Record<string, string>;
}

/** The key of the header that is no tensor. */
export const metadataKey = "__metadata__";
const maxHeaderBytes = 100_000_000;

/** Reads the length of the header from the first 8 bytes of a file of `size` bytes. */
export function readHeaderLength(start: Uint8Array, size: number, file: string): number {
  const bad = refuser("safetensors", file);
  if (start.length < 8) {
    throw bad(`is truncated: it has ${start.length} bytes, the header length alone needs 8`);
  }
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const length = Number(view.getBigUint64(0, true));
  if (length > maxHeaderBytes || (length > size - 8 && isAnotherKind(start.subarray(0, 8)))) {
    const reason = `a header of ${length} bytes, at most 100 MB allowed`;
    throw anotherKind("safetensors", file, { wanted: "a safetensors file", reason, start });
  }
  if (length > size - 8) {
    throw bad(`is truncated: its header has ${length} bytes, but only ${size - 8} follow`);
  }
  return length;
}

/** Reads and checks the header's text; `available` bytes follow it in the file. */
export function readHeader(text: Uint8Array, available: number, file: string): SafetensorsHeader {
  const found: SafetensorsEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseHeader(text, file))) {
    if (name === metadataKey) metadata = readMetadata(value, file);
    else found.push(readEntry(name, value, file));
  }
  const entries = found.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCoverage(entries, available, file);
  for (const entry of entries) checkSize(entry, file);
  return { entries, metadata };
}

/** The error of a tensor whose elements are not what they must be. */
export function badElements(entry: SafetensorsEntry, file: string) {
  return (problem: string): ChainruleError =>
    refuser("safetensors", file)(`has tensor ${entry.name} (${describe(entry)}) ${problem}`);
}

function parseHeader(bytes: Uint8Array, file: string): object {
  const bad = refuser("safetensors", file);
  let header: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw bad(`has a header that is not JSON in UTF-8 (${reason})`, cause);
  }
  if (bytes[0] === 0x7b && isRecord(header)) return header;
  throw bad("has a header that is not a JSON object beginning with {");
}

function readMetadata(value: unknown, file: string): Record<string, string> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  throw refuser("safetensors", file)(`has ${metadataKey} that is not a record of strings`);
}

function readEntry(name: string, value: unknown, file: string): SafetensorsEntry {
  const bad = refuser("safetensors", file);
  if (!isRecord(value)) throw bad(`describes tensor ${name} by ${asText(value)}`);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (typeof dtype !== "string") throw bad(`gives tensor ${name} no dtype`);
  if (!isSizes(shape)) {
    throw bad(`gives tensor ${name} the shape ${asText(shape)}, needed sizes ≥ 0`);
  }
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw bad(`gives tensor ${name} the data_offsets ${asText(offsets)}, needed [begin, end]`);
  }
  const type = typesByName.get(dtype);
  if (type === undefined) throw unknownType(name, dtype, file);
  return { name, type, shape, begin: offsets[0], end: offsets[1] };
}

/** The format's rule: sorted by place, tensors follow each other without hole or overlap to the end. */
function checkCoverage(
  entries: readonly SafetensorsEntry[],
  available: number,
  file: string,
): void {
  const bad = refuser("safetensors", file);
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const kind = begin < position ? "overlaps the tensor before it" : "leaves a hole before it";
      throw bad(`has tensor ${name} at byte ${begin}, which ${kind} (needed ${position})`);
    }
    position = end;
  }
  if (position === available) return;
  throw bad(
    position > available
      ? `is truncated: its tensors need ${position} bytes after the header, but it has ${available}`
      : `has ${available - position} bytes after its last tensor`,
  );
}

function checkSize(entry: SafetensorsEntry, file: string): void {
  const given = entry.end - entry.begin;
  const needed = sizeOf(entry.shape) * storedTypes[entry.type].bytes;
  if (given === needed) return;
  throw refuser(
    "safetensors",
    file,
  )(`gives tensor ${entry.name} ${given} bytes, but ${describe(entry)} needs ${needed}`);
}

function describe({ type, shape }: SafetensorsEntry): string {
  return `${writtenNames[type]} ${showShape(shape)}`;
}

function unknownType(name: string, dtype: string, file: string): ChainruleError {
  const readable = [...typesByName.keys()].join(", ");
  if (!unreadableTypes.includes(dtype)) {
    return refuser(
      "safetensors",
      file,
    )(`gives tensor ${name} the unknown dtype ${shown(dtype)}; known are ${readable}`);
  }
  return unsupported(
    "safetensors",
    file,
    `holds tensor ${name} as ${dtype}; readable are ${readable}`,
    "Convert the tensor to one of these types and save the file again.",
  );
}

/** A value of the header for an error. */
function asText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
