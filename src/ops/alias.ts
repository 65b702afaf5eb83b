// Values under another derivative: stopGradient, and functions with a derivative of the user's own.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";

export const stopGradientOp: OpDefinition = defineOp({
  name: "stopGradient",
  doc: "The value, as a constant for differentiation.",
  formula: "x",
  body: { kind: "alias" },
  type: ([x]) => x,
  vjp: () => [null],
  derivatives: ["0"],
  samples: [{ inputs: [{ shape: [3] }] }],
  example: { inputs: [{ shape: [1], values: [2] }], output: { shape: [1], values: [2] } },
});

/** The value of `x`, as a constant for differentiation. Shape: `[...] → [...]`. */
export function stopGradient(x: Tensor): Tensor {
  return record(stopGradientOp, [x]);
}

/** As `stopGradient`. */
export const detach: (x: Tensor) => Tensor = stopGradient;

/** Gradients of the inputs from the gradient `g` of the output, the inputs and the output. */
export type CustomRule = (
  g: Tensor,
  inputs: readonly Tensor[],
  y: Tensor,
) => readonly (Tensor | null)[];

/** Rules of calls, beside the graph, since attributes are plain data. */
const rules = new Map<string, CustomRule>();

export const callOp: OpDefinition = defineOp({
  name: "call",
  doc: "The value of its first input, computed from the others by a function with a derivative of its own.",
  formula: "f(x)",
  body: { kind: "alias" },
  type: ([y]) => y,
  vjp: (g, [body, ...inputs], y, attributes) => {
    const given = rules.get(attributes.rule as string)!(g, inputs, y);
    return [null, ...checkGradients(String(attributes.name), inputs, given, body)];
  },
  samples: [],
});

/** Gives a function a derivative of its own: `forward` computes, `backward` gives one gradient per input, as graph. */
export function customVjp(
  name: string,
  forward: (...inputs: Tensor[]) => Tensor,
  backward: CustomRule,
): (...inputs: Tensor[]) => Tensor {
  const rule = `${name}#${rules.size}`;
  rules.set(rule, backward);
  return (...inputs) => record(callOp, [forward(...inputs), ...inputs], { name, rule });
}

function checkGradients(
  name: string,
  inputs: readonly Tensor[],
  gradients: readonly (Tensor | null)[],
  y: Tensor,
): readonly (Tensor | null)[] {
  const fits = gradients.every((g, k) => g === null || sameShape(g.shape, inputs[k].shape));
  if (gradients.length === inputs.length && fits) return gradients;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: name,
    problem: `its derivative gave ${gradients.map((g) => g && showShape(g.shape)).join(", ")} for inputs ${inputs.map((x) => showShape(x.shape)).join(", ")} (output ${showShape(y.shape)})`,
    fix: "Return one gradient per input, each of the input's shape, or null.",
  });
}
