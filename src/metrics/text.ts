// Metrics of texts, on the host: errors of recognised speech by edit distance, and BLEU of translations. Texts are lists of
// words or characters; a string is cut at white space.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkWhole } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";

/** A text: words as a list, or a string that is cut at white space. */
export type Words = string | readonly (string | number)[];

/** Least number of insertions, deletions and substitutions that turn one list into the other. Source: Levenshtein, 1966. */
export function editDistance<T>(from: readonly T[], to: readonly T[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, k) => k);
  for (const [i, item] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      next.push(Math.min(row[j] + (item === other ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[to.length];
}

/**
 * Word error rate: edits that turn the recognised texts into the references, per word of the references; may exceed 1.
 *
 * `wordErrorRate(["the cat sat"], ["the cat sat down"]) // 0.25`
 */
export function wordErrorRate(
  recognised: string | readonly Words[],
  references: string | readonly Words[],
): number {
  return errorRate("wordErrorRate", listOf(recognised), listOf(references), wordsOf);
}

/** Character error rate: as the word error rate, with the characters of strings, spaces included. */
export function characterErrorRate(
  recognised: string | readonly string[],
  references: string | readonly string[],
): number {
  const characters = (text: string): string[] => Array.from(text);
  return errorRate("characterErrorRate", listOf(recognised), listOf(references), characters);
}

/** Texts as a list; one text is a list of one. */
function listOf<T>(texts: string | readonly T[]): readonly (T | string)[] {
  return typeof texts === "string" ? [texts] : texts;
}

/** Options of `bleu`. */
export interface BleuOptions {
  /** Longest n-gram that counts; default 4. */
  readonly order?: number;
  /** Adds 1 to the counts of n-grams longer than one, for short texts; default false. */
  readonly smooth?: boolean;
}

const bleuNames: OptionNames<BleuOptions> = { order: true, smooth: true };

/**
 * BLEU of a corpus, each text with its references (a string: the only one), `BP · exp(1/N Σ log pₙ)`: pₙ is the share of n-grams that a reference has too, each counted as often as
 * there; `BP = min(1, exp(1 − r/c))` for r words in the closest references and c candidates' words. Range 0 … 1.
 * `bleu(["the cat sat on a mat"], [["the cat sat on the mat", "a cat sat on a mat"]])`
 * Source: Papineni et al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002.
 */
export function bleu(
  candidates: readonly Words[],
  references: readonly (string | readonly Words[])[],
  options: BleuOptions = {},
): number {
  checkOptions("bleu", options, bleuNames);
  const { order = 4, smooth = false } = options;
  checkWhole("bleu", "order", order, 1);
  checkPairs("bleu", candidates, references);
  const matched = new Array<number>(order).fill(0);
  const possible = new Array<number>(order).fill(0);
  let [length, closest] = [0, 0];
  for (const [k, candidate] of candidates.entries()) {
    const words = wordsOf(candidate);
    const others = listOf(references[k]).map(wordsOf);
    length += words.length;
    closest += closestLength(words.length, others);
    for (let n = 1; n <= order; n++) {
      matched[n - 1] += matches(words, others, n);
      possible[n - 1] += Math.max(0, words.length - n + 1);
    }
  }
  const logs = matched.map((m, n) => {
    const more = smooth && n > 0 ? 1 : 0;
    return Math.log((m + more) / (possible[n] + more));
  });
  if (matched[0] === 0 || logs.some((x) => !Number.isFinite(x))) return 0;
  const brevity = Math.min(1, Math.exp(1 - closest / length));
  return brevity * Math.exp(logs.reduce((a, b) => a + b, 0) / order);
}

function errorRate<Text, T>(
  op: string,
  recognised: readonly Text[],
  references: readonly Text[],
  partsOf: (text: Text) => readonly T[],
): number {
  checkPairs(op, recognised, references);
  let [edits, length] = [0, 0];
  for (const [k, reference] of references.entries()) {
    const parts = partsOf(reference);
    edits += editDistance(partsOf(recognised[k]), parts);
    length += parts.length;
  }
  return edits / length;
}

function wordsOf(text: Words): readonly (string | number)[] {
  return typeof text === "string" ? text.split(/\s+/).filter((word) => word !== "") : text;
}

/** n-grams that a reference has too, each at most as often as the reference with most of it. */
function matches(
  words: readonly (string | number)[],
  references: readonly (readonly (string | number)[])[],
  n: number,
): number {
  const most = new Map<string, number>();
  for (const reference of references) {
    for (const [gram, count] of grams(reference, n)) {
      most.set(gram, Math.max(most.get(gram) ?? 0, count));
    }
  }
  let hits = 0;
  for (const [gram, count] of grams(words, n)) hits += Math.min(count, most.get(gram) ?? 0);
  return hits;
}

function grams(words: readonly (string | number)[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let k = 0; k + n <= words.length; k++) {
    const gram = JSON.stringify(words.slice(k, k + n)); // words may hold any character
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Length of the reference closest in length; the shorter of two. */
function closestLength(length: number, references: readonly (readonly unknown[])[]): number {
  const lengths = references.map((reference) => reference.length).sort((a, b) => a - b);
  return lengths.reduce((best, n) => (Math.abs(n - length) < Math.abs(best - length) ? n : best));
}

function checkPairs(op: string, given: readonly unknown[], references: readonly unknown[]): void {
  const areLists = Array.isArray(given) && Array.isArray(references);
  if (areLists && given.length === references.length && given.length > 0) return;
  const [texts, others] = areLists
    ? [`${given.length} texts`, `${references.length} references`]
    : [showValue(given), showValue(references)];
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `received ${texts} and ${others}`,
    fix: "Pass lists of the same length, with at least one text.",
    detail: { texts: given?.length, references: references?.length },
  });
}
