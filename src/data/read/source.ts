// Where bytes come from: memory, a Blob or File, a stream such as a response's body, or chunks of one's own. All become
// chunks of unpacked bytes, and of text, so that a reader need not hold a large file as a whole. Gzip is noticed by its
// first bytes.

import { joinBytes } from "../../core/bytes.ts";
import { ChainruleError } from "../../core/errors.ts";
import { isGzip } from "../../formats/gzip.ts";

/** Bytes in memory, a `File` or `Blob`, a stream (`response.body`), or chunks. In Node a path is one as well. */
export type ByteSource =
  | Uint8Array
  | ArrayBuffer
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** What every reader of bytes takes. */
export interface SourceOptions {
  /** What the source is called in errors; default: the file's name, or "the data". */
  readonly name?: string;
  /** Most bytes, unpacked, that are read; default 1 GiB. What unpacks to more is refused. */
  readonly maxBytes?: number;
}

const gibibyte = 2 ** 30;

/**
 * The chunks of a stream, such as `response.body` or `file.stream()`. Leaving the loop early cancels the stream.
 *
 * `pipeline(async function* () { yield* fromStream((await fetch(address)).body!); })`
 * A stream can be read once, so the source of a pipeline opens it anew in each pass.
 */
export async function* fromStream<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, void> {
  const reader = stream.getReader(); // Safari's streams are no iterables
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {}); // whoever stops early closes the file or the connection
  }
}

/** The name of a source in errors. */
export function nameOf(source: ByteSource, { name }: SourceOptions): string {
  if (name !== undefined) return name;
  return typeof File !== "undefined" && source instanceof File ? source.name : "the data";
}

/** The unpacked bytes of a source, chunk after chunk. Errors: `BAD_FILE` for damaged gzip and for too many bytes. */
export async function* chunksOf(
  source: ByteSource,
  options: SourceOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { maxBytes = gibibyte } = options;
  let total = 0;
  for await (const chunk of unpacked(rawChunks(source), nameOf(source, options))) {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge(nameOf(source, options), maxBytes);
    yield chunk;
  }
}

/** All unpacked bytes of a source. */
export async function bytesOf(
  source: ByteSource,
  options: SourceOptions = {},
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(source, options)) chunks.push(chunk);
  return joinBytes(chunks);
}

/** The text of a source, chunk after chunk, without a byte order mark. Errors: `BAD_FILE` where it is not UTF-8. */
export async function* textOf(
  source: ByteSource,
  options: SourceOptions = {},
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let before = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      throw notText(nameOf(source, options), before, cause);
    }
  };
  for await (const chunk of chunksOf(source, options)) {
    yield decode(chunk);
    before += chunk.length;
  }
  yield decode();
}

/** Bytes of a chunk cut from memory or a Blob, so that text is never all there at once. */
const chunkBytes = 2 ** 18;

async function* rawChunks(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  if (source instanceof ArrayBuffer) source = new Uint8Array(source);
  if (source instanceof Uint8Array) {
    for (let at = 0; at < source.length; at += chunkBytes)
      yield source.subarray(at, at + chunkBytes);
  } else if (source instanceof Blob) yield* fromStream(source.stream());
  else if (source instanceof ReadableStream) yield* fromStream(source);
  else if (isAsyncIterable(source)) yield* source;
  else throw notSource(source);
}

function isAsyncIterable(x: unknown): x is AsyncIterable<Uint8Array> {
  return typeof x === "object" && x !== null && Symbol.asyncIterator in x;
}

async function* unpacked(
  chunks: AsyncGenerator<Uint8Array, void, void>,
  name: string,
): AsyncGenerator<Uint8Array, void, void> {
  const first = await firstBytes(chunks);
  const all = prepended(first, chunks);
  if (!isGzip(first)) {
    yield* all;
    return;
  }
  const packed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const part = await all.next();
      if (part.done) controller.close();
      else controller.enqueue(part.value as Uint8Array<ArrayBuffer>);
    },
  });
  try {
    yield* fromStream(packed.pipeThrough(new DecompressionStream("gzip")));
  } catch (cause) {
    throw cause instanceof ChainruleError ? cause : damaged(name, cause);
  } finally {
    await chunks.return();
  }
}

/** The first chunk, joined with the next while it is too short to show what it is. */
async function firstBytes(chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array> {
  let first: Uint8Array = new Uint8Array(0);
  while (first.length < 2) {
    const part = await chunks.next();
    if (part.done) break;
    first = first.length === 0 ? part.value : joinBytes([first, part.value]);
  }
  return first;
}

async function* prepended(
  first: Uint8Array,
  chunks: AsyncGenerator<Uint8Array, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  if (first.length > 0) yield first;
  yield* chunks;
}

function damaged(name: string, cause: unknown): ChainruleError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ChainruleError({
    code: "BAD_FILE",
    op: "gunzip",
    problem: `${name} is truncated or damaged: unpacking it failed (${reason})`,
    fix: "Download or copy the file again.",
    detail: { file: name },
    cause,
  });
}

function tooLarge(name: string, maxBytes: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "read",
    problem: `${name} has, unpacked, more than ${maxBytes} bytes`,
    fix: "Where that is right, pass a larger `maxBytes`; rows of large files can be read one after the other.",
    detail: { file: name, maxBytes },
  });
}

function notText(name: string, before: number, cause: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "read",
    problem: `${name} is not UTF-8 text: bytes that stand for no character after byte ${before}`,
    fix: "Convert it, for instance by `iconv -f LATIN1 -t UTF-8`, or check that it is a text file.",
    detail: { file: name, after: before },
    cause,
  });
}

function notSource(source: unknown): ChainruleError {
  const path = typeof source === "string" || source instanceof URL;
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "read",
    problem: path
      ? `a path (${String(source)}) can be read in Node, by the functions of chainrule/data`
      : `cannot read bytes from ${typeof source === "object" ? "this object" : String(source)}`,
    fix: path
      ? "Call the reader of the entry chainrule/data; in a browser pass a File, or (await fetch(url)).body."
      : "Pass a Uint8Array, an ArrayBuffer, a Blob or File, a ReadableStream, or chunks.",
  });
}
