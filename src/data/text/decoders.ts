// Decoders of tokenizer files: how tokens become a text again.

import { fromByteTexts, joinByteNames } from "./bytes.ts";
import { build, type Component } from "./component.ts";
import { readPattern } from "./pattern.ts";
import { readSpaceSign } from "./pre-tokenizers.ts";

/** Tokens → parts of the text, which are joined. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

/** Reads a decoder. */
export function readDecoder(component: Component): Decoder {
  return build(component, kinds);
}

const kinds: Readonly<Record<string, (component: Component) => Decoder>> = {
  ByteLevel: (component) => {
    component.ignore("add_prefix_space", "trim_offsets", "use_regex");
    return (tokens) => [fromByteTexts(tokens)];
  },
  ByteFallback: () => joinByteNames,
  Fuse: () => (tokens) => [tokens.join("")],
  Metaspace: readMetaspace,
  WordPiece: readWordPiece,
  BPEDecoder: readSuffix,
  Replace: readReplace,
  Strip: readStrip,
  Sequence: (component) => {
    const steps = component.children("decoders").map(readDecoder);
    return (tokens) => steps.reduce((result, step) => step(result), tokens);
  },
};

function readMetaspace(component: Component): Decoder {
  const { sign, scheme } = readSpaceSign(component);
  component.ignore("str_rep", "split");
  return (tokens) =>
    tokens.map((token, k) => token.replaceAll(sign, k === 0 && scheme !== "never" ? "" : " "));
}

/** What BERT's tokens are joined without: spaces before marks and inside contractions. */
const unspaced: readonly (readonly [string, string])[] = [
  ...[".", "?", "!", ","].map((mark) => [` ${mark}`, mark] as const),
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  ...["'s", "'ve", "'re"].map((end) => [` ${end}`, end] as const),
];

function readWordPiece(component: Component): Decoder {
  const prefix = component.string("prefix", "##");
  const cleanup = component.boolean("cleanup", true);
  return (tokens) =>
    tokens.map((token, k) => {
      const joined = token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      const part = k === 0 ? token : joined;
      return cleanup
        ? unspaced.reduce((text, [from, to]) => text.replaceAll(from, to), part)
        : part;
    });
}

function readSuffix(component: Component): Decoder {
  const suffix = component.string("suffix", "</w>");
  return (tokens) =>
    tokens.map((token, k) => token.replaceAll(suffix, k === tokens.length - 1 ? "" : " "));
}

function readReplace(component: Component): Decoder {
  const pattern = readPattern(component);
  const content = component.string("content");
  return (tokens) => tokens.map((token) => token.replace(pattern, () => content));
}

function readStrip(component: Component): Decoder {
  const content = component.string("content");
  const [start, stop] = [component.whole("start"), component.whole("stop")];
  return (tokens) => tokens.map((token) => stripped(token, content, start, stop));
}

/** Without up to `start` times the content at the beginning and `stop` times at the end. */
function stripped(token: string, content: string, start: number, stop: number): string {
  let result = token;
  if (content === "") return result;
  for (let k = 0; k < start && result.startsWith(content); k++) {
    result = result.slice(content.length);
  }
  for (let k = 0; k < stop && result.endsWith(content); k++) {
    result = result.slice(0, result.length - content.length);
  }
  return result;
}
