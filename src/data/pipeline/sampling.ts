// Choosing records by weight, with and without putting them back.

import { ChainruleError } from "../../core/errors.ts";
import { checkDataset, column, type Dataset, type FieldType, noField } from "../dataset.ts";
import { checkWhole, sampleDraws } from "../order.ts";

/** Options of `weightedSampler`. */
export interface SamplerOptions {
  /** Records in a pass; default: as many as there are. */
  readonly samples?: number;
  /** Whether a record may come more than once in a pass; default true. */
  readonly replacement?: boolean;
  /** Seed of the choices; default: the pipeline's. */
  readonly seed?: number;
}

/**
 * Weights by which every class comes equally often: the weight of a record is `1 / (records of its class)`.
 *
 * `pipeline(train).weightedSampler(balancedWeights(train, "labels")).batch(64)`
 * Errors: `BAD_ARGUMENT` where the field is no class number.
 */
export function balancedWeights<Field extends string>(
  dataset: Dataset<Field>,
  field: Field,
): Float64Array {
  checkDataset("balancedWeights", dataset);
  const type: FieldType | undefined = dataset.fields[field];
  if (type === undefined) throw noField("balancedWeights", field, dataset);
  const whole = type.dtype === "int32" || type.dtype === "bool";
  if (!whole || type.shape.length > 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "balancedWeights",
      problem: `field "${field}" is ${type.dtype} of shape [${type.shape.join(", ")}] per record`,
      fix: "Use a field with one whole number (int32) or bool per record, such as the labels.",
      detail: { field, dtype: type.dtype, shape: type.shape },
    });
  }
  const { data } = column(dataset, field);
  const counts = new Map<number, number>();
  for (const label of data) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Float64Array.from(data, (label) => 1 / counts.get(label)!);
}

/** Chooses records of weights for pass number `epoch`: a function of its arguments alone. */
export function sampledOrder(
  weights: Float64Array,
  samples: number,
  replacement: boolean,
  seed: number,
  epoch: number,
): Int32Array {
  return replacement
    ? withReplacement(weights, sampleDraws(samples, seed, epoch))
    : withoutReplacement(weights, samples, sampleDraws(weights.length, seed, epoch));
}

/** Refuses weights that choose nothing, and more samples than there are. */
export function checkWeights(
  weights: ArrayLike<number>,
  size: number,
  samples: number,
  replacement: boolean,
): Float64Array {
  const copy = Float64Array.from(weights ?? []);
  checkWhole("weightedSampler", "samples", samples, 0);
  const wrong = copy.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
  const total = copy.reduce((sum, weight) => sum + weight, 0);
  const positive = copy.reduce((count, weight) => count + Number(weight > 0), 0);
  const few = replacement ? samples > 0 && positive === 0 : samples > positive;
  const isBounded = wrong >= 0 || Number.isFinite(total);
  if (copy.length === size && wrong < 0 && !few && isBounded) return copy;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "weightedSampler",
    problem:
      copy.length !== size
        ? `there are ${copy.length} weights for ${size} records`
        : wrong >= 0
          ? `weight ${wrong} is ${copy[wrong]}`
          : !isBounded
            ? "the sum of the weights is beyond what numbers hold"
            : `${positive} records have a positive weight, for ${samples} samples`,
    fix: "Give every record a weight ≥ 0; without replacement no more samples than positive weights.",
    detail: { weights: copy.length, size, samples, positive },
  });
}

/** Finds for each draw u the first record at which the sum of weights exceeds u · (sum of all). */
function withReplacement(weights: Float64Array, draws: Float64Array): Int32Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let k = 0; k < weights.length; k++) {
    sum += weights[k];
    sums[k] = sum;
  }
  return Int32Array.from(draws, (draw) => firstAbove(sums, draw * sum));
}

function firstAbove(sums: Float64Array, value: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Takes the records of the largest log(u) / weight, largest first (Efraimidis & Spirakis 2006). */
function withoutReplacement(
  weights: Float64Array,
  samples: number,
  draws: Float64Array,
): Int32Array {
  const keys = weights.map((weight, k) => Math.log(1 - draws[k]) / weight); // 0 / 0 and −x / 0 come last
  const order = Int32Array.from(keys, (_, k) => k).filter((k) => weights[k] > 0);
  return order.sort((a, b) => keys[b] - keys[a] || a - b).slice(0, samples);
}
