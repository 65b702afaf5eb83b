// Text as data sets: windows of one long row of tokens, for models of what comes next, and labelled texts as rows of one
// length, for classification.

import type { HostArray } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { ArrayDataset, checkIndices, type Dataset, noField } from "../dataset.ts";
import { arrayDigits, jointDigits } from "../fingerprint.ts";
import { checkWhole } from "../order.ts";
import { checkList } from "./encoded.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Options of `textWindows`. */
export interface TextWindowOptions {
  /** Tokens of a window. */
  readonly length: number;
  /** Tokens from the start of a window to the start of the next; default `length`, which uses each token once. */
  readonly stride?: number;
}

const windowNames: OptionNames<TextWindowOptions> = { length: true, stride: true };

/**
 * Windows of a row of tokens: `inputs`, and as `targets` the same one token later.
 *
 * `textWindows(tokenizer.encode(text), { length: 128 })`; windows are cut when they are read, nothing is copied before.
 * Shape: `[N] → ⌊(N − 1 − length) / stride⌋ + 1` records of `inputs`, `targets` int32 `[length]`.
 */
export function textWindows(
  tokens: ArrayLike<number>,
  options: TextWindowOptions,
): Dataset<"inputs" | "targets"> {
  checkList("textWindows", "tokens", tokens);
  checkOptionNames("textWindows", options ?? {}, windowNames);
  const { length, stride = length } = options ?? {};
  checkWhole("textWindows", "length", length, 1);
  checkWhole("textWindows", "stride", stride, 1);
  if (tokens.length < length + 1) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "textWindows",
      problem: `there are ${tokens.length} tokens; one window of ${length} and what comes next need ${length + 1}`,
      fix: "Use shorter windows or a longer text.",
      detail: { tokens: tokens.length, length },
    });
  }
  const row = Int32Array.from(tokens);
  const odd = row.findIndex((token, k) => token !== tokens[k]);
  if (odd >= 0) throw noToken(odd, tokens[odd]);
  return new Windows(row, length, stride);
}

function noToken(index: number, token: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "textWindows",
    problem: `token ${index} is ${showValue(token)}, no whole number of 32 bits`,
    fix: "Pass what a tokenizer's encode gives.",
    detail: { index },
  });
}

class Windows implements Dataset<"inputs" | "targets"> {
  readonly size: number;
  readonly fields: Dataset<"inputs" | "targets">["fields"];
  readonly #tokens: Int32Array;
  readonly #length: number;
  readonly #stride: number;

  constructor(tokens: Int32Array, length: number, stride: number) {
    this.size = Math.floor((tokens.length - 1 - length) / stride) + 1;
    const field = { dtype: "int32", shape: [length] } as const;
    this.fields = { inputs: field, targets: field };
    this.#tokens = tokens;
    this.#length = length;
    this.#stride = stride;
  }

  fingerprint(): string {
    return jointDigits([arrayDigits(this.#tokens), String(this.#stride)])!;
  }

  read(field: "inputs" | "targets", indices: ArrayLike<number>): HostTensor {
    checkIndices("textWindows.read", indices, this.size);
    if (!Object.hasOwn(this.fields, field)) throw noField("textWindows.read", field, this);
    const length = this.#length;
    const data = new Int32Array(indices.length * length);
    for (let k = 0; k < indices.length; k++) {
      const start = indices[k] * this.#stride + (field === "targets" ? 1 : 0);
      data.set(this.#tokens.subarray(start, start + length), k * length);
    }
    return { dtype: "int32", shape: [indices.length, length], data };
  }
}

/** Options of `textClassification`. */
export interface TextClassificationOptions {
  /** Tokens of all rows: longer texts are cut, shorter ones filled up; default: those of the longest text. */
  readonly length?: number;
  /** Names of the classes by number; default: the labels that occur, sorted. */
  readonly classes?: readonly string[];
}

const classificationNames: OptionNames<TextClassificationOptions> = { length: true, classes: true };

/** Labelled texts as records, and the names of the classes. */
export interface TextClassification {
  /** `ids` int32 `[length]`, `lengths` int32 `[]` (tokens that are not filling), `labels` int32 `[]`. */
  readonly dataset: ArrayDataset<"ids" | "lengths" | "labels">;
  readonly classes: readonly string[];
}

/**
 * Rows of tokens with their lengths and the numbers of their labels.
 *
 * `textClassification(rows.map((row) => row.text), rows.map((row) => row.kind), tokenizer, { length: 64 })`
 * Errors: `BAD_ARGUMENT` for another number of labels than texts, and for labels that are no class.
 */
export function textClassification(
  texts: readonly string[],
  labels: readonly string[],
  tokenizer: Tokenizer,
  options: TextClassificationOptions = {},
): TextClassification {
  checkList("textClassification", "texts", texts);
  checkList("textClassification", "labels", labels);
  checkOptionNames("textClassification", options, classificationNames);
  const { length, classes = [...new Set(labels)].sort() } = options;
  if (texts.length !== labels.length || texts.length === 0) throw unequal(texts, labels);
  const numbers = new Map(classes.map((name, k) => [name, k]));
  const batch = tokenizer.encodeBatch(texts, length === undefined ? {} : { length });
  const column = (data: HostArray): { readonly data: HostArray } => ({ data });
  const dataset = new ArrayDataset({
    ids: { data: batch.ids.data, shape: [batch.ids.shape[1]] },
    lengths: column(batch.lengths.data),
    labels: column(
      Int32Array.from(labels, (label) => numbers.get(label) ?? noClass(label, classes)),
    ),
  });
  return { dataset, classes };
}

function unequal(texts: readonly string[], labels: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "textClassification",
    problem: `there are ${texts.length} texts and ${labels.length} labels`,
    fix: "Pass one label for each text, and at least one.",
    detail: { texts: texts.length, labels: labels.length },
  });
}

function noClass(label: string, classes: readonly string[]): never {
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "textClassification",
    problem: `the label ${JSON.stringify(label)} is none of the ${classes.length} classes`,
    fix: `The classes are ${classes.slice(0, 20).join(", ")}.`,
    detail: { label },
  });
}
