// Values under another derivative: stopGradient, and functions with a derivative of the user's own.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { type Attributes, type Batch, defineOp, type OpDefinition, record } from "../ir/op.ts";
import { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";

export const identityOp: OpDefinition = defineOp({
  name: "identity",
  doc: "The value, as a tensor of its own.",
  formula: "x",
  body: { kind: "alias" },
  type: ([x]) => x,
  vjp: (g) => [g],
  derivatives: ["1"],
  samples: [{ inputs: [{ shape: [3] }] }],
  example: { inputs: [{ shape: [1], values: [2] }], output: { shape: [1], values: [2] } },
});

/** The value of `x` as a tensor of its own, which can be differentiated apart from `x`. Shape: `[...] → [...]`. */
export function identity(x: Tensor): Tensor {
  return record(identityOp, [x]);
}

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

/** Gradients of the inputs (null for none) from the gradient `g` of the output, the inputs and the output. */
export type CustomRule = (
  g: Tensor,
  inputs: readonly Tensor[],
  y: Tensor,
) => readonly (Tensor | null)[];

/** The tangent of the output from tangents of the inputs (null for none), the inputs and the output. */
export type CustomTangentRule = (
  tangents: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  y: Tensor,
) => Tensor | null;

/** The derivative of a call, in one direction or both. */
interface CallRules {
  readonly vjp: CustomRule;
  readonly jvp?: CustomTangentRule;
}

/** Rules of calls, beside the graph, since attributes are plain data. */
const rules = new Map<string, CallRules>();
/** Rules of batched calls that hold on to what the batched function has captured; a call that was text has `rules`. */
const batchedRules = new WeakMap<Attributes, CallRules>();

function rulesOf(attributes: Attributes): CallRules {
  const found = batchedRules.get(attributes) ?? rules.get(attributes.rule as string);
  if (found !== undefined) return found;
  throw new ChainruleError({
    code: "NOT_DIFFERENTIABLE",
    op: String(attributes.name),
    problem: `its derivative ${attributes.rule} is a function beside the graph, which did not come along`,
    fix: "Differentiate the graph where it is recorded; its text has no functions.",
  });
}

export const callOp: OpDefinition = defineOp({
  name: "call",
  doc: "The value of its first input, computed from the others by a function with a derivative of its own.",
  formula: "f(x)",
  body: { kind: "alias" },
  type: ([y]) => y,
  vjp: (g, [body, ...inputs], y, attributes) => {
    const given = rulesOf(attributes).vjp(g, inputs, y);
    checkList(String(attributes.name), given);
    return [null, ...checkGradients(String(attributes.name), inputs, given, body)];
  },
  jvp: ([, ...tangents], [, ...inputs], y, attributes) =>
    rulesOf(attributes).jvp?.(tangents, inputs, y),
  batch: ([body, ...inputs], attributes, batch) => {
    const of = batch.varies.map(Number).join("");
    const own = { ...attributes, rule: `${attributes.rule} of ${batch.size}×${of}` };
    batchedRules.set(
      own,
      batchRules(rulesOf(attributes), batch.varies, () => batch),
    );
    keepBatched(own.rule, attributes, batch);
    return record(callOp, [batch.all(body, batch.varies[0]), ...inputs], own);
  },
  samples: [],
});

/**
 * Gives a function a derivative of its own: `forward` computes, `backward` gives one gradient per input, or null for
 * none, as graph. What both need is recorded by both and computed once. Tensors that `forward` captures are constants.
 * Make it once, not at each use: which rule it is belongs to a graph's structure.
 */
export function customVjp(
  name: string,
  forward: (...inputs: Tensor[]) => Tensor,
  backward: CustomRule,
): (...inputs: Tensor[]) => Tensor {
  return withRules(name, forward, { vjp: backward });
}

/** A function with rules of its own, entered into the side table. */
export function withRules(
  name: string,
  forward: (...inputs: Tensor[]) => Tensor,
  own: CallRules,
): (...inputs: Tensor[]) => Tensor {
  const rule = `${name}#${rules.size}`;
  rules.set(rule, own);
  return (...inputs) => {
    checkTensors(name, "input", inputs);
    const y = forward(...inputs);
    checkTensors(name, "result", [y]);
    return record(callOp, [y, ...inputs], { name, rule });
  };
}

/** Enters a batched call's rules into the table, for loops, whose bodies are text; they hold no tensors. */
function keepBatched(name: string, { rule }: Attributes, { varies, anew }: Batch): void {
  const single = rules.get(rule as string);
  if (single !== undefined && !rules.has(name)) rules.set(name, batchRules(single, varies, anew));
}

/** The rules for all examples: an input that is the same for all gets the sum of its gradients. */
function batchRules(
  { vjp, jvp }: CallRules,
  [, ...varies]: readonly boolean[],
  batching: () => Batch,
): CallRules {
  return {
    vjp: (g, inputs, y) => {
      const each = batching().map(
        (gOne, yOne, ...one) => vjp(gOne, one, yOne),
        [g, y, ...inputs],
        [true, true, ...varies],
      );
      return each.map((part, k) => (part === null || varies[k] ? part : part.sum({ axis: 0 })));
    },
    jvp:
      jvp &&
      ((tangents, inputs, y) => {
        const moving = tangents.filter((t) => t !== null);
        const [result] = batching().map(
          (yOne, ...rest) => {
            const one = rest.slice(0, inputs.length);
            const given = rest.slice(inputs.length);
            return [
              jvp(
                tangents.map((t) => (t === null ? null : given.shift()!)),
                one,
                yOne,
              ),
            ];
          },
          [y, ...inputs, ...moving],
          [true, ...varies, ...varies.filter((_, k) => tangents[k] !== null)],
        );
        return result;
      }),
  };
}

function checkTensors(name: string, what: string, values: readonly unknown[]): void {
  const wrong = values.findIndex((x) => !(x instanceof Tensor));
  if (wrong < 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: name,
    problem: `a function with a derivative of its own takes tensors and gives one; ${what} ${wrong} is of type ${typeof values[wrong]}`,
    fix: "Wrap numbers with tensor(...), or let the function capture what is constant; join several results with stack or concatenate.",
  });
}

function checkList(name: string, given: unknown): void {
  if (Array.isArray(given) && given.every((g) => g === null || g instanceof Tensor)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: name,
    problem: `its derivative must give a list of tensors or null, one per input; received ${showValue(given)}`,
    fix: "Return a list, [g] for one input.",
  });
}

function checkGradients(
  name: string,
  inputs: readonly Tensor[],
  gradients: readonly (Tensor | null)[],
  y: Tensor,
): readonly (Tensor | null)[] {
  const fits = inputs.every(({ shape }, k) => {
    const g = gradients[k];
    return g === null || (g !== undefined && sameShape(g.shape, shape));
  });
  if (gradients.length === inputs.length && fits) {
    return gradients.map((g, k) => g && likeInput(g, inputs[k]));
  }
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: name,
    problem: `its derivative gave ${gradients.map((g) => g && showShape(g.shape)).join(", ")} for inputs ${inputs.map((x) => showShape(x.shape)).join(", ")} (output ${showShape(y.shape)})`,
    fix: "Return one gradient per input, each of the input's shape, or null.",
  });
}

/** A gradient has the type of what it is for, whatever the rule computed with. */
function likeInput(g: Tensor, { dtype }: Tensor): Tensor {
  return isFloat(dtype) ? cast(g, dtype) : g;
}
