// Where a NaN or an infinity is born: the graph of a run whose results are not finite is computed again from the same
// state, op by op; from a spoiled result the search goes back, always to an input that is spoiled too, until there is none.
// Where that is a loop, its turns are computed one by one, and the search goes on in the first spoiled one.
// Infinities that somebody wrote down, as in masks, are no fault by themselves.

import { type HostArray, isFloat } from "../core/dtype.ts";
import { inOrder } from "../ir/graph.ts";
import { loopOf } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";
import { extract } from "../runtime/extract.ts";
import { programFor } from "../runtime/programs.ts";
import { currentDevice } from "../runtime/target.ts";
import { noteLoop } from "./places.ts";

/** Values that leaves had before the run. */
export type LeafValues = ReadonlyMap<Tensor, HostArray>;

/** What a tensor holds: only numbers, also infinities, or also NaN. */
type Worst = 0 | 1 | 2;
const infinite = 1;
const nan = 2;

/** Where something is born. */
export interface Birth {
  readonly node: Tensor;
  /** What it is computed from; the node itself is among them where it came from outside. */
  readonly leaves: LeafValues;
  /** The turns of the loops that it is in, outermost first, counted from 0 in the order in which they run. */
  readonly turns: readonly { readonly turn: number; readonly length: number }[];
}

/** Whether an array has a NaN or an infinity. */
export function isSpoiled(values: HostArray): boolean {
  for (const x of values) if (!Number.isFinite(x)) return true;
  return false;
}

/** Where the first of the spoiled roots was spoiled; undefined where all are finite now. */
export function birthIn(roots: readonly Tensor[], leaves: LeafValues): Birth | undefined {
  const worst = worstOf(roots, leaves);
  const root = roots.find((t) => worst.get(t) === nan) ?? roots.find((t) => worst.get(t));
  if (root === undefined) return undefined;
  const node = traceBack(root, worst);
  const isLoop = node.definition.body.kind === "scan" && !leaves.has(node);
  const inside = isLoop ? birthInLoop(node, leaves) : undefined;
  return inside ?? { node, leaves, turns: [] };
}

/** The same inside of the first turn of a loop that spoils something; undefined where that is an argument of the turn. */
function birthInLoop(node: Tensor, leaves: LeafValues): Birth | undefined {
  noteLoop(node);
  const { body, length, reverse, constants, carries } = loopOf(node.attributes);
  const [result, ...inputs] = computed([node, ...node.inputs], leaves);
  const isBad = result.some(Number.isNaN) ? (x: HostArray) => x.some(Number.isNaN) : isSpoiled;
  const wanted = body.outputs.filter((_, k) => k < carries || k === node.attributes.output);
  let carried = inputs.slice(constants, constants + carries);
  for (let turn = 0; turn < length; turn++) {
    const at = reverse ? length - 1 - turn : turn;
    const given = body.arguments.map((t, k): [Tensor, HostArray] => {
      if (k < constants) return [t, inputs[k]];
      return [t, carried[k - constants] ?? inputs[k].slice(at * t.size, (at + 1) * t.size)];
    });
    const values = new Map(given);
    const results = computed(wanted, values);
    const bad = wanted.filter((t, k) => isFloat(t.dtype) && isBad(results[k]));
    const inside = bad.length === 0 ? undefined : birthIn(bad, values);
    if (inside !== undefined) {
      if (inside.leaves.has(inside.node)) return undefined;
      return { ...inside, turns: [{ turn, length }, ...inside.turns] };
    }
    carried = results.slice(0, carries);
  }
  return undefined;
}

/** Computes tensors from the values of others. */
export function computed(outputs: readonly Tensor[], leaves: LeafValues): HostArray[] {
  const inner = outputs.filter((t) => !leaves.has(t));
  const again = extract(
    inner,
    [],
    (t) => leaves.has(t),
    () => null,
  );
  const bindings = again.leaves.map((t) => ({ kind: "value", value: leaves.get(t)! }) as const);
  const values = inner.length === 0 ? [] : programFor(currentDevice(), again).run(bindings);
  return outputs.map((t) => leaves.get(t) ?? values[inner.indexOf(t)]);
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
