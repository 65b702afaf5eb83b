// Functions with a forward-mode derivative of the user's own; their reverse mode is its transposition.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type CustomTangentRule, withRules } from "../ops/alias.ts";
import { zeros } from "../ops/leaf.ts";
import { adjointsOfAll } from "./adjoints.ts";
import { floatOf } from "./trees.ts";

/** The tangent of the output, from one tangent per input (zeros where an input does not move), the inputs and the output; linear in the tangents. */
export type CustomJvpRule = (
  tangents: readonly Tensor[],
  inputs: readonly Tensor[],
  y: Tensor,
) => Tensor;

/**
 * Gives a function a derivative of its own, by its tangents: `tangent` says how the output moves with the inputs, as
 * graph. It must be linear in the tangents; gradients are got by transposing it.
 *
 * ```ts
 * const softAbs = customJvp("softAbs", (x) => x.abs(), ([t], [x]) => t.mul(x.tanh()));
 * ```
 */
export function customJvp(
  name: string,
  forward: (...inputs: Tensor[]) => Tensor,
  tangent: CustomJvpRule,
): (...inputs: Tensor[]) => Tensor {
  const checked: CustomTangentRule = (given, inputs, y) => {
    const full = given.map((t, k) => t ?? zeros(inputs[k].shape, floatOf(inputs[k])));
    return checkTangent(name, tangent(full, inputs, y), y);
  };
  return withRules(name, forward, {
    jvp: checked,
    vjp: (g, inputs, y) => {
      const still = inputs.map((x) => zeros(x.shape, floatOf(x)));
      const moved = checkTangent(name, tangent(still, inputs, y), y);
      const first = Math.min(...still.map((t) => t.id));
      const reached = adjointsOfAll(new Map([[moved, g]]), new Set(still), first);
      return still.map((t) => reached.get(t) ?? null);
    },
  });
}

function checkTangent(name: string, tangent: Tensor, y: Tensor): Tensor {
  checkTensor(name, "the tangent that its derivative gives", tangent);
  if (sameShape(tangent.shape, y.shape)) return tangent.cast(floatOf(y));
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: name,
    problem: `its derivative gave a tangent ${showShape(tangent.shape)} for an output ${showShape(y.shape)}`,
    fix: "Return a tangent of the output's shape.",
    detail: { expected: y.shape, received: tangent.shape },
  });
}
