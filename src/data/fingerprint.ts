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
  // An odd distance does not fall on one column of a table again and again.
  const stride = data.length <= looked ? 1 : Math.ceil(data.length / looked) | 1;
  const sample = hostArray("float64", Math.ceil(data.length / stride));
  for (let k = 0; k < sample.length; k++) sample[k] = data[k * stride];
  const { buffer, byteOffset, byteLength } = convert(sample);
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return shown(crc32(bytes, crc32(textBytes(String(data.length)))));
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
