// JSON lines: one JSON value a line (jsonlines.org, also called NDJSON), read one after the other or as a table.

import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { type ByteSource, nameOf, type SourceOptions, textOf } from "./source.ts";
import { type KindOptions, Table, type TableRecord } from "./table.ts";

/** Options of `readJsonl`. */
export interface JsonlOptions extends KindOptions, SourceOptions {}

const jsonlNames = {
  kinds: true,
  maxCategories: true,
  name: true,
  maxBytes: true,
} as const satisfies OptionNames<JsonlOptions>;

/** Most characters of a line. */
const longestLine = 2 ** 26;

/**
 * Reads a file of JSON lines value after value; blank lines are passed over. The type of values is the caller's claim,
 * nothing checks it. Errors: `BAD_FILE` names the line that is no JSON.
 */
export async function* jsonlValues<Value = unknown>(
  source: ByteSource,
  options: SourceOptions = {},
): AsyncGenerator<Value, void, void> {
  const file = nameOf(source, options);
  let number = 0;
  for await (const line of linesOf(source, options)) {
    number++;
    if (line.length > longestLine)
      throw badLine(file, number, `has over ${longestLine} characters`);
    if (line.trim() !== "") yield parsed(line, file, number) as Value;
  }
}

/** Reads a file of JSON lines, each an object of numbers, texts, truth values and nulls, as a table. */
export async function readJsonl(source: ByteSource, options: JsonlOptions = {}): Promise<Table> {
  checkOptionNames("readJsonl", options, jsonlNames);
  const records: TableRecord[] = [];
  for await (const value of jsonlValues(source, options)) {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      records.push(value as TableRecord);
    else {
      const found = Array.isArray(value) ? "a list" : JSON.stringify(value).slice(0, 40);
      throw badLine(
        nameOf(source, options),
        records.length + 1,
        `is ${found}, not an object`,
        "record",
      );
    }
  }
  return Table.fromRecords(records, options);
}

async function* linesOf(
  source: ByteSource,
  options: SourceOptions,
): AsyncGenerator<string, void, void> {
  let pieces: string[] = [];
  let waiting = 0;
  for await (const text of textOf(source, options)) {
    const lines = text.split("\n");
    const last = lines.pop()!;
    if (lines.length > 0) {
      yield pieces.join("") + lines[0];
      yield* lines.slice(1);
      pieces = [];
      waiting = 0;
    }
    pieces.push(last);
    waiting += last.length;
    if (waiting > longestLine) break; // the reader refuses it
  }
  yield pieces.join("");
}

function parsed(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw badLine(file, number, `is no JSON (${reason}): ${JSON.stringify(line.slice(0, 60))}`);
  }
}

function badLine(file: string, line: number, problem: string, what = "line"): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "jsonl",
    problem: `${file}, ${what} ${line}: ${problem}`,
    fix: "Each line must hold one whole JSON value, such as an object.",
    detail: { file, [what]: line },
  });
}
