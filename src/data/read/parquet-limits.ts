// Checks the pages of a Parquet file before hyparquet reads them, which believes their counts: values, runs and texts must
// lie in their bytes, places in dictionaries must exist, and all that they become must fit into a limit.
// Errors are plain ones with the reason. Source: Apache Parquet Format 2.11, parquet.thrift and Encodings.md.

import type { Budget } from "./budget.ts";
import { differences, runs } from "./parquet-runs.ts";
import { ThriftReader, type ThriftStruct, type ThriftValue } from "./thrift.ts";

/** Unpacks a page to so many bytes. */
export type UnpackPage = (packed: Uint8Array, bytes: number) => Uint8Array;

/** A column of a group of records. */
export interface ParquetChunk {
  readonly name: string;
  /** The physical type's name, and bytes of one of fixed length. */
  readonly type: string | undefined;
  readonly typeLength: number;
  readonly isDecimal: boolean;
  readonly optional: boolean;
  readonly values: number;
  /** Its bytes, and how a page of them is unpacked. */
  readonly bytes: Uint8Array;
  readonly unpack: UnpackPage;
}

/** Longest decimal number, of 77 digits and more; hyparquet takes time by the square of the bytes. */
const longestDecimal = 64;

/** Goes through the description at the end of a file. */
export function checkFooter(bytes: Uint8Array): void {
  if (bytes.length < 12) throw new Error("it is too short");
  const end = String.fromCharCode(...bytes.subarray(-4));
  if (end === "PARE") throw new Error("it is encrypted");
  if (end !== "PAR1") throw new Error('it does not end with "PAR1", as Parquet files do');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = view.getUint32(bytes.length - 8, true);
  if (length > bytes.length - 12) throw new Error(`its description is of ${length} bytes`);
  const footer = new ThriftReader(bytes.subarray(0, -8), bytes.length - 8 - length).struct();
  const decimals = listOf(footer[2]).some((element) => structOf(element)[6] === 5);
  if (!decimals) return;
  for (const group of listOf(footer[4]))
    for (const column of listOf(structOf(group)[1]))
      for (const value of Object.values(structOf(structOf(structOf(column)[3])[12])))
        if (value instanceof Uint8Array && value.length > 4096)
          throw new Error(`it has a statistic of ${value.length} bytes`);
}

/** Checks the pages of a column. */
export function checkPages(chunk: ParquetChunk, budget: Budget): void {
  let dictionary: number | undefined;
  const reader = new ThriftReader(chunk.bytes);
  let seen = 0;
  while (seen < chunk.values && reader.at < chunk.bytes.length - 1) {
    const page = pageAt(reader, chunk, budget);
    if (page.kind === dictionaryPage) {
      checkPlain(chunk, page.content, page.count, budget);
      dictionary = page.count;
    } else {
      if (seen + page.count > chunk.values)
        throw new Error(`column ${JSON.stringify(chunk.name)} has more values than it says`);
      checkValues(chunk, page, dictionary, budget);
      seen += page.count;
    }
  }
  if (seen < chunk.values)
    throw new Error(`column ${JSON.stringify(chunk.name)} has ${seen} values of ${chunk.values}`);
}

const [dataPage, dictionaryPage, dataPage2] = [0, 2, 3];

interface Page {
  readonly kind: number;
  /** Values, and those of them that are there. */
  readonly count: number;
  readonly present: number;
  readonly encoding: number;
  readonly content: Uint8Array;
}

function pageAt(reader: ThriftReader, chunk: ParquetChunk, budget: Budget): Page {
  const header = reader.struct();
  const [kind, unpacked, packed] = [header[1], numberOf(header[2]), numberOf(header[3])];
  if (reader.at + packed > chunk.bytes.length)
    throw new Error(`a page of ${packed} bytes is cut off`);
  const bytes = chunk.bytes.subarray(reader.at, reader.at + packed);
  reader.at += packed;
  budget.take(unpacked);
  if (kind === dictionaryPage) {
    const count = numberOf(structOf(header[7])[1]);
    budget.take(8 * count);
    return { kind, count, present: count, encoding: 0, content: chunk.unpack(bytes, unpacked) };
  }
  const facts = structOf(header[kind === dataPage ? 5 : 8]);
  const count = numberOf(facts[1]);
  budget.take(8 * count);
  if (kind === dataPage) return page1(chunk, count, facts, chunk.unpack(bytes, unpacked));
  if (kind === dataPage2) return page2(chunk, count, facts, bytes, unpacked);
  throw new Error(`it has a page of the kind ${kind}`);
}

/** Version 1: which values are there is said in the page, with a length before. */
function page1(
  { optional }: ParquetChunk,
  count: number,
  facts: ThriftStruct,
  page: Uint8Array,
): Page {
  const encoding = numberOf(facts[2]);
  const whole = { kind: dataPage, count, encoding };
  if (!optional) return { ...whole, present: count, content: page };
  const levels = counted(page);
  return { ...whole, present: presentIn(levels, count), content: page.subarray(4 + levels.length) };
}

/** Version 2: it is said before the page, and not packed. */
function page2(
  { optional, unpack }: ParquetChunk,
  count: number,
  facts: ThriftStruct,
  bytes: Uint8Array,
  unpacked: number,
): Page {
  const [nulls, rows, encoding] = [numberOf(facts[2]), numberOf(facts[3]), numberOf(facts[4])];
  const [definitions, repetitions] = [numberOf(facts[5]), numberOf(facts[6])];
  if (repetitions !== 0 || definitions > bytes.length || rows !== count)
    throw new Error("a page is not one of a simple column");
  const present = optional ? presentIn(bytes.subarray(0, definitions), count) : count;
  if (present !== count - nulls) throw new Error("a page has another number of missing values");
  const values = bytes.subarray(definitions);
  const content = facts[7] === false ? values : unpack(values, unpacked - definitions);
  return { kind: dataPage2, count, present, encoding, content };
}

function presentIn(levels: Uint8Array, count: number): number {
  return runs(levels, 1, count).reduce((sum, level) => sum + level, 0);
}

/** What stands behind its length. */
function counted(bytes: Uint8Array): Uint8Array {
  const length = uint32(bytes, 0);
  if (4 + length > bytes.length) throw new Error("a page is cut off");
  return bytes.subarray(4, 4 + length);
}

// --- values ---

function checkValues(
  chunk: ParquetChunk,
  { content, encoding, present, kind }: Page,
  dictionary: number | undefined,
  budget: Budget,
): void {
  const { type } = chunk;
  if (encoding === 0) checkPlain(chunk, content, present, budget);
  else if (encoding === 2 || encoding === 8) {
    if (dictionary === undefined) throw new Error("a page has no dictionary");
    if (content.length === 0 && present === 0 && kind === dataPage2) return;
    const indices = runs(content.subarray(1), content[0] ?? 99, content[0] === 0 ? 0 : present);
    const wrong = indices.find((index) => index >= dictionary);
    if (wrong !== undefined || (present > 0 && dictionary === 0))
      throw new Error(`a page has value ${wrong ?? 0} of a dictionary of ${dictionary}`);
  } else if (encoding === 3 && type === "BOOLEAN") runs(counted(content), 1, present);
  else if (encoding === 5 && (type === "INT32" || type === "INT64"))
    differences(content, present, type === "INT32" ? 32 : 64);
  else if (encoding === 6 && type === "BYTE_ARRAY") differences(content, present, 32);
  else if (encoding === 7) checkPrefixes(content, present, budget);
  else if (encoding === 9) atLeast(content, present * widthOf(chunk));
  else throw new Error(`a page has the encoding ${encoding}`);
}

/** Bits of a value of a fixed width. */
function widthOf({ type, typeLength, isDecimal }: ParquetChunk): number {
  const bytes = { INT32: 4, INT64: 8, INT96: 12, FLOAT: 4, DOUBLE: 8, BOOLEAN: 1 / 8 }[type ?? ""];
  if (type !== "FIXED_LEN_BYTE_ARRAY") return bytes ?? 0;
  if (!(typeLength > 0) || (isDecimal && typeLength > longestDecimal))
    throw new Error(`it has values of ${typeLength} bytes`);
  return typeLength;
}

function checkPlain(chunk: ParquetChunk, bytes: Uint8Array, count: number, budget: Budget): void {
  if (chunk.type !== "BYTE_ARRAY") {
    atLeast(bytes, count * widthOf(chunk));
    return;
  }
  budget.take(bytes.length);
  for (let k = 0, at = 0; k < count; k++) {
    const length = uint32(bytes, at);
    at += 4 + length;
    if (at > bytes.length || (chunk.isDecimal && length > longestDecimal))
      throw new Error(`column ${JSON.stringify(chunk.name)} has a value of ${length} bytes`);
  }
}

/** Texts that begin as the one before does. */
function checkPrefixes(bytes: Uint8Array, count: number, budget: Budget): void {
  const prefixes = differences(bytes, count, 32);
  const suffixes = differences(bytes.subarray(prefixes.end), count, 32);
  let before = 0;
  for (let k = 0; k < count; k++) {
    const [prefix, suffix] = [prefixes.values[k], suffixes.values[k]];
    if (prefix < 0 || prefix > before || suffix < 0)
      throw new Error(`a text repeats ${prefix} bytes of ${before}`);
    before = prefix + suffix;
    budget.take(before);
  }
}

function atLeast(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed)
    throw new Error(`a page has ${bytes.length} bytes where its values take ${Math.ceil(needed)}`);
}

function uint32(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error("a page is cut off");
  return new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0, true);
}

// --- fields ---

function numberOf(value: ThriftValue | undefined): number {
  if (typeof value !== "number" || value < 0)
    throw new Error(`it has ${value} where a size should be`);
  return value;
}

function structOf(value: ThriftValue | undefined): ThriftStruct {
  const isStruct =
    typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array);
  return isStruct ? (value as ThriftStruct) : {};
}

function listOf(value: ThriftValue | undefined): readonly ThriftValue[] {
  return Array.isArray(value) ? value : [];
}
