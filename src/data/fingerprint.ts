// A few digits by which data of the same form are told apart, so that a run is not continued on other records. Of large
// arrays so many elements at even distances are looked at, which costs a millisecond; smaller ones are read whole.

import { type HostArray, hostArray } from "../core/dtype.ts";
import { crc32 } from "../formats/crc32.ts";
import type { Dataset } from "./dataset.ts";

/** Elements of an array that are looked at, at most. */
const looked = 8192;

/** Digits of an array: the CRC-32 of its length and of its elements as `convert` gives them. */
export function arrayDigits(
  data: ArrayLike<number>,
  convert: (sample: HostArray) => HostArray = (sample) => sample,
): string {
  const stride = strideOf(data.length, looked);
  const sample = hostArray("float64", Math.ceil(data.length / stride));
  for (let k = 0; k < sample.length; k++) sample[k] = data[k * stride];
  const { buffer, byteOffset, byteLength } = convert(sample);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return shown(crc32(bytes, crc32(textBytes(String(data.length)))));
}

/** Digits of a list of things: the CRC-32 of their number and of what `textOf` says of them, of up to 8,192 at even distances. */
export function listDigits<T>(items: readonly T[], textOf: (item: T) => string): string {
  const stride = strideOf(items.length, looked);
  let crc = crc32(textBytes(String(items.length)));
  for (let k = 0; k < items.length; k += stride)
    crc = crc32(textBytes(`${textOf(items[k])}\n`), crc);
  return shown(crc);
}

/**
 * Digits of records as they are: of the plain values in up to 256 of them, at even distances, and in each list of a record of
 * its share of 8,192, since this is asked for at each checkpoint.
 */
export function recordDigits(records: readonly unknown[]): string {
  const sample = sampleOf(records, 256);
  const most = Math.max(16, Math.floor(looked / sample.length));
  const texts = sample.map((record) => plainText(record, most));
  return shown(crc32(textBytes(`${records.length} ${texts.join(" ")}`)));
}

/** Text that differs where plain values do; of things of other kinds, such as functions, it only says that they are there. */
function plainText(value: unknown, most: number, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint")
    return String(value);
  if (typeof value !== "object" || value === null || depth > 4) return typeof value;
  const inner = (item: unknown): string => plainText(item, most, depth + 1);
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)) {
    const list = value as ArrayLike<unknown>;
    return `[${list.length}: ${sampleOf(list, most).map(inner).join()}]`;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return typeof value;
  return `{${Object.entries(value).map(([name, item]) => `${name}:${inner(item)}`)}}`;
}

/** Up to `most` items at even distances. */
function sampleOf<T>(items: ArrayLike<T>, most: number): T[] {
  const stride = strideOf(items.length, most);
  return Array.from({ length: Math.ceil(items.length / stride) }, (_, k) => items[k * stride]);
}

/** The distance of what is looked at; an odd one does not fall on one column of a table again and again. */
function strideOf(length: number, most: number): number {
  return length <= most ? 1 : Math.ceil(length / most) | 1;
}

/** Digits of several things that have digits; undefined where one has none. */
export function jointDigits(all: readonly (string | undefined)[]): string | undefined {
  return all.includes(undefined) ? undefined : shown(crc32(textBytes(all.join(" "))));
}

/** Digits of a data set; undefined where it gives none. */
export function fingerprintOf(dataset: Dataset): string | undefined {
  return dataset.fingerprint?.();
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function shown(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}
