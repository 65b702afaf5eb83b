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
  const found = {
    en: `${count} of ${data.length} elements of ${field} are NaN or infinite, the first is element ${first}.`,
    zh: `${field} 的 ${data.length} 个元素中有 ${count} 个是 NaN 或无穷，第一个是第 ${first} 号元素。`,
  };
  return [finding("nan-in-data", "error", found, { count, elements: data.length, first })];
}

/**
 * Checks the size of inputs. Rows are records; features are told apart where each record is a plain list of them. Of several
 * inputs `field` names the one.
 */
export function checkScale({ dtype, shape, data }: HostTensor, field?: string): Finding[] {
  const [the, theZh] = [field ?? "the inputs", field ?? "输入"];
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
  if (!Number.isFinite(largest)) return []; // nan-in-data says so
  const byFeature = shape.length === 2 && width > 1;
  const where = byFeature ? `feature ${feature} of ${the}` : the;
  const whereZh = byFeature ? `${theZh}的特征 ${feature}` : theZh;
  const numbers = { rms: worst, largest };
  if (worst > largestScale) {
    const found = {
      en: `The root mean square of ${where} is ${short(worst)}, the largest |x| is ${short(largest)}; about 1 is usual, ${largestScale} is much.`,
      zh: `${whereZh}的均方根为 ${short(worst)}，最大的 |x| 为 ${short(largest)}；通常在 1 左右，${largestScale} 已经偏大。`,
    };
    return [finding("inputs-not-normalised", "warning", found, numbers)];
  }
  if (largest === 0 || largest >= smallestScale) return [];
  const found = {
    en: `The largest |x| of ${the} is ${short(largest)}; about 1 is usual.`,
    zh: `${theZh}中最大的 |x| 只有 ${short(largest)}；通常在 1 左右。`,
  };
  return [finding("inputs-not-normalised", "warning", found, numbers)];
}

function rmsOf(data: ArrayLike<number>, start: number, step: number): number {
  let sum = 0;
  let count = 0;
  for (let k = start; k < data.length; k += step, count++) sum += data[k] * data[k];
  return Math.sqrt(sum / count);
}

/** Checks whether records differ, and in which features. */
export function checkConstant({ shape, data }: HostTensor, field?: string): Finding[] {
  const [the, theZh] = [field ?? "the inputs", field ?? "输入"];
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
    const found = {
      en: `All ${rows} records have equal inputs.`,
      zh: `${rows} 条记录的输入全都相同。`,
    };
    return [finding("constant-inputs", "error", found, numbers)];
  }
  if (rows < fewest) return [];
  const found = {
    en: `${constant} of ${width} elements of ${the} are the same in all ${rows} records.`,
    zh: `${theZh}的 ${width} 个元素中有 ${constant} 个在全部 ${rows} 条记录中都相同。`,
  };
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
  const found = {
    en: `Class ${common} has ${percent(share)} of the ${labels.length} labels (${most}), class ${rare} has ${least}.`,
    zh: `${labels.length} 个标签中，类别 ${common} 占 ${percent(share)}（${most} 个），类别 ${rare} 只有 ${least} 个。`,
  };
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
  const text = {
    en: `The batch of ${size} records has ${found} ${found === 1 ? "class" : "classes"}; drawn at random it would have ${short(expected)}.`,
    zh: `这一批 ${size} 条记录里只有 ${found} 个类别；随机抽取时约有 ${short(expected)} 个。`,
  };
  return [finding("not-shuffled", "warning", text, { classes: found, expected, size })];
}

/** Counts the records of the test data whose inputs are in the training data too. */
export function checkLeakage(train: Dataset, test: Dataset, inputs: readonly string[]): Finding[] {
  const known = new Set<string>();
  eachRow(train, inputs, (key) => known.add(key));
  let leaked = 0;
  eachRow(test, inputs, (key) => {
    if (known.has(key)) leaked++;
  });
  if (leaked === 0) return [];
  const share = leaked / test.size;
  const found = {
    en: `${leaked} of ${test.size} test records (${short(100 * share)} %) have inputs that are in the training data.`,
    zh: `${test.size} 条测试记录中有 ${leaked} 条（${short(100 * share)} %）的输入也出现在训练数据里。`,
  };
  const severity = share >= leakedShare ? "warning" : "info";
  return [finding("leakage", severity, found, { leaked, records: test.size, share })];
}

/** Records read at a time. */
const chunk = 512;

/** Calls `visit` with a key of each record's inputs: equal records have equal keys, others have different ones but for one in 2⁵². */
function eachRow(dataset: Dataset, inputs: readonly string[], visit: (key: string) => void): void {
  for (let start = 0; start < dataset.size; start += chunk) {
    const rows = Math.min(chunk, dataset.size - start);
    const indices = Int32Array.from({ length: rows }, (_, k) => start + k);
    const keys = inputs.map((field) => rowKeys(dataset.read(field, indices), rows));
    for (let row = 0; row < rows; row++) visit(keys.map((of) => of[row]).join());
  }
}

function rowKeys({ data, shape }: HostTensor, rows: number): string[] {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size } = data;
  const parts =
    size % 4 === 0
      ? new Uint32Array(buffer, byteOffset, byteLength / 4)
      : new Uint8Array(buffer, byteOffset, byteLength);
  const width = (sizeOf(shape.slice(1)) * size) / parts.BYTES_PER_ELEMENT;
  return Array.from({ length: rows }, (_, row) =>
    keyOf(parts.subarray(row * width, (row + 1) * width)),
  );
}

/** Two hashes side by side, each a product and a shift for each part (the constants are MurmurHash3's). */
function keyOf(parts: Uint32Array | Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let k = 0; k < parts.length; k++) {
    a = Math.imul(a ^ parts[k], 0x85ebca6b);
    a ^= a >>> 13; // products carry upwards only, and floats differ in their upper bits
    b = Math.imul(b ^ parts[k], 0xc2b2ae35);
    b ^= b >>> 16;
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
  const found = {
    en: `The root mean square of the targets is ${short(rms)}; about 1 is usual, ${largestScale} is much.`,
    zh: `目标的均方根为 ${short(rms)}；通常在 1 左右，${largestScale} 已经偏大。`,
  };
  return [finding("targets-not-scaled", "warning", found, { rms })];
}
