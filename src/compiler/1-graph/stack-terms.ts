// Pass: a sum of like products Σ Aₜ·Bₜ is one product with an axis more to sum over, and likewise a sum of like sums. The
// gradient of a weight that a recurrence uses at every step is such a sum: in place of a product and an addition of the
// whole weight per step there is one deep product. Operands that lie side by side in a tensor already are read there;
// others are put side by side, if that moves less than the additions did.

import type { Graph } from "../../ir/graph.ts";
import type { Attributes } from "../../ir/op.ts";
import { showAttributes } from "../../ir/print.ts";
import { Tensor } from "../../ir/tensor.ts";
import { type AddTrees, addTrees, total } from "./add-trees.ts";
import { barrierDepths } from "./barrier-depths.ts";
import { reshape, withInputs } from "./make.ts";
import { Rows } from "./rows.ts";
import { viewOf } from "./view.ts";

/** Fewest terms worth a stack. */
const fewest = 4;

type Kind = "contract" | "reduce";

/** First products, then sums, which find the stacks that products needed. */
export function stackTerms(graph: Graph): Graph {
  return stackKind(stackKind(graph, "contract"), "reduce");
}

/**
 * Rebuilds the graph in the order of depth, in which a tensor that holds all operands of a sum comes before the sum. A
 * tensor refers to older ones only, so whatever exists by then can be read without a cycle.
 */
function stackKind(graph: Graph, kind: Kind): Graph {
  const opaque = new Set(graph.arguments);
  const trees = addTrees(graph);
  const groups = findGroups(trees, kind, opaque);
  if (groups.size === 0) return graph;
  const replaced = new Map<Tensor, Tensor>();
  const now = (t: Tensor): Tensor => replaced.get(t) ?? t;
  const rows = new Rows(opaque, now);
  for (const t of byDepth(trees.order, opaque)) {
    const stacks = (groups.get(t) ?? []).flatMap((group) => stacked(group, rows) ?? []);
    if (opaque.has(t)) replaced.set(t, t);
    else if (stacks.length > 0)
      replaced.set(t, withStacks(trees.terms.get(t)!.map(now), stacks, now));
    else replaced.set(t, withInputs(t, t.inputs.map(now)));
    if (!opaque.has(t)) rows.note(t);
  }
  const writes = graph.writes.map(({ argument, value }) => ({ argument, value: now(value) }));
  return { arguments: graph.arguments, outputs: graph.outputs.map(now), writes };
}

/** The tensors in an order in which those on shorter paths from a leaf come first. */
function byDepth(order: readonly Tensor[], opaque: ReadonlySet<Tensor>): Tensor[] {
  const depths = new Map<Tensor, number>();
  for (const t of order) {
    const inputs = opaque.has(t) ? [] : t.inputs;
    depths.set(
      t,
      inputs.reduce((depth, x) => Math.max(depth, depths.get(x)! + 1), 0),
    );
  }
  return order.toSorted((a, b) => depths.get(a)! - depths.get(b)!);
}

/** A term: `core` is the product or sum, `moves` are the transposes and reshapes of it, innermost first. */
interface Term {
  readonly term: Tensor;
  readonly core: Tensor;
  readonly moves: readonly Tensor[];
}

/** Terms as one tensor. */
interface StackedTerms {
  readonly taken: readonly Tensor[];
  readonly value: Tensor;
}

function withStacks(
  terms: readonly Tensor[],
  stacks: readonly StackedTerms[],
  now: (t: Tensor) => Tensor,
): Tensor {
  const taken = new Set(stacks.flatMap((stack) => stack.taken.map(now)));
  return total([...terms.filter((t) => !taken.has(t)), ...stacks.map(({ value }) => value)]);
}

/** For each sum, what can be one term. */
function findGroups(
  { terms, uses, order }: AddTrees,
  kind: Kind,
  opaque: ReadonlySet<Tensor>,
): ReadonlyMap<Tensor, readonly (readonly Term[])[]> {
  const groups = new Map<Tensor, readonly (readonly Term[])[]>();
  const depths = barrierDepths(order, opaque);
  for (const [t, list] of terms) {
    const found = groupsOf(list, kind, depths, (x) => !opaque.has(x) && uses.get(x) === 1);
    if (found.length > 0) groups.set(t, found);
  }
  return groups;
}

/** Like terms with operands of their own, where there are enough of them. */
function groupsOf(
  terms: readonly Tensor[],
  kind: Kind,
  depths: ReadonlyMap<Tensor, number>,
  isOwn: (t: Tensor) => boolean,
): (readonly Term[])[] {
  if (terms.length < fewest) return [];
  const groups = new Map<string, Term[]>();
  for (const tensor of terms) {
    const term = termOf(tensor, kind, isOwn);
    if (term === undefined) continue;
    const key = `${keyOf(term)};${depths.get(tensor)}`;
    const group = groups.get(key) ?? [];
    group.push(term);
    groups.set(key, group);
  }
  return [...groups.values()].filter((group) => group.length >= fewest && areAllDifferent(group));
}

/** A sum of products with one common operand is better multiplied out, and equal operands need no second copy. */
function areAllDifferent(group: readonly Term[]): boolean {
  return group[0].core.inputs.every(
    (_, side) => new Set(group.map(({ core }) => core.inputs[side])).size === group.length,
  );
}

function termOf(term: Tensor, kind: Kind, isOwn: (t: Tensor) => boolean): Term | undefined {
  const moves: Tensor[] = [];
  let core = term;
  while (isOwn(core) && isMove(core)) {
    moves.unshift(core);
    [core] = core.inputs;
  }
  return isOwn(core) && isCore(core, kind) ? { term, core, moves } : undefined;
}

/** Whether a tensor only puts the elements of its input elsewhere, so that it may follow the sum as well. */
function isMove(t: Tensor): boolean {
  const { kind } = t.definition.body;
  return kind === "reshape" || (kind === "view" && viewOf(t)!.fill === undefined);
}

function isCore(t: Tensor, kind: Kind): boolean {
  const { body } = t.definition;
  if (t.inputs.some((x) => x.size === 0) || body.kind !== kind) return false;
  return body.kind !== "reduce" || body.combine === "add";
}

function keyOf({ core, moves }: Term): string {
  const shapes = core.inputs.map((x) => x.shape.join());
  return [core, ...moves]
    .map((t) => `${t.definition.name} ${t.dtype} ${t.shape} ${showAttributes(t.attributes)}`)
    .concat(shapes)
    .join(";");
}

/** The sides whose operands are read where they lie, for each kind in the order in which that is tried. */
const ways: Readonly<Record<Kind, readonly (readonly number[])[]>> = {
  contract: [[0, 1], [0], [1], []],
  reduce: [[0]],
};

/** Many of the terms as one, if operands lie side by side or little has to be copied for that. */
function stacked(group: readonly Term[], rows: Rows): StackedTerms | undefined {
  const [{ core, moves }] = group;
  for (const held of ways[core.definition.body.kind as Kind]) {
    const tuples = group.map((term) => held.map((side) => term.core.inputs[side]));
    const all = { members: [...group.keys()], places: [] };
    const run = held.length === 0 ? all : rows.longestRun(tuples);
    const count = run?.members.length ?? 0;
    if (run === undefined || count < fewest || 4 * count < 3 * group.length) continue;
    if (!isWorthCopying(core, held)) continue;
    const members = run.members.map((k) => group[k]);
    const inputs = core.inputs.map(({ shape }, side) => {
      const place = run.places[held.indexOf(side)];
      if (place !== undefined) return rows.read(place, count, shape);
      return rows.stack(members.map((member) => member.core.inputs[side]));
    });
    const taken = members.map(({ term }) => term);
    return { taken, value: moved(deeper(core, inputs), moves) };
  }
  return undefined;
}

/** Additions read two results and write one; copies read and write what is not held. */
function isWorthCopying(core: Tensor, held: readonly number[]): boolean {
  const copied = core.inputs.filter((_, side) => !held.includes(side));
  return 2 * copied.reduce((sum, { size }) => sum + size, 0) <= 3 * core.size;
}

/** The same product or sum of stacked operands, over their first axis too. */
function deeper(core: Tensor, inputs: readonly Tensor[]): Tensor {
  const attributes = deeperAttributes[core.definition.body.kind as Kind](core.attributes);
  const type = core.definition.type(inputs, attributes);
  return reshape(new Tensor(core.definition, inputs, attributes, type), core.shape);
}

type Pairs = readonly (readonly number[])[];

const deeperAttributes: Readonly<Record<Kind, (attributes: Attributes) => Attributes>> = {
  contract: ({ batch, contract, ...others }) => ({
    ...others,
    batch: (batch as Pairs).map(([a, b]) => [a + 1, b + 1]),
    contract: [[0, 0], ...(contract as Pairs).map(([a, b]) => [a + 1, b + 1])],
  }),
  reduce: ({ axes, ...others }) => ({
    ...others,
    axes: [0, ...(axes as readonly number[]).map((axis) => axis + 1)],
  }),
};

function moved(core: Tensor, moves: readonly Tensor[]): Tensor {
  return moves.reduce((x, move) => withInputs(move, [x]), core);
}
