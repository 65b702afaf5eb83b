// The header of GGUF files (github.com/ggml-org/ggml, docs/gguf.md; versions 2 and 3): metadata of typed values and the list of
// tensors. Every count is checked against the bytes that are there before anything is made of it.

import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import { type Refuse, refuser, shown, unsupported } from "./bad-file.ts";
import { blockTypes, otherBlockTypes } from "./gguf-blocks.ts";
import { anotherKind } from "./look-alike.ts";
import { type StoredType, storedTypes } from "./stored.ts";

/** A value of the metadata; integers beyond 2⁵³ are bigint. */
export type GgufValue = number | bigint | boolean | string | readonly GgufValue[];

/** A tensor of the file; `begin` and `end` are bytes of the file. */
export interface GgufEntry {
  readonly name: string;
  /** `float32` …, or a block type such as `Q4_K`. */
  readonly type: string;
  readonly typeCode: number;
  /** Sizes as in PyTorch: the fastest axis is the last. */
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** A checked header. */
export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly entries: readonly GgufEntry[];
}

/** Thrown where the header goes on behind the bytes that were given. */
export class NeedsMore extends Error {}

const plainTypes: Readonly<Record<number, StoredType>> = {
  ...{ 0: "float32", 1: "float16", 24: "int8", 25: "int16", 26: "int32", 27: "int64" },
  ...{ 28: "float64", 30: "bfloat16" },
};

/** The type of a tensor that is not in blocks. */
export function plainType(code: number): StoredType | undefined {
  return plainTypes[code];
}

const deepestArray = 8;
const mostAxes = 8;

/**
 * Reads the header from the beginning of a file of `size` bytes. Where `bytes` is a part that ends too early, it throws
 * `NeedsMore`.
 */
export function readGgufHeader(bytes: Uint8Array, size: number, file: string): GgufHeader {
  const reader = new Reader(bytes, size, refuser("gguf", file));
  const version = checkStart(reader, bytes, file);
  if (version < 2 || version > 3) throw reader.bad(`has version ${version}, needed 2 or 3`);
  const tensors = reader.count("tensors", 24);
  const values = reader.count("values", 13);
  const metadata = new Map<string, GgufValue>();
  for (let k = 0; k < values; k++) {
    const key = reader.text();
    if (metadata.has(key)) throw reader.bad(`has the key ${shown(key)} twice`);
    metadata.set(key, reader.value(reader.u32(), 0));
  }
  const found = Array.from({ length: tensors }, () => readEntry(reader, file));
  const alignment = metadata.get("general.alignment") ?? 32;
  if (
    typeof alignment !== "number" ||
    alignment < 1 ||
    alignment % 1 !== 0 ||
    alignment > 2 ** 20
  ) {
    throw reader.bad(`has the alignment ${alignment}`);
  }
  const start = Math.ceil(reader.at / alignment) * alignment;
  const entries = found.map((entry) => ({
    ...entry,
    begin: start + entry.begin,
    end: start + entry.end,
  }));
  checkPlaces(entries, size, reader.bad);
  return { metadata, entries };
}

function checkStart(reader: Reader, start: Uint8Array, file: string): number {
  const magic = reader.u32();
  if (magic !== 0x46554747) {
    const reason = "it does not begin with GGUF";
    throw anotherKind("gguf", file, { wanted: "a GGUF file", reason, start });
  }
  const version = reader.u32();
  if (version % 65_536 !== 0 || version === 0) return version;
  throw unsupported("gguf", file, "is big-endian", "Convert the file to little-endian.");
}

function readEntry(reader: Reader, file: string): GgufEntry {
  const name = reader.text();
  const axes = reader.u32();
  if (axes > mostAxes) throw reader.bad(`gives tensor ${shown(name)} ${axes} axes`);
  const shape = Array.from({ length: axes }, () => reader.u64()).reverse();
  const typeCode = reader.u32();
  const begin = reader.u64();
  const blocks = blockTypes[typeCode];
  const plain = plainTypes[typeCode];
  const type = blocks?.name ?? plain ?? unknownType(name, typeCode, file, reader.bad);
  const facts = blocks ?? { elements: 1, bytes: storedTypes[plain].bytes };
  const size = sizeOf(shape);
  const row = shape.at(-1) ?? 1;
  if (!shape.every(Number.isSafeInteger) || !Number.isSafeInteger(size * facts.bytes)) {
    throw reader.bad(`gives tensor ${shown(name)} the shape ${showShape(shape)}`);
  }
  if (row % facts.elements !== 0) {
    throw reader.bad(
      `has tensor ${shown(name)} in rows of ${row}, no multiple of ${facts.elements}`,
    );
  }
  return { name, type, typeCode, shape, begin, end: begin + (size / facts.elements) * facts.bytes };
}

function unknownType(name: string, code: number, file: string, bad: Refuse): never {
  const known = otherBlockTypes[code];
  if (known === undefined) throw bad(`gives tensor ${shown(name)} the unknown type ${code}`);
  const readable = [...Object.values(plainTypes), ...Object.values(blockTypes).map((b) => b.name)];
  throw unsupported(
    "gguf",
    file,
    `holds tensor ${shown(name)} as ${known}; readable are ${readable.join(", ")}`,
    "Take the model in another quantisation, or convert it with llama-quantize.",
  );
}

function checkPlaces(entries: readonly GgufEntry[], size: number, bad: Refuse): void {
  const names = new Set<string>();
  let free = 0;
  for (const { name, begin, end } of [...entries].sort(
    (a, b) => a.begin - b.begin || a.end - b.end,
  )) {
    if (names.has(name)) throw bad(`has two tensors ${shown(name)}`);
    names.add(name);
    if (begin < free) throw bad(`has tensor ${shown(name)} at byte ${begin}, in the one before it`);
    if (end > size) throw bad(`is truncated: tensor ${shown(name)} ends at byte ${end} of ${size}`);
    free = end;
  }
}

/** Reads little-endian values one after the other. */
class Reader {
  at = 0;
  readonly bad: Refuse;
  readonly #view: DataView;
  readonly #size: number;

  constructor(bytes: Uint8Array, size: number, bad: Refuse) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#size = size;
    this.bad = bad;
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }

  /** A number of things that take at least `bytes` each. */
  count(what: string, bytes: number): number {
    const count = this.u64();
    if (count * bytes <= this.#size - this.at) return count;
    throw this.bad(`says that ${count} ${what} follow, but has ${this.#size - this.at} bytes more`);
  }

  text(): string {
    const length = this.count("letters", 1);
    const begin = this.#skip(length);
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + begin, length);
    return new TextDecoder().decode(bytes);
  }

  value(type: number, depth: number): GgufValue {
    if (type === 8) return this.text();
    if (type === 9) return this.#array(depth);
    const scalar = scalars[type];
    if (scalar === undefined) throw this.bad(`has a value of the unknown type ${type}`);
    return scalar.read(this.#view, this.#skip(scalar.bytes));
  }

  #array(depth: number): GgufValue[] {
    if (depth >= deepestArray) throw this.bad(`has arrays nested more than ${deepestArray} deep`);
    const type = this.u32();
    const count = this.count(
      "values",
      type === 8 ? 8 : type === 9 ? 12 : (scalars[type]?.bytes ?? 1),
    );
    const values: GgufValue[] = [];
    for (let k = 0; k < count; k++) values.push(this.value(type, depth + 1));
    return values;
  }

  #skip(bytes: number): number {
    const begin = this.at;
    if (bytes > this.#size - begin) throw this.bad(`is truncated: its header runs over its end`);
    if (bytes > this.#view.byteLength - begin) throw new NeedsMore();
    this.at = begin + bytes;
    return begin;
  }
}

interface Scalar {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => GgufValue;
}

const safe = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

const scalars: Readonly<Record<number, Scalar>> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at) },
  1: { bytes: 1, read: (view, at) => view.getInt8(at) },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0 },
  10: { bytes: 8, read: (view, at) => safe(view.getBigUint64(at, true)) },
  11: { bytes: 8, read: (view, at) => safe(view.getBigInt64(at, true)) },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};
