// The text of a NaN or an infinity: the op where it is born (see `birth.ts`), forward or backward, with the element, the
// range of its inputs, the layer, and the user's line.

import type { HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { type Shape, showShape, stridesOf } from "../core/shape.ts";
import { describeRegion } from "../ir/region.ts";
import { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Job } from "../runtime/observer.ts";
import { type Birth, birthIn, computed, type LeafValues } from "./birth.ts";
import { short } from "./finding.ts";
import { originOf } from "./places.ts";

/** The error that says where the first of the spoiled `roots` of a run was spoiled. */
export function birthOf(
  { name }: Job,
  roots: readonly Tensor[],
  leaves: LeafValues,
): ChainruleError {
  const birth = birthIn(roots, leaves);
  if (birth === undefined) return notReproduced(name, roots[0]);
  const value = birth.leaves.get(birth.node);
  return value === undefined ? born(birth) : spoiledLeaf(birth.node, value);
}

function born({ node, leaves, turns }: Birth): ChainruleError {
  const [result, ...inputs] = computed([node, ...node.inputs], leaves);
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
      `gives ${result[first]}${backward}${turns.map(turnText).join("")}: ${many} of ${result.length} elements of ${typeText(node)}, the first at ${indexText(first, node.shape)}; ` +
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
      ...(turns.length > 0 && { turns: turns.map(({ turn }) => turn) }),
    },
    ...(path !== undefined && { path }),
    ...(place !== undefined && { place }),
  });
}

/** Turns are counted in the order in which they run, from 1. */
const turnText = ({ turn, length }: Birth["turns"][number]): string =>
  ` in turn ${turn + 1} of ${length} of a scan`;

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
