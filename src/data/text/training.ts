// Tokenizers made from texts: of characters, of words, and of byte pairs. Each is written in the form of `tokenizer.json`, so
// it is saved and loaded as such, and other programs read it too.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../order.ts";
import { learnMerges } from "./bpe-training.ts";
import { byteAlphabet } from "./bytes.ts";
import { Component } from "./component.ts";
import {
  bpeModel,
  commonNames,
  normalizerOf,
  numbered,
  specialTokens,
  type TokenizerOptions,
  tokenizerOf,
} from "./made-file.ts";
import { readNormalizer } from "./normalizers.ts";
import { wordPattern } from "./pattern.ts";
import { type PreTokenizer, readPreTokenizer } from "./pre-tokenizers.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Options of `wordTokenizer`. */
export interface WordTokenizerOptions extends TokenizerOptions {
  /** Words that occur less often are unknown; default 1. */
  readonly minFrequency?: number;
  /** Most tokens, special ones included; default: as many as there are. */
  readonly vocabSize?: number;
}

/** Options of `bpeTokenizer`. */
export interface BpeTokenizerOptions extends TokenizerOptions {
  /** Most tokens, special ones and the alphabet included; default 30000. */
  readonly vocabSize?: number;
  /** Pairs that occur less often are not joined; default 2. */
  readonly minFrequency?: number;
  /** Start from the 256 bytes, so that no text is unknown; else from characters, spaces as `▁`; default true. */
  readonly byteLevel?: boolean;
}

const wordNames: OptionNames<WordTokenizerOptions> = {
  ...commonNames,
  minFrequency: true,
  vocabSize: true,
};
const bpeNames: OptionNames<BpeTokenizerOptions> = { ...wordNames, byteLevel: true };

/** One text or several. */
export type Texts = string | Iterable<string>;

/**
 * Makes a tokenizer whose tokens are the characters (code points) of the texts, in the order of their codes.
 *
 * `characterTokenizer(text, { padToken: null, unkToken: null }).encode("To be")`
 */
export function characterTokenizer(texts: Texts, options: TokenizerOptions = {}): Tokenizer {
  checkOptionNames("characterTokenizer", options, commonNames);
  const special = specialTokens("characterTokenizer", options);
  const normalizer = normalizerOf("characterTokenizer", options, "NFC", false);
  const normalize = componentOf(normalizer, readNormalizer);
  const characters = new Set<string>();
  for (const text of listOf("characterTokenizer", texts)) {
    for (const c of normalize?.(text) ?? text) characters.add(c);
  }
  const sorted = [...characters].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const vocab = numbered([...new Set([...special, ...sorted])]);
  return tokenizerOf(options, special, {
    normalizer,
    pre_tokenizer: null,
    decoder: { type: "Fuse" },
    model: bpeModel(vocab, [], options.unkToken),
  });
}

/**
 * Makes a tokenizer whose tokens are words and marks, from frequent to rare, equally frequent ones as they came.
 *
 * `wordTokenizer(texts, { minFrequency: 2 }).encode("Don't go!")` has tokens for `don't`, `go`, `!`.
 */
export function wordTokenizer(texts: Texts, options: WordTokenizerOptions = {}): Tokenizer {
  checkOptionNames("wordTokenizer", options, wordNames);
  const { minFrequency = 1, vocabSize } = options;
  checkWhole("wordTokenizer", "minFrequency", minFrequency, 1);
  if (vocabSize !== undefined) checkWhole("wordTokenizer", "vocabSize", vocabSize, 1);
  const special = specialTokens("wordTokenizer", options);
  const normalizer = normalizerOf("wordTokenizer", options, "NFC", true);
  const pattern = { Regex: wordPattern };
  const cutter = { type: "Split", pattern, behavior: "Removed", invert: true };
  const counts = countPieces(listOf("wordTokenizer", texts), normalizer, cutter);
  const kept = [...counts]
    .filter(([, count]) => count >= minFrequency)
    .sort((a, b) => b[1] - a[1])
    .map(([word]) => word);
  const vocab = numbered([...new Set([...special, ...kept])].slice(0, vocabSize));
  const unknown = options.unkToken === undefined ? "<unk>" : options.unkToken;
  return tokenizerOf(options, special, {
    normalizer,
    pre_tokenizer: cutter,
    decoder: null,
    model:
      unknown === null
        ? { type: "WordLevel", vocab, unk_token: "" } // a word that is not there is then an error
        : { type: "WordLevel", vocab, unk_token: unknown },
  });
}

/**
 * Makes a tokenizer by joining the most frequent pairs of bytes or characters inside words (Sennrich et al. 2016; on bytes
 * as in GPT-2). Equally frequent pairs are joined in the order of their numbers, so the result depends on the texts alone.
 *
 * `bpeTokenizer(text, { vocabSize: 1000 })`
 */
export function bpeTokenizer(texts: Texts, options: BpeTokenizerOptions = {}): Tokenizer {
  checkOptionNames("bpeTokenizer", options, bpeNames);
  const { vocabSize = 30000, minFrequency = 2, byteLevel = true } = options;
  checkWhole("bpeTokenizer", "vocabSize", vocabSize, 1);
  checkWhole("bpeTokenizer", "minFrequency", minFrequency, 1);
  const own = byteLevel ? { ...options, unkToken: options.unkToken ?? null } : options;
  const special = specialTokens("bpeTokenizer", own);
  const normalizer = normalizerOf("bpeTokenizer", own, byteLevel ? "none" : "NFC", false);
  const form = byteLevel ? onBytes : onCharacters;
  const words = countPieces(listOf("bpeTokenizer", texts), normalizer, form.pre_tokenizer);
  const alphabet = byteLevel ? byteAlphabet : [];
  const { tokens, merges } = learnMerges(words, {
    tokens: special,
    alphabet,
    size: vocabSize,
    minFrequency,
  });
  if (tokens.length > vocabSize) throw tooSmall(vocabSize, tokens.length);
  const model = bpeModel(numbered(tokens), merges, own.unkToken);
  return tokenizerOf(own, special, { normalizer, ...form, model });
}

const onBytes = {
  pre_tokenizer: {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
};
const space = { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true };
const onCharacters = { pre_tokenizer: space, decoder: space };

function componentOf<T>(json: Json, read: (component: Component) => T): T | undefined {
  return json === null ? undefined : read(new Component("tokenizer", json));
}

/** How often each piece occurs that the texts are cut into. */
function countPieces(
  texts: Iterable<string>,
  normalizer: Json,
  cutter: Json,
): ReadonlyMap<string, number> {
  const normalize = componentOf(normalizer, readNormalizer);
  const cut = componentOf(cutter, readPreTokenizer) as PreTokenizer;
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const piece of cut({ text: normalize?.(text) ?? text, first: true })) {
      counts.set(piece.text, (counts.get(piece.text) ?? 0) + 1);
    }
  }
  return counts;
}

function* listOf(op: string, texts: Texts): Iterable<string> {
  if (typeof texts !== "string" && typeof texts?.[Symbol.iterator] !== "function") {
    throw notText(op, texts);
  }
  for (const text of typeof texts === "string" ? [texts] : texts) {
    if (typeof text !== "string") throw notText(op, text);
    yield text.replace(/\p{Cs}/gu, "\ufffd");
  }
}

function notText(op: string, value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `texts are strings; received ${showValue(value)}`,
    fix: "Pass one string, or a list of strings.",
  });
}

function tooSmall(vocabSize: number, needed: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "bpeTokenizer",
    problem: `vocabSize is ${vocabSize}; special tokens and alphabet alone are ${needed}`,
    fix: `Use at least ${needed}.`,
    detail: { vocabSize, needed },
  });
}
