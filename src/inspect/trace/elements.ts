// Single elements: from which elements one was computed, and into which its influence goes. Both follow from the op's own
// derivative rule, so they hold for every op: the rule with a unit cotangent gives a row of the Jacobian, and because the
// rule is linear in its cotangent, differentiating it gives a column.

import { adjoints } from "../../autodiff/adjoints.ts";
import { type HostArray, hostArray, isFloat } from "../../core/dtype.ts";
import { giveBack } from "../../core/give-back.ts";
import { engine } from "../../ir/engine.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { constant } from "../../ops/leaf.ts";
import { unknownOf } from "./recorded.ts";

/** An element that takes part in a computation, with the local derivative between the two. */
export interface Influence {
  /** Number of the input. */
  readonly input: number;
  readonly element: number;
  readonly derivative: number;
}

/** The elements of inputs that element `element` of `node` changes with: a row of each Jacobian. */
export function sourcesOf(node: Tensor, element: number): Influence[] {
  const { vjp } = node.definition;
  if (vjp === undefined || node.inputs.length === 0 || !isFloat(node.dtype)) return [];
  const cotangent = unit(node, element);
  const rows = vjp(cotangent, node.inputs, node, node.attributes);
  const own = [cotangent, ...unknownOf(rows.flatMap((row) => row?.node ?? []))];
  const found = rows.flatMap((row, k) => {
    return row === null || !isFloat(node.inputs[k].dtype) ? [] : influences(k, valuesOf(row));
  });
  forget(own);
  return found;
}

/** The elements of `user` that change with element `element` of its input number `input`: a column of the Jacobian. */
export function usesOf(user: Tensor, input: number, element: number): Influence[] {
  const { vjp } = user.definition;
  if (vjp === undefined || !isFloat(user.dtype)) return [];
  // A leaf of its own as cotangent: the rule becomes a graph that can be differentiated with respect to it.
  const cotangent = constant(hostArray(user.dtype, user.size).fill(1), user.shape, user.dtype);
  const part = vjp(cotangent, user.inputs, user, user.attributes)[input];
  if (part === null) return [];
  const chosen = unit(part, element);
  const column = adjoints(part, chosen, new Set([cotangent])).get(cotangent);
  if (column === undefined) return [];
  const own = [cotangent, chosen, ...unknownOf([column.node])];
  const found = influences(input, valuesOf(column));
  forget(own);
  return found;
}

/** Gives back the memory of tensors that were made for an answer: each is as large as what was asked about. */
function forget(tensors: readonly Tensor[]): void {
  const buffers = new Set(tensors.flatMap(({ node }) => node.value?.buffer ?? []));
  for (const buffer of buffers) giveBack(buffer);
}

/** The elements with a derivative that is not 0. */
function influences(input: number, derivatives: ArrayLike<number>): Influence[] {
  const found: Influence[] = [];
  for (let element = 0; element < derivatives.length; element++) {
    const derivative = derivatives[element];
    if (derivative !== 0) found.push({ input, element, derivative });
  }
  return found;
}

function unit({ shape, dtype, size }: Tensor, element: number): Tensor {
  const data = hostArray(dtype, size);
  data[element] = 1;
  return constant(data, shape, dtype);
}

/** The elements of a tensor, computed where they are not known yet. */
export function valuesOf(tensor: Tensor): HostArray {
  const { node } = tensor;
  if (node.value === null) engine().readSync([node]);
  return node.value!;
}
