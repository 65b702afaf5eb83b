// Decides which tensors are realised (have a storage of their own); all others are computed inside the kernels that use
// them. First what must be realised, by kind; then, users before inputs, what is used in several kernels, or at more
// points than it has elements, and is not cheap; last, cuts in expressions that grow too long for one kernel.

import { type Graph, inOrder, rootsOf } from "../../ir/graph.ts";
import type { OpKind } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { type MatrixOperand, matrixOperand } from "../1-graph/matrix.ts";
import { differByOnes, viewOf } from "../1-graph/view.ts";
import type { TargetFacts } from "../plan.ts";
import { costs, isCheap } from "./cost.ts";

/** What is realised, in which order, and how contractions read their operands. */
export interface Fusion {
  readonly order: readonly Tensor[];
  readonly opaque: ReadonlySet<Tensor>;
  readonly realised: ReadonlySet<Tensor>;
  readonly operands: ReadonlyMap<Tensor, readonly [MatrixOperand, MatrixOperand]>;
}

/** Statements that one kernel may take in. */
const longest = 128;

export function fuse(graph: Graph, isNative: TargetFacts["isNative"]): Fusion {
  const opaque = new Set(graph.arguments);
  const order = inOrder(rootsOf(graph), (t) => opaque.has(t));
  const operands = new Map<Tensor, readonly [MatrixOperand, MatrixOperand]>();
  const realised = new Set<Tensor>();
  const force = (t: Tensor): void => {
    let base = t;
    while (!opaque.has(base) && base.definition.body.kind === "reshape") base = base.inputs[0];
    if (!opaque.has(base)) realised.add(base);
  };
  for (const t of order) if (!opaque.has(t)) forceFor(t, opaque, operands, force);
  for (const root of rootsOf(graph)) force(root);
  const cost = costs(order, opaque, realised, isNative);
  placeUsers(order, opaque, realised, cost);
  cutLong(order, opaque, realised);
  return { order, opaque, realised, operands };
}

/** Realises what the kind of `t` requires of `t` and of its inputs. */
function forceFor(
  t: Tensor,
  opaque: ReadonlySet<Tensor>,
  operands: Map<Tensor, readonly [MatrixOperand, MatrixOperand]>,
  force: (t: Tensor) => void,
): void {
  const { kind } = t.definition.body;
  if (hasOwnKernel[kind]) force(t);
  if (kind === "reshape" && !differByOnes(t.inputs[0].shape, t.shape)) force(t.inputs[0]);
  if (kind === "gather" || kind === "randomBits") force(t.inputs[0]);
  if (kind === "view" && viewOf(t)!.fill !== undefined) force(baseOfView(t, opaque));
  if (kind === "contract" && t.size > 0) {
    const pair = ([0, 1] as const).map(
      (side) => matrixOperand(t, side, (x) => opaque.has(x)) ?? matrixOperand(t, side, false)!,
    );
    operands.set(t, [pair[0], pair[1]]);
    for (const operand of pair) force(operand.base);
  }
}

/** Kinds that are the root of their kernels and never part of another. */
const hasOwnKernel: Readonly<Record<OpKind, boolean>> = {
  leaf: false,
  literal: false,
  scalar: false,
  cast: false,
  view: false,
  reshape: false,
  reduce: false,
  concatenate: true,
  contract: true,
  gather: false,
  scatterAdd: true,
  iota: false,
  randomBits: true,
  alias: false,
};

/** What a padding view reads in the end: loads can be guarded, computed values cannot. A second padding ends the walk. */
function baseOfView(t: Tensor, opaque: ReadonlySet<Tensor>): Tensor {
  let base = t.inputs[0];
  while (!opaque.has(base)) {
    const view = viewOf(base);
    const thin =
      base.definition.body.kind === "reshape" && differByOnes(base.inputs[0].shape, base.shape);
    if (!thin && (view === undefined || view.fill !== undefined)) break;
    base = base.inputs[0];
  }
  return base;
}

/** Where a value is needed: a kernel, at so many points. Different indices into one value are different uses. */
interface Use {
  readonly kernel: Tensor;
  readonly points: number;
  /** Inside the reduction of the kernel. */
  readonly inner: boolean;
  /** At the point of the kernel itself, not through a view. */
  readonly direct: boolean;
}

interface Uses {
  readonly first: Use;
  readonly several: boolean;
  readonly points: number;
}

function placeUsers(
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
  realised: Set<Tensor>,
  cost: ReadonlyMap<Tensor, number>,
): void {
  const uses = new Map<Tensor, Uses>();
  const nests = new Map<Tensor, string>();
  const add = (t: Tensor, use: Use): void => {
    const known = uses.get(t);
    const several = known !== undefined && (known.several || known.first !== use);
    const points = Math.max(known?.points ?? 0, use.points);
    uses.set(t, { first: known?.first ?? use, several, points });
  };
  for (let k = order.length - 1; k >= 0; k--) {
    const t = order[k];
    if (opaque.has(t)) continue;
    const mine = realised.has(t) ? undefined : uses.get(t);
    const inline = mine !== undefined && canInline(t, mine, cost.get(t)!, nests);
    if (mine !== undefined && !inline) realised.add(t);
    const use: Use = inline
      ? mine.first
      : { kernel: t, points: t.size, inner: false, direct: true };
    if (t.definition.body.kind === "reduce") nests.set(use.kernel, nestOf(t));
    const inner = { ...inputUse(t, use), points: pointsOf(t, inline ? mine.points : t.size) };
    const shared = sameUse(t) && inline ? use : inner;
    for (const input of t.inputs) {
      add(
        input,
        t.definition.body.kind === "concatenate" ? { ...inner, points: input.size } : shared,
      );
      if (mine?.several && inline) add(input, { ...shared });
    }
  }
}

function canInline(
  t: Tensor,
  mine: Uses,
  cost: number,
  nests: ReadonlyMap<Tensor, string>,
): boolean {
  const { kind } = t.definition.body;
  const { first, several, points } = mine;
  if (kind === "reduce") {
    if (several || first.inner || !first.direct || points !== t.size) return false;
    if (first.kernel.definition.body.kind === "scatterAdd") return false;
    const nest = nests.get(first.kernel);
    return nest === undefined || nest === nestOf(t);
  }
  if (kind === "view" || kind === "reshape" || kind === "literal") return true;
  if (isCheap(t, cost)) return true;
  return !several && points <= t.size;
}

/** Whether inputs are read at the same index as the tensor itself. */
function sameUse(t: Tensor): boolean {
  const { kind } = t.definition.body;
  return kind === "scalar" || kind === "cast" || kind === "reshape" || kind === "gather";
}

function inputUse(t: Tensor, use: Use): Use {
  const { kind } = t.definition.body;
  return { ...use, inner: use.inner || kind === "reduce", direct: use.direct && kind !== "view" };
}

/** Points at which the inputs are read when the tensor is computed at `points`. */
function pointsOf(t: Tensor, points: number): number {
  const { kind } = t.definition.body;
  if (kind === "reduce") return t.size === 0 ? 0 : (points / t.size) * t.inputs[0].size;
  return kind === "scatterAdd" ? t.inputs[0].size : points;
}

/** The lengths that a reduction runs over; kernels have one such nest. */
function nestOf(t: Tensor): string {
  const axes = t.attributes.axes as readonly number[];
  return axes
    .map((axis) => t.inputs[0].shape[axis])
    .filter((n) => n !== 1)
    .join(",");
}

/** Realises tensors whose expression would make a kernel too long, and so bounds the depth of lowering. */
function cutLong(
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
  realised: Set<Tensor>,
): void {
  const lengths = new Map<Tensor, number>();
  const lengthOf = (t: Tensor): number => (opaque.has(t) || realised.has(t) ? 1 : lengths.get(t)!);
  for (const t of order) {
    if (opaque.has(t)) continue;
    let length = 1;
    for (const input of t.inputs) length += lengthOf(input);
    if (length > longest) length = exactLength(t, opaque, realised);
    if (length > longest && t.definition.body.kind !== "reshape") realised.add(t);
    lengths.set(t, Math.min(length, longest));
  }
}

/** Number of distinct tensors in the expression, counted up to one more than the limit. */
function exactLength(
  t: Tensor,
  opaque: ReadonlySet<Tensor>,
  realised: ReadonlySet<Tensor>,
): number {
  const seen = new Set<Tensor>([t]);
  for (const each of seen) {
    if (seen.size > longest) break;
    if (each === t || !(opaque.has(each) || realised.has(each)))
      for (const x of each.inputs) seen.add(x);
  }
  return seen.size;
}
