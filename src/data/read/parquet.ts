// Parquet files as tables, by hyparquet: an optional package that is loaded when a file is read.

import { gunzipSync } from "fflate";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { Budget, TooMuch } from "./budget.ts";
import { notInstalled } from "./decode-image.ts";
import { checkFooter, checkPages, type ParquetChunk } from "./parquet-limits.ts";
import { checkSnappy } from "./snappy-limits.ts";
import { type ByteSource, bytesOf, nameOf, type SourceOptions } from "./source.ts";
import { type KindOptions, noColumn, Table } from "./table.ts";
import { noValue } from "./values-column.ts";

/** Unpacks a page of a column: its bytes, and how many they become. */
export type Decompressor = (packed: Uint8Array, unpackedBytes: number) => Uint8Array;

/** Options of `readParquet`. */
export interface ParquetOptions extends KindOptions, SourceOptions {
  /** Columns to read; default all. */
  readonly columns?: readonly string[];
  /** Decompressors by codec, besides SNAPPY and GZIP: those of the package hyparquet-compressors fit. */
  readonly compressors?: Readonly<Record<string, Decompressor>>;
}

const parquetNames = {
  kinds: true,
  maxCategories: true,
  name: true,
  maxBytes: true,
  columns: true,
  compressors: true,
} as const satisfies OptionNames<ParquetOptions>;

/**
 * Reads a Parquet file as a table: numbers, truth values, dates, times and texts; integers of 64 bits must be below 2⁵³.
 *
 * Every page is checked before it is believed, and pages and values take at most `maxBytes`, 8 for each number, so that a
 * file made to do harm does none.
 * Errors: `MISSING_FILE` where hyparquet is not installed, `BAD_FILE` for damaged files, lists and nested columns.
 */
export async function readParquet(
  source: ByteSource,
  options: ParquetOptions = {},
): Promise<Table> {
  checkOptionNames("readParquet", options, parquetNames);
  const { maxBytes = 2 ** 30, columns } = options;
  const name = nameOf(source, options);
  const { parquetMetadata, parquetRead, parquetSchema, snappyUncompress } = await hyparquet();
  const bytes = await bytesOf(source, options);
  const file = new Uint8Array(bytes).buffer;
  const compressors: Record<string, Decompressor> = {
    SNAPPY: (packed, length) => {
      checkSnappy(packed);
      const out = new Uint8Array(length);
      snappyUncompress(packed, out);
      return out;
    },
    GZIP: (packed, length) => gunzipSync(packed, { out: new Uint8Array(length) }),
    ...options.compressors,
  };
  try {
    checkFooter(bytes);
    const metadata = parquetMetadata(file);
    const elements = parquetSchema(metadata).children.map((child) => child.element);
    const names = elements.map((element) => element.name);
    const missing = columns?.find((column) => !names.includes(column));
    if (missing !== undefined) throw noColumn("readParquet", missing, names);
    const wanted = columns ?? names;
    const budget = new Budget(maxBytes);
    for (const chunk of chunksOfFile(bytes, metadata, elements, wanted, compressors))
      checkPages(chunk, budget);
    const found = new Map(wanted.map((column) => [column, [] as unknown[]]));
    await parquetRead({
      file,
      metadata,
      columns: [...wanted],
      compressors,
      geoparquet: false,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const values = found.get(columnName);
        for (let k = 0; k < columnData.length; k++)
          if (values) values[rowStart + k] = columnData[k];
      },
    });
    return Table.fromValues(found, options);
  } catch (cause) {
    if (cause instanceof TooMuch) throw tooLarge("readParquet", name, cause.message, maxBytes);
    throw cause instanceof ChainruleError ? cause : damaged(name, "Parquet", cause);
  }
}

async function hyparquet(): Promise<typeof import("hyparquet")> {
  try {
    return await import("hyparquet");
  } catch (cause) {
    throw notInstalled("hyparquet", "Parquet files", cause);
  }
}

type Metadata = ReturnType<typeof import("hyparquet").parquetMetadata>;

/** The columns to read, in all groups of records. Errors where one lies outside of the file, or holds lists. */
function* chunksOfFile(
  bytes: Uint8Array,
  { row_groups }: Metadata,
  elements: Metadata["schema"],
  wanted: readonly string[],
  compressors: Readonly<Record<string, Decompressor>>,
): Generator<ParquetChunk, void, void> {
  let left = bytes.length;
  for (const { num_rows, columns } of row_groups)
    for (const { meta_data } of columns) {
      if (meta_data === undefined) throw new Error("it has a column without a place");
      const [name, ...inner] = meta_data.path_in_schema;
      if (!wanted.includes(name)) continue;
      const element = elements.find((found) => found.name === name);
      if (inner.length > 0 || element === undefined || element.repetition_type === "REPEATED")
        throw noValue(name, 0, []);
      const start = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
      const size = Number(meta_data.total_compressed_size);
      left -= size;
      if (!(start >= 0 && size >= 0 && start + size <= bytes.length && left >= 0))
        throw new Error(`column ${JSON.stringify(name)} lies outside of it`);
      if (meta_data.num_values !== num_rows)
        throw new Error(`column ${JSON.stringify(name)} has another length than its group`);
      const unpack = compressors[meta_data.codec];
      if (unpack === undefined && meta_data.codec !== "UNCOMPRESSED")
        throw new Error(`compression codec ${meta_data.codec}`);
      yield {
        name,
        type: element.type,
        typeLength: element.type_length ?? 0,
        isDecimal: element.converted_type === "DECIMAL",
        optional: element.repetition_type !== "REQUIRED",
        values: Number(num_rows),
        bytes: bytes.subarray(start, start + size),
        unpack: unpack ?? ((page) => page),
      };
    }
}

/** The error of a file that becomes more than it may. */
export function tooLarge(
  op: string,
  name: string,
  problem: string,
  maxBytes: number,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op,
    problem: `${name} is too large: ${problem}`,
    fix: "Where that is right, pass a larger `maxBytes`, or read some `columns`.",
    detail: { file: name, maxBytes },
  });
}

/** The error of a file that its package cannot read. */
export function damaged(name: string, format: string, cause: unknown): ChainruleError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const packed = /compression codec:? "?(\w+)/.exec(reason)?.[1];
  return new ChainruleError({
    code: "BAD_FILE",
    op: `read${format}`,
    problem: `${name} cannot be read as ${format}: ${reason}`,
    fix:
      packed === undefined
        ? "Check that it is such a file, and whole."
        : "Write it without compression, or packed by SNAPPY, GZIP (Parquet) or LZ4 (Arrow).",
    detail: { file: name },
    cause,
  });
}
