// Stable argsort of rows, NaN last. Short rows are merged from insertion-sorted runs; long ones are sorted by digits of
// eleven bits (LSD radix sort), in time proportional to their length. A descending order is the ascending one of the row
// read backwards, written backwards, which keeps equal elements in their places and puts NaN first.

import type { HostArray } from "../../core/dtype.ts";
import type { HostKernel } from "../../ir/op.ts";

/** Rows from which on sorting by digits is faster than merging (measured). */
const longRow = 512;
/** Length of the runs that insertion sorts. */
const run = 16;
const digitBits = 11;

/** Indices that put each row of the last axis in order. */
export const argsortRows: HostKernel = (out, [x], { descending }) => {
  const n = x.shape[x.shape.length - 1];
  if (out.data.length === 0) return;
  const sorter = new RowSorter(n);
  for (let start = 0; start < out.data.length; start += n) {
    const order = sorter.sort(x.data, start, descending === true);
    for (let i = 0; i < n; i++)
      out.data[start + i] = descending ? n - 1 - order[n - 1 - i] : order[i];
  }
};

/** Sorts rows of one length; holds the room that this takes. */
class RowSorter {
  readonly #values: Float64Array;
  readonly #others: Float64Array;
  readonly #order: Int32Array;
  readonly #spare: Int32Array;
  readonly #words: Uint32Array;
  readonly #counts: Int32Array = new Int32Array(2 ** digitBits);

  constructor(n: number) {
    this.#values = new Float64Array(n);
    this.#others = new Float64Array(n);
    this.#order = new Int32Array(n);
    this.#spare = new Int32Array(n);
    this.#words = new Uint32Array(n);
  }

  /** The ascending order of a row, or of the row read backwards; valid until the next call. */
  sort(data: HostArray, start: number, backwards: boolean): Int32Array {
    const values = this.#values;
    const n = values.length;
    // Adding zero makes −0 equal to 0 in its bits, too.
    for (let i = 0; i < n; i++) values[i] = data[backwards ? start + n - 1 - i : start + i] + 0;
    for (let i = 0; i < n; i++) this.#order[i] = i;
    return n < longRow ? this.#merge() : this.#byDigits(data);
  }

  #merge(): Int32Array {
    const n = this.#values.length;
    for (let from = 0; from < n; from += run) {
      insertionSort(this.#values, this.#order, from, Math.min(n, from + run));
    }
    let [values, order] = [this.#values, this.#order];
    let [others, spare] = [this.#others, this.#spare];
    for (let length = run; length < n; length *= 2) {
      for (let from = 0; from < n; from += 2 * length) {
        const [middle, end] = [Math.min(n, from + length), Math.min(n, from + 2 * length)];
        mergeRuns({ values, order }, { values: others, order: spare }, from, middle, end);
      }
      [values, others] = [others, values];
      [order, spare] = [spare, order];
    }
    return order;
  }

  #byDigits(data: HostArray): Int32Array {
    const [values, words] = [this.#values, this.#words];
    let pair: [Int32Array, Int32Array] = [this.#order, this.#spare];
    const pass = (fill: () => void): void => {
      fill();
      for (let shift = 0; shift < 32; shift += digitBits) {
        if (distribute(words, shift, this.#counts, pair[0], pair[1])) pair = [pair[1], pair[0]];
      }
    };
    if (data instanceof Int32Array) pass(() => wholeKeys(values, words));
    else if (data instanceof Float32Array)
      pass(() => floatKeys(new Int32Array(Float32Array.from(values).buffer), words));
    else {
      const bits = new Int32Array(values.buffer);
      pass(() => doubleKeys(bits, words, "low"));
      pass(() => doubleKeys(bits, words, "high"));
    }
    return pair[0];
  }
}

/** Whether `a` must come after `b`: NaN comes after every number. */
function isAfter(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

function insertionSort(values: Float64Array, order: Int32Array, from: number, end: number): void {
  for (let i = from + 1; i < end; i++) {
    const value = values[i];
    const index = order[i];
    let k = i;
    for (; k > from && isAfter(values[k - 1], value); k--) {
      values[k] = values[k - 1];
      order[k] = order[k - 1];
    }
    values[k] = value;
    order[k] = index;
  }
}

interface Sequence {
  readonly values: Float64Array;
  readonly order: Int32Array;
}

/** Merges two neighbouring runs; of equals, the left one comes first. */
function mergeRuns(from: Sequence, to: Sequence, start: number, middle: number, end: number): void {
  let [left, right] = [start, middle];
  for (let k = start; k < end; k++) {
    const takesRight =
      left === middle || (right < end && isAfter(from.values[left], from.values[right]));
    const source = takesRight ? right++ : left++;
    to.values[k] = from.values[source];
    to.order[k] = from.order[source];
  }
}

/** Whole numbers of 32 bits as unsigned words in the same order. */
function wholeKeys(values: Float64Array, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) words[i] = values[i] ^ 0x80000000;
}

/** The bits of floats as words in the order of the floats: negative ones are inverted, others get the top bit. */
function floatKeys(bits: Int32Array, words: Uint32Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = bits[i];
    const missing = (word & 0x7fffffff) > 0x7f800000;
    words[i] = missing ? 0xffffffff : word < 0 ? ~word : word ^ 0x80000000;
  }
}

/** As `floatKeys`, the lower or the higher word of doubles (whose lower word comes first in memory). */
function doubleKeys(bits: Int32Array, words: Uint32Array, part: "low" | "high"): void {
  for (let i = 0; i < words.length; i++) {
    const low = bits[2 * i];
    const high = bits[2 * i + 1];
    const top = high & 0x7fffffff;
    const missing = top > 0x7ff00000 || (top === 0x7ff00000 && low !== 0);
    const word = part === "low" ? low : high;
    const flipped = part === "low" ? word : word ^ 0x80000000;
    words[i] = missing ? 0xffffffff : high < 0 ? ~word : flipped;
  }
}

/** Moves indices into the order of one digit of their words, stably; false, and nothing moved, where all digits agree. */
function distribute(
  words: Uint32Array,
  shift: number,
  counts: Int32Array,
  from: Int32Array,
  to: Int32Array,
): boolean {
  const mask = counts.length - 1;
  const n = words.length;
  counts.fill(0);
  for (let i = 0; i < n; i++) counts[(words[i] >>> shift) & mask]++;
  if (counts[(words[0] >>> shift) & mask] === n) return false;
  let sum = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = counts[digit];
    counts[digit] = sum;
    sum += count;
  }
  for (let i = 0; i < n; i++) {
    const index = from[i];
    to[counts[(words[index] >>> shift) & mask]++] = index;
  }
  return true;
}
