// Tokens beside the model's vocabulary, such as `<|endoftext|>`, which are found in the text before it is cut: some in the
// text as it came, some after it was normalized.

import { Component } from "./component.ts";
import type { Normalizer } from "./normalizers.ts";
import { escaped } from "./pattern-sets.ts";
import type { Piece } from "./pre-tokenizers.ts";

/** A token with its rules. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Not inside a word. */
  readonly singleWord: boolean;
  /** Takes the white space before it. */
  readonly left: boolean;
  /** Takes the white space after it. */
  readonly right: boolean;
  /** Looked for after the text was normalized. */
  readonly normalized: boolean;
  /** Left out by `decode`. */
  readonly special: boolean;
}

/** A piece of text, or a token that was found. */
export type Found = Piece | { readonly id: number };

/** Reads one entry of `added_tokens`. */
export function readAddedToken(json: unknown, k: number): AddedToken {
  const component = new Component(`added_tokens[${k}]`, json);
  const special = component.boolean("special", false);
  const token = {
    id: component.whole("id"),
    content: component.string("content"),
    singleWord: component.boolean("single_word", false),
    left: component.boolean("lstrip", false),
    right: component.boolean("rstrip", false),
    normalized: component.boolean("normalized", !special),
    special,
  };
  component.finish();
  return token;
}

/** Finds tokens: text → pieces of normalized text and tokens between them. */
export function finderOf(
  tokens: readonly AddedToken[],
  normalize: Normalizer,
): (text: string) => readonly Found[] {
  const asTheyCame = searchFor(tokens.filter((token) => !token.normalized));
  const normalized = searchFor(
    tokens
      .filter((token) => token.normalized)
      .map((token) => ({ ...token, content: normalize(token.content) })),
  );
  return (text) =>
    asTheyCame({ text, first: true }).flatMap((found) =>
      "id" in found ? [found] : normalized({ text: normalize(found.text), first: found.first }),
    );
}

type Search = (piece: Piece) => readonly Found[];

/** Finds the leftmost of some tokens, and of several there the longest. */
function searchFor(tokens: readonly AddedToken[]): Search {
  const named = tokens.filter((token) => token.content !== "");
  if (named.length === 0) return (piece) => (piece.text === "" ? [] : [piece]);
  const contents = named.map((token) => token.content).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(contents.map(escaped).join("|"), "gu");
  const byContent = new Map(named.map((token) => [token.content, token]));
  return (piece) => cut(piece, pattern, byContent);
}

function cut(
  { text, first }: Piece,
  pattern: RegExp,
  tokens: ReadonlyMap<string, AddedToken>,
): readonly Found[] {
  const result: Found[] = [];
  let done = 0;
  const upTo = (end: number): void => {
    if (done < end) result.push({ text: text.slice(done, end), first: first && done === 0 });
  };
  for (const match of text.matchAll(pattern)) {
    const token = tokens.get(match[0])!;
    let [start, end] = [match.index, match.index + match[0].length];
    if (token.singleWord && (isWord(before(text, start)) || isWord(after(text, end)))) continue;
    if (token.left) while (start > done && isWhite(text[start - 1])) start--;
    if (token.right) while (end < text.length && isWhite(text[end])) end++;
    upTo(start);
    result.push({ id: token.id });
    done = end;
  }
  upTo(text.length);
  return result;
}

const isWord = (c: string): boolean => /^[\p{L}\p{M}\p{Nd}\p{Pc}]$/u.test(c);
const isWhite = (c: string): boolean => /^\p{White_Space}$/u.test(c);
const after = (text: string, at: number): string => Array.from(text.slice(at, at + 2))[0] ?? "";
const before = (text: string, at: number): string =>
  Array.from(text.slice(Math.max(0, at - 2), at)).at(-1) ?? "";
