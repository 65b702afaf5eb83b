// What it costs to compute a tensor again instead of storing it, in scalar operations, down to what is stored anyway.

import type { OpBody } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { TargetFacts } from "../plan.ts";

/** Costs up to which a value is computed again rather than stored. */
const cheap = 6;
/** The same for a value of one element, which emitters compute once before the loops. */
const cheapSingle = 8;
/** The cost of a function that a target has to expand or to call. */
const slowFunction = 9;

/** Whether a tensor of this cost may be computed in each kernel that uses it. */
export function isCheap(t: Tensor, cost: number): boolean {
  return cost <= (t.size === 1 ? cheapSingle : cheap);
}

/** Costs of all tensors of `order`; a reduction is never computed twice. */
export function costs(
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
  realised: ReadonlySet<Tensor>,
  isNative: TargetFacts["isNative"],
): ReadonlyMap<Tensor, number> {
  const result = new Map<Tensor, number>();
  for (const t of order) {
    const given = opaque.has(t) || realised.has(t);
    result.set(
      t,
      given
        ? 0
        : costOf(
            t,
            t.inputs.map((x) => result.get(x)!),
            isNative,
          ),
    );
  }
  return result;
}

function costOf(t: Tensor, inputs: readonly number[], isNative: TargetFacts["isNative"]): number {
  const { body } = t.definition;
  const total = inputs.reduce((a, b) => a + b, 0);
  switch (body.kind) {
    case "scalar":
      return total + scalarCost(t, body, isNative);
    case "cast":
    case "iota":
      return total + 1;
    case "gather":
      return total + 2;
    case "reduce":
      return Number.POSITIVE_INFINITY;
    case "view":
      // What is not cheap is stored before it is repeated, so that computing again starts there.
      return t.size > t.inputs[0].size && !isCheap(t.inputs[0], total) ? 0 : total;
    default:
      return total;
  }
}

function scalarCost(
  t: Tensor,
  { fn }: OpBody & { kind: "scalar" },
  isNative: TargetFacts["isNative"],
): number {
  if (!isNative(fn, t.inputs[t.inputs.length - 1].dtype)) return slowFunction;
  return fn === "div" || fn === "sqrt" ? 2 : 1;
}
