// What an Arrow file or stream says of itself: the types of its columns, and where its batches lie. It is read before
// flechette sees the file, which believes every size and offset; what is odd is refused here.
// Errors are plain ones with the reason. Source: Apache Arrow Columnar Format 1.5, "Serialization and IPC", Message.fbs.

import { FlatBuffer } from "./flat-buffer.ts";

/** A column, or a part of one, as its type says. */
export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  /** The number of the dictionary that holds its values, where it has one. */
  readonly dictionary?: { readonly id: number; readonly indexBytes: number };
}

/** How values lie in memory. */
export interface ArrowType {
  /** The type's number in the format. */
  readonly id: number;
  /** Bytes of a value that has a fixed width. */
  readonly bytes: number;
  readonly children: readonly ArrowField[];
}

/** Columns of some records, or values of a dictionary. */
export interface ArrowBatch {
  readonly length: number;
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  readonly regions: readonly { readonly offset: number; readonly length: number }[];
  readonly codec: number | undefined;
  /** How many buffers of text the columns of views have. */
  readonly variadic: readonly number[];
  readonly body: Uint8Array;
}

/** All that is in a file. */
export interface ArrowContents {
  readonly fields: readonly ArrowField[];
  readonly dictionaries: readonly (ArrowBatch & { readonly id: number; readonly added: boolean })[];
  readonly records: readonly ArrowBatch[];
}

/** Files begin and end with it. */
export const arrowMagic = "ARROW1";

/** Reads what a file or stream says of itself. */
export function arrowContents(bytes: Uint8Array): ArrowContents {
  const begin = String.fromCharCode(...bytes.subarray(0, arrowMagic.length));
  return begin === arrowMagic ? fileContents(bytes) : streamContents(bytes);
}

function fileContents(bytes: Uint8Array): ArrowContents {
  const flat = new FlatBuffer(bytes);
  const end = bytes.length - arrowMagic.length - 4;
  const footer = end - flat.int32(end);
  checkMetadata(flat, flat.field(footer, 12));
  const messages = (slot: number): readonly Message[] =>
    flat.list(flat.field(footer, slot), 24).map((at) => messageAt(bytes, flat.size(at)));
  return contentsOf(schemaAt(flat, flat.field(footer, 6)), [...messages(8), ...messages(10)]);
}

function streamContents(bytes: Uint8Array): ArrowContents {
  const messages: Message[] = [];
  for (let at = 0; ; at = messages[messages.length - 1].end) {
    const message = messageAt(bytes, at);
    if (message.kind === "end") break;
    messages.push(message);
  }
  const [schema, ...rest] = messages;
  if (schema?.kind !== "schema") throw new Error("it does not begin with a schema");
  return contentsOf(schemaAt(schema.flat, schema.at), rest);
}

function contentsOf(fields: readonly ArrowField[], messages: readonly Message[]): ArrowContents {
  const [dictionaries, records]: [ArrowContents["dictionaries"][number][], ArrowBatch[]] = [[], []];
  for (const { kind, flat, at, body } of messages) {
    if (kind === "records") records.push(batchAt(flat, at, body));
    else if (kind === "dictionary") {
      const added = flat.field(at, 8);
      dictionaries.push({
        ...batchAt(flat, flat.field(at, 6), body),
        id: sizeOr(flat, flat.field(at, 4)),
        added: added !== 0 && flat.int8(added) !== 0,
      });
    } else throw new Error(`it has a message of the kind "${kind}" where records should be`);
  }
  return { fields, dictionaries, records };
}

// --- messages ---

interface Message {
  readonly kind: "schema" | "dictionary" | "records" | "end" | "other";
  readonly flat: FlatBuffer;
  /** Where its table is pointed to from. */
  readonly at: number;
  readonly body: Uint8Array;
  /** Where it ends in the file. */
  readonly end: number;
}

const kinds = { 1: "schema", 2: "dictionary", 3: "records" } as const;
/** The fourth version of the format, of 2017: nodes and buffers of older ones lie otherwise. */
const oldest = 3;

function messageAt(bytes: Uint8Array, at: number): Message {
  const file = new FlatBuffer(bytes);
  const start = file.int32(at) === -1 ? at + 8 : at + 4;
  const length = file.int32(start - 4);
  const flat = new FlatBuffer(bytes.subarray(start, start + length));
  const body = bytes.subarray(0, 0);
  if (length === 0) return { kind: "end", flat, at: 0, body, end: start };
  if (length < 0 || start + length > bytes.length) throw new Error("it has a message of no length");
  const [version, kind, table] = [flat.field(0, 4), flat.field(0, 6), flat.field(0, 8)];
  if (version === 0 || flat.int16(version) < oldest || table === 0)
    throw new Error("it has a message of a version that is not read");
  const size = sizeOr(flat, flat.field(0, 10));
  const end = start + length + size;
  if (end > bytes.length) throw new Error(`a message ends at byte ${end}, the file before`);
  const found = kinds[flat.int8(kind) as keyof typeof kinds] ?? "other";
  return { kind: found, flat, at: table, body: bytes.subarray(start + length, end), end };
}

function batchAt(flat: FlatBuffer, at: number, body: Uint8Array): ArrowBatch {
  if (at === 0) throw new Error("it has a batch without records");
  const pairs = (slot: number): readonly (readonly [number, number])[] =>
    flat.list(flat.field(at, slot), 16).map((pair) => [flat.size(pair), flat.size(pair + 8)]);
  const packed = flat.field(at, 10);
  const codec = packed === 0 ? 0 : flat.field(packed, 4);
  return {
    length: sizeOr(flat, flat.field(at, 4)),
    nodes: pairs(6).map(([length, nulls]) => ({ length, nulls })),
    regions: pairs(8).map(([offset, length]) => ({ offset, length })),
    codec: packed === 0 ? undefined : codec === 0 ? 0 : flat.int8(codec),
    variadic: flat.list(flat.field(at, 12), 8).map((count) => flat.size(count)),
    body,
  };
}

function sizeOr(flat: FlatBuffer, at: number): number {
  return at === 0 ? 0 : flat.size(at);
}

// --- types ---

/** Deeper ones are nobody's table. */
const deepest = 16;

function schemaAt(flat: FlatBuffer, at: number): readonly ArrowField[] {
  if (at === 0) throw new Error("it has no schema");
  const endianness = flat.field(at, 4);
  if (endianness !== 0 && flat.int16(endianness) !== 0)
    throw new Error("its numbers are big-endian");
  checkMetadata(flat, flat.field(at, 8));
  return flat.list(flat.field(at, 6), 4).map((field) => fieldAt(flat, field, 1));
}

function fieldAt(flat: FlatBuffer, at: number, depth: number): ArrowField {
  if (depth > deepest) throw new Error(`its types are nested more than ${deepest} deep`);
  const [kind, type, dictionary] = [flat.field(at, 8), flat.field(at, 10), flat.field(at, 12)];
  if (kind === 0 || type === 0) throw new Error("it has a column without a type");
  checkMetadata(flat, flat.field(at, 16));
  const name = flat.text(flat.field(at, 4));
  const children = flat.list(flat.field(at, 14), 4).map((c) => fieldAt(flat, c, depth + 1));
  const id = flat.int8(kind);
  if (id === timestamp) flat.checkText(flat.field(type, 6));
  const found = { name, type: { id, bytes: bytesOf(flat, type, id), children } };
  if (dictionary === 0) return found;
  const index = flat.field(dictionary, 6);
  const indexBytes = index === 0 ? 4 : bytesOf(flat, index, 2);
  return { ...found, dictionary: { id: sizeOr(flat, flat.field(dictionary, 4)), indexBytes } };
}

const timestamp = 10;

/** Bytes of a value, from the first number of its type or that number's default. 0: it has no fixed width; ⅛: a bit. */
function bytesOf(flat: FlatBuffer, type: number, id: number): number {
  const number = (slot: number, read: "int16" | "int32", otherwise: number): number => {
    const at = flat.field(type, slot);
    return at === 0 ? otherwise : flat[read](at);
  };
  const widths: Readonly<Record<number, () => number>> = {
    2: () => number(4, "int32", 0) / 8,
    3: () => [2, 4, 8][number(4, "int16", 0)],
    6: () => 1 / 8,
    7: () => number(8, "int32", 128) / 8,
    8: () => [4, 8][number(4, "int16", 1)],
    9: () => [4, 4, 8, 8][number(4, "int16", 1)],
    [timestamp]: () => 8,
    11: () => [4, 8, 16][number(4, "int16", 0)],
    15: () => number(4, "int32", 0),
    18: () => 8,
  };
  return widths[id]?.() ?? 0;
}

/** Pairs of texts; flechette reads them all. */
function checkMetadata(flat: FlatBuffer, at: number): void {
  for (const pair of flat.list(at, 4)) {
    flat.checkText(flat.field(pair, 4));
    flat.checkText(flat.field(pair, 6));
  }
}
