// Where a NaN or an infinity is born: the graph of a run whose results are not finite is computed again from the same
// state, op by op; from a spoiled result the search goes back, always to an input that is spoiled too, until there is none.
// Infinities that somebody wrote down, as in masks, are no fault by themselves.

import { type HostArray, isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { type Shape, showShape, stridesOf } from "../core/shape.ts";
import { inOrder } from "../ir/graph.ts";
import { describeRegion } from "../ir/region.ts";
import { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { extract } from "../runtime/extract.ts";
import type { Job } from "../runtime/observer.ts";
import { programFor } from "../runtime/programs.ts";
import { currentDevice } from "../runtime/target.ts";
import { short } from "./finding.ts";
import { originOf } from "./places.ts";

/** Values that leaves had before the run. */
export type LeafValues = ReadonlyMap<Tensor, HostArray>;

/** What a tensor holds: only numbers, also infinities, or also NaN. */
type Worst = 0 | 1 | 2;
const infinite = 1;
const nan = 2;

/** Whether an array has a NaN or an infinity. */
export function isSpoiled(values: HostArray): boolean {
  for (const x of values) if (!Number.isFinite(x)) return true;
  return false;
}

/** The error that says where the first of the spoiled `roots` of a run was spoiled. */
export function birthOf(
  { name }: Job,
  roots: readonly Tensor[],
  leaves: LeafValues,
): ChainruleError {
  const worst = worstOf(roots, leaves);
  const root = roots.find((t) => worst.get(t) === nan) ?? roots.find((t) => worst.get(t));
  if (root === undefined) return notReproduced(name, roots[0]);
  const node = traceBack(root, worst);
  return leaves.has(node)
    ? spoiledLeaf(node, leaves.get(node)!)
    : born(node, computed([node, ...node.inputs.filter((x) => !leaves.has(x))], leaves), leaves);
}

/** Computes tensors from the values of others. */
function computed(outputs: readonly Tensor[], leaves: LeafValues): HostArray[] {
  const again = extract(
    outputs,
    [],
    (t) => leaves.has(t),
    () => null,
  );
  const bindings = again.leaves.map((t) => ({ kind: "value", value: leaves.get(t)! }) as const);
  return programFor(currentDevice(), again).run(bindings);
}

/**
 * The worst that each tensor behind the roots holds: each is computed by itself, from those before it, as programs with
 * thousands of results take long to compile. A value is dropped after its last use.
 */
function worstOf(roots: readonly Tensor[], leaves: LeafValues): Map<Tensor, Worst> {
  const order = inOrder(roots, (t) => leaves.has(t));
  const last = new Map<Tensor, Tensor>();
  for (const t of order) for (const x of t.inputs) last.set(x, t);
  const values = new Map<Tensor, HostArray>(leaves);
  const worst = new Map<Tensor, Worst>();
  for (const t of order) {
    const value =
      values.get(t) ?? computed([t], new Map(t.inputs.map((x) => [x, values.get(x)!])))[0];
    values.set(t, value);
    if (isFloat(t.dtype))
      worst.set(t, value.some(Number.isNaN) ? nan : isSpoiled(value) ? infinite : 0);
    if (!leaves.has(t)) for (const x of t.inputs) if (last.get(x) === t) values.delete(x);
  }
  return worst;
}

/** Goes from a spoiled node to where that began. */
function traceBack(root: Tensor, worst: ReadonlyMap<Tensor, Worst>): Tensor {
  let node = root;
  /** The last node that was NaN with no NaN among its inputs. */
  let firstNaN: Tensor | undefined;
  for (;;) {
    const from =
      node.inputs.find((x) => worst.get(x) === nan) ?? node.inputs.find((x) => worst.get(x));
    if (worst.get(node) === nan && (from === undefined || worst.get(from) !== nan))
      firstNaN ??= node;
    if (from === undefined) break;
    node = from;
  }
  // Infinities that were written down, or came from outside, are meant; NaN made of them is not.
  const given = node.inputs.length === 0 && worst.get(node) !== nan;
  return given && firstNaN !== undefined ? firstNaN : node;
}

function born(
  node: Tensor,
  [result, ...inner]: readonly HostArray[],
  leaves: LeafValues,
): ChainruleError {
  const inputs = node.inputs.map((x) => leaves.get(x) ?? inner.shift()!);
  const isBorn = result.some(Number.isNaN) ? Number.isNaN : (x: number) => !Number.isFinite(x);
  const first = result.findIndex(isBorn);
  const many = result.filter(isBorn).length;
  const { place, path, derivativeOf } = originOf(node);
  const backward =
    derivativeOf === undefined
      ? ""
      : ` in the gradient of ${derivativeOf.definition.name} ${typeText(derivativeOf)}`;
  const given = node.inputs.map((x, k) => rangeText(x, inputs[k], node, first));
  return new ChainruleError({
    code: "NON_FINITE",
    op: node.definition.name,
    problem:
      `gives ${result[first]}${backward}: ${many} of ${result.length} elements of ${typeText(node)}, the first at ${indexText(first, node.shape)}; ` +
      `${given.length === 0 ? "it has no inputs" : `its ${given.length === 1 ? "input is" : "inputs are"} ${given.join(" and ")}`}`,
    fix: adviceFor(node, derivativeOf),
    detail: {
      op: node.definition.name,
      backward: derivativeOf !== undefined,
      of: derivativeOf?.definition.name,
      element: first,
      count: many,
      shape: node.shape,
      inputs: inputs.map((values) => rangeOf(values)),
    },
    ...(path !== undefined && { path }),
    ...(place !== undefined && { place }),
  });
}

const typeText = ({ dtype, shape }: Tensor): string => `${dtype}${showShape(shape)}`;

function indexText(element: number, shape: Shape): string {
  const at = stridesOf(shape).map((stride, axis) => Math.floor(element / stride) % shape[axis]);
  return `[${at.join(", ")}]`;
}

function rangeOf(values: HostArray): { readonly min: number; readonly max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const x of values) {
    if (x < min) min = x;
    if (x > max) max = x;
  }
  return { min, max };
}

/** `float32[2, 3] from −1 to 2 (there −0.5)`. */
function rangeText(x: Tensor, values: HostArray, node: Tensor, first: number): string {
  const { min, max } = rangeOf(values);
  const there = x.size === node.size ? ` (there ${short(values[first])})` : "";
  return min > max ? typeText(x) : `${typeText(x)} from ${short(min)} to ${short(max)}${there}`;
}

const advice: Readonly<Record<string, string>> = {
  log: "Keep its argument above 0, e.g. x.add(1e-6).log(), or use logSoftmax and losses of logits.",
  div: "Keep the divisor away from 0, e.g. by adding a small number to it.",
  sqrt: "Its derivative at 0 is infinite, and below there is no root: add a small number under it.",
  exp: "It overflows from 88.7 on in float32: subtract the largest value first, or clamp its argument.",
  pow: "Negative numbers have no fractional powers, and 0 no negative ones.",
};

function adviceFor(node: Tensor, derivativeOf: Tensor | undefined): string {
  const known = advice[(derivativeOf ?? node).definition.name] ?? advice[node.definition.name];
  return (
    known ?? "Look at the inputs: they are finite, but too large, or outside of what the op takes."
  );
}

function spoiledLeaf(leaf: Tensor, values: HostArray): ChainruleError {
  const first = values.findIndex((x) => !Number.isFinite(x));
  const owner = leaf.slot?.owner;
  const label = owner instanceof Parameter ? "a parameter" : owner ? "state" : undefined;
  const what =
    owner && label ? (describeRegion({ owner, label }) ?? label) : "a value from outside";
  return new ChainruleError({
    code: "NON_FINITE",
    op: "debug",
    problem: `${what}, ${typeText(leaf)}, is ${values[first]} at ${indexText(first, leaf.shape)} before anything is computed`,
    fix:
      label === undefined
        ? "Clean the data: drop or fill such records."
        : "An earlier step spoiled it: switch debug on before that step.",
    detail: { leaf: true, element: first, shape: leaf.shape },
  });
}

function notReproduced(name: string | undefined, root: Tensor): ChainruleError {
  return new ChainruleError({
    code: "NON_FINITE",
    op: name ?? "debug",
    problem: `a result, ${typeText(root)}, is not finite, but computed op by op it is`,
    fix: "It overflows only where ops are fused; look for values near the largest float, and please report it.",
  });
}
