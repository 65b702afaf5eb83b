// The unigram language model (Kudo 2018): of all ways to cut a piece into known parts, the one whose parts are together most
// likely, found from left to right (Viterbi). Characters that are in no part cost more than any part.

import { byteIds } from "./bpe.ts";
import { badTokenizer, type Component } from "./component.ts";
import { type Model, noTokenFor, Vocabulary } from "./model.ts";

/** How much less likely than the least likely part an unknown character is, as a difference of logarithms. */
const unknownPenalty = 10;

interface UnigramSettings {
  readonly vocabulary: Vocabulary;
  readonly scores: readonly number[];
  readonly unknown: number | undefined;
  readonly unknownScore: number;
  readonly byteFallback: boolean;
  /** Length of the longest part, in UTF-16 units: no longer one needs to be looked up. */
  readonly longest: number;
}

/** Reads a model of type Unigram. */
export function readUnigram(component: Component): Model {
  const entries = component.list("vocab").map((entry, id) => entryOf(entry, id, component));
  const vocabulary = new Vocabulary(entries.map(([token], id) => [token, id]));
  const scores = entries.map(([, score]) => score);
  const unknown = component.has("unk_id") ? component.whole("unk_id") : undefined;
  component.ignore("unk_id");
  if (unknown !== undefined && unknown >= scores.length) {
    throw component.wrong("unk_id", unknown, `below ${scores.length}`);
  }
  const settings: UnigramSettings = {
    vocabulary,
    scores,
    unknown,
    unknownScore: scores.reduce((a, b) => Math.min(a, b), Infinity) - unknownPenalty,
    byteFallback: component.boolean("byte_fallback", false),
    longest: entries.reduce((length, [token]) => Math.max(length, token.length), 0),
  };
  return { vocabulary, encode: (piece) => encodeUnigram(piece, settings) };
}

function entryOf(entry: unknown, id: number, component: Component): readonly [string, number] {
  if (Array.isArray(entry) && typeof entry[0] === "string" && Number.isFinite(entry[1])) {
    return [entry[0], entry[1]];
  }
  throw badTokenizer(
    `${component.place}.vocab[${id}] is ${JSON.stringify(entry)}; it must be a token and its score`,
  );
}

function encodeUnigram(piece: string, settings: UnigramSettings): number[] {
  const { vocabulary, unknown, byteFallback } = settings;
  return bestParts(piece, settings).flatMap((part) => {
    const id = vocabulary.ids.get(part);
    if (id !== undefined) return [id];
    const bytes = byteFallback ? byteIds(part, vocabulary) : undefined;
    if (bytes !== undefined) return bytes;
    return [unknown ?? noTokenFor(part)];
  });
}

/** The most likely parts; unknown characters in a row are one part. */
function bestParts(piece: string, settings: UnigramSettings): string[] {
  const { vocabulary, scores, unknownScore, longest } = settings;
  const best = new Float64Array(piece.length + 1).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(piece.length + 1);
  const isUnknown = new Uint8Array(piece.length + 1);
  best[0] = 0;
  const offer = (start: number, end: number, score: number): boolean => {
    if (!(best[start] + score > best[end])) return false;
    best[end] = best[start] + score;
    from[end] = start;
    return true;
  };
  for (let start = 0; start < piece.length; ) {
    const single = piece.codePointAt(start)! > 0xffff ? 2 : 1;
    let hasSingle = false;
    for (let end = start + 1; end <= Math.min(piece.length, start + longest); end++) {
      const id = vocabulary.ids.get(piece.slice(start, end));
      if (id === undefined) continue;
      if (offer(start, end, scores[id])) isUnknown[end] = Number(id === settings.unknown);
      if (end - start === single) hasSingle = true;
    }
    if (!hasSingle && offer(start, start + single, unknownScore)) isUnknown[start + single] = 1;
    start += single;
  }
  return partsBack(piece, from, isUnknown);
}

function partsBack(piece: string, from: Int32Array, isUnknown: Uint8Array): string[] {
  const parts: string[] = [];
  for (let end = piece.length; end > 0; ) {
    let start = from[end];
    if (isUnknown[end]) while (start > 0 && isUnknown[start]) start = from[start];
    parts.push(piece.slice(start, end));
    end = start;
  }
  return parts.reverse();
}
