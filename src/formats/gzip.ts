// Unpacking gzip and zlib streams with the platform's own DecompressionStream (Node and browsers).
// Both formats end with a checksum, so a damaged stream is an error and never wrong bytes.

import { ChainruleError } from "../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import { refuser } from "./bad-file.ts";
import { budgetOf, type LimitOptions } from "./limits.ts";

const optionNames: OptionNames<LimitOptions> = { maxBytes: true };

/** Says whether the bytes begin with the gzip magic number `1f 8b`. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks a gzip file (RFC 1952). A truncated or damaged one is a `BAD_FILE` error that names it, and so is one that unpacks
 * to more than `maxBytes` (default: 1 GiB, or 8 × the file if that is more).
 */
export async function gunzip(
  bytes: Uint8Array,
  name: string = "gzip data",
  options: LimitOptions = {},
): Promise<Uint8Array> {
  checkOptionNames("gunzip", options, optionNames);
  if (isGzip(bytes)) return decompress(bytes, "gzip", name, options);
  throw new ChainruleError({
    code: "BAD_FILE",
    op: "gunzip",
    problem: `${name} is not a gzip file: it ${startOf(bytes)}, a gzip file begins with 1f 8b`,
    fix: "Check that this is the right file and that it was downloaded completely.",
    detail: { file: name, bytes: bytes.length },
  });
}

/** Unpacks a zlib stream (RFC 1950); errors as for `gunzip`. */
export async function inflate(
  bytes: Uint8Array,
  name: string = "zlib data",
  options: LimitOptions = {},
): Promise<Uint8Array> {
  checkOptionNames("inflate", options, optionNames);
  return decompress(bytes, "deflate", name, options);
}

async function decompress(
  bytes: Uint8Array,
  format: CompressionFormat,
  name: string,
  options: LimitOptions,
): Promise<Uint8Array> {
  const op = format === "gzip" ? "gunzip" : "inflate";
  const budget = budgetOf(bytes.length, options, refuser(op, name));
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const input = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const reader = input.pipeThrough(new DecompressionStream(format)).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      budget.take(part.value.length, `byte ${length}`);
      chunks.push(part.value);
      length += part.value.length;
    }
  } catch (cause) {
    if (cause instanceof ChainruleError) throw cause;
    throw damaged(bytes, format, name, length, cause);
  }
  return join(chunks, length);
}

function damaged(
  bytes: Uint8Array,
  format: string,
  name: string,
  unpacked: number,
  cause: unknown,
): ChainruleError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ChainruleError({
    code: "BAD_FILE",
    op: format === "gzip" ? "gunzip" : "inflate",
    problem:
      `${name} is truncated or damaged: unpacking its ${bytes.length} bytes failed after ` +
      `${unpacked} bytes of output (${reason})`,
    fix: "Download or copy the file again.",
    detail: { file: name, bytes: bytes.length, unpacked },
    cause,
  });
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0];
  const result = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    result.set(chunk, position);
    position += chunk.length;
  }
  return result;
}

function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "is empty";
  const first = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
  return `begins with ${first.join(" ")}`;
}
