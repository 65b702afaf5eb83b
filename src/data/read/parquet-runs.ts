// Numbers as Parquet packs them: runs of equal ones with groups of a few bits each, and differences in blocks. They are
// read here only to check them before hyparquet, which believes the lengths of runs and texts.
// Errors are plain ones with the reason. Source: Apache Parquet Format 2.11, Encodings.md.

import { ThriftReader } from "./thrift.ts";

/** Wider ones hyparquet does not unpack rightly; 2²⁴ values are more than a dictionary has. */
const widest = 24;

/** Reads `count` numbers of `width` bits from runs and packed groups. Errors where runs are longer than that. */
export function runs(bytes: Uint8Array, width: number, count: number): Int32Array {
  if (width > widest) throw new Error(`a page has places of ${width} bits`);
  const out = new Int32Array(count);
  const reader = new ThriftReader(bytes);
  const whole = Math.ceil(width / 8);
  for (let seen = 0; seen < count; ) {
    const head = reader.varint(5);
    const length = head % 2 === 1 ? 8 * Math.floor(head / 2) : head / 2;
    const taken = head % 2 === 1 ? Math.floor(head / 2) * width : whole;
    const end = Math.min(count, seen + length);
    if (head % 2 === 0) {
      if (length > count - seen) throw new Error(`a run has ${length} values of ${count - seen}`);
      out.fill(bits(bytes, 8 * reader.at, 8 * whole), seen, end);
    } else
      for (let k = seen; k < end; k++)
        out[k] = bits(bytes, 8 * reader.at + (k - seen) * width, width);
    reader.at += taken;
    seen = end;
  }
  return out;
}

/** `width` bits from bit `at` on. */
function bits(bytes: Uint8Array, at: number, width: number): number {
  if (at + width > 8 * bytes.length) throw new Error("a page is cut off");
  let value = 0;
  for (let k = 0; k < width; ) {
    const inside = (at + k) & 7;
    const taken = Math.min(8 - inside, width - k);
    value |= ((bytes[(at + k) >>> 3] >> inside) & ((1 << taken) - 1)) << k;
    k += taken;
  }
  return value;
}

/** Reads `count` integers of 32 bits that are packed as differences, and where they end. Wider ones are passed over. */
export function differences(
  bytes: Uint8Array,
  count: number,
  width: 32 | 64,
): { readonly values: Int32Array; readonly end: number } {
  const reader = new ThriftReader(bytes);
  const [block, parts] = [reader.varint(5), reader.varint(5)];
  reader.varint(5);
  if (!(parts >= 1 && parts <= 512 && block <= 2 ** 16 && block % (32 * parts) === 0 && block > 0))
    throw new Error(`a page has blocks of ${block} values in ${parts} parts`);
  const values = new Int32Array(count);
  const signed = (): number => {
    const x = reader.varint(width === 32 ? 5 : 10);
    return x % 2 === 0 ? x / 2 : -(x + 1) / 2;
  };
  let value = signed();
  if (count > 0) values[0] = value;
  for (let seen = 1; seen < count; ) {
    const least = signed();
    const widths = bytes.subarray(reader.at, reader.at + parts);
    if (widths.length < parts) throw new Error("a page is cut off");
    reader.at += parts;
    for (let part = 0; part < parts && seen < count; part++) {
      if (widths[part] > width) throw new Error(`a page has differences of ${widths[part]} bits`);
      const start = 8 * reader.at;
      const size = block / parts;
      if (start + widths[part] * size > 8 * bytes.length) throw new Error("a page is cut off");
      for (let k = 0; k < size && seen < count; k++, seen++) {
        if (width === 64) continue;
        value = (value + least + bits(bytes, start + k * widths[part], widths[part])) | 0;
        values[seen] = value;
      }
      reader.at += (widths[part] * size) / 8;
    }
  }
  return { values, end: reader.at };
}
