// Bytes as text: the alphabet of byte-level tokenizers, in which each byte is a visible character (Radford et al. 2019),
// and the names of bytes, `<0x0A>`, in vocabularies that fall back to them.

const encoder = new TextEncoder();
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Bytes that stand for themselves; the others are numbered from 256 on, in order. */
const isVisible = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);

function makeAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(isVisible(byte) ? byte : next++),
  );
}

/** The character of each byte. */
export const byteAlphabet: readonly string[] = makeAlphabet();

const byteOf: ReadonlyMap<string, number> = new Map(byteAlphabet.map((c, byte) => [c, byte]));

/** Writes the UTF-8 bytes of a text in the alphabet of bytes. */
export function toByteText(text: string): string {
  let result = "";
  for (const byte of encoder.encode(text)) result += byteAlphabet[byte];
  return result;
}

/** Reads texts in the alphabet of bytes; a text with other characters stands for itself. */
export function fromByteTexts(texts: readonly string[]): string {
  const bytes: number[] = [];
  for (const text of texts) {
    const own = Array.from(text, (c) => byteOf.get(c));
    if (own.every((byte) => byte !== undefined)) for (const byte of own) bytes.push(byte);
    else for (const byte of encoder.encode(text)) bytes.push(byte);
  }
  return lossy.decode(Uint8Array.from(bytes));
}

/** Names of the UTF-8 bytes of a text: `<0xE2>`, … */
export function byteNames(text: string): string[] {
  return Array.from(encoder.encode(text), (byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
}

/** Joins runs of names of bytes to the text they are; bytes that are none become one `\ufffd` each. */
export function joinByteNames(tokens: readonly string[]): string[] {
  const result: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) result.push(decodedOrMarked(Uint8Array.from(bytes)));
    bytes = [];
  };
  for (const token of tokens) {
    const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      continue;
    }
    flush();
    result.push(token);
  }
  flush();
  return result;
}

function decodedOrMarked(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}
