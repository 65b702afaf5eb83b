// Pass: algebra. Each rule looks at one node with simplified inputs and may give a simpler tensor of the same value;
// rules are by kind of body, and fold what is known while compiling: numbers, empty tensors, views that change nothing.

import { type DType, isFloat } from "../../core/dtype.ts";
import { sameShape, sizeOf } from "../../core/shape.ts";
import { type Graph, rewrite, type Visit } from "../../ir/graph.ts";
import type { Combine } from "../../ir/loops.ts";
import type { OpBody, OpKind } from "../../ir/op.ts";
import { Tensor } from "../../ir/tensor.ts";
import { identities, numbersOf } from "./identities.ts";
import { applied, converted, numberOf } from "./literal.ts";
import { broadcast, filled, multiply, reshape, sum, withInputs } from "./make.ts";
import { composeCoordinates, isIdentity, viewOf } from "./view.ts";

type Rule = (tensor: Tensor, inputs: readonly Tensor[]) => Tensor | undefined;

export function simplify(graph: Graph): Graph {
  return rewrite(graph, simplified);
}

/** A simpler tensor of the same value, or the tensor. */
export const simplified: Visit = (tensor, inputs) => {
  const now = withInputs(tensor, inputs);
  return rules[tensor.definition.body.kind](now, inputs) ?? now;
};

const none: Rule = () => undefined;

const rules: Readonly<Record<OpKind, Rule>> = {
  leaf: none,
  literal: none,
  iota: none,
  randomBits: none,
  host: none,
  scan: none,
  barrier: simplifyBarrier,
  alias: (_, [x]) => x,
  scalar: simplifyScalar,
  cast: (t, [x]) => {
    if (x.dtype === t.dtype) return x;
    return foldTo(
      t,
      mapped(numberOf(x), (value) => converted(value, t.dtype)),
    );
  },
  view: simplifyView,
  reshape: simplifyReshape,
  reduce: simplifyReduce,
  concatenate: (t, inputs) => {
    const filledParts = inputs.filter((x) => x.size > 0);
    if (filledParts.length === 1) return filledParts[0];
    return filledParts.length < inputs.length && filledParts.length > 0
      ? withInputs(t, filledParts)
      : undefined;
  },
  contract: (t, [a]) => (t.size > 0 && a.size === 0 ? filled(0, t.dtype, t.shape) : undefined),
  gather: (t, [x]) => {
    if (t.size === 0 || x.size > 0) return undefined;
    return filled(isFloat(t.dtype) ? Number.NaN : 0, t.dtype, t.shape);
  },
  scatterAdd: (t, [x]) => (t.size > 0 && x.size === 0 ? filled(0, t.dtype, t.shape) : undefined),
};

/** The value as a tensor like `tensor`, if there is a value. */
function foldTo(tensor: Tensor, value: number | undefined): Tensor | undefined {
  return value === undefined ? undefined : filled(value, tensor.dtype, tensor.shape);
}

function mapped<T>(value: number | undefined, f: (value: number) => T): T | undefined {
  return value === undefined ? undefined : f(value);
}

/** Numbers and arguments are there from the start: nothing waits for them. */
function simplifyBarrier(t: Tensor, [x, ...others]: readonly Tensor[]): Tensor | undefined {
  const waits = others.filter((other) => other.inputs.length > 0 && numberOf(other) === undefined);
  if (waits.length === 0 || numberOf(x) !== undefined) return x;
  return waits.length < others.length ? withInputs(t, [x, ...waits]) : undefined;
}

function simplifyScalar(t: Tensor, inputs: readonly Tensor[]): Tensor | undefined {
  const { fn } = t.definition.body as OpBody & { kind: "scalar" };
  const numbers = numbersOf(inputs);
  if (numbers.every((value) => value !== undefined))
    return foldTo(t, applied(fn, numbers, t.dtype));
  const simpler = identities[fn]?.(inputs, numbers);
  return simpler?.dtype === t.dtype ? simpler : undefined;
}

function simplifyView(t: Tensor, [x]: readonly Tensor[]): Tensor | undefined {
  const view = viewOf(t)!;
  if (t.size === 0) return undefined;
  if (x.size === 0) return foldTo(t, view.fill);
  if (isIdentity(view.coordinates, x, t)) return x;
  if (view.fill !== undefined) return undefined;
  const number = numberOf(x);
  // A broadcast number is in its final form; other views of numbers become one.
  if (number !== undefined) return x.rank === 0 ? undefined : foldTo(t, number);
  const inner = viewOf(x);
  if (inner === undefined || inner.fill !== undefined) return undefined;
  const through = composeCoordinates(view.coordinates, inner.coordinates);
  return isIdentity(through, x.inputs[0], t) ? x.inputs[0] : undefined;
}

function simplifyReshape(t: Tensor, [x]: readonly Tensor[]): Tensor | undefined {
  if (sameShape(x.shape, t.shape)) return x;
  const number = numberOf(x);
  if (number !== undefined) return foldTo(t, number);
  if (x.definition.body.kind === "reshape") return reshape(x.inputs[0], t.shape);
  const view = viewOf(x);
  const single = view !== undefined && view.fill === undefined && x.inputs[0].size === 1;
  return single ? broadcast(reshape(x.inputs[0], []), t.shape) : undefined;
}

function simplifyReduce(t: Tensor, [x]: readonly Tensor[]): Tensor | undefined {
  const { combine } = t.definition.body as OpBody & { kind: "reduce" };
  const axes = t.attributes.axes as readonly number[];
  if (x.size === 0 && t.size > 0) return filled(identityOf(combine, t.dtype), t.dtype, t.shape);
  if (axes.every((axis) => x.shape[axis] === 1)) return x;
  const repeated = repeatedAxes(x).filter((axis) => axes.includes(axis));
  if (repeated.length === 0 || combine === "mul") return undefined;
  const shape = x.shape.map((length, axis) => (repeated.includes(axis) ? 1 : length));
  const part = broadcast(x.inputs[0], shape);
  const rest = axes.filter((axis) => !repeated.includes(axis));
  if (combine !== "add") return rest.length === 0 ? part : withAxes(t, part, rest);
  const count = sizeOf(repeated.map((axis) => x.shape[axis]));
  const number = numberOf(part);
  const once = sum(part, rest);
  if (number !== undefined && rest.length === 0) {
    const folded = foldTo(once, applied("mul", [number, count], t.dtype));
    if (folded !== undefined) return folded;
  }
  return multiply(once, filled(count, t.dtype, once.shape));
}

/** The same reduction over other axes. */
function withAxes(t: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const attributes = { ...t.attributes, axes: [...axes] };
  return new Tensor(t.definition, [x], attributes, t);
}

/** Axes longer than 1 along which a broadcast repeats its input, where the input could be broadcast to less. */
function repeatedAxes(x: Tensor): number[] {
  const view = viewOf(x);
  if (view === undefined || view.fill !== undefined) return [];
  const [input] = x.inputs;
  const extra = x.rank - input.rank;
  const plain = view.coordinates.every(({ offset, terms }, k) => {
    if (offset !== 0) return false;
    if (terms.length === 0) return input.shape[k] === 1;
    return terms.length === 1 && terms[0].axis === extra + k && terms[0].scale === 1;
  });
  if (!plain || extra < 0) return [];
  const used = new Set(view.coordinates.flatMap(({ terms }) => terms.map((t) => t.axis)));
  return x.shape.flatMap((length, axis) => (length > 1 && !used.has(axis) ? [axis] : []));
}

/** The result of reducing no elements. */
export function identityOf(combine: Combine, dtype: DType): number {
  if (combine === "add") return 0;
  if (combine === "mul") return 1;
  const infinite = isFloat(dtype) ? Number.POSITIVE_INFINITY : dtype === "bool" ? 1 : 2 ** 31;
  if (combine === "min") return infinite === 2 ** 31 ? 2 ** 31 - 1 : infinite;
  return dtype === "bool" ? 0 : -infinite;
}
