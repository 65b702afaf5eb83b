// Rows of tokens as tensors, and the errors of what cannot be encoded or decoded.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Row } from "./post-processors.ts";
import { type Filling, filledLength } from "./rows.ts";

/** Texts as rows of tokens of one length T. */
export interface EncodedBatch {
  /** int32 `[B, T]`. */
  readonly ids: HostTensor;
  /** bool `[B, T]`: true for tokens, false for what fills rows up. */
  readonly attentionMask: HostTensor;
  /** int32 `[B, T]`: which text of a pair a token is of. */
  readonly typeIds: HostTensor;
  /** int32 `[B]`: tokens of each row. */
  readonly lengths: HostTensor;
}

/** Longest text in UTF-16 units: more than any book, and less than what memory cannot hold. */
const longestText = 2 ** 26;
/** Puts rows into tensors. */
export function batchOf(rows: readonly Row[], filling: Filling): EncodedBatch {
  const longest = rows.reduce((length, row) => Math.max(length, row.ids.length), 0);
  const length = filledLength(longest, filling);
  const shape = [rows.length, length];
  const ids = new Int32Array(rows.length * length).fill(filling.id);
  const typeIds = new Int32Array(ids.length).fill(filling.typeId);
  const mask = new Uint8Array(ids.length);
  for (const [k, row] of rows.entries()) {
    const start = k * length + (filling.side === "left" ? length - row.ids.length : 0);
    ids.set(row.ids, start);
    typeIds.set(row.typeIds, start);
    mask.fill(1, start, start + row.ids.length);
  }
  const lengths = Int32Array.from(rows, (row) => row.ids.length);
  return {
    ids: { dtype: "int32", shape, data: ids },
    attentionMask: { dtype: "bool", shape, data: mask },
    typeIds: { dtype: "int32", shape, data: typeIds },
    lengths: { dtype: "int32", shape: [rows.length], data: lengths },
  };
}

/** Refuses what is no text, or too long a one. */
export function checkText(text: unknown): asserts text is string {
  if (typeof text === "string" && text.length <= longestText) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Tokenizer.encode",
    problem:
      typeof text === "string"
        ? `the text has ${text.length} characters; the longest that is taken has ${longestText}`
        : `a text is needed; received ${showValue(text)}`,
    fix: typeof text === "string" ? "Cut it into parts." : "Pass a string.",
  });
}

/** Refuses what is no list: an array, or a typed one of numbers. */
export function checkList(op: string, name: string, list: unknown): void {
  if (Array.isArray(list) || ArrayBuffer.isView(list)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a list; received ${showValue(list)}`,
    fix: "Pass an array.",
  });
}

/** Refuses pairs that are not as many as the texts. */
export function checkPairs(texts: readonly string[], pairs: readonly string[] | undefined): void {
  checkList("Tokenizer.encodeBatch", "texts", texts);
  if (pairs === undefined || pairs.length === texts.length) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Tokenizer.encodeBatch",
    problem: `there are ${texts.length} texts and ${pairs.length} pairs`,
    fix: "Pass one second text for each text.",
    detail: { texts: texts.length, pairs: pairs.length },
  });
}

/** Refuses a number that is no token. */
export function noToken(id: unknown, size: number): never {
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Tokenizer.decode",
    problem: `${showValue(id)} is no token; the vocabulary has numbers below ${size}`,
    fix: "Pass numbers that this tokenizer gives.",
    detail: { id, size },
  });
}

/** The error of rows that differ in length where nothing fills them up. */
export function nothingToFillWith(rows: readonly Row[]): ChainruleError {
  const lengths = rows.map((row) => row.ids.length);
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Tokenizer.encodeBatch",
    problem: `rows have ${Math.min(...lengths)} to ${Math.max(...lengths)} tokens, and no token is known that fills rows up`,
    fix: "Pass { padId }, the number of such a token.",
    detail: { lengths },
  });
}
