// Pre-tokenizers of tokenizer files: how a text is cut into the pieces, mostly words, that the model then takes one by one.

import { toByteText } from "./bytes.ts";
import { build, type Component } from "./component.ts";
import { readPattern, translate } from "./pattern.ts";
import { type SplitBehavior, split, splitBehaviors } from "./splits.ts";

/** A part of a text; the first one may be treated in its own way. */
export interface Piece {
  readonly text: string;
  /** Whether it is the beginning of the whole text. */
  readonly first: boolean;
}

/** Cuts a piece into smaller ones. */
export type PreTokenizer = (piece: Piece) => readonly Piece[];

/** Reads a pre-tokenizer. */
export function readPreTokenizer(component: Component): PreTokenizer {
  return build(component, kinds);
}

/** The words of GPT-2: contractions, letters, digits and marks, each with the space before it. */
export const wordsOfGpt2: string =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

const kinds: Readonly<Record<string, (component: Component) => PreTokenizer>> = {
  ByteLevel: readByteLevel,
  Whitespace: () => cutting(wordsOrMarks, "Removed", true),
  WhitespaceSplit: () => cutting(/\p{White_Space}/gu, "Removed"),
  Metaspace: readMetaspace,
  Digits: (component) =>
    cutting(/\p{N}/gu, component.boolean("individual_digits", false) ? "Isolated" : "Contiguous"),
  Punctuation: (component) =>
    cutting(punctuation, component.choice("behavior", splitBehaviors, "Isolated")),
  Split: (component) =>
    cutting(
      readPattern(component),
      component.choice("behavior", splitBehaviors),
      component.boolean("invert", false),
    ),
  CharDelimiterSplit: readDelimiter,
  BertPreTokenizer: () =>
    inTurn([cutting(/\p{White_Space}/gu, "Removed"), cutting(punctuation, "Isolated")]),
  FixedLength: readFixedLength,
  Sequence: (component) => inTurn(component.children("pretokenizers").map(readPreTokenizer)),
};

/** `\w+|[^\w\s]+` where `\w` is as in Unicode's rules for regular expressions. */
const wordsOrMarks =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const punctuation = /[!-/:-@[-`{-~]|\p{P}/gu;

function cutting(pattern: RegExp, behavior: SplitBehavior, invert = false): PreTokenizer {
  return (piece) => parts(piece, split(piece.text, pattern, behavior, invert));
}

/** Pieces from texts that follow each other in a piece. */
function parts(piece: Piece, texts: readonly string[]): Piece[] {
  return texts.map((text, k) => ({
    text,
    first: piece.first && k === 0 && piece.text.startsWith(text),
  }));
}

function inTurn(steps: readonly PreTokenizer[]): PreTokenizer {
  return (piece) => steps.reduce<readonly Piece[]>((all, step) => all.flatMap(step), [piece]);
}

function readByteLevel(component: Component): PreTokenizer {
  component.ignore("trim_offsets");
  const spaced = component.boolean("add_prefix_space", true);
  const pattern = component.boolean("use_regex", true) ? translate(wordsOfGpt2) : undefined;
  return ({ text, first }) => {
    const whole = spaced && !text.startsWith(" ") ? ` ${text}` : text;
    const texts = pattern === undefined ? [whole] : split(whole, pattern, "Isolated");
    return texts.map((part, k) => ({ text: toByteText(part), first: first && k === 0 }));
  };
}

/** When a sign for a space is put before the text. */
export type PrependScheme = "always" | "never" | "first";

/** Reads the sign for spaces and its scheme; old files say `add_prefix_space` instead. */
export function readSpaceSign(component: Component): {
  readonly sign: string;
  readonly scheme: PrependScheme;
} {
  const always = component.boolean("add_prefix_space", true);
  return {
    sign: component.string("replacement", "▁"),
    scheme: component.choice(
      "prepend_scheme",
      ["always", "never", "first"],
      always ? "always" : "never",
    ),
  };
}

function readMetaspace(component: Component): PreTokenizer {
  const { sign, scheme } = readSpaceSign(component);
  component.ignore("str_rep");
  const isCut = component.boolean("split", true);
  const pattern = readSign(sign);
  return ({ text, first }) => {
    const signed = text.replaceAll(" ", sign);
    const isPut = scheme === "always" || (scheme === "first" && first);
    const whole = isPut && !signed.startsWith(sign) ? sign + signed : signed;
    const texts = isCut ? split(whole, pattern, "MergedWithNext") : [whole];
    return texts.map((part, k) => ({ text: part, first: first && k === 0 }));
  };
}

function readDelimiter(component: Component): PreTokenizer {
  return cutting(readSign(component.string("delimiter")), "Removed");
}

/** A pattern for one character. */
function readSign(sign: string): RegExp {
  return new RegExp(`\\u{${sign.codePointAt(0)?.toString(16) ?? "0"}}`, "gu");
}

function readFixedLength(component: Component): PreTokenizer {
  const length = component.whole("length", 5, 1);
  return (piece) => {
    const characters = Array.from(piece.text);
    const count = Math.ceil(characters.length / length);
    const texts = Array.from({ length: count }, (_, k) =>
      characters.slice(k * length, (k + 1) * length).join(""),
    );
    return parts(piece, texts);
  };
}
