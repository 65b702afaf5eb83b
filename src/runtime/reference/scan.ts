// Loops on the reference target: the body node by node, turn by turn. All results of a loop are computed at once and
// kept as long as the values that it was given, since each of its nodes asks for one of them.

import { type HostArray, hostArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import { inOrder } from "../../ir/graph.ts";
import { type Loop, loopOf } from "../../ir/scan.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { EvaluatedInput, EvaluatedNode } from "./evaluate.ts";

/** Computes one node of a body. */
export type Evaluate = (node: EvaluatedNode, inputs: readonly EvaluatedInput[]) => HostArray;

interface Kept {
  readonly key: string;
  readonly inputs: readonly EvaluatedInput[];
  readonly results: readonly HostArray[];
}

const latest = new WeakMap<HostArray, Kept>();

/** The result that a node asks for. */
export function evaluateScan(
  { attributes }: EvaluatedNode,
  inputs: readonly EvaluatedInput[],
  evaluate: Evaluate,
): HostArray {
  const { output, ...others } = attributes;
  const key = JSON.stringify(others);
  const kept = inputs.length === 0 ? undefined : latest.get(inputs[0].data);
  const isSame = (k: Kept): boolean =>
    k.key === key && k.inputs.every(({ data }, i) => data === inputs[i].data);
  if (kept !== undefined && isSame(kept)) return kept.results[output as number];
  const results = run(loopOf(attributes), inputs, evaluate);
  if (inputs.length > 0) latest.set(inputs[0].data, { key, inputs, results });
  return results[output as number];
}

function run(loop: Loop, inputs: readonly EvaluatedInput[], evaluate: Evaluate): HostArray[] {
  const { body, length, reverse, constants, carries } = loop;
  const given = new Set(body.arguments);
  const order = inOrder(body.outputs, (t) => given.has(t)).filter((t) => !given.has(t));
  let carried = inputs.slice(constants, constants + carries).map(({ data }) => data);
  const stacks = body.outputs
    .slice(carries)
    .map(({ dtype, shape }) => hostArray(dtype, length * sizeOf(shape)));
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const values = new Map<Tensor, HostArray>();
    for (const [k, t] of body.arguments.entries()) {
      const carry = carried[k - constants];
      if (k < constants) values.set(t, inputs[k].data);
      else values.set(t, carry ?? inputs[k].data.subarray(at * t.size, (at + 1) * t.size));
    }
    for (const t of order) {
      const operands = t.inputs.map((x) => ({ ...typeOf(x), data: values.get(x)! }));
      values.set(t, evaluate(t, operands));
    }
    carried = carried.map((_, k) => values.get(body.outputs[k])!);
    for (const [k, stack] of stacks.entries()) {
      const value = body.outputs[carries + k];
      stack.set(values.get(value)!, at * value.size);
    }
  }
  return [...carried, ...stacks];
}

function typeOf({ shape, dtype }: Tensor): Pick<EvaluatedInput, "shape" | "dtype"> {
  return { shape, dtype };
}
