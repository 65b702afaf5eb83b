// Byte-pair encoding (Sennrich et al. 2016): a piece of text starts as its characters, and the neighbours whose merge was
// learnt first are joined until none can be. A heap of candidates makes that n log n, also for a piece without spaces.

import { byteNames } from "./bytes.ts";
import { badTokenizer, type Component, unsupported } from "./component.ts";
import { Heap } from "./heap.ts";
import { type Model, readVocabulary, type Vocabulary } from "./model.ts";

/** Which tokens become one, by left · 2²⁶ + right. */
type Merges = ReadonlyMap<number, { readonly rank: number; readonly id: number }>;

const keyOf = (left: number, right: number): number => left * 2 ** 26 + right;

interface BpeSettings {
  readonly vocabulary: Vocabulary;
  readonly merges: Merges;
  readonly unknown: number | undefined;
  readonly prefix: string;
  readonly suffix: string;
  readonly fuseUnknown: boolean;
  readonly byteFallback: boolean;
  readonly ignoreMerges: boolean;
}

/** Reads a model of type BPE. */
export function readBpe(component: Component): Model {
  const vocabulary = readVocabulary(component);
  const prefix = component.string("continuing_subword_prefix", "");
  const merges = readMerges(component, vocabulary, prefix);
  const name = component.value("unk_token");
  if (component.number("dropout", 0) !== 0) {
    throw unsupported(`${component.place}.dropout leaves out merges at random`, {});
  }
  const settings: BpeSettings = {
    vocabulary,
    merges,
    prefix,
    unknown: name === undefined ? undefined : vocabulary.need(String(name), "unk_token"),
    suffix: component.string("end_of_word_suffix", ""),
    fuseUnknown: component.boolean("fuse_unk", false),
    byteFallback: component.boolean("byte_fallback", false),
    ignoreMerges: component.boolean("ignore_merges", false),
  };
  return { vocabulary, encode: (piece) => encodeBpe(piece, settings) };
}

function readMerges(component: Component, vocabulary: Vocabulary, prefix: string): Merges {
  const merges = new Map<number, { rank: number; id: number }>();
  for (const [rank, merge] of component.list("merges").entries()) {
    const [left, right] = pairOf(merge, `${component.place}.merges[${rank}]`);
    const joined = left + right.slice(prefix.length);
    const [a, b, id] = [left, right, joined].map((token) => vocabulary.need(token, "merges"));
    merges.set(keyOf(a, b), { rank, id });
  }
  return merges;
}

function pairOf(merge: unknown, place: string): readonly string[] {
  const pair = typeof merge === "string" ? merge.split(" ") : merge;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((t) => typeof t === "string")) {
    return pair;
  }
  throw badTokenizer(`${place} is ${JSON.stringify(merge)}; it must be two tokens`);
}

function encodeBpe(piece: string, settings: BpeSettings): number[] {
  const { vocabulary, ignoreMerges } = settings;
  const whole = ignoreMerges ? vocabulary.ids.get(piece) : undefined;
  if (whole !== undefined) return [whole];
  return mergeAll(characters(piece, settings), settings.merges);
}

/** Tokens of the characters alone. */
function characters(piece: string, settings: BpeSettings): number[] {
  const { vocabulary, prefix, suffix, byteFallback, unknown, fuseUnknown } = settings;
  const result: number[] = [];
  let afterUnknown = false;
  let at = 0;
  for (const character of piece) {
    const start = at === 0 ? character : prefix + character;
    at += character.length;
    const token = at === piece.length ? start + suffix : start;
    const id = vocabulary.ids.get(token);
    const ids = id !== undefined ? [id] : byteFallback ? byteIds(token, vocabulary) : undefined;
    if (ids !== undefined) for (const known of ids) result.push(known);
    else if (unknown !== undefined && !(fuseUnknown && afterUnknown)) result.push(unknown);
    afterUnknown = ids === undefined;
  }
  return result;
}

/** The tokens of a text's bytes; undefined where the vocabulary lacks one. */
export function byteIds(text: string, { ids }: Vocabulary): number[] | undefined {
  const found = byteNames(text).map((name) => ids.get(name));
  return found.every((id) => id !== undefined) ? found : undefined;
}

/** Joins neighbours, the earliest merge first, from left to right. Places are a linked list; −1 ends it. */
function mergeAll(tokens: number[], merges: Merges): number[] {
  if (tokens.length < 2) return tokens;
  const next = tokens.map((_, k) => (k + 1 < tokens.length ? k + 1 : -1));
  const previous = tokens.map((_, k) => k - 1);
  const at = (place: number): { rank: number; id: number } | undefined =>
    place < 0 || next[place] < 0 || tokens[place] < 0
      ? undefined
      : merges.get(keyOf(tokens[place], tokens[next[place]]));
  const queue = new Heap<number>((a, b) => a < b); // rank · 2³¹ + place
  const offer = (place: number): void => {
    const merge = at(place);
    if (merge !== undefined) queue.push(merge.rank * 2 ** 31 + place);
  };
  for (let place = 0; place + 1 < tokens.length; place++) offer(place);
  for (let first = queue.pop(); first !== undefined; first = queue.pop()) {
    const place = first % 2 ** 31;
    const merge = at(place);
    if (merge === undefined || merge.rank !== Math.floor(first / 2 ** 31)) continue;
    const gone = next[place];
    tokens[place] = merge.id;
    tokens[gone] = -1;
    next[place] = next[gone];
    if (next[gone] >= 0) previous[next[gone]] = place;
    offer(place);
    offer(previous[place]);
  }
  return tokens.filter((token) => token >= 0);
}
