// The table of SentencePiece's normalizers, "Precompiled" in tokenizer files: which character, or short run of them, becomes
// which text. It is a double-array trie (Aoe 1989, as in Darts-clone) over UTF-8 bytes, followed by the texts.

import { badTokenizer, type Component } from "./component.ts";
import type { Normalizer } from "./normalizers.ts";

/** Graphemes of more bytes are looked up character by character. */
const longestGrapheme = 6;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a normalizer of type Precompiled. */
export function readPrecompiled(component: Component): Normalizer {
  const bytes = bytesOf(component.string("precompiled_charsmap"));
  const view = new DataView(bytes.buffer);
  const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
  if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw badTokenizer(
      `${component.place}: a table of ${bytes.length} bytes has a trie of ${size}`,
    );
  }
  const trie = Uint32Array.from({ length: size / 4 }, (_, k) => view.getUint32(4 + 4 * k, true));
  const texts = bytes.subarray(4 + size);
  const known = new Map<string, string | undefined>();
  const replacement = (text: string): string | undefined => {
    if (!known.has(text) && known.size < 2 ** 16) known.set(text, lookUp(text, trie, texts));
    return known.has(text) ? known.get(text) : lookUp(text, trie, texts);
  };
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return (text) => {
    if (/^[ -~]*$/.test(text)) return text;
    let result = "";
    for (const { segment } of segmenter.segment(text)) {
      const isShort = encoder.encode(segment).length < longestGrapheme;
      const whole = isShort ? replacement(segment) : undefined;
      result += whole ?? Array.from(segment, (c) => replacement(c) ?? c).join("");
    }
    return result;
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    throw badTokenizer("precompiled_charsmap is not base64");
  }
}

/** The text for the shortest beginning that the trie has, as Hugging Face's tokenizers take it. */
function lookUp(text: string, trie: Uint32Array, texts: Uint8Array): string | undefined {
  let at = 0;
  let unit = trie[0];
  at ^= offsetOf(unit);
  for (const byte of encoder.encode(text)) {
    at ^= byte;
    if (byte === 0 || at >= trie.length) return undefined;
    unit = trie[at];
    if ((unit & 0x800000ff) !== byte) return undefined;
    at ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 1 && at < trie.length) return textAt(trie[at] & 0x7fffffff, texts);
  }
  return undefined;
}

const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** A text up to the byte 0 that ends it. */
function textAt(start: number, texts: Uint8Array): string {
  const end = texts.indexOf(0, start);
  return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
}
