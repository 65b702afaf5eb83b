// What the examples on text share: reading files of the data folder, cutting text into words, numbering the words, and
// measuring how well the next one is foreseen.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { losses, type Tensor } from "chainrule";
import type { Callback } from "chainrule/train";
import { growingTable, type TrainOptions } from "./run.ts";
import { fixed } from "./show.ts";

/** The path of a file or folder among the data sets. */
export function dataFile(
  name: string,
  { dataDir = process.env.CHAINRULE_DATA }: TrainOptions,
): string {
  if (dataDir) return join(dataDir, name);
  throw new Error(`Name the folder that has ${name} by --data-dir or CHAINRULE_DATA.`);
}

/** The lines of a text file; unpacked where the name ends in `.gz`. */
export function readLines(name: string, options: TrainOptions): string[] {
  const bytes = readFileSync(dataFile(name, options));
  const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text.trimEnd().split(/\r?\n/);
}

/** Words and marks in lower case: `"Don't go!"` gives `don't`, `go`, `!`. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** Fills rows up to a length. */
export const padding = 0;
/** Every word that a vocabulary does not have. */
export const unknown = 1;

/** Numbers for words: 0 fills rows up, 1 is every word that is not in it, then words from frequent to rare. */
export class Vocabulary {
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /** Takes up the words that occur at least `least` times in the texts, and the special words in any case. */
  constructor(
    texts: Iterable<readonly string[]>,
    {
      least = 1,
      special = [],
    }: { readonly least?: number; readonly special?: readonly string[] } = {},
  ) {
    const counts = new Map<string, number>();
    for (const text of texts) {
      for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const kept = [...counts].filter(([, count]) => count >= least).sort((a, b) => b[1] - a[1]);
    this.words = ["", "<unknown>", ...special, ...kept.map(([word]) => word)];
    this.#ids = new Map(this.words.map((word, id) => [word, id]));
  }

  get size(): number {
    return this.words.length;
  }

  id(word: string): number {
    return this.#ids.get(word) ?? unknown;
  }

  has(word: string): boolean {
    return this.#ids.has(word);
  }

  /** Numbers of all texts, cut or filled up to `length` each. */
  encode(texts: readonly (readonly string[])[], length: number): Int32Array {
    const ids = new Int32Array(texts.length * length);
    for (const [row, text] of texts.entries()) {
      ids.set(
        text.slice(0, length).map((word) => this.id(word)),
        row * length,
      );
    }
    return ids;
  }
}

/** A number from logits and the tokens that come next. */
type PerToken = (logits: Tensor, next: Tensor) => Tensor;

/**
 * Loss and share of right guesses per token, for `fit`: logits `[B, T, tokens]`, what comes next int32 `[B, T]`, where
 * `ignoreIndex` counts nothing. Sums are divided by a constant, the mean number of tokens that come next in a row of
 * the data held out, rather than by each batch's own: so the mean over batches is exact.
 */
export function perToken(
  tokensPerRow: number,
  ignoreIndex: number,
): { readonly loss: PerToken; readonly metrics: { readonly right: PerToken } } {
  const mean = (sum: Tensor, next: Tensor): Tensor => sum.div(next.shape[0] * tokensPerRow);
  return {
    loss: (logits, next) => {
      const rows = logits.reshape([next.size, -1]);
      const sum = losses.crossEntropy(rows, next.flatten(), { ignoreIndex, reduction: "sum" });
      return mean(sum, next);
    },
    metrics: {
      right: (logits, next) =>
        mean(
          logits.argMax({ axis: 2 }).equal(next).logicalAnd(next.notEqual(ignoreIndex)).sum(),
          next,
        ),
    },
  };
}

/** A callback for `fit` that prints what `perToken` measures after each epoch. */
export function tokenTable(print: (line: string) => void): Callback {
  const row = growingTable(print, ["epoch", "loss", "held out", "right", "seconds"]);
  return {
    onEpoch: ({ epoch, train, validation, seconds }) => {
      const { loss, right } = validation!;
      const cells = [fixed(train.loss, 4), fixed(loss, 4), `${fixed(100 * right, 2)} %`];
      row(String(epoch), ...cells, fixed(seconds, 1));
    },
  };
}
