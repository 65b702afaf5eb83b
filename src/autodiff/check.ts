// A check of derivatives for users, as PyTorch's gradcheck: reverse and forward mode against central differences in
// float64, element by element, so that the message names the element where they part.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { showShape } from "../core/shape.ts";
import { checkTensors } from "../ir/arguments.ts";
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

/** What a check that passed has seen. */
export interface GradientCheck {
  /** Derivatives that were compared. */
  readonly compared: number;
  /** The largest difference, relative to the derivative's size or 1. */
  readonly largestError: number;
}

/**
 * Compares the derivatives of `f`, a function of float64 tensors, with central differences at `inputs` (converted to
 * float64), and throws `WRONG_GRADIENT` where they differ. Results are weighed at random, so that all of them count.
 * `f` must be differentiable at the point and give the same result each time.
 *
 * ```ts
 * await checkGradients((x, w) => x.matmul(w).tanh(), [x, w], { order: 2 });
 * ```
 */
export async function checkGradients(
  f: (...inputs: Tensor[]) => unknown,
  inputs: readonly Tensor[],
  options: GradientCheckOptions = {},
): Promise<GradientCheck> {
  checkTensors("checkGradients", inputs);
  const { order = 1, step = 1e-5, tolerance = 1e-6 } = options;
  const at = await Promise.all(inputs.map(inDouble));
  const g = (...xs: Tensor[]): Tensor => weighed(tensorsOf("checkGradients", f(...xs)), 1);
  await checkRepeatable(g, at);
  const slope = (...xs: Tensor[]): Tensor => {
    const floats = xs.filter((x) => isFloat(x.dtype));
    const found = gradients(g(...xs), floats);
    return weighed({ leaves: found, shape: { kind: "array", items: [] } }, 2);
  };
  const first = await compareAll(g, at, { order: 1, step, tolerance });
  if (order === 1) return first;
  const second = await compareAll(slope, at, { order: 2, step, tolerance });
  return {
    compared: first.compared + second.compared,
    largestError: Math.max(first.largestError, second.largestError),
  };
}

interface Setting {
  readonly order: number;
  readonly step: number;
  readonly tolerance: number;
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
  let compared = 0;
  let largestError = 0;
  for (const [n, input] of places.entries()) {
    const reverse = await slopes[n].data();
    for (let element = 0; element < at[input].size; element++) {
      const numeric = await difference(g, at, input, element, setting.step);
      const forward = await alongElement(g, at, input, element);
      for (const [mode, analytic] of [
        ["reverse", reverse[element]],
        ["forward", forward],
      ] as const) {
        const error = Math.abs(analytic - numeric) / Math.max(1, Math.abs(numeric));
        if (!(error <= setting.tolerance)) {
          throw wrong({ input, element, mode, analytic, numeric, order: setting.order }, at[input]);
        }
        largestError = Math.max(largestError, error);
        compared++;
      }
    }
  }
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

async function difference(
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
    op: "checkGradients",
    problem: `two calls of the function at one point gave ${a} and ${b}`,
    fix: "Leave out what is random, as dropout, and what changes state.",
  });
}

function notDouble(y: Tensor): ChainruleError {
  return new ChainruleError({
    code: "DTYPE_MISMATCH",
    op: "checkGradients",
    problem: `a result is ${y.dtype}${showShape(y.shape)}, too coarse to compare with differences`,
    fix: 'Compute in float64: cast what the function captures, parameters too, with .cast("float64").',
    detail: { dtype: y.dtype },
  });
}

interface Fault {
  readonly order: number;
  readonly input: number;
  readonly element: number;
  readonly mode: "reverse" | "forward";
  readonly analytic: number;
  readonly numeric: number;
}

function wrong(fault: Fault, x: Tensor): ChainruleError {
  const { order, input, element, mode, analytic, numeric } = fault;
  return new ChainruleError({
    code: "WRONG_GRADIENT",
    op: "checkGradients",
    problem: `the derivative of order ${order} for element ${element} of input ${input}, ${showShape(x.shape)}, is ${analytic} in ${mode} mode; the central difference is ${numeric}`,
    fix: "Check the rules of your own (customVjp, customJvp), and that the function has a derivative at this point.",
    detail: { ...fault },
  });
}
