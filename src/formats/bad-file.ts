// The error of files that break the rules of their format, in one wording for all formats.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";

/** Makes the error for what is wrong in the file in hand: `has a hole at byte 7`; with what helps, if that is known. */
export type Refuse = (problem: string, cause?: unknown, fix?: string) => ChainruleError;

const usualFix =
  "Check that this is the right file and that it was written or downloaded completely.";

/** Gives the maker of `BAD_FILE` errors for one file. */
export function refuser(format: string, file: string): Refuse {
  return (problem, cause, fix = usualFix) =>
    new ChainruleError({
      code: "BAD_FILE",
      op: format,
      problem: `${file} ${problem}`,
      fix,
      detail: { file },
      cause,
    });
}

/** The error for what a format knows and this library does not read. */
export function unsupported(
  format: string,
  file: string,
  problem: string,
  fix: string,
): ChainruleError {
  return new ChainruleError({
    code: "UNSUPPORTED",
    op: format,
    problem: `${file} ${problem}`,
    fix,
    detail: { file },
  });
}

/** Checks that what is to be decoded are bytes. */
export function checkBytes(op: string, bytes: unknown): asserts bytes is Uint8Array {
  if (bytes instanceof Uint8Array) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes the bytes of a file as a Uint8Array; received ${showValue(bytes)}`,
    fix: "Wrap an ArrayBuffer with new Uint8Array(buffer); for a path there are functions that load.",
  });
}

/** Checks that what is to be written are tensors by name. */
export function checkNamed(op: string, tensors: unknown): void {
  if (typeof tensors === "object" && tensors !== null && Symbol.iterator in tensors) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `takes a Map from names to tensors; received ${showValue(tensors)}`,
    fix: "Of a record make one by new Map(Object.entries(tensors)); nn.saveState(model) gives a model's.",
  });
}

/** Text of a file for an error, cut where nobody reads on. */
export function shown(text: string, most: number = 80): string {
  const clean = JSON.stringify(text.slice(0, most));
  return text.length > most ? `${clean.slice(0, -1)}…"` : clean;
}
