// Readers of files by their paths, in Node: the readers of bytes over files that are read piece by piece.

import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cannotRead } from "../../formats/node-files.ts";
import type { ArrayDataset } from "../dataset.ts";
import * as text from "../pipeline/lines.ts";
import * as arrow from "./arrow.ts";
import * as jsonl from "./jsonl.ts";
import * as parquet from "./parquet.ts";
import * as csv from "./read-csv.ts";
import type { ByteSource, SourceOptions } from "./source.ts";
import type { Table, TableRecord } from "./table.ts";
import * as arrays from "./tensor-dataset.ts";

/** A path, a file URL, or bytes from elsewhere. */
export type FileSource = string | URL | ByteSource;

/**
 * The lines of a text file one after the other, as `lines` gives them for bytes. Errors: also `MISSING_FILE`.
 *
 * `pipeline(() => lines("log.txt")).filter((line) => line !== "")`
 */
export function lines(
  source: FileSource,
  options: text.LinesOptions = {},
): AsyncGenerator<string, void, void> {
  return text.lines(opened(source), named(source, options));
}

/** Reads a CSV or TSV file, as `readCsv` for bytes does. Errors: also `MISSING_FILE`. */
export function readCsv(source: FileSource, options: csv.CsvOptions = {}): Promise<Table> {
  return csv.readCsv(opened(source), named(source, options));
}

/** Reads a CSV or TSV file record after record, as `csvRecords` for bytes does. Errors: also `MISSING_FILE`. */
export function csvRecords(
  source: FileSource,
  options: csv.CsvRecordsOptions = {},
): AsyncGenerator<TableRecord, void, void> {
  return csv.csvRecords(opened(source), named(source, options));
}

/** Reads a file of JSON lines as a table, as `readJsonl` for bytes does. Errors: also `MISSING_FILE`. */
export function readJsonl(source: FileSource, options: jsonl.JsonlOptions = {}): Promise<Table> {
  return jsonl.readJsonl(opened(source), named(source, options));
}

/** Reads a file of JSON lines value after value, as `jsonlValues` for bytes does. Errors: also `MISSING_FILE`. */
export function jsonlValues<Value = unknown>(
  source: FileSource,
  options: SourceOptions = {},
): AsyncGenerator<Value, void, void> {
  return jsonl.jsonlValues<Value>(opened(source), named(source, options));
}

/** Reads a Parquet file, as `readParquet` for bytes does. Errors: also `MISSING_FILE`. */
export function readParquet(
  source: FileSource,
  options: parquet.ParquetOptions = {},
): Promise<Table> {
  return parquet.readParquet(opened(source), named(source, options));
}

/** Reads an Arrow or Feather file, as `readArrow` for bytes does. Errors: also `MISSING_FILE`. */
export function readArrow(source: FileSource, options: arrow.ArrowOptions = {}): Promise<Table> {
  return arrow.readArrow(opened(source), named(source, options));
}

/** Reads arrays of a NumPy .npz file as a data set, as `readNpz` for bytes does. Errors: also `MISSING_FILE`. */
export function readNpz<Field extends string>(
  source: FileSource,
  options: arrays.NpzDatasetOptions<Field>,
): Promise<ArrayDataset<Field>> {
  return arrays.readNpz(opened(source), named(source, options));
}

/** The bytes of a source; a path becomes the pieces of its file. */
export function opened(source: FileSource): ByteSource {
  return typeof source === "string" || source instanceof URL ? pieces(pathOf(source)) : source;
}

/** Options with the path as the name, where there is one. */
export function named<Options extends SourceOptions>(
  source: FileSource,
  options: Options,
): Options {
  if (typeof source !== "string" && !(source instanceof URL)) return options;
  return { ...options, name: options.name ?? String(source) };
}

/** The path of a file URL, or the path. */
export function pathOf(source: string | URL): string {
  return source instanceof URL ? fileURLToPath(source) : source;
}

async function* pieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* createReadStream(path, { highWaterMark: 2 ** 18 });
  } catch (cause) {
    throw cannotRead(resolve(path), {}, cause);
  }
}
