// The IDX format of the MNIST files: two zero bytes, a type byte, the rank, big-endian sizes, then
// big-endian elements (Y. LeCun, "The MNIST database", file formats). Plain bytes only; see gzip.ts.

import type { HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showShape, sizeOf } from "../core/shape.ts";

/** Element types that an IDX file can hold. */
export type IdxType = "uint8" | "int8" | "int16" | "int32" | "float32" | "float64";

/** One decoded IDX file; `uint8` elements are a view of the file's bytes, int8 and int16 become int32. */
export interface IdxArray {
  readonly type: IdxType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

interface ElementFacts {
  readonly type: IdxType;
  readonly bytes: number;
  readonly decode: (view: DataView, elements: number) => HostArray;
}

const elementTypes: Readonly<Record<number, ElementFacts>> = {
  8: { type: "uint8", bytes: 1, decode: asBytes },
  9: { type: "int8", bytes: 1, decode: (v, n) => int32s(n, (i) => v.getInt8(i)) },
  11: { type: "int16", bytes: 2, decode: (v, n) => int32s(n, (i) => v.getInt16(2 * i)) },
  12: { type: "int32", bytes: 4, decode: (v, n) => int32s(n, (i) => v.getInt32(4 * i)) },
  13: {
    type: "float32",
    bytes: 4,
    decode: (v, n) => Float32Array.from({ length: n }, (_, i) => v.getFloat32(4 * i)),
  },
  14: {
    type: "float64",
    bytes: 8,
    decode: (v, n) => Float64Array.from({ length: n }, (_, i) => v.getFloat64(8 * i)),
  },
};

/**
 * Decodes an unpacked IDX file.
 *
 * A wrong magic number, a truncated file and bytes after the end are `BAD_FILE` errors that say what
 * was found and what the header asks for; nothing is allocated before the size is checked.
 */
export function decodeIdx(bytes: Uint8Array, name = "IDX data"): IdxArray {
  const { facts, shape } = readHeader(bytes, name);
  const start = 4 + 4 * shape.length;
  const elements = sizeOf(shape);
  const needed = start + elements * facts.bytes;
  if (bytes.length !== needed) {
    const state = bytes.length < needed ? "is truncated" : "has bytes after its end";
    throw bad(
      name,
      `${state}: its header says ${showShape(shape)} of ${facts.type}, ${needed} bytes in all, ` +
        `but it has ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  return { type: facts.type, shape, data: facts.decode(view, elements) };
}

function readHeader(bytes: Uint8Array, name: string): { facts: ElementFacts; shape: number[] } {
  if (bytes.length < 4) {
    throw bad(name, `is truncated: it has ${bytes.length} bytes, an IDX header needs at least 4`);
  }
  const facts = elementTypes[bytes[2]];
  if (bytes[0] !== 0 || bytes[1] !== 0 || facts === undefined) {
    const found = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0"));
    throw bad(
      name,
      `is not an IDX file: it begins with ${found.join(" ")}, ` +
        "needed 00 00, a type (08, 09, 0b, 0c, 0d or 0e) and the rank",
    );
  }
  const rank = bytes[3];
  if (bytes.length < 4 + 4 * rank) {
    throw bad(
      name,
      `is truncated: a header of rank ${rank} has ${4 + 4 * rank} bytes, but the file ` +
        `has ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { facts, shape: Array.from({ length: rank }, (_, k) => view.getUint32(4 + 4 * k)) };
}

function asBytes(view: DataView, elements: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, elements);
}

function int32s(elements: number, read: (index: number) => number): Int32Array {
  return Int32Array.from({ length: elements }, (_, index) => read(index));
}

function bad(name: string, problem: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "idx",
    problem: `${name} ${problem}`,
    fix: "Check that this is the right file, unpacked, and that it was downloaded completely.",
    detail: { file: name },
  });
}
