// Minimising a function of a few numbers, as scipy.optimize.minimize: the function is written with tensors, its gradient
// comes from the graph, and the iteration runs on the host in float64.

import type { DType } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { type Shape, showShape, sizeOf } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import { engine } from "../ir/engine.ts";
import { Tensor } from "../ir/tensor.ts";
import { tensor } from "../ops/leaf.ts";
import { type Ending, type Evaluate, lbfgs, type Run } from "./lbfgs.ts";
import { addScaled, largest } from "./vector.ts";

/** Options of `minimize`. */
export interface MinimizeOptions {
  /** L-BFGS with a strong Wolfe line search (`lbfgs`, the default), or steps of fixed length against the gradient. */
  readonly method?: "lbfgs" | "gradient-descent";
  /** Default 200 (L-BFGS), 1000 (gradient descent). */
  readonly maxIterations?: number;
  /** Converged when no element of the gradient is larger; default 1e-5. */
  readonly gradientTolerance?: number;
  /** L-BFGS: converged when the value changes by less than this, relatively; default 2.2e-9. */
  readonly valueTolerance?: number;
  /** Gradient descent: the step is this times the gradient; default 0.01. */
  readonly learningRate?: number;
  /** L-BFGS: pairs kept; default 10. */
  readonly historySize?: number;
  /** Element type of the evaluation; default float64. */
  readonly dtype?: DType;
  /** Called after each iteration; true ends the run. */
  readonly onIteration?: (at: Iteration) => boolean | undefined;
}

const names: OptionNames<MinimizeOptions> = {
  method: true,
  maxIterations: true,
  gradientTolerance: true,
  valueTolerance: true,
  learningRate: true,
  historySize: true,
  dtype: true,
  onIteration: true,
};

/** Where a run stands. */
export interface Iteration {
  readonly iteration: number;
  /** All unknowns, one after another. */
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** What `minimize` found. */
export interface Minimum<X> {
  readonly x: X;
  readonly value: number;
  /** Of the form of x. */
  readonly gradient: X;
  readonly iterations: number;
  readonly evaluations: number;
  readonly converged: boolean;
  /** Why it ended, in words. */
  readonly message: string;
}

/** A list of numbers: the unknowns as one vector. */
export type Vector = readonly number[] | Float64Array | Float32Array;

/** Minimises a scalar function of one vector. Shape: f takes `[n]` for n starting values. */
export function minimize(
  f: (x: Tensor) => Tensor,
  x0: Vector,
  options?: MinimizeOptions,
): Promise<Minimum<Float64Array>>;
/** Minimises a scalar function of several tensors. Shape: f takes tensors of the shapes of `x0`. */
export function minimize(
  f: (...xs: Tensor[]) => Tensor,
  x0: readonly Tensor[],
  options?: MinimizeOptions,
): Promise<Minimum<Tensor[]>>;
export async function minimize(
  f: (...xs: Tensor[]) => Tensor,
  x0: Vector | readonly Tensor[],
  options: MinimizeOptions = {},
): Promise<Minimum<Float64Array> | Minimum<Tensor[]>> {
  checkOptions("minimize", options, names);
  const dtype = options.dtype ?? "float64";
  if (!isTensors(x0)) {
    const start = Float64Array.from(x0);
    return report(await run(objective(f, [[start.length]], dtype), start, options), (x) => x);
  }
  const shapes = x0.map((t) => t.shape);
  const start = Float64Array.from(
    (await Promise.all(x0.map((t) => t.data()))).flatMap((d) => [...d]),
  );
  const found = await run(objective(f, shapes, dtype), start, options);
  return report(found, (x) => split(tensor(x, { dtype }), shapes));
}

/** The function and its gradient on flat vectors; lets the page breathe every 16 ms. */
function objective(
  f: (...xs: Tensor[]) => Tensor,
  shapes: readonly Shape[],
  dtype: DType,
): Evaluate {
  let paused = performance.now();
  return async (x) => {
    if (performance.now() - paused > 16) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      paused = performance.now();
    }
    const flat = tensor(x, { dtype });
    const value = f(...split(flat, shapes)).node;
    checkScalar(value);
    const gradient = value.gradient(flat).node;
    await engine().read([value, gradient]);
    return { value: value.value![0], gradient: Float64Array.from(gradient.value!) };
  };
}

async function run(evaluate: Evaluate, x0: Float64Array, options: MinimizeOptions): Promise<Run> {
  if (options.method === "gradient-descent") return descend(evaluate, x0, options);
  const { maxIterations = 200, gradientTolerance = 1e-5, valueTolerance = 2.2e-9 } = options;
  let iteration = 0;
  return lbfgs(evaluate, x0, {
    learningRate: 1,
    maxIterations,
    maxEvaluations: Number.POSITIVE_INFINITY,
    historySize: options.historySize ?? 10,
    toleranceGradient: gradientTolerance,
    toleranceChange: 0,
    settled: (before, after) =>
      before - after <= valueTolerance * Math.max(Math.abs(before), Math.abs(after), 1),
    lineSearch: "strong-wolfe",
    onIteration: (at) => options.onIteration?.({ ...at, iteration: ++iteration }) === true,
  });
}

/** x ← x − η·g. */
async function descend(
  evaluate: Evaluate,
  x0: Float64Array,
  options: MinimizeOptions,
): Promise<Run> {
  const { maxIterations = 1000, gradientTolerance = 1e-5, learningRate = 0.01 } = options;
  let at = { x: x0, ...(await evaluate(x0)) };
  let iterations = 0;
  const end = (ending: Ending): Run => ({ ...at, iterations, evaluations: iterations + 1, ending });
  while (Number.isFinite(at.value)) {
    if (largest(at.gradient) <= gradientTolerance) return end("gradient");
    if (iterations === maxIterations) return end("iterations");
    const x = at.x.slice();
    addScaled(x, -learningRate, at.gradient);
    at = { x, ...(await evaluate(x)) };
    iterations++;
    if (options.onIteration?.({ ...at, iteration: iterations }) === true) return end("stopped");
  }
  return end("non-finite");
}

function report<X>(found: Run, form: (flat: Float64Array) => X): Minimum<X> {
  const { value, iterations, evaluations, ending } = found;
  const messages: Record<Ending, string> = {
    gradient: "converged: no element of the gradient is larger than gradientTolerance",
    change: "converged: the value no longer changes",
    iterations: "stopped at maxIterations",
    evaluations: "stopped at the largest number of evaluations",
    stopped: "stopped by onIteration",
    "non-finite":
      "the value became infinite or not a number; try a smaller learning rate or another start",
  };
  return {
    x: form(found.x),
    value,
    gradient: form(found.gradient),
    iterations,
    evaluations,
    converged: ending === "gradient" || ending === "change",
    message: messages[ending],
  };
}

/** Cuts a flat vector into tensors. */
function split(flat: Tensor, shapes: readonly Shape[]): Tensor[] {
  let end = 0;
  return shapes.map((shape) => {
    const start = end;
    end += sizeOf(shape);
    return flat.slice([{ start, end }]).reshape(shape);
  });
}

function isTensors(x0: Vector | readonly Tensor[]): x0 is readonly Tensor[] {
  return x0.length > 0 && x0[0] instanceof Tensor;
}

function checkScalar(value: Tensor): void {
  if (value.size === 1) return;
  throw new ChainruleError({
    code: "NOT_SCALAR",
    op: "minimize",
    problem: `the function must return a scalar; received ${value.dtype}${showShape(value.shape)}`,
    fix: "Reduce the result with .sum() or .mean().",
    detail: { shape: value.shape },
  });
}
