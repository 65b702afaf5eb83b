// How much the steps of a run change its parameters: norms of the values before a step and of what the step added, for some
// steps of a run. It needs the parameters only, twice, so it works with every optimizer and loop; where the step knows the
// norms of the gradients, they stand beside.

import type { HostArray } from "../../core/dtype.ts";
import type { Layer } from "../../nn/layer.ts";
import { parameters } from "../../nn/walk.ts";
import { isKept } from "../callbacks/log-lines.ts";
import type { HealthLine, Numbers } from "./report-data.ts";

/** Share of the time of steps that looking may take, beyond the first looks. */
const timeShare = 0.01;
/** Seconds that looking may take in any case. */
const freeSeconds = 0.1;
/** Values of a parameter that are looked at; of larger ones so many at even distances, which give the norms to a percent. */
const valuesLookedAt = 8192;

/** Some values of a parameter, and how many there are. */
interface Values {
  readonly sample: Float64Array;
  readonly size: number;
}

/** Looks at the parameters of a run around some of its steps. */
export class ParameterHealth {
  readonly #model: Layer;
  #before: ReadonlyMap<string, Values> | undefined;
  #spent = 0;

  constructor(model: Layer) {
    this.#model = model;
  }

  /** To be called before the first step, and after each step with its number; gives a line for the steps looked at. */
  after(step: number, epoch: number, seconds: number): HealthLine | undefined {
    if (this.#before === undefined && !isLookedAt(step + 1)) return undefined;
    const start = performance.now();
    const line = this.#before && this.#line(step, epoch, this.#before);
    const mayLook = this.#spent < Math.max(freeSeconds, timeShare * seconds);
    this.#before = isLookedAt(step + 1) && mayLook ? this.#values() : undefined;
    this.#spent += (performance.now() - start) / 1000;
    return line;
  }

  #line(step: number, epoch: number, before: ReadonlyMap<string, Values>): HealthLine {
    const weights: Record<string, number> = {};
    const updates: Record<string, number> = {};
    for (const [path, { sample, size }] of this.#values()) {
      const old = before.get(path);
      if (old === undefined) continue;
      const scale = Math.sqrt(size / sample.length);
      weights[path] = rounded(scale * norm(old.sample));
      updates[path] = rounded(scale * norm(sample.map((value, k) => value - old.sample[k])));
    }
    return { kind: "health", step, epoch, weights, updates };
  }

  #values(): Map<string, Values> {
    const all = [...parameters(this.#model)];
    return new Map(all.map(([path, { slot }]) => [path, sampled(slot.peek())]));
  }
}

/** The line with the norms of the gradients of its step; of the ones that are not finite JSON makes `null`. */
export function withGradients(line: HealthLine, norms: Numbers): HealthLine {
  const entries = Object.entries(norms).map(([path, value]) => [path, rounded(value)] as const);
  return { ...line, gradients: Object.fromEntries(entries) };
}

/** Every n-th value; n is odd, so that it does not fall on one column of a matrix again and again. */
function sampled(data: HostArray): Values {
  const stride = Math.ceil(data.length / valuesLookedAt) | 1;
  const sample = new Float64Array(Math.ceil(data.length / stride));
  for (let k = 0; k < sample.length; k++) sample[k] = data[k * stride];
  return { sample, size: data.length };
}

function isLookedAt(step: number): boolean {
  return isKept(step, 16);
}

function norm(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k] * values[k];
  return Math.sqrt(sum);
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
