// The .npy format of NumPy (NEP 1; versions 1 to 3): a magic number, a header that is a Python dictionary, then the
// elements. Big-endian and Fortran-ordered arrays become little-endian and row-major. Nothing of Python is evaluated:
// the header may hold its three keys with plain values, and anything else is refused.

import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames } from "../core/option-names.ts";
import { type Shape, showShape, sizeOf, stridesOf } from "../core/shape.ts";
import { checkBytes, type Refuse, refuser, shown, unsupported } from "./bad-file.ts";
import { anotherKind } from "./look-alike.ts";
import {
  asStored,
  bytesOfElements,
  checkStored,
  elementsOf,
  present,
  type StoredArray,
  type StoredTensor,
  type StoredType,
  storedTypes,
  type TensorOf,
  type TensorOptions,
  tensorOptionNames,
} from "./stored.ts";
import { gathered } from "./strided.ts";

const magic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** More than any array needs; NumPy itself reads 10,000. */
const maxHeaderBytes = 65_536;

const typesByKind: Readonly<Record<string, StoredType>> = {
  ...{ b1: "bool", i1: "int8", i2: "int16", i4: "int32", i8: "int64" },
  ...{ u1: "uint8", u2: "uint16", u4: "uint32", u8: "uint64" },
  ...{ f2: "float16", f4: "float32", f8: "float64", c8: "complex64", c16: "complex128" },
};

/** Kinds of elements that are no numbers, and what they are. */
const otherKinds: Readonly<Record<string, string>> = {
  O: "Python objects, which are pickled programs",
  U: "text",
  S: "byte strings",
  a: "byte strings",
  V: "raw bytes or records",
  M: "dates",
  m: "time differences",
  f: "floats of another width",
  c: "complex numbers of another width",
};

/**
 * Decodes a .npy file; the array is a copy in row-major order.
 *
 * float16 becomes float32, integers become int32, checked to fit, complex numbers pairs along a new last axis; with
 * `{ raw: true }` elements stay as they are. A damaged file is a `BAD_FILE` error; text, dates, records and objects are
 * `UNSUPPORTED`. Memory: at most 5 × the file.
 */
export function decodeNpy<Raw extends boolean = false>(
  bytes: Uint8Array,
  name: string = "npy data",
  options: TensorOptions<Raw> = {},
): TensorOf<Raw> {
  checkBytes("decodeNpy", bytes);
  checkOptionNames("decodeNpy", options, tensorOptionNames);
  const bad = refuser("npy", name);
  const { text, end } = readHeader(bytes, name, bad);
  if (/'descr'\s*:\s*\[/.test(text)) throw notNumbers("records (a structured dtype)", name);
  const header = parseHeader(text, bad);
  const { type, bigEndian } = typeOf(header.descr, name, bad);
  const shape = shapeOf(header.shape, bad);
  const needed = sizeOf(shape) * storedTypes[type].bytes;
  if (bytes.length - end !== needed) {
    const state = bytes.length - end < needed ? "is truncated" : "has bytes after its end";
    throw bad(
      `${state}: ${type} ${showShape(shape)} takes ${needed} bytes after the header, but ` +
        `${bytes.length - end} follow`,
    );
  }
  const body = bytes.subarray(end);
  const data = elementsOf(bigEndian ? swapped(body, type) : body, type);
  const view: StoredTensor = {
    type,
    shape,
    data: fortranOrder(header, bad) ? rows(data, type, shape) : data,
  };
  return present(view, options, (problem) => bad(`has an array (${type}) ${problem}`));
}

/** Encodes a tensor as a .npy file (version 1.0, little-endian, row-major); narrow floats other than float16 have no name there. */
export function encodeNpy(tensor: HostTensor | StoredTensor): Uint8Array {
  const stored = "type" in tensor ? tensor : asStored(tensor);
  checkStored("encodeNpy", "the tensor", stored);
  const { type, shape, data } = stored;
  const kind = Object.keys(typesByKind).find((key) => typesByKind[key] === type);
  if (kind === undefined) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "encodeNpy",
      problem: `.npy has no ${type}`,
      fix: "Convert the tensor to float32 or float16 first (toHostTensor, toStoredTensor).",
    });
  }
  const order = storedTypes[type].bytes === 1 ? "|" : "<";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const fields = `{'descr': '${order}${kind}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // The elements begin at a multiple of 64; the header ends with a new line.
  const start = Math.ceil((10 + fields.length + 1) / 64) * 64;
  const file = new Uint8Array(start + data.byteLength);
  file.set([...magic, 1, 0, (start - 10) & 0xff, (start - 10) >> 8]);
  file.set(new TextEncoder().encode(`${fields.padEnd(start - 11)}\n`), 10);
  file.set(bytesOfElements(data), start);
  return file;
}

interface Header {
  readonly descr: string;
  readonly fortran_order: string;
  readonly shape: string;
}

function readHeader(bytes: Uint8Array, name: string, bad: Refuse): { text: string; end: number } {
  if (bytes.length < 10 || !magic.every((byte, k) => bytes[k] === byte)) {
    const found = Array.from(bytes.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0"));
    const reason = `it begins with ${found.join(" ") || "nothing"}, needed 93 NUMPY`;
    throw anotherKind("npy", name, { wanted: "a .npy file", reason, start: bytes });
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw bad(`has version ${version}.${bytes[7]}, needed 1 to 3`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw bad(`is truncated: it has ${bytes.length} bytes`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeaderBytes) {
    throw bad(`has a header of ${length} bytes, at most ${maxHeaderBytes} allowed`);
  }
  const end = start + length;
  if (end > bytes.length) {
    throw bad(`is truncated: its header ends at byte ${end}, but it has ${bytes.length}`);
  }
  return { text: new TextDecoder("utf-8").decode(bytes.subarray(start, end)), end };
}

const field = /\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([^()]*\))\s*(,|(?=\}))/y;

/** Takes a dictionary apart whose values are a string, a truth value or a tuple of numbers. */
function parseHeader(text: string, bad: Refuse): Header {
  const found = new Map<string, string>();
  const start = /^\s*\{/.exec(text);
  field.lastIndex = start === null ? text.length : start[0].length;
  let end = field.lastIndex;
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    const [, , key, value] = match;
    if (found.has(key)) throw bad(`has a header with ${key} twice: ${shown(text)}`);
    found.set(key, value);
    end = field.lastIndex;
  }
  const keys = [...found.keys()].sort().join(", ");
  if (keys === "descr, fortran_order, shape" && /^\s*\}\s*$/.test(text.slice(end))) {
    return Object.fromEntries(found) as unknown as Header;
  }
  throw bad(`has a header that is no dictionary of descr, fortran_order and shape: ${shown(text)}`);
}

function typeOf(
  descr: string,
  file: string,
  bad: Refuse,
): { type: StoredType; bigEndian: boolean } {
  const [, order, kind, width] =
    /^['"]([<>|=]?)([A-Za-z?])(\d*)(?:\[\w+\])?['"]$/.exec(descr) ?? [];
  const type = typesByKind[`${kind}${width}`];
  if (type !== undefined) return { type, bigEndian: order === ">" && width !== "1" };
  const what = Object.hasOwn(otherKinds, kind ?? "") ? otherKinds[kind] : undefined;
  if (what === undefined) throw bad(`has elements of the unknown type ${shown(descr)}`);
  throw notNumbers(`${what} (${descr.slice(1, -1)})`, file);
}

function notNumbers(what: string, file: string): ChainruleError {
  return unsupported(
    "npy",
    file,
    `holds ${what}; readable are ${Object.values(typesByKind).join(", ")}`,
    "Convert the array with astype in NumPy and save it again.",
  );
}

function shapeOf(text: string, bad: Refuse): Shape {
  const inside = /^\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?)?)\s*\)$/.exec(text)?.[1];
  if (inside === undefined) throw bad(`has the shape ${shown(text)}, needed a tuple of sizes ≥ 0`);
  const sizes = inside.split(",").map((part) => part.trim());
  const shape = sizes.filter((part) => part !== "").map((part) => Number(part.replace("L", "")));
  if (shape.length <= 64 && shape.every(Number.isSafeInteger)) return shape;
  throw bad(`has the shape ${shown(text)}, which no array can have`);
}

function fortranOrder({ fortran_order: value }: Header, bad: Refuse): boolean {
  if (value === "True" || value === "False") return value === "True";
  throw bad(`has fortran_order ${shown(value)}, needed True or False`);
}

/** A copy with the bytes of each number in reverse. */
function swapped(bytes: Uint8Array, type: StoredType): Uint8Array {
  const width = storedTypes[type].bytes / storedTypes[type].numbers;
  const result = new Uint8Array(bytes);
  for (let at = 0; at < result.length; at += width) result.subarray(at, at + width).reverse();
  return result;
}

/** Elements in row-major order from those in column-major order. */
function rows(data: StoredArray, type: StoredType, shape: Shape): StoredArray {
  const strides = stridesOf([...shape].reverse()).reverse();
  return gathered({ data, numbers: storedTypes[type].numbers, offset: 0, shape, strides });
}
