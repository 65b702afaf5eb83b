// A check of derivatives for users, as PyTorch's gradcheck: reverse and forward mode against central differences in
// float64, element by element, so that the message names the element where they part.

import { checkChoice, checkFinite } from "../core/checks.ts";
import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { OptionNames } from "../core/option-names.ts";
import { RandomStream } from "../core/random.ts";
import { type Shape, showShape, stridesOf } from "../core/shape.ts";
import { checkOptions, checkTensors } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { constant } from "../ops/leaf.ts";
import { jvp } from "./forward.ts";
import { gradients } from "./grad.ts";
import { type Tensors, tensorsOf } from "./trees.ts";

/** How derivatives are checked. */
export interface GradientCheckOptions {
  /** 1: first derivatives; 2: also those of the gradient. Default 1. */
  readonly order?: 1 | 2;
  /** Distance of neighbouring points; default 1e-5. */
  readonly step?: number;
  /** Allowed difference, relative to the derivative's size or 1, whichever is more; default 1e-6. */
  readonly tolerance?: number;
}

const names: OptionNames<GradientCheckOptions> = { order: true, step: true, tolerance: true };

/** What a check that passed has seen. */
export interface GradientCheck {
  /** Derivatives that were compared. */
  readonly compared: number;
  /** The largest difference, relative to the derivative's size or 1. */
  readonly largestError: number;
}

/**
 * Compares the derivatives of `f`, a function of float64 tensors, with central differences at `inputs` (converted to
 * float64): `|analytic − numeric| ≤ tolerance · max(1, |numeric|)` for each element, in reverse and in forward mode.
 * Results are weighed at random, so that all of them count. `f` must be differentiable at the point and give the same
 * result each time. Errors: `WRONG_GRADIENT` with the element that differs most; `BAD_ARGUMENT` for what is no function,
 * no list of tensors or no option.
 *
 * ```ts
 * await gradcheck((x, w) => x.matmul(w).tanh(), [x, w], { order: 2 });
 * ```
 */
export async function gradcheck(
  f: (...inputs: Tensor[]) => unknown,
  inputs: readonly Tensor[],
  options: GradientCheckOptions = {},
): Promise<GradientCheck> {
  if (typeof f !== "function") throw notFunction(f);
  checkTensors("gradcheck", inputs);
  checkOptions("gradcheck", options, names);
  const { order = 1, step = 1e-5, tolerance = 1e-6 } = options;
  const setting: Setting = { order, step, tolerance };
  checkSetting(setting);
  const at = await Promise.all(inputs.map(inDouble));
  const g = (...xs: Tensor[]): Tensor => weighed(tensorsOf("gradcheck", f(...xs)), 1);
  await checkRepeatable(g, at);
  const slope = (...xs: Tensor[]): Tensor => {
    const floats = xs.filter((x) => isFloat(x.dtype));
    const found = gradients(g(...xs), floats);
    return weighed({ leaves: found, shape: { kind: "array", items: [] } }, 2);
  };
  const first = await compareAll(g, at, { ...setting, order: 1 });
  if (setting.order === 1) return first;
  const second = await compareAll(slope, at, setting);
  return {
    compared: first.compared + second.compared,
    largestError: Math.max(first.largestError, second.largestError),
  };
}

interface Setting {
  readonly order: 1 | 2;
  readonly step: number;
  readonly tolerance: number;
}

/** Below it the difference of two values is rounding alone. */
const smallestStep = 1e-12;

function checkSetting({ order, step, tolerance }: Setting): void {
  checkChoice("gradcheck", "order", order, [1, 2]);
  checkFinite("gradcheck", { step }, smallestStep);
  checkFinite("gradcheck", { tolerance }, 0);
}

async function compareAll(
  g: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
  setting: Setting,
): Promise<GradientCheck> {
  const places = at.flatMap((x, k) => (isFloat(x.dtype) ? [k] : []));
  const slopes = gradients(
    g(...at),
    places.map((k) => at[k]),
  );
  let [compared, failed, largestError] = [0, 0, 0];
  let worst: Fault | undefined;
  for (const [n, input] of places.entries()) {
    const reverse = await slopes[n].data();
    for (let element = 0; element < at[input].size; element++) {
      const numeric = await centralDifference(g, at, input, element, setting.step);
      const forward = await alongElement(g, at, input, element);
      for (const [mode, analytic] of [
        ["reverse", reverse[element]],
        ["forward", forward],
      ] as const) {
        compared++;
        const apart = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
        const error = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
        if (error > setting.tolerance) failed++;
        if (error <= largestError) continue;
        largestError = error;
        worst = { input, element, mode, analytic, numeric, error, order: setting.order };
      }
    }
  }
  if (failed > 0 && worst !== undefined) throw wrong({ ...worst, failed, compared }, at, setting);
  return { compared, largestError };
}

/** The derivative for one element in forward mode. */
async function alongElement(
  g: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
  input: number,
  element: number,
): Promise<number> {
  const unit = new Float64Array(at[input].size);
  unit[element] = 1;
  const v = at.map((x, k) => (k === input ? constant(unit, x.shape) : null));
  return (jvp(g, [...at], v).tangent as Tensor).item();
}

/** `(g(x + h) − g(x − h)) / 2h` for an element of input number `input`, of float64 inputs whose values are known. */
export async function centralDifference(
  g: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
  input: number,
  element: number,
  step: number,
): Promise<number> {
  const valueAt = (h: number): Promise<number> => {
    const moved = Float64Array.from(at[input].value!);
    moved[element] += h;
    return g(...at.map((x, k) => (k === input ? constant(moved, x.shape) : x))).item();
  };
  return ((await valueAt(step)) - (await valueAt(-step))) / (2 * step);
}

/** One number of all results: a sum with fixed random weights. */
function weighed({ leaves }: Tensors, seed: number): Tensor {
  const stream = new RandomStream(seed);
  const parts = leaves.map((y) => {
    if (y.dtype !== "float64") throw notDouble(y);
    const weights = stream.uniform(y.size).map((u) => u + 0.5);
    return y.mul(constant(weights, y.shape)).sum();
  });
  return parts.reduce((a, b) => a.add(b));
}

async function inDouble(x: Tensor): Promise<Tensor> {
  const data = await x.data();
  return constant(
    isFloat(x.dtype) ? Float64Array.from(data) : data,
    x.shape,
    isFloat(x.dtype) ? "float64" : x.dtype,
  );
}

async function checkRepeatable(
  g: (...xs: Tensor[]) => Tensor,
  at: readonly Tensor[],
): Promise<void> {
  const [a, b] = [await g(...at).item(), await g(...at).item()];
  if (Object.is(a, b)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "gradcheck",
    problem: `two calls of the function at one point gave ${a} and ${b}`,
    fix: "Leave out what is random, as dropout, and what changes state.",
  });
}

function notDouble(y: Tensor): ChainruleError {
  return new ChainruleError({
    code: "DTYPE_MISMATCH",
    op: "gradcheck",
    problem: `a result is ${y.dtype}${showShape(y.shape)}, too coarse to compare with differences`,
    fix: 'Compute in float64: cast what the function captures, parameters too, with .cast("float64").',
    detail: { dtype: y.dtype },
  });
}

/** One derivative that was compared. */
interface Fault {
  readonly order: number;
  readonly input: number;
  readonly element: number;
  readonly mode: "reverse" | "forward";
  readonly analytic: number;
  readonly numeric: number;
  readonly error: number;
}

function wrong(
  fault: Fault & { readonly failed: number; readonly compared: number },
  at: readonly Tensor[],
  { tolerance }: Setting,
): ChainruleError {
  const { order, input, element, mode, analytic, numeric, error, failed, compared } = fault;
  const { shape } = at[input];
  const place = `[${coordinates(element, shape).join(", ")}]`;
  return new ChainruleError({
    code: "WRONG_GRADIENT",
    op: "gradcheck",
    problem: `${failed} of ${compared} derivatives of order ${order} differ from central differences; most at element ${place} of input ${input}, ${showShape(shape)}: ${analytic} in ${mode} mode, ${numeric} by differences, a relative error of ${error.toPrecision(3)} where ${tolerance} is allowed`,
    fix: "Check the rules of your own (customVjp, customJvp), and that the function has a derivative at this point.",
    detail: { ...fault, place: coordinates(element, shape) },
  });
}

function coordinates(element: number, shape: Shape): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(element / stride) % shape[axis]);
}

function notFunction(f: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "gradcheck",
    problem: `takes a function of tensors; received ${showValue(f)}`,
    fix: "Write gradcheck((x) => x.tanh(), [x]).",
  });
}
