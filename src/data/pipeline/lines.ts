// The lines of a text as a source of records, read piece by piece.

import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../order.ts";
import { type ByteSource, nameOf, type SourceOptions, textOf } from "../read/source.ts";

/** Options of `lines`. */
export interface LinesOptions extends SourceOptions {
  /** Most characters of a line; default 2²⁴. Longer ones are refused, so that memory stays bounded. */
  readonly maxLength?: number;
}

const optionNames: OptionNames<LinesOptions> = { name: true, maxBytes: true, maxLength: true };

/**
 * The lines of a text, without their ends (`\n`, `\r\n`); gzip is unpacked, and the file is never in memory as a whole.
 *
 * `pipeline(() => lines(file)).map((line) => JSON.parse(line)).batch(32)`
 * Takes a `File` or `Blob`, bytes, a stream, or chunks of bytes. Errors: `BAD_FILE` for text that is not UTF-8 and for lines
 * that are too long.
 */
export async function* lines(
  source: ByteSource,
  options: LinesOptions = {},
): AsyncGenerator<string, void, void> {
  checkOptionNames("lines", options, optionNames);
  const { maxLength = 2 ** 24, ...rest } = options;
  checkWhole("lines", "maxLength", maxLength, 1);
  const name = nameOf(source, rest);
  let begun = "";
  let number = 1;
  for await (const text of textOf(source, rest)) {
    const parts = (begun + text).split("\n");
    begun = parts.pop()!;
    for (const part of parts) yield checked(withoutReturn(part), maxLength, name, number++);
    checked(begun, maxLength, name, number);
  }
  if (begun !== "") yield checked(withoutReturn(begun), maxLength, name, number);
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function checked(line: string, maxLength: number, name: string, number: number): string {
  if (line.length <= maxLength) return line;
  throw new ChainruleError({
    code: "BAD_FILE",
    op: "lines",
    problem: `line ${number} of ${name} has more than ${maxLength} characters`,
    fix: "Check that this is a text with lines, or raise maxLength.",
    detail: { line: number, maxLength },
  });
}
