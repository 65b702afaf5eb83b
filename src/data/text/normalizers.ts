// Normalizers of tokenizer files: what is done to a text before it is cut, such as Unicode's normal forms and small letters.

import { toByteText } from "./bytes.ts";
import { readPrecompiled } from "./charsmap.ts";
import { build, type Component } from "./component.ts";
import { readPattern } from "./pattern.ts";

/** Text → text. */
export type Normalizer = (text: string) => string;

/** Reads a normalizer. */
export function readNormalizer(component: Component): Normalizer {
  return build(component, kinds);
}

const kinds: Readonly<Record<string, (component: Component) => Normalizer>> = {
  NFC: () => (text) => text.normalize("NFC"),
  NFD: () => (text) => text.normalize("NFD"),
  NFKC: () => (text) => text.normalize("NFKC"),
  NFKD: () => (text) => text.normalize("NFKD"),
  Lowercase: () => lowerCase,
  StripAccents: () => (text) => text.replace(/\p{M}/gu, ""),
  Strip: readStrip,
  Replace: readReplace,
  Prepend: readPrepend,
  ByteLevel: () => toByteText,
  Precompiled: readPrecompiled,
  BertNormalizer: readBert,
  Sequence: (component) => {
    const steps = component.children("normalizers").map(readNormalizer);
    return (text) => steps.reduce((result, step) => step(result), text);
  },
};

/** Small letters, each for itself: no other form of sigma at the end of a word. */
export function lowerCase(text: string): string {
  if (!text.includes("Σ")) return text.toLowerCase();
  return Array.from(text, (c) => c.toLowerCase()).join("");
}

function readStrip(component: Component): Normalizer {
  const left = component.boolean("strip_left", true);
  const right = component.boolean("strip_right", true);
  return (text) => {
    const start = left ? text.replace(/^\p{White_Space}+/u, "") : text;
    return right ? start.slice(0, start.length - whiteAtEnd(start)) : start;
  };
}

/** Length of the white space at the end; a pattern for it would take quadratic time. */
function whiteAtEnd(text: string): number {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1])) end--;
  return text.length - end;
}

function readReplace(component: Component): Normalizer {
  const pattern = readPattern(component);
  const content = component.string("content");
  return (text) => text.replace(pattern, () => content);
}

function readPrepend(component: Component): Normalizer {
  const prefix = component.string("prepend");
  return (text) => (text === "" ? "" : prefix + text);
}

// --- BERT ---

const chinese =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function readBert(component: Component): Normalizer {
  const clean = component.boolean("clean_text", true);
  const spaced = component.boolean("handle_chinese_chars", true);
  const lower = component.boolean("lowercase", true);
  const accents = component.boolean("strip_accents", lower);
  const steps: Normalizer[] = [];
  if (clean) steps.push(cleaned);
  if (spaced) steps.push((text) => text.replace(chinese, " $& "));
  if (accents) steps.push((text) => text.normalize("NFD").replace(/\p{Mn}/gu, ""));
  if (lower) steps.push(lowerCase);
  return (text) => steps.reduce((result, step) => step(result), text);
}

/** Without control characters, and every white space a space. */
function cleaned(text: string): string {
  return text
    .replace(/\ufffd|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}]/gu, "")
    .replace(/\p{White_Space}/gu, " ");
}
