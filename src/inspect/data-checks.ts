// What can be wrong with data before any model sees it: NaN, scales, constant features, rare classes, an order by class,
// and records that are in the training and the test data.

import { isFloat } from "../core/dtype.ts";
import type { HostTensor } from "../core/host.ts";
import { sizeOf } from "../core/shape.ts";
import { column, type Dataset } from "../data/dataset.ts";
import { type Finding, finding, percent, short } from "./finding.ts";

/** Inputs are usually within a few units; at 10 times that, initial weights and learning rates no longer fit (LeCun et al. 1998, §4.3). */
const largestScale = 10;
/** Inputs below this reach nothing beside the biases. */
const smallestScale = 0.01;
/** Beyond 1 : 10 accuracy says little, and plain training favours the common class (He & Garcia 2009). */
const largestImbalance = 10;
/** Share of the commonest class in a batch from which the same is feared without the whole data. */
const largestShare = 0.9;
/** Fewest records from which shares are taken. */
const fewest = 16;
/** Some records are alike by chance; from this share on, test results are wrong in the second digit. */
const leakedShare = 0.01;

/** Counts of class numbers, from 0; labels that are no class number are not counted. */
export function countsOf(labels: ArrayLike<number>): number[] {
  const counts: number[] = [];
  for (let k = 0; k < labels.length; k++) {
    const label = labels[k];
    if (!Number.isInteger(label) || label < 0 || label > 1e6) continue;
    while (counts.length <= label) counts.push(0);
    counts[label]++;
  }
  return counts;
}

/** Checks inputs and targets of a batch for NaN and infinities. */
export function checkFiniteData(field: string, { dtype, data }: HostTensor): Finding[] {
  if (!isFloat(dtype)) return [];
  let count = 0;
  let first = -1;
  for (let k = 0; k < data.length; k++) {
    if (Number.isFinite(data[k])) continue;
    if (count++ === 0) first = k;
  }
  if (count === 0) return [];
  const found = `${count} of ${data.length} elements of ${field} are NaN or infinite, the first is element ${first}.`;
  return [finding("nan-in-data", "error", found, { count, elements: data.length, first })];
}

/** Checks the size of inputs. Rows are records; features are told apart where each record is a plain list of them. */
export function checkScale({ dtype, shape, data }: HostTensor): Finding[] {
  if (!isFloat(dtype) || data.length === 0) return [];
  const width = shape.length === 2 ? shape[1] : 1;
  let worst = 0;
  let feature = 0;
  for (let f = 0; f < width; f++) {
    const rms = rmsOf(data, f, width);
    if (rms > worst) [worst, feature] = [rms, f];
  }
  let largest = 0;
  for (const x of data) largest = Math.max(largest, Math.abs(x));
  const where = shape.length === 2 && width > 1 ? `feature ${feature} of the inputs` : "the inputs";
  const numbers = { rms: worst, largest };
  if (worst > largestScale) {
    const found = `The root mean square of ${where} is ${short(worst)}, the largest |x| is ${short(largest)}; about 1 is usual, ${largestScale} is much.`;
    return [finding("inputs-not-normalised", "warning", found, numbers)];
  }
  if (largest === 0 || largest >= smallestScale) return [];
  const found = `The largest |x| of the inputs is ${short(largest)}; about 1 is usual.`;
  return [finding("inputs-not-normalised", "warning", found, numbers)];
}

function rmsOf(data: ArrayLike<number>, start: number, step: number): number {
  let sum = 0;
  let count = 0;
  for (let k = start; k < data.length; k += step, count++) sum += data[k] * data[k];
  return Math.sqrt(sum / count);
}

/** Checks whether records differ, and in which features. */
export function checkConstant({ shape, data }: HostTensor): Finding[] {
  const rows = shape[0] ?? 0;
  const width = sizeOf(shape.slice(1));
  if (rows < 2 || width === 0) return [];
  let constant = 0;
  for (let f = 0; f < width; f++) {
    let same = true;
    for (let row = 1; same && row < rows; row++) same = Object.is(data[row * width + f], data[f]);
    if (same) constant++;
  }
  if (constant === 0) return [];
  const numbers = { constant, features: width, records: rows };
  if (constant === width) {
    return [finding("constant-inputs", "error", `All ${rows} records have equal inputs.`, numbers)];
  }
  if (rows < fewest) return [];
  const found = `${constant} of ${width} elements of the inputs are the same in all ${rows} records.`;
  return [finding("constant-inputs", "info", found, numbers)];
}

/** Checks how often classes occur, in all labels or in those of a batch. */
export function checkBalance(labels: ArrayLike<number>, whole: boolean): Finding[] {
  const counts = countsOf(labels);
  const present = counts.filter((n) => n > 0);
  if (present.length < 2 || labels.length < fewest) return [];
  const [least, most] = [Math.min(...present), Math.max(...present)];
  const share = most / labels.length;
  if (whole ? most / least <= largestImbalance : share < largestShare) return [];
  const [common, rare] = [counts.indexOf(most), counts.indexOf(least)];
  const found = `Class ${common} has ${percent(share)} of the ${labels.length} labels (${most}), class ${rare} has ${least}.`;
  return [
    finding("class-imbalance", "warning", found, { most, least, ratio: most / least, share }),
  ];
}

/** Checks whether a batch has as few classes as if the data were sorted by class; `all` are the labels of all data. */
export function checkOrder(labels: ArrayLike<number>, all?: ArrayLike<number>): Finding[] {
  const size = labels.length;
  if (size < fewest || (all !== undefined && all.length <= size)) return [];
  const found = countsOf(labels).filter((n) => n > 0).length;
  if (all === undefined || found === 0) return [];
  const shares = countsOf(all).map((n) => n / all.length);
  const expected = shares.reduce((sum, p) => sum + 1 - (1 - p) ** size, 0);
  if (found > expected / 2) return [];
  const text = `The batch of ${size} records has ${found} ${found === 1 ? "class" : "classes"}; drawn at random it would have ${short(expected)}.`;
  return [finding("not-shuffled", "warning", text, { classes: found, expected, size })];
}

/** Counts the records of the test data whose inputs are in the training data too. */
export function checkLeakage(train: Dataset, test: Dataset, field: string): Finding[] {
  const known = new Set<string>();
  eachRow(train, field, (key) => known.add(key));
  let leaked = 0;
  eachRow(test, field, (key) => {
    if (known.has(key)) leaked++;
  });
  if (leaked === 0) return [];
  const share = leaked / test.size;
  const found = `${leaked} of ${test.size} test records (${short(100 * share)} %) have inputs that are in the training data.`;
  const severity = share >= leakedShare ? "warning" : "info";
  return [finding("leakage", severity, found, { leaked, records: test.size, share })];
}

/** Records read at a time. */
const chunk = 512;

/** Calls `visit` with a key of each record's inputs: equal records have equal keys, others have different ones but for one in 2⁵². */
function eachRow(dataset: Dataset, field: string, visit: (key: string) => void): void {
  for (let start = 0; start < dataset.size; start += chunk) {
    const rows = Math.min(chunk, dataset.size - start);
    const { data, shape } = dataset.read(
      field,
      Int32Array.from({ length: rows }, (_, k) => start + k),
    );
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const width = sizeOf(shape.slice(1)) * data.BYTES_PER_ELEMENT;
    for (let row = 0; row < rows; row++)
      visit(keyOf(bytes.subarray(row * width, (row + 1) * width)));
  }
}

/** Two hashes side by side (FNV-1a, with two bases and primes). */
function keyOf(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x5bd1e995) ^ (b >>> 15);
  }
  return `${a >>> 0},${b >>> 0}`;
}

/** All labels of a data set. */
export function labelsOf(dataset: Dataset, field: string): ArrayLike<number> {
  return column(dataset, field).data;
}

/** Checks the size of targets that are numbers. */
export function checkTargetScale({ dtype, data }: HostTensor): Finding[] {
  if (!isFloat(dtype) || data.length === 0) return [];
  const rms = rmsOf(data, 0, 1);
  if (!(rms > largestScale)) return [];
  const found = `The root mean square of the targets is ${short(rms)}; about 1 is usual, ${largestScale} is much.`;
  return [finding("targets-not-scaled", "warning", found, { rms })];
}
