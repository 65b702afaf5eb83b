// The `tokenizer.json` of a tokenizer that is made here: special tokens, what is put around texts, normalizer and model.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { Json } from "../../core/json.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { Tokenizer } from "./tokenizer.ts";

/** Options of all tokenizers that are made from texts. */
export interface TokenizerOptions {
  /** Fills rows up; default "<pad>", null for none. It is the first token, then the others in the order of this list. */
  readonly padToken?: string | null;
  /**
   * Stands for what is not in the vocabulary; default "<unk>" (byte pairs on bytes: none). With null, unknown characters are
   * left out and unknown words are refused.
   */
  readonly unkToken?: string | null;
  /** Put before each text; default none. */
  readonly bosToken?: string;
  /** Put after each text; default none. */
  readonly eosToken?: string;
  /** More tokens that are found as a whole in texts, and that decoding leaves out. */
  readonly specialTokens?: readonly string[];
  /** Unicode's normal form that texts are brought to; default "NFC" (byte pairs on bytes: "none"). */
  readonly normalization?: "NFC" | "NFKC" | "none";
  /** Make all letters small; default false (words: true). */
  readonly lowercase?: boolean;
}

/** Names of the options that all of them take. */
export const commonNames: OptionNames<TokenizerOptions> = {
  padToken: true,
  unkToken: true,
  bosToken: true,
  eosToken: true,
  specialTokens: true,
  normalization: true,
  lowercase: true,
};

/** The file of a tokenizer that was made here. */
export function tokenizerOf(
  { bosToken, eosToken, padToken = "<pad>" }: TokenizerOptions,
  special: readonly string[],
  parts: Readonly<Record<"normalizer" | "pre_tokenizer" | "decoder" | "model", Json>>,
): Tokenizer {
  const rules = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const padding =
    padToken === null
      ? null
      : {
          strategy: "BatchLongest",
          direction: "Right",
          pad_to_multiple_of: null,
          pad_id: special.indexOf(padToken),
          pad_type_id: 0,
          pad_token: padToken,
        };
  return new Tokenizer({
    version: "1.0",
    truncation: null,
    padding,
    added_tokens: special.map((content, id) => ({ id, content, ...rules, special: true })),
    normalizer: parts.normalizer,
    pre_tokenizer: parts.pre_tokenizer,
    post_processor: templateOf(bosToken, eosToken, special),
    decoder: parts.decoder,
    model: parts.model,
  });
}

/** What puts a token before and after each text. */
function templateOf(
  begin: string | undefined,
  end: string | undefined,
  special: readonly string[],
): Json {
  if (begin === undefined && end === undefined) return null;
  const put = (token: string | undefined, type: number): Json[] =>
    token === undefined ? [] : [{ SpecialToken: { id: token, type_id: type } }];
  const text = (id: string, type: number): Json[] => [
    ...put(begin, type),
    { Sequence: { id, type_id: type } },
    ...put(end, type),
  ];
  const tokens = [begin, end].filter((token) => token !== undefined);
  const entries = tokens.map((id) => [id, { id, ids: [special.indexOf(id)], tokens: [id] }]);
  return {
    type: "TemplateProcessing",
    single: text("A", 0),
    pair: [...text("A", 0), ...text("B", 1)],
    special_tokens: Object.fromEntries(entries),
  };
}

/** The special tokens in the order of their numbers. */
export function specialTokens(op: string, options: TokenizerOptions): string[] {
  const { padToken = "<pad>", unkToken = "<unk>", bosToken, eosToken } = options;
  const named = [padToken, unkToken, bosToken, eosToken, ...(options.specialTokens ?? [])];
  const tokens = named.filter((token) => token !== null && token !== undefined);
  for (const [k, token] of tokens.entries()) {
    if (typeof token === "string" && token !== "" && tokens.indexOf(token) === k) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `the special tokens are ${tokens.map(showValue).join(", ")}`,
      fix: "Name each by a text that no other one has.",
      detail: { tokens },
    });
  }
  return tokens;
}

/** What normalizes texts, as the file says it. */
export function normalizerOf(
  op: string,
  options: TokenizerOptions,
  form: "NFC" | "none",
  lower: boolean,
): Json {
  const { normalization = form, lowercase = lower } = options;
  checkChoice(op, "normalization", normalization, ["NFC", "NFKC", "none"]);
  const steps: Json[] = normalization === "none" ? [] : [{ type: normalization }];
  if (lowercase) steps.push({ type: "Lowercase" });
  if (steps.length < 2) return steps[0] ?? null;
  return { type: "Sequence", normalizers: steps };
}

/** A model of type BPE, as the file says it. */
export function bpeModel(
  vocab: Readonly<Record<string, number>>,
  merges: LearntPairs,
  unkToken: string | null | undefined,
): Json {
  return {
    type: "BPE",
    dropout: null,
    unk_token: unkToken === undefined ? "<unk>" : unkToken,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab,
    merges,
  };
}

type LearntPairs = readonly (readonly [string, string])[];

/** Tokens with their numbers. */
export function numbered(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries(tokens.map((token, id) => [token, id]));
}
