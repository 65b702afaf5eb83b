// Recomputation instead of storage (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The results of a
// checkpointed function are marked with what the function rests on. Their derivative records the nodes in between again,
// on those inputs behind a barrier that waits for the incoming gradient; so the first computation keeps nothing. The
// function itself runs once: state is written once, and random nodes refer to the draws that were made.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { buildTree, flattenTree } from "../core/tree.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import { recordAgain, takenFromOutside } from "../ir/section.ts";
import { recordedSoFar, Tensor } from "../ir/tensor.ts";
import { adjointsOfAll } from "./adjoints.ts";

export const barrierOp: OpDefinition = defineOp({
  name: "barrier",
  doc: "The value of its first input; what uses it is computed anew, and not before the other inputs are there.",
  formula: "x",
  body: { kind: "barrier" },
  type: ([x]) => x,
  vjp: (g, inputs) => inputs.map((_, k) => (k === 0 ? g : null)),
  batch: (inputs, attributes) => record(barrierOp, inputs, attributes),
  derivatives: ["1", "0"],
  samples: [{ inputs: [{ shape: [3] }, { shape: [2] }] }, { inputs: [{ shape: [2, 2] }] }],
  example: {
    inputs: [
      { shape: [1], values: [2] },
      { shape: [1], values: [3] },
    ],
    output: { shape: [1], values: [2] },
  },
});

/** Inputs: the value of this result, all results, then what they rest on. */
export const checkpointOp: OpDefinition = defineOp({
  name: "checkpoint",
  doc: "A result of a function whose derivative computes the function again.",
  formula: "f(x)",
  body: { kind: "alias" },
  type: ([y]) => y,
  joint: {
    key: ({ inputs }) =>
      inputs
        .slice(1)
        .map((x) => x.id)
        .join(" "),
    vjp: (gs, node, wanted) => {
      const { results, taken } = partsOf(node);
      const behind = taken.map((x) => record(barrierOp, [x, ...gs.values()]));
      const now = new Map(taken.map((x, k) => [x, behind[k]]));
      const again = recordAgain(results, now);
      const cotangents = new Map<Tensor, Tensor>();
      for (const [k, g] of gs) cotangents.set(again[k], cotangents.get(again[k])?.add(g) ?? g);
      const first = 1 + results.length;
      const reached = adjointsOfAll(
        cotangents,
        new Set(behind.filter((_, k) => wanted[first + k])),
      );
      return node.inputs.map((_, k) =>
        k < first ? null : (reached.get(behind[k - first]) ?? null),
      );
    },
  },
  jvp: ([y]) => y,
  samples: [],
});

interface Parts {
  readonly results: readonly Tensor[];
  readonly taken: readonly Tensor[];
}

function partsOf({ inputs, attributes }: Tensor): Parts {
  const count = attributes.results as number;
  return { results: inputs.slice(1, 1 + count), taken: inputs.slice(1 + count) };
}

/**
 * Returns the function with the same results whose derivative computes `f` again instead of keeping what it computed in
 * between: less memory for more time. `f` takes anything and returns a tensor, or a tree of them; tensors and parameters
 * that it uses besides its arguments get their gradients too. What it recorded inside is out of reach for `gradients`.
 *
 * ```ts
 * for (const block of blocks) h = checkpoint((x: Tensor) => block.forward(x, context))(h);
 * ```
 */
export function checkpoint<Args extends readonly unknown[], R>(
  f: (...args: Args) => R,
): (...args: Args) => R {
  return (...args) => {
    const start = recordedSoFar();
    const result = f(...args);
    if (result instanceof Promise) throw refusedPromise(result);
    const { leaves, shape } = flattenTree(result);
    const isOwn = (leaf: unknown): leaf is Tensor =>
      leaf instanceof Tensor && isFloat(leaf.dtype) && leaf.node.id >= start;
    const results = leaves.filter(isOwn).map((leaf) => leaf.node);
    const taken = takenFromOutside(results, start);
    let output = 0;
    const marked = leaves.map((leaf) => {
      if (!isOwn(leaf)) return leaf;
      const attributes = { output, results: results.length };
      return record(checkpointOp, [results[output++], ...results, ...taken], attributes);
    });
    return buildTree(shape, marked) as R;
  };
}

function refusedPromise(result: Promise<unknown>): ChainruleError {
  result.catch(() => {});
  return new ChainruleError({
    code: "ASYNC_IN_TRACE",
    op: "checkpoint",
    problem: "the function is async: it returned a promise",
    fix: "Return tensors; await data before the call and pass it as an argument.",
  });
}
