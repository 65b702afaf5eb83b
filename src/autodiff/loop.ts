// scan(f, init, xs): the function that users call, over trees of tensors, and what it refuses.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { buildTree, flattenTree, sameTree, type TreeShape } from "../core/tree.ts";
import { checkOptions } from "../ir/arguments.ts";
import { showType } from "../ir/print.ts";
import { assignAll } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { recordLoop, type TurnResults } from "../ops/scan.ts";
import { loopResults } from "./scan.ts";

/** Options of `scan`. */
export interface ScanOptions {
  /** Number of turns; needed only where there is nothing to take slices of. */
  readonly length?: number;
  /** Whether to begin with the last slice; what is stacked keeps its place. Default false. */
  readonly reverse?: boolean;
}

/**
 * Runs `[carry, y] = f(carry, x)` over the slices x of `xs` along axis 0, from `init` on: a loop inside the step, recorded
 * and compiled once for any number of turns. Carry, x and y are trees of tensors (null for none); a carry keeps its
 * shapes. Gives the last carry and all y, stacked along axis 0. `f` may use other tensors and parameters, draw (each turn
 * draws anew) and assign state (turn by turn). The derivative is a loop too, and keeps what it needs of each turn.
 * Shape: init `[...]`, xs `[T, ...]` → carry `[...]`, ys `[T, ...]`.
 *
 * ```ts
 * const [sum, sums] = scan((c: Tensor, x: Tensor) => [c.add(x), c.add(x)] as const, tensor(0), tensor([1, 2, 3])); // 6, [1, 3, 6]
 * ```
 */
export function scan<C, X, R extends readonly [C, unknown]>(
  f: (carry: C, x: X) => R,
  init: C,
  xs: X,
  options: ScanOptions = {},
): R {
  checkOptions("scan", options, { length: true, reverse: true });
  const carries = tensorsOf("init", init);
  const stacked = tensorsOf("xs", xs);
  const length = lengthOf(stacked.tensors, options.length);
  let shape: TreeShape | undefined;
  let leaves: readonly unknown[] = [];
  const turn = (carry: readonly Tensor[], slices: readonly Tensor[]): TurnResults => {
    const result = f(carries.build(carry) as C, stacked.build(slices) as X);
    const [next, y] = checkedPair(result);
    const flat = flattenTree(y);
    ({ shape, leaves } = flat);
    const parts = flat.leaves.filter((leaf) => leaf instanceof Tensor);
    if (flat.leaves.some((leaf) => !(leaf instanceof Tensor) && leaf != null))
      throw badLeaf("y", flat.leaves);
    return { carries: nextCarries(next, carries), stacked: parts.map((t) => t.node) };
  };
  const inputs = { carries: carries.tensors, stacked: stacked.tensors, length };
  const recorded = recordLoop({ ...inputs, reverse: options.reverse ?? false }, turn);
  const results = loopResults(recorded.loop, recorded.inputs);
  const count = carries.tensors.length;
  const values = results.slice(recorded.loop.carries);
  const ys = leaves.map((leaf) => (leaf instanceof Tensor ? values.shift() : leaf));
  if (recorded.assigned.length > 0)
    assignAll(recorded.assigned.map((slot, k) => ({ slot, value: results[count + k] })));
  return [carries.build(results.slice(0, count)), buildTree(shape!, ys)] as unknown as R;
}

/** A tree of tensors, in which null stands for none. */
interface Tensors {
  readonly tensors: readonly Tensor[];
  readonly shape: TreeShape;
  build(tensors: readonly Tensor[]): unknown;
}

function tensorsOf(name: string, tree: unknown): Tensors {
  const { leaves, shape } = flattenTree(tree);
  if (leaves.some((leaf) => !(leaf instanceof Tensor) && leaf != null)) throw badLeaf(name, leaves);
  const tensors = leaves.filter((leaf) => leaf instanceof Tensor).map((t) => t.node);
  const build = (values: readonly Tensor[]): unknown => {
    let next = 0;
    const filled = leaves.map((leaf) => (leaf instanceof Tensor ? values[next++] : leaf));
    return buildTree(shape, filled);
  };
  return { tensors, shape, build };
}

function lengthOf(stacked: readonly Tensor[], given: number | undefined): number {
  const lengths = new Set(stacked.map(({ shape }) => shape[0] ?? "none"));
  if (given !== undefined) lengths.add(given);
  const [length] = lengths;
  if (lengths.size === 1 && Number.isInteger(length) && Number(length) >= 0) return Number(length);
  const shapes = stacked.map(({ shape }) => showShape(shape)).join(", ");
  const said = given === undefined ? "no `length`" : `\`length\` ${given}`;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "scan",
    problem: `the number of turns is the length of axis 0 of every tensor of xs; received ${shapes || "no tensors"} and ${said}`,
    fix: "Give all of xs one length along axis 0, or pass { length } where xs is null.",
    detail: { shapes: stacked.map(({ shape }) => shape), length: given },
  });
}

function checkedPair(result: unknown): readonly [unknown, unknown] {
  if (result instanceof Promise) result.catch(() => {});
  else if (Array.isArray(result) && result.length === 2) return result as [unknown, unknown];
  const isAsync = result instanceof Promise;
  throw new ChainruleError({
    code: isAsync ? "ASYNC_IN_TRACE" : "BAD_ARGUMENT",
    op: "scan",
    problem: `the function must return [carry, y]; it returned ${isAsync ? "a promise" : Array.isArray(result) ? `a list of ${result.length}` : `a value of type ${typeof result}`}`,
    fix: "Return the next carry and what to stack: return [carry, y], with null for y if there is nothing.",
  });
}

/** The carry that a turn returns, of the structure and types of the one it was given. */
function nextCarries(next: unknown, { tensors, shape }: Tensors): Tensor[] {
  const now = tensorsOf("carry", next);
  const found = now.tensors.map((t) => t);
  const wrong = tensors.findIndex(
    (t, k) =>
      found[k] === undefined || t.dtype !== found[k].dtype || !sameShape(t.shape, found[k].shape),
  );
  if (wrong < 0 && found.length === tensors.length && sameTree(shape, now.shape)) return found;
  const list = (some: readonly Tensor[]): string => some.map(showType).join(", ") || "nothing";
  throw new ChainruleError({
    code:
      wrong >= 0 && found[wrong]?.dtype !== tensors[wrong].dtype
        ? "DTYPE_MISMATCH"
        : "SHAPE_MISMATCH",
    op: "scan",
    problem: `the carry must stay as it began, ${list(tensors)}; the function returned ${list(found)}`,
    fix: "Return a carry of the structure, shapes and types of init; put what changes its shape into y.",
    detail: { expected: tensors.map((t) => t.shape), received: found.map((t) => t.shape) },
  });
}

function badLeaf(name: string, leaves: readonly unknown[]): ChainruleError {
  const wrong = leaves.find((leaf) => !(leaf instanceof Tensor) && leaf != null);
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "scan",
    problem: `${name} must be a tensor, or lists and records of tensors; it has a value of type ${typeof wrong}`,
    fix: "Wrap numbers with tensor(...), or use them in the function without passing them.",
  });
}
