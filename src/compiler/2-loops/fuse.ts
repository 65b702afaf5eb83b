// Decides which tensors are realised (have a storage of their own); all others are computed inside the kernels that use
// them. First what must be realised, by kind; then, users before inputs, what is used in several kernels, or at more
// points than it has elements, and is not cheap; last, cuts in expressions that grow too long for one kernel.

import { type Graph, inOrder, rootsOf } from "../../ir/graph.ts";
import type { OpKind } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { barrierDepths } from "../1-graph/barrier-depths.ts";
import {
  type Contraction,
  contractionInto,
  permutedOutput,
  planContraction,
} from "../1-graph/matrix.ts";
import { innerCoordinates, reshapeCoordinates, viewOf } from "../1-graph/view.ts";
import type { TargetFacts } from "../plan.ts";
import { costs, isCheap } from "./cost.ts";

/** What is realised, in which order, and how contractions read their operands. */
export interface Fusion {
  readonly order: readonly Tensor[];
  readonly opaque: ReadonlySet<Tensor>;
  readonly realised: ReadonlySet<Tensor>;
  /** How contractions are computed, by the tensor whose storage they fill: themselves, or their only user, a permutation. */
  readonly contractions: ReadonlyMap<Tensor, Contraction>;
}

/** Statements that one kernel may take in. */
const longest = 128;

export function fuse(graph: Graph, isNative: TargetFacts["isNative"]): Fusion {
  const opaque = new Set(graph.arguments);
  const order = inOrder(rootsOf(graph), (t) => opaque.has(t));
  const contractions = new Map<Tensor, Contraction>();
  const realised = new Set<Tensor>();
  const force = (t: Tensor): void => {
    let base = t;
    while (!opaque.has(base) && base.definition.body.kind === "reshape") base = base.inputs[0];
    if (!opaque.has(base)) realised.add(base);
  };
  const users = permutations(graph, order, opaque);
  const fused = new Set<Tensor>();
  /** A contraction that another reads where it lies, behind its permutation, is stored in its own order after all. */
  const separate = (t: Tensor): void => {
    fused.delete(t);
    contractions.delete(users.get(t)!);
    const contraction = planContraction(t, opaque);
    contractions.set(t, contraction);
    for (const { base } of contraction.operands) force(base);
  };
  for (const t of order) {
    if (opaque.has(t)) continue;
    forceFor(t, opaque, force);
    if (t.definition.body.kind !== "contract" || t.size === 0) continue;
    const user = users.get(t);
    const moved = user && contractionInto(user, t, opaque);
    const contraction = moved ?? planContraction(t, opaque);
    const target = moved === undefined ? t : user!;
    contractions.set(target, contraction);
    force(target);
    if (target !== t) fused.add(t);
    for (const { base } of contraction.operands) {
      if (fused.has(base)) separate(base);
      force(base);
    }
  }
  for (const root of rootsOf(graph)) force(root);
  earlierSums(order, opaque).forEach(force);
  const cost = costs(order, opaque, realised, isNative);
  placeUsers(order, opaque, realised, cost);
  cutLong(order, opaque, realised);
  for (const t of fused) realised.delete(t);
  return { order, opaque, realised, contractions };
}

/** Contractions whose only user is a permutation, and that user: they can be stored in its order at once. */
function permutations(
  graph: Graph,
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, Tensor> {
  const users = new Map<Tensor, number>();
  const count = (t: Tensor): void => {
    users.set(t, (users.get(t) ?? 0) + 1);
  };
  for (const t of order) if (!opaque.has(t)) readBy(t).forEach(count);
  rootsOf(graph).forEach(count);
  const found = new Map<Tensor, Tensor>();
  for (const t of order) {
    if (opaque.has(t) || t.size === 0 || t.inputs.length !== 1) continue;
    const [x] = t.inputs;
    const alone = users.get(x) === 1 && !opaque.has(x) && x.definition.body.kind === "contract";
    if (alone && permutedOutput(t) !== undefined) found.set(x, t);
  }
  return found;
}

/** Parts of sums that end before a barrier: added up there, their terms need not live until the last one is computed. */
function earlierSums(order: readonly Tensor[], opaque: ReadonlySet<Tensor>): Tensor[] {
  const depths = barrierDepths(order, opaque);
  const isSum = (t: Tensor): boolean => {
    const { body } = t.definition;
    return !opaque.has(t) && body.kind === "scalar" && body.fn === "add";
  };
  return order
    .filter(isSum)
    .flatMap((t) => t.inputs.filter((x) => isSum(x) && depths.get(x)! < depths.get(t)!));
}

/** The inputs that a tensor is computed from; a barrier only waits for the others. */
function readBy(t: Tensor): readonly Tensor[] {
  return t.definition.body.kind === "barrier" ? t.inputs.slice(0, 1) : t.inputs;
}

/** Realises what the kind of `t` requires of `t` and of its inputs. */
function forceFor(t: Tensor, opaque: ReadonlySet<Tensor>, force: (t: Tensor) => void): void {
  const { kind } = t.definition.body;
  if (hasOwnKernel[kind]) force(t);
  if (kind === "reshape" && reshapeCoordinates(t.inputs[0].shape, t.shape) === undefined)
    force(t.inputs[0]);
  if (kind === "gather" || kind === "randomBits") force(t.inputs[0]);
  if (kind === "host" || kind === "barrier" || kind === "scan") readBy(t).forEach(force);
  if (kind === "view" && viewOf(t)!.fill !== undefined) force(baseOfView(t, opaque));
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
  host: true,
  scan: true,
  barrier: true,
  alias: false,
};

/** What a padding view reads in the end: loads can be guarded, computed values cannot. A second padding ends the walk. */
function baseOfView(t: Tensor, opaque: ReadonlySet<Tensor>): Tensor {
  let base = t.inputs[0];
  while (!opaque.has(base) && innerCoordinates(base) !== undefined) base = base.inputs[0];
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
  /** Most points of one use, and points of all of them. */
  readonly points: number;
  readonly total: number;
}

function placeUsers(
  order: readonly Tensor[],
  opaque: ReadonlySet<Tensor>,
  realised: Set<Tensor>,
  cost: ReadonlyMap<Tensor, number>,
): void {
  const uses = new Map<Tensor, Uses>();
  const nests = new Map<Tensor, string>();
  const add = (t: Tensor, use: Use, more: number): void => {
    const known = uses.get(t);
    const other = known !== undefined && known.first !== use;
    const several = other || (known?.several ?? false);
    const points = Math.max(known?.points ?? 0, use.points);
    const total = (known?.total ?? 0) + (known === undefined || other ? more : 0);
    uses.set(t, { first: known?.first ?? use, several, points, total });
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
    const total = pointsOf(t, inline ? mine.total : t.size);
    for (const input of readBy(t)) {
      if (t.definition.body.kind === "concatenate")
        add(input, { ...inner, points: input.size }, input.size);
      else add(input, shared, total);
      if (mine?.several && inline) add(input, { ...shared }, 0);
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
  const { first, several, points, total } = mine;
  if (kind === "reduce") {
    if (several || first.inner || !first.direct || points !== t.size) return false;
    if (first.kernel.definition.body.kind === "scatterAdd") return false;
    const nest = nests.get(first.kernel);
    return nest === undefined || nest === nestOf(t);
  }
  if (kind === "view" || kind === "reshape" || kind === "literal") return true;
  if (isCheap(t, cost)) return true;
  // Several kernels that share out its elements compute none twice.
  return (several ? total : points) <= t.size;
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
