// What the registry test asks of an op under the transforms: batched it equals a loop over examples, and its tangents
// equal central differences, to second order. Problems are sentences that tell what to do.

import { jvp } from "../../src/autodiff/forward.ts";
import { vmap } from "../../src/autodiff/vmap.ts";
import type { HostArray } from "../../src/core/dtype.ts";
import { isFloat } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { inOrder } from "../../src/ir/graph.ts";
import { type OpDefinition, record, type Sample } from "../../src/ir/op.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { stack } from "../../src/ops/concatenate.ts";
import { constant } from "../../src/ops/leaf.ts";
import { type Check, firstDifference, inputsOf, otherDerivative } from "./checks.ts";
import { computeAll, reference } from "./run.ts";

/** For each choice of inputs that vary, `vmap` of the op equals the op of each example. */
export const batchesAsALoop: Check = (op) =>
  op.samples.flatMap((sample, k) =>
    choices(sample.inputs.length).flatMap((varies) => {
      const wrong = batchingProblem(op, sample, varies);
      return wrong === undefined
        ? []
        : [
            `${op.name}: sample ${k}, inputs that vary ${varies}: vmap gives ${wrong}: give it a \`batch\` rule`,
          ];
    }),
  );

function batchingProblem(
  op: OpDefinition,
  sample: Sample,
  varies: readonly boolean[],
): string | undefined {
  const f = (...xs: Tensor[]): Tensor => record(op, xs, sample.attributes ?? {});
  const examples = [inputsOf(sample, "float64", 3), inputsOf(sample, "float64", 4).map(reversed)];
  const inputs = varies.map((v, k) => (v ? stack(examples.map((e) => e[k])) : examples[0][k]));
  const all = vmap(f, { in: varies.map((v) => (v ? 0 : null)) })(...inputs);
  const each = examples.map((e) => f(...e.map((x, k) => (varies[k] ? x : examples[0][k]))));
  const [got, ...want] = computeAll([all, ...each]);
  return firstDifference(
    got,
    want.flatMap((w: HostArray) => [...w]),
    1e-14,
  );
}

/** Given indices differ between examples. */
function reversed(x: Tensor): Tensor {
  return x.dtype === "int32" ? constant(x.value!.slice().reverse(), x.shape) : x;
}

/** All ways in which some of `count` inputs vary: each alone, and all. */
function choices(count: number): boolean[][] {
  const alone = Array.from({ length: count }, (_, k) =>
    Array.from({ length: count }, (_, i) => i === k),
  );
  return count < 2 ? alone : [...alone, Array.from({ length: count }, () => true)];
}

/** Tangents of first and second order of every sample. */
export const tangentsHold: Check = (op) =>
  op.samples.flatMap((sample, k) => {
    const inputs = inputsOf(sample, "float64", 7 + k);
    const f = (...xs: Tensor[]): Tensor => record(op, xs, sample.attributes ?? {});
    if (op.name in otherDerivative || op.vjp === undefined || !isFloat(f(...inputs).dtype)) {
      return [];
    }
    return tangentProblems(f, inputs).map(
      (text) => `${op.name}: sample ${k}: ${text}; check \`vjp\` or \`jvp\``,
    );
  });

/** Compares forward-mode derivatives of a function with central differences. */
export function tangentProblems(
  f: (...xs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
): string[] {
  const stream = new RandomStream(13);
  const v = inputs.map((x) => {
    if (!isFloat(x.dtype)) return null;
    const drawn = stream.uniform(x.size).map((u) => 2 * u - 1);
    return constant(drawn, x.shape, "float64");
  });
  const first = (...xs: Tensor[]): Tensor => jvp(f, xs, v).tangent as Tensor;
  const second = (...xs: Tensor[]): Tensor => jvp(first, xs, v).tangent as Tensor;
  return [
    ...compare(1, f(...inputs), first(...inputs), inputs, v),
    ...compare(2, first(...inputs), second(...inputs), inputs, v),
  ];
}

/** Step of the five-point formula, whose error is about step⁴ · f⁽⁵⁾ / 30. */
const step = 1e-3;

function compare(
  order: number,
  y: Tensor,
  tangent: Tensor,
  inputs: readonly Tensor[],
  v: readonly (Tensor | null)[],
): string[] {
  const leaves = inOrder([y, tangent]).filter((t) => t.definition.body.kind === "leaf");
  const program = reference.prepare({ arguments: leaves, outputs: [y, tangent], writes: [] });
  const at = (t: number): HostArray[] =>
    program.run(
      leaves.map((leaf) => {
        const k = inputs.indexOf(leaf);
        const direction = k < 0 ? null : v[k];
        const value =
          direction === null
            ? leaf.value!
            : Float64Array.from(leaf.value!, (x, i) => x + t * direction.value![i]);
        return { kind: "value", value };
      }),
    );
  const [a, b, c, d] = [step, -step, 2 * step, -2 * step].map((t) => at(t)[0]);
  const numeric = Array.from(a, (_, i) => (8 * (a[i] - b[i]) - (c[i] - d[i])) / (12 * step));
  const wrong = firstDifference(at(0)[1], numeric, 1e-7);
  return wrong === undefined
    ? []
    : [`the tangent of order ${order} is ${wrong} (central difference)`];
}
