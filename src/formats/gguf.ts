// Reading GGUF, the format of llama.cpp's models: plain tensors as by stored.ts, quantised ones as float32. One tensor at a
// time may be read, since a model is often larger than the memory for its float32 would be.

import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { sizeOf } from "../core/shape.ts";
import { checkBytes, refuser, shown } from "./bad-file.ts";
import { blockTypes } from "./gguf-blocks.ts";
import {
  type GgufEntry,
  type GgufHeader,
  type GgufValue,
  NeedsMore,
  plainType,
  readGgufHeader,
} from "./gguf-header.ts";
import { type ByteSource, bytesSource } from "./source.ts";
import { elementsOf, present } from "./stored.ts";

/** What a GGUF file holds. */
export interface GgufContent {
  readonly tensors: Map<string, HostTensor>;
  readonly metadata: ReadonlyMap<string, GgufValue>;
}

/** A GGUF file whose tensors are read when they are asked for. */
export interface GgufFile {
  /** What each tensor is, by name: `float32` …, or a block type such as `Q4_K`. */
  readonly tensors: ReadonlyMap<string, Pick<GgufEntry, "type" | "shape">>;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** Reads one tensor, dequantised. An unknown name is a `BAD_ARGUMENT` error. */
  read(name: string): Promise<HostTensor>;
  close(): Promise<void>;
}

/**
 * Decodes a GGUF file (versions 2 and 3): F32, F16, BF16, F64, I8 to I64, and the blocks Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
 * Q2_K to Q6_K and Q8_K as float32. A damaged file is a `BAD_FILE` error, other quantisations are `UNSUPPORTED` by name.
 * Memory: at most 13 × the file (two bits become 32).
 */
export function decodeGguf(bytes: Uint8Array, name: string = "GGUF data"): GgufContent {
  checkBytes("decodeGguf", bytes);
  const { entries, metadata } = readGgufHeader(bytes, bytes.length, name);
  const tensors = entries.map((entry): [string, HostTensor] => [
    entry.name,
    decodeEntry(entry, bytes.subarray(entry.begin, entry.end), name),
  ]);
  return { tensors: new Map(tensors), metadata };
}

/** Opens a GGUF file: reads its header alone. Errors as for `decodeGguf`. */
export async function openGguf(source: ByteSource | Uint8Array): Promise<GgufFile> {
  const from = source instanceof Uint8Array ? bytesSource(source, "GGUF data") : source;
  const { entries, metadata } = await readHeader(from);
  const tensors = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    tensors,
    metadata,
    async read(name) {
      const entry = tensors.get(name);
      if (entry === undefined) throw noTensor(from.name, name, [...tensors.keys()]);
      return decodeEntry(entry, await from.read(entry.begin, entry.end), from.name);
    },
    close: async () => from.close?.(),
  };
}

const firstBytes = 2 ** 20;

/** Reads as much of the beginning as the header takes. */
async function readHeader(source: ByteSource): Promise<GgufHeader> {
  for (let length = firstBytes; ; length *= 4) {
    const bytes = await source.read(0, Math.min(length, source.size));
    try {
      return readGgufHeader(bytes, source.size, source.name);
    } catch (error) {
      if (!(error instanceof NeedsMore)) throw error;
    }
  }
}

function decodeEntry(entry: GgufEntry, bytes: Uint8Array, file: string): HostTensor {
  const { name, typeCode, shape } = entry;
  const plain = plainType(typeCode);
  if (plain !== undefined) {
    const view = { type: plain, shape, data: elementsOf(bytes, plain) };
    return present(view, {}, (problem) =>
      refuser("gguf", file)(`has tensor ${shown(name)} (${plain}) ${problem}`),
    );
  }
  const { elements, bytes: size, read } = blockTypes[typeCode];
  const data = new Float32Array(sizeOf(shape));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0, to = 0; to < data.length; at += size, to += elements) read(view, at, data, to);
  return { dtype: "float32", shape, data };
}

function noTensor(file: string, name: string, names: readonly string[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "gguf",
    problem: `${file} has no tensor ${shown(name)}`,
    fix: `It has ${names.length}: ${names.slice(0, 20).join(", ")}${names.length > 20 ? " …" : ""}.`,
    detail: { name },
  });
}
