// A description in an address: the fields that differ from the defaults, as JSON in base64url behind `#/playground/`.

import { type Description, spiralDefault } from "./description.ts";
import { readDescription } from "./read-description.ts";

/** Longest code that addresses may carry; browsers and mail programs cut longer ones. */
const longest = 8000;

/** The code of a description; undefined where data of one's own make it too long for an address. */
export function encode(description: Description): string | undefined {
  const code = toBase64Url(JSON.stringify(differences(description, spiralDefault) ?? {}));
  return code.length <= longest ? code : undefined;
}

/** The description of a code. Errors: an `Error` where it is none, with what is wrong. */
export function decode(code: string): Description {
  if (code === "") return spiralDefault;
  if (code.length > longest) throw new Error(`${code.length} characters`);
  return readDescription(JSON.parse(fromBase64Url(code)));
}

/** What of a value differs from another of its kind: records field by field, all else as a whole. */
function differences(value: unknown, standard: unknown): unknown {
  if (JSON.stringify(value) === JSON.stringify(standard)) return undefined;
  if (!isRecord(value) || !isRecord(standard) || value.kind !== standard.kind) return value;
  const entries = Object.entries(value).map(([name, one]) => [
    name,
    differences(one, standard[name]),
  ]);
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toBase64Url(text: string): string {
  const letters = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  return btoa(letters.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromBase64Url(code: string): string {
  const letters = atob(code.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)));
}
