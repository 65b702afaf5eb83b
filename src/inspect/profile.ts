// Where the time of a step goes: its plans are run kernel by kernel with a clock around each, while nodes remember the layer
// that recorded them. The same step is timed as a whole as well, so that one can see what the clocks cost.

import { nodeBeingDifferentiated } from "../autodiff/adjoints.ts";
import type { Plan, PlanStep, StepOrigin } from "../compiler/plan.ts";
import { bytesOf } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { OptionNames } from "../core/option-names.ts";
import { checkWhole } from "../data/order.ts";
import { checkOptions } from "../ir/arguments.ts";
import { describeRegion, type Region } from "../ir/region.ts";
import { type Tensor, watchTensors } from "../ir/tensor.ts";
import type { Device, StepTimer } from "../runtime/device.ts";
import { keepingRegions } from "../runtime/extract.ts";
import { forgetPrograms } from "../runtime/programs.ts";
import { currentDevice, onDevice } from "../runtime/target.ts";
import { Profile, type ProfileEvent, type ProfileRow } from "./profile-report.ts";
import { StateWatch } from "./state-watch.ts";

/** Options of `profile`. */
export interface ProfileOptions {
  /** Calls that are measured; default 10. */
  readonly steps?: number;
  /** Calls before them, in which the engine optimizes code; default 10. */
  readonly warmup?: number;
}

const names: OptionNames<ProfileOptions> = { steps: true, warmup: true };

let profiles = 0;

/**
 * Measures `step(...inputs)`, compiled or not, kernel by kernel: time, arithmetic, bytes and share, with the layer and
 * whether it is the backward pass. State and random generators are put back afterwards.
 *
 * ```ts
 * const found = profile(trainStep, [images, labels]);
 * console.log(String(found)); // a table; found.byLayer(), found.chromeTrace()
 * ```
 * Errors: `UNSUPPORTED` on targets without kernels; `BAD_ARGUMENT` for what is no function.
 */
export function profile(
  // biome-ignore lint/suspicious/noExplicitAny: steps take what they take.
  step: (...inputs: any[]) => unknown,
  inputs: readonly unknown[],
  options: ProfileOptions = {},
): Profile {
  if (typeof step !== "function" || !Array.isArray(inputs)) throw notStep(step, inputs);
  checkOptions("profile", options, names);
  const { steps = 10, warmup = 10 } = options;
  checkWhole("profile", "steps", steps, 1);
  checkWhole("profile", "warmup", warmup, 0);
  const clocks = new Clocks();
  const device = timedDevice(clocks.timer);
  const watch = new StateWatch();
  const call = (): void => void readAll(step(...inputs));
  const measured = (): number => {
    for (let k = 0; k < warmup; k++) call();
    clocks.begin();
    const start = performance.now();
    for (let k = 0; k < steps; k++) call();
    return (performance.now() - start) / steps;
  };
  try {
    watch.during(call);
    const stepMilliseconds = measured();
    const profiledMilliseconds = onDevice(device, () =>
      keepingRegions(() => markingLayers(measured)),
    );
    return new Profile(clocks.rows(steps), clocks.events, {
      steps,
      stepMilliseconds,
      profiledMilliseconds,
      threads: device.threads,
    });
  } finally {
    watch.restore();
    forgetPrograms(device);
  }
}

/** Reads what a step returns, so that lazy tensors are computed. */
function readAll(result: unknown): void {
  if (typeof result !== "object" || result === null) return;
  if ("dataSync" in result) (result as Tensor).dataSync();
  else for (const part of Object.values(result)) readAll(part);
}

function timedDevice(timer: StepTimer): Device {
  const device = currentDevice();
  const timed = device.timed?.(`${device.name}, profile ${++profiles}`, timer);
  if (timed !== undefined) return timed;
  throw new ChainruleError({
    code: "UNSUPPORTED",
    op: "profile",
    problem: `the target ${device.name} has no kernels to measure`,
    fix: 'Use setTarget("wasm").',
  });
}

const outside: Region = { owner: {}, label: "outside layers" };
const backwards = new WeakMap<object, Region>();

/** The region of the backward pass of a layer call. */
function backwardOf(region: Region): Region {
  const known = backwards.get(region);
  if (known !== undefined) return known;
  const made = { owner: region.owner, label: region.label };
  backwards.set(region, made);
  backwardRegions.add(made);
  return made;
}

const backwardRegions = new WeakSet<Region>();

/** Runs `body`; nodes recorded meanwhile are marked with the layer whose forward or backward pass they are. */
function markingLayers<T>(body: () => T): T {
  watchTensors((tensor) => {
    const of = nodeBeingDifferentiated();
    const region = of === undefined ? tensor.region : backwardOf(of.region ?? outside);
    // A node that is made inside a pass of the compiler has the region of the one it stands for.
    if (tensor.region === undefined || of !== undefined)
      Object.assign(tensor, { region: region ?? outside });
  });
  try {
    return body();
  } finally {
    watchTensors(undefined);
  }
}

/** Times of each step of each plan. */
class Clocks {
  readonly #plans = new Map<Plan, { total: number; calls: number }[]>();
  readonly events: ProfileEvent[] = [];
  #labels = new Map<PlanStep, Label>();

  readonly timer: StepTimer = (plan, step, start, duration) => {
    let times = this.#plans.get(plan);
    if (times === undefined) {
      times = plan.steps.map(() => ({ total: 0, calls: 0 }));
      this.#plans.set(plan, times);
    }
    times[step].total += duration;
    times[step].calls++;
    const { kernel, layer, backward } = this.#labelOf(plan.steps[step]);
    this.events.push({ kernel, layer, backward, start, duration });
  };

  /** Forgets what was measured so far. */
  begin(): void {
    this.#plans.clear();
    this.events.length = 0;
  }

  rows(steps: number): ProfileRow[] {
    return [...this.#plans].flatMap(([plan, times]) =>
      plan.steps.map((step, k) => {
        const { total, calls } = times[k];
        return {
          ...this.#labelOf(step),
          calls,
          milliseconds: total / steps,
          flops: (flopsOf(step) * calls) / steps,
          bytes: (touched(plan, step) * calls) / steps,
        };
      }),
    );
  }

  #labelOf(step: PlanStep): Label {
    const known = this.#labels.get(step);
    if (known !== undefined) return known;
    const [origin] = step.origins ?? [];
    const layer = describeRegion(origin?.region) ?? outside.label;
    const backward = origin !== undefined && backwardRegions.has(origin.region);
    const label = { kernel: kernelName(step, origin), layer, backward };
    this.#labels.set(step, label);
    return label;
  }
}

interface Label {
  readonly kernel: string;
  readonly layer: string;
  readonly backward: boolean;
}

/** Functions that are shown of a fused kernel. */
const functionsShown = 4;

/** What a kernel computes, in words: its library name, or the functions in it. */
function kernelName(step: PlanStep, origin: StepOrigin | undefined): string {
  if (step.kind === "extern") return step.name;
  if (step.kind === "repeat") return `loop of ${step.count}`;
  const functions = step.kernel.body.flatMap((s) => {
    if (s.kind === "apply") return [s.fn];
    return s.kind === "accumulate" ? [s.combine === "add" ? "sum" : s.combine] : [];
  });
  const unique = [...new Set(functions)];
  if (unique.length === 0) return origin?.op ?? "copy";
  const more = unique.length > functionsShown ? ", …" : "";
  return `${unique.slice(0, functionsShown).join(", ")}${more}`;
}

/** Arithmetic of a step: functions of a kernel at each of its points; of a product that of the contraction. */
function flopsOf(step: PlanStep): number {
  if (step.kind === "repeat")
    return step.count * step.body.reduce((sum, one) => sum + flopsOf(one), 0);
  if (step.kind === "extern")
    return (step.origins ?? []).reduce((sum, { flops = 0 }) => sum + flops, 0);
  const { parallel, reduce, body } = step.kernel;
  const points = [...parallel, ...reduce].reduce((a, b) => a * b, 1);
  const work = body.filter((s) => s.kind === "apply" || s.kind === "accumulate");
  return points * work.length;
}

/** Bytes of the buffers that a step uses, each once. */
function touched(plan: Plan, step: PlanStep): number {
  if (step.kind === "repeat")
    return step.count * step.body.reduce((sum, one) => sum + touched(plan, one), 0);
  const used =
    step.kind === "loops"
      ? step.kernel.buffers
      : [...new Set(step.buffers.map(({ buffer }) => plan.buffers[buffer]))];
  return used.reduce((sum, { dtype, elements }) => sum + elements * bytesOf(dtype), 0);
}

function notStep(step: unknown, inputs: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "profile",
    problem: `takes a function and the list of its arguments; received ${showValue(step)} and ${showValue(inputs)}`,
    fix: "Write profile(trainStep, [images, labels]).",
  });
}
