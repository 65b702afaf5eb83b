// Learning merges for byte-pair encoding: join the two neighbours that are most often together, again and again. Counts of
// pairs are kept, with the words that have each, so that a merge touches only those; a heap gives the most frequent pair, of
// equal ones the one with the smaller numbers. The result is a function of the counts of words alone.

import { Heap } from "./heap.ts";

/** What is learnt: tokens by number, and which are joined, in order. */
export interface LearntMerges {
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
}

interface Candidate {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Numbers of two tokens as one. */
const keyOf = (left: number, right: number): number => left * 2 ** 26 + right;

/**
 * Learns merges from words with their counts, until there are `size` tokens or no pair occurs `minFrequency` times.
 * `tokens` come first, then every other character of the words, by code point.
 */
export function learnMerges(
  words: ReadonlyMap<string, number>,
  {
    tokens,
    alphabet,
    size,
    minFrequency,
  }: {
    readonly tokens: readonly string[];
    readonly alphabet: readonly string[];
    readonly size: number;
    readonly minFrequency: number;
  },
): LearntMerges {
  return new Learning(words, tokens, alphabet).run(size, minFrequency);
}

class Learning {
  readonly #tokens: string[];
  readonly #ids: Map<string, number>;
  /** Words as numbers of tokens, and how often each occurs. */
  readonly #words: number[][];
  readonly #counts: readonly number[];
  readonly #pairs = new Map<number, number>();
  /** The words in which a pair was seen. */
  readonly #places = new Map<number, Set<number>>();
  readonly #queue = new Heap<Candidate>(
    (a, b) =>
      a.count > b.count ||
      (a.count === b.count && (a.left < b.left || (a.left === b.left && a.right < b.right))),
  );

  constructor(
    words: ReadonlyMap<string, number>,
    tokens: readonly string[],
    alphabet: readonly string[],
  ) {
    const characters = new Set(alphabet);
    for (const word of words.keys()) for (const c of word) characters.add(c);
    const sorted = [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
    this.#tokens = [...new Set([...tokens, ...sorted])];
    this.#ids = new Map(this.#tokens.map((token, id) => [token, id]));
    this.#words = Array.from(words.keys(), (word) => Array.from(word, (c) => this.#ids.get(c)!));
    this.#counts = [...words.values()];
  }

  run(size: number, minFrequency: number): LearntMerges {
    const merges: [string, string][] = [];
    for (const k of this.#words.keys()) this.#count(k, 1);
    for (const key of this.#pairs.keys()) this.#offer(key);
    while (this.#tokens.length < size) {
      const best = this.#next();
      if (best === undefined || best.count < minFrequency) break;
      merges.push([this.#tokens[best.left], this.#tokens[best.right]]);
      this.#merge(best);
    }
    return { tokens: this.#tokens, merges };
  }

  /** The most frequent pair; counts in the heap may be old, and are then corrected. */
  #next(): Candidate | undefined {
    for (let best = this.#queue.pop(); best !== undefined; best = this.#queue.pop()) {
      const count = this.#pairs.get(keyOf(best.left, best.right)) ?? 0;
      if (count === best.count) return best;
      if (count > 0) this.#queue.push({ ...best, count });
    }
    return undefined;
  }

  #offer(key: number): void {
    const count = this.#pairs.get(key) ?? 0;
    const left = Math.floor(key / 2 ** 26);
    if (count > 0) this.#queue.push({ left, right: key - left * 2 ** 26, count });
  }

  /** Adds the pairs of a word to the counts, or takes them away. */
  #count(k: number, sign: 1 | -1): void {
    const word = this.#words[k];
    const amount = sign * this.#counts[k];
    for (let at = 0; at + 1 < word.length; at++) {
      const key = keyOf(word[at], word[at + 1]);
      this.#pairs.set(key, (this.#pairs.get(key) ?? 0) + amount);
      if (sign < 0) continue;
      const places = this.#places.get(key);
      if (places === undefined) this.#places.set(key, new Set([k]));
      else places.add(k);
    }
  }

  #merge({ left, right }: Candidate): void {
    const key = keyOf(left, right);
    const token = this.#tokens[left] + this.#tokens[right];
    const id = this.#ids.get(token) ?? this.#tokens.push(token) - 1;
    this.#ids.set(token, id);
    const grown = new Set<number>();
    for (const k of this.#places.get(key) ?? []) {
      this.#count(k, -1);
      this.#words[k] = joined(this.#words[k], left, right, id);
      this.#count(k, 1);
      const word = this.#words[k];
      for (let at = 0; at + 1 < word.length; at++) {
        if (word[at] === id || word[at + 1] === id) grown.add(keyOf(word[at], word[at + 1]));
      }
    }
    this.#pairs.delete(key);
    this.#places.delete(key);
    // Only pairs with the new token became more; those that became fewer are corrected when the heap gives them.
    for (const other of grown) this.#offer(other);
  }
}

/** A word in which the two tokens are one wherever they are neighbours, from the left. */
function joined(word: readonly number[], left: number, right: number, id: number): number[] {
  const result: number[] = [];
  for (let at = 0; at < word.length; at++) {
    const both = word[at] === left && word[at + 1] === right;
    result.push(both ? id : word[at]);
    if (both) at++;
  }
  return result;
}
