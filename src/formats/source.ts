// Bytes that are read in pieces, so that one tensor of a large file does not cost the whole file: a buffer, a Blob or File of
// a browser, or a server that answers range requests. Files of Node are in node-source.ts.

import { ChainruleError } from "../core/errors.ts";

/** Something of known size from which ranges of bytes can be read. */
export interface ByteSource {
  readonly name: string;
  readonly size: number;
  /** The bytes from `begin` up to `end`, which lie within the size. */
  read(begin: number, end: number): Promise<Uint8Array>;
  close?(): Promise<void>;
}

/** Reads from bytes in memory. */
export function bytesSource(bytes: Uint8Array, name: string = "data"): ByteSource {
  return { name, size: bytes.length, read: async (begin, end) => bytes.subarray(begin, end) };
}

/** Reads from a Blob, as from a file that a user of a page has chosen. */
export function blobSource(blob: Blob, name: string = nameOf(blob)): ByteSource {
  return {
    name,
    size: blob.size,
    async read(begin, end) {
      try {
        return new Uint8Array(await blob.slice(begin, end).arrayBuffer());
      } catch (cause) {
        throw new ChainruleError({
          code: "BAD_FILE",
          op: "blobSource",
          problem: `cannot read ${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
          fix: "Choose the file again; it may have changed or gone since.",
          cause,
        });
      }
    },
  };
}

/** Reads from a server by HTTP range requests (RFC 9110 §14); one that does not answer them is a `DOWNLOAD` error. */
export async function urlSource(url: string | URL): Promise<ByteSource> {
  const name = String(url);
  const first = await requestRange(name, 0, 1);
  const total = /\/(\d+)$/.exec(first.headers.get("content-range") ?? "")?.[1];
  await first.body?.cancel();
  if (total === undefined) throw failed(name, "does not say how long the file is");
  return {
    name,
    size: Number(total),
    async read(begin, end) {
      if (begin === end) return new Uint8Array(0);
      const bytes = new Uint8Array(await (await requestRange(name, begin, end)).arrayBuffer());
      if (bytes.length === end - begin) return bytes;
      throw failed(name, `gave ${bytes.length} bytes where ${end - begin} were asked for`);
    },
  };
}

async function requestRange(url: string, begin: number, end: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { range: `bytes=${begin}-${end - 1}` } });
  } catch (cause) {
    throw failed(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (response.status === 206) return response;
  await response.body?.cancel();
  throw failed(url, `answers ${response.status} to a request for a range, needed 206`);
}

function failed(url: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError({
    code: "DOWNLOAD",
    op: "urlSource",
    problem: `${url} ${problem}`,
    fix: "Check the address, or fetch the whole file and read it from memory with bytesSource.",
    detail: { url },
    cause,
  });
}

function nameOf(blob: Blob): string {
  return "name" in blob && typeof blob.name === "string" ? blob.name : "the blob";
}
