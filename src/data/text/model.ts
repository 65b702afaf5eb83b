// What a tokenizer's model is, its vocabulary, and the two models that look whole words up: WordLevel, and WordPiece, which
// takes the longest beginning that it knows, again and again (Schuster and Nakajima 2012; as in BERT).

import { ChainruleError } from "../../core/errors.ts";
import { badTokenizer, type Component } from "./component.ts";

/** Makes tokens of a piece of text. */
export interface Model {
  readonly vocabulary: Vocabulary;
  encode(piece: string): number[];
}

/** Tokens and their numbers. */
export class Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly tokens: ReadonlyMap<number, string>;

  constructor(entries: Iterable<readonly [string, number]>) {
    const ids = new Map<string, number>();
    const tokens = new Map<number, string>();
    for (const [token, id] of entries) {
      if (!Number.isInteger(id) || id < 0 || id >= 2 ** 26) {
        throw badTokenizer(`the token ${JSON.stringify(token)} has the number ${id}`, {
          token,
          id,
        });
      }
      ids.set(token, id);
      tokens.set(id, token);
    }
    this.ids = ids;
    this.tokens = tokens;
  }

  /** The number of a token that must be there. */
  need(token: string, by: string): number {
    const id = this.ids.get(token);
    if (id !== undefined) return id;
    throw badTokenizer(`${by} names the token ${JSON.stringify(token)}, which is not in vocab`, {
      token,
    });
  }
}

/** Reads the field `vocab` of a model: numbers by token. */
export function readVocabulary(component: Component): Vocabulary {
  return new Vocabulary(Object.entries(component.record("vocab")) as [string, number][]);
}

/** Reads a model of type WordLevel. */
export function readWordLevel(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const unknown = vocabulary.ids.get(component.string("unk_token"));
  return {
    vocabulary,
    encode: (piece) => [vocabulary.ids.get(piece) ?? unknown ?? noTokenFor(piece)],
  };
}

/** Refuses a text that has no tokens, where the tokenizer has none for what is unknown. */
export function noTokenFor(piece: string): never {
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Tokenizer.encode",
    problem: `there is no token for ${JSON.stringify(piece.slice(0, 40))}, and none for what is unknown`,
    fix: "Use a tokenizer with an unkToken, or with more words.",
    detail: { piece },
  });
}

/** Reads a model of type WordPiece. */
export function readWordPiece(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const unknown = vocabulary.need(component.string("unk_token"), "unk_token");
  const prefix = component.string("continuing_subword_prefix", "##");
  const longest = component.whole("max_input_chars_per_word", 100);
  return {
    vocabulary,
    encode: (piece) => longestPieces(piece, vocabulary, { unknown, prefix, longest }),
  };
}

interface PieceSettings {
  readonly unknown: number;
  readonly prefix: string;
  readonly longest: number;
}

/** Greedy from the left; a word of which any part is unknown is unknown as a whole. */
function longestPieces(
  piece: string,
  { ids }: Vocabulary,
  { unknown, prefix, longest }: PieceSettings,
): number[] {
  const characters = Array.from(piece);
  if (characters.length > longest) return [unknown];
  const result: number[] = [];
  let start = 0;
  while (start < characters.length) {
    let end = characters.length;
    let id: number | undefined;
    for (; end > start; end--) {
      const part = characters.slice(start, end).join("");
      id = ids.get(start === 0 ? part : prefix + part);
      if (id !== undefined) break;
    }
    if (id === undefined) return [unknown];
    result.push(id);
    start = end;
  }
  return result;
}
