// Gradients against central differences, to second order, in float64 on the reference device: along one random direction
// v, with a random cotangent u, ⟨v, Jᵀu⟩ must equal d/dt ⟨u, f(x + t v)⟩ at t = 0.

import { gradients } from "../../src/autodiff/grad.ts";
import type { HostArray } from "../../src/core/dtype.ts";
import { isFloat } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { type OpDefinition, record } from "../../src/ir/op.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant } from "../../src/ops/leaf.ts";
import { type Check, inputsOf, otherDerivative } from "./checks.ts";
import { reference } from "./run.ts";

/** Step of the five-point formula, whose error is about step⁴ · f⁽⁵⁾ / 30. */
const step = 1e-3;
const tolerance = 1e-7;

/** Order-1 and order-2 gradients of every sample of an op. */
export const gradientsHold: Check = (op) =>
  op.samples.flatMap((sample, k) => {
    const inputs = inputsOf(sample, "float64", 7 + k);
    const compute = (...xs: Tensor[]): Tensor => record(op, xs, sample.attributes ?? {});
    if (!differentiable(op, compute(...inputs), inputs)) return [];
    if (op.vjp === undefined) return [`${op.name} has no derivative: add \`vjp\``];
    return gradientProblems(compute, inputs).map(
      (text) => `${op.name}: sample ${k}: ${text}; check \`vjp\``,
    );
  });

function differentiable(op: OpDefinition, y: Tensor, inputs: readonly Tensor[]): boolean {
  return !(op.name in otherDerivative) && isFloat(y.dtype) && inputs.some((x) => isFloat(x.dtype));
}

/** Compares gradients of a function with central differences; says what is wrong at which order. */
export function gradientProblems(
  f: (...xs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): string[] {
  const xs = inputs.filter((x) => isFloat(x.dtype));
  const stream = new RandomStream(11);
  const random = (like: Tensor): Tensor =>
    constant(
      stream.uniform(like.size).map((u) => 2 * u - 1),
      like.shape,
      "float64",
    );
  const y = f(...inputs);
  const directions = xs.map(random);
  const first = gradients(y, xs, { cotangent: random(y) });
  const misshapen = first.findIndex((g, k) => g.shape.join() !== xs[k].shape.join());
  if (misshapen >= 0)
    return [`the gradient has shape [${first[misshapen].shape}] for [${xs[misshapen].shape}]`];
  const weighted = y.mul(weights(y)).sum();
  const problems = compareOrder(1, weighted, gradients(weighted, xs), xs, directions);
  if (problems.length > 0) return problems;
  const scalar = first.map((g) => g.mul(random(g)).sum()).reduce((a, b) => a.add(b));
  return compareOrder(2, scalar, gradients(scalar, xs), xs, directions);
}

/** Weights that do not depend on the order of drawing. */
function weights(like: Tensor): Tensor {
  return constant(
    new RandomStream(5).uniform(like.size).map((u) => 2 * u - 1),
    like.shape,
    "float64",
  );
}

function compareOrder(
  order: number,
  scalar: Tensor,
  slopes: readonly Tensor[],
  xs: readonly Tensor[],
  directions: readonly Tensor[],
): string[] {
  const roots = [scalar, ...slopes];
  const leaves = inOrder(roots).filter((t) => t.definition.body.kind === "leaf");
  const program = reference.prepare({ arguments: leaves, outputs: roots, writes: [] });
  const at = (t: number): HostArray[] =>
    program.run(
      leaves.map((leaf) => {
        const k = xs.indexOf(leaf);
        return { kind: "value", value: k < 0 ? leaf.value! : moved(leaf, directions[k], t) };
      }),
    );
  const along = (t: number): number => at(t)[0][0];
  const numeric =
    (8 * (along(step) - along(-step)) - (along(2 * step) - along(-2 * step))) / (12 * step);
  const [, ...values] = at(0);
  const analytic = values.reduce((sum, slope, k) => sum + dot(slope, directions[k].value!), 0);
  const error = Math.abs(numeric - analytic);
  if (error <= tolerance * Math.max(1, Math.abs(numeric))) return [];
  return [
    `the derivative of order ${order} is ${analytic}, the central difference ${numeric} (off by ${error.toPrecision(2)})`,
  ];
}

/** x + t v. */
function moved(x: Tensor, v: Tensor, t: number): HostArray {
  return Float64Array.from(x.value!, (value, i) => value + t * v.value![i]);
}

function dot(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
