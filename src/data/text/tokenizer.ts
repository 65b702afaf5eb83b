// A tokenizer: text → numbers of tokens → text. What it does is data, in the form of Hugging Face's `tokenizer.json`, whether
// it was trained here or read from a file: find added tokens, normalize, cut into pieces, let the model take each piece, and
// put special tokens around it all. Decoding goes the other way.

import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { printAsText } from "../../core/print-as-text.ts";
import { checkWhole } from "../order.ts";
import { type AddedToken, type Found, finderOf, readAddedToken } from "./added-tokens.ts";
import { readBpe } from "./bpe.ts";
import { badTokenizer, build, Component } from "./component.ts";
import { type Decoder, readDecoder } from "./decoders.ts";
import {
  batchOf,
  checkList,
  checkPairs,
  checkText,
  type EncodedBatch,
  noToken,
  nothingToFillWith,
} from "./encoded.ts";
import { type Model, readWordLevel, readWordPiece } from "./model.ts";
import { readNormalizer } from "./normalizers.ts";
import {
  addedCount,
  noPostProcessor,
  type PostProcessor,
  postProcess,
  type Row,
  readPostProcessor,
} from "./post-processors.ts";
import { type PreTokenizer, readPreTokenizer } from "./pre-tokenizers.ts";
import {
  type Filling,
  readFilling,
  readTruncation,
  type Side,
  type Truncation,
  truncate,
} from "./rows.ts";
import { readUnigram } from "./unigram.ts";

/** Options of `encode`. */
export interface EncodeOptions {
  /** A second text, for models that take two. */
  readonly pair?: string;
  /** Put special tokens around the text, where the tokenizer has any; default true. */
  readonly addSpecialTokens?: boolean;
}

const encodeNames: OptionNames<EncodeOptions> = { pair: true, addSpecialTokens: true };

/** Options of `encodeBatch`. */
export interface EncodeBatchOptions {
  /** Second texts, one for each text. */
  readonly pairs?: readonly string[];
  /** Put special tokens around each text, where the tokenizer has any; default true. */
  readonly addSpecialTokens?: boolean;
  /** Length of all rows: longer ones are cut, shorter ones filled up; default: that of the longest row. */
  readonly length?: number;
  /** Longest length of a row; default: what the tokenizer file says, else any. */
  readonly maxLength?: number;
  /** Token that fills rows up; default: what the tokenizer file says, else the token `<pad>`, `[PAD]` or `<|pad|>`. */
  readonly padId?: number;
  /** Side that is filled up; default: what the tokenizer file says, else "right". */
  readonly paddingSide?: Side;
}

const batchNames: OptionNames<EncodeBatchOptions> = {
  pairs: true,
  addSpecialTokens: true,
  length: true,
  maxLength: true,
  padId: true,
  paddingSide: true,
};

/** Options of `decode`. */
export interface DecodeOptions {
  /** Leave special tokens out; default true. */
  readonly skipSpecialTokens?: boolean;
}

const decodeNames: OptionNames<DecodeOptions> = { skipSpecialTokens: true };

/** Pieces up to this length are remembered with their tokens, as many as `remembered`. */
const shortPiece = 64;
const remembered = 2 ** 16;

const models: Readonly<Record<string, (component: Component) => Model>> = {
  BPE: readBpe,
  WordPiece: readWordPiece,
  WordLevel: readWordLevel,
  Unigram: readUnigram,
};

/** Turns text into tokens and back; made by `bpeTokenizer`, `wordTokenizer`, `characterTokenizer`, or from a file. */
export class Tokenizer {
  readonly #json: Readonly<Record<string, Json>>;
  readonly #model: Model;
  readonly #added: ReadonlyMap<number, AddedToken>;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #find: (text: string) => readonly Found[];
  readonly #cut: PreTokenizer | undefined;
  readonly #post: PostProcessor;
  readonly #decoder: Decoder | undefined;
  readonly #truncation: Truncation | undefined;
  readonly #filling: Filling | undefined;
  readonly #known = new Map<string, readonly number[]>();

  /** Reads the content of a `tokenizer.json`; errors: `BAD_FILE`, and `UNSUPPORTED` for components not known here. */
  constructor(content: unknown) {
    const file = new Component("tokenizer", content);
    file.ignore("version");
    this.#json = content as Readonly<Record<string, Json>>;
    this.#model = build(file.child("model"), modelsOf(file.child("model")));
    const added = file.has("added_tokens") ? file.list("added_tokens").map(readAddedToken) : [];
    file.ignore("added_tokens");
    this.#added = new Map(added.map((token) => [token.id, token]));
    this.#addedIds = new Map(added.map((token) => [token.content, token.id]));
    const part = <T>(name: string, read: (component: Component) => T): T | undefined => {
      file.ignore(name);
      return file.has(name) ? read(file.child(name)) : undefined;
    };
    this.#find = finderOf(added, part("normalizer", readNormalizer) ?? ((text) => text));
    this.#cut = part("pre_tokenizer", readPreTokenizer);
    this.#post = part("post_processor", readPostProcessor) ?? noPostProcessor;
    this.#decoder = part("decoder", readDecoder);
    this.#truncation = readTruncation(file.value("truncation"));
    this.#filling = readFilling(file.value("padding"));
    file.finish();
  }

  /** One more than the largest number of a token: the rows that an embedding needs. */
  get size(): number {
    let largest = -1;
    for (const id of this.#model.vocabulary.tokens.keys()) if (id > largest) largest = id;
    for (const id of this.#added.keys()) if (id > largest) largest = id;
    return largest + 1;
  }

  /** The number of a token; undefined where there is no such token. */
  id(token: string): number | undefined {
    return this.#addedIds.get(token) ?? this.#model.vocabulary.ids.get(token);
  }

  /** The token of a number; undefined where there is none. */
  token(id: number): string | undefined {
    return this.#added.get(id)?.content ?? this.#model.vocabulary.tokens.get(id);
  }

  /**
   * Numbers of a text's tokens, cut where the tokenizer file says so. Halves of surrogate pairs count as U+FFFD.
   *
   * Shape: `→ [T]`. Errors: `BAD_ARGUMENT` for what is no text, or has more than 2²⁶ characters.
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    checkOptionNames("Tokenizer.encode", options, encodeNames);
    const { pair, addSpecialTokens = true } = options;
    const texts = pair === undefined ? [text] : [text, pair];
    return Int32Array.from(this.#row(texts, addSpecialTokens, this.#truncation).ids);
  }

  /**
   * Rows of tokens of one length: cut, filled up, and with a mask of what is no filling.
   *
   * Shape: `→ ids, attentionMask, typeIds [B, T], lengths [B]`. Errors: `BAD_ARGUMENT` where rows differ in length and
   * nothing is known to fill them up with.
   */
  encodeBatch(texts: readonly string[], options: EncodeBatchOptions = {}): EncodedBatch {
    checkOptionNames("Tokenizer.encodeBatch", options, batchNames);
    const { pairs, addSpecialTokens = true } = options;
    checkPairs(texts, pairs);
    const truncation = this.#truncationOf(options);
    const rows = texts.map((text, k) =>
      this.#row(pairs === undefined ? [text] : [text, pairs[k]], addSpecialTokens, truncation),
    );
    return batchOf(rows, this.#fillingOf(rows, options));
  }

  /** The text of tokens. Errors: `BAD_ARGUMENT` for numbers that are no tokens. */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    checkOptionNames("Tokenizer.decode", options, decodeNames);
    checkList("Tokenizer.decode", "ids", ids);
    const { skipSpecialTokens = true } = options;
    const tokens: string[] = [];
    for (let k = 0; k < ids.length; k++) {
      const token = this.token(ids[k]) ?? noToken(ids[k], this.size);
      if (!(skipSpecialTokens && this.#added.get(ids[k])?.special)) tokens.push(token);
    }
    return this.#decoder === undefined ? tokens.join(" ") : this.#decoder(tokens).join("");
  }

  /** The content of its `tokenizer.json`, so that `JSON.stringify(tokenizer)` is the file. */
  toJSON(): Readonly<Record<string, Json>> {
    return this.#json;
  }

  /** Kind and size, as `console.log` shows them. */
  toString(): string {
    const { type } = (this.#json.model ?? {}) as { readonly type?: Json };
    return `Tokenizer: ${type === undefined ? "" : `${type}, `}${this.size} tokens`;
  }

  #row(texts: readonly string[], special: boolean, truncation: Truncation | undefined): Row {
    const tokens = texts.map((text) => this.#tokens(text));
    if (truncation === undefined) return postProcess(this.#post, tokens, { special });
    const added = special ? addedCount(this.#post, texts.length === 1 ? 1 : 2) : 0;
    const cut = truncate(tokens, truncation, truncation.maxLength - added);
    return postProcess(this.#post, cut, { special });
  }

  #tokens(text: string): number[] {
    checkText(text);
    const ids: number[] = [];
    for (const found of this.#find(text.replace(/\p{Cs}/gu, "\ufffd"))) {
      if ("id" in found) ids.push(found.id);
      else {
        for (const piece of this.#cut?.(found) ?? [found]) {
          if (piece.text !== "") for (const id of this.#pieceTokens(piece.text)) ids.push(id);
        }
      }
    }
    return ids;
  }

  #pieceTokens(piece: string): readonly number[] {
    const known = this.#known.get(piece);
    if (known !== undefined) return known;
    const ids = this.#model.encode(piece);
    if (piece.length <= shortPiece && this.#known.size < remembered) this.#known.set(piece, ids);
    return ids;
  }

  #truncationOf({ length, maxLength }: EncodeBatchOptions): Truncation | undefined {
    for (const [name, value] of Object.entries({ length, maxLength })) {
      if (value !== undefined) checkWhole("Tokenizer.encodeBatch", name, value, 1);
    }
    const most = Math.min(maxLength ?? Infinity, length ?? Infinity);
    if (most === Infinity) return this.#truncation;
    const { side = "right", strategy = "LongestFirst" } = this.#truncation ?? {};
    return { side, strategy, maxLength: most };
  }

  #fillingOf(rows: readonly Row[], options: EncodeBatchOptions): Filling {
    const { length = this.#filling?.length, paddingSide } = options;
    const named = ["<pad>", "[PAD]", "<|pad|>"].map((token) => this.id(token));
    const id = options.padId ?? this.#filling?.id ?? named.find((found) => found !== undefined);
    const needed = rows.some((row) => row.ids.length !== (length ?? rows[0].ids.length));
    if (id === undefined && needed) throw nothingToFillWith(rows);
    return {
      id: id ?? 0,
      length,
      side: paddingSide ?? this.#filling?.side ?? "right",
      typeId: this.#filling?.typeId ?? 0,
      multipleOf: options.length === undefined ? (this.#filling?.multipleOf ?? 1) : 1,
    };
  }
}

/** Reads a tokenizer from the text of a `tokenizer.json`, or its parsed content. */
export function loadTokenizer(source: string | object): Tokenizer {
  if (typeof source !== "string") return new Tokenizer(source);
  let content: unknown;
  try {
    content = JSON.parse(source);
  } catch (cause) {
    throw badTokenizer(`it is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return new Tokenizer(content);
}

printAsText(Tokenizer);

/** Kinds of models; old files do not say which theirs is, and have merges or not. */
function modelsOf(component: Component): typeof models {
  if (component.type !== "") return models;
  const guess = component.has("merges")
    ? readBpe
    : component.has("continuing_subword_prefix")
      ? readWordPiece
      : Array.isArray(component.value("vocab"))
        ? readUnigram
        : readWordLevel;
  return { "": guess, ...models };
}
