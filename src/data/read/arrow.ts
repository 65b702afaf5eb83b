// Arrow files and streams (Feather version 2 is one) as tables, by flechette: an optional package that is loaded when a file
// is read.

import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkArrow, isFlat } from "./arrow-limits.ts";
import { type ArrowField, arrowMagic } from "./arrow-messages.ts";
import { TooMuch } from "./budget.ts";
import type { ColumnKind } from "./column.ts";
import { notInstalled } from "./decode-image.ts";
import { unpackLz4 } from "./lz4.ts";
import { damaged, tooLarge } from "./parquet.ts";
import { type ByteSource, bytesOf, nameOf, type SourceOptions } from "./source.ts";
import { givenKind, type KindOptions, noColumn, Table } from "./table.ts";
import { noValue } from "./values-column.ts";

/** Options of `readArrow`. */
export interface ArrowOptions extends KindOptions, SourceOptions {
  /** Columns to read; default all. */
  readonly columns?: readonly string[];
}

const arrowNames = {
  kinds: true,
  maxCategories: true,
  name: true,
  maxBytes: true,
  columns: true,
} as const satisfies OptionNames<ArrowOptions>;

/** Types of days and times in the format's numbering, which flechette gives as milliseconds. */
const [dateType, timestampType] = [8, 10];

/**
 * Reads an Arrow IPC file or stream, or a Feather (version 2) file, as a table: numbers, truth values, dates, times,
 * texts and dictionaries of them. Integers of 64 bits must be below 2⁵³.
 *
 * Every size and offset is checked before it is believed, and values take at most `maxBytes`, 8 for each number, so that
 * a file made to do harm does none.
 * Errors: `MISSING_FILE` where @uwdata/flechette is not installed, `BAD_FILE` for damaged files, lists and nested columns.
 */
export async function readArrow(source: ByteSource, options: ArrowOptions = {}): Promise<Table> {
  checkOptionNames("readArrow", options, arrowNames);
  const name = nameOf(source, options);
  const { maxBytes = 2 ** 30, columns: wanted } = options;
  const library = await flechette();
  const bytes = aligned(await bytesOf(source, options));
  try {
    checkEnd(bytes);
    const { table, fields } = decoded(library, bytes, maxBytes);
    const names = fields.map((field) => field.name);
    const columns = (wanted ?? names).map((column) => {
      const at = names.indexOf(column);
      if (at < 0) throw noColumn("readArrow", column, names);
      if (!isFlat(fields[at])) throw noValue(column, 0, []);
      return [column, Array.from(table.getChildAt(at).toArray())] as const;
    });
    return Table.fromValues(columns, { ...options, kinds: kindsOf(fields, options) });
  } catch (cause) {
    if (cause instanceof TooMuch) throw tooLarge("readArrow", name, cause.message, maxBytes);
    throw cause instanceof ChainruleError ? cause : damaged(name, "Arrow", cause);
  }
}

type Flechette = typeof import("@uwdata/flechette");
type Decoded = ReturnType<Flechette["tableFromIPC"]>;

/** The number of LZ4 in the format. */
const lz4 = 0;

/** Lets flechette read a file that has been checked, with its buffers as they were unpacked for that. */
function decoded(
  { tableFromIPC, getCompressionCodec, setCompressionCodec }: Flechette,
  bytes: Uint8Array,
  maxBytes: number,
): { readonly table: Decoded; readonly fields: readonly ArrowField[] } {
  const unpacked = new Map<number, Uint8Array>();
  const fields = checkArrow(bytes, maxBytes, (codec, packed, length) => {
    const own = codec === lz4;
    const decode = getCompressionCodec(codec as 0)?.decode; // one that the user has set
    if (!own && !decode) throw new Error(`compression codec ${codec === 1 ? "ZSTD" : codec}`);
    const found = own ? unpackLz4(packed, length) : decode!(packed);
    if (found.length !== length)
      throw new Error(`a buffer unpacks to ${found.length} bytes, not ${length}`);
    unpacked.set(packed.byteOffset, found);
    return found;
  });
  const before = getCompressionCodec(lz4);
  const decode = (packed: Uint8Array): Uint8Array => unpacked.get(packed.byteOffset) ?? refuse();
  setCompressionCodec(lz4, { encode: refuse, decode });
  try {
    return { table: tableFromIPC(bytes), fields };
  } finally {
    setCompressionCodec(lz4, before ?? { encode: refuse, decode: (packed) => unpackLz4(packed) });
  }
}

/** The kinds that are given, and those of days and times, which flechette gives as milliseconds. */
function kindsOf(fields: readonly ArrowField[], options: ArrowOptions): Record<string, ColumnKind> {
  const kinds: Record<string, ColumnKind> = {};
  for (const { name, type, dictionary } of fields) {
    const given = givenKind(options, name);
    const isTime = (type.id === dateType || type.id === timestampType) && !dictionary;
    if (given !== undefined || isTime) kinds[name] = given ?? "date";
  }
  return kinds;
}

/** Bytes at a place where numbers of 64 bits may lie. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}

/** What stands at both ends of a file, and at the end of a stream: without it records may be missing. */
const endOfStream = "\xff\xff\xff\xff\0\0\0\0";

function checkEnd(bytes: Uint8Array): void {
  const isFile = textOf(bytes.subarray(0, 6)) === arrowMagic;
  if (textOf(bytes.subarray(isFile ? -6 : -8)) !== (isFile ? arrowMagic : endOfStream))
    throw new Error("it is cut off, or no such file: its end mark is missing");
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function refuse(): never {
  throw new Error("LZ4 is unpacked once here, and never written");
}

async function flechette(): Promise<Flechette> {
  try {
    return await import("@uwdata/flechette");
  } catch (cause) {
    throw notInstalled("@uwdata/flechette", "Arrow files", cause);
  }
}
