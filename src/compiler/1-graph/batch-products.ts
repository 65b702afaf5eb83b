// Pass: like products of slices of one tensor with one common operand are one product of the tensor, of which each is a
// slice. A recurrence written step by step multiplies the input of every step with the same weight; none of these
// products needs the one before, and together they fill the kernel far better.

import { type Graph, rewrite } from "../../ir/graph.ts";
import type { ContractAxes, OpBody } from "../../ir/op.ts";
import { showAttributes } from "../../ir/print.ts";
import { Tensor } from "../../ir/tensor.ts";
import { addTrees } from "./add-trees.ts";
import { reshape, slice, withInputs } from "./make.ts";
import { productSizes } from "./matrix.ts";
import { type Place, Rows } from "./rows.ts";

/** Fewest products worth joining, and the multiplications from which one alone fills the kernel. */
const fewest = 4;
const largeWork = 2 ** 22;

type Side = 0 | 1;

/** Products to be made as one: their operands of `side` are so many neighbours in a row. */
interface Batch {
  readonly side: Side;
  readonly first: Place;
  readonly count: number;
}

interface Member {
  readonly batch: Batch;
  readonly index: number;
}

export function batchProducts(graph: Graph): Graph {
  const opaque = new Set(graph.arguments);
  const replaced = new Map<Tensor, Tensor>();
  const now = (t: Tensor): Tensor => replaced.get(t) ?? t;
  const rows = new Rows(opaque, now);
  const order = addTrees(graph).order.filter((t) => !opaque.has(t));
  const groups = likeProducts(order);
  if (groups.length === 0) return graph;
  for (const t of order) if (t.definition.body.kind === "view") rows.note(t);
  const members = findMembers(groups, rows);
  const made = new Map<Batch, Tensor>();
  const partOf = (t: Tensor, { batch, index }: Member): Tensor => {
    const whole = made.get(batch) ?? joined(t, batch, rows, now);
    made.set(batch, whole);
    return reshape(slice(whole, rowAxis(t, batch.side), index, index + 1), t.shape);
  };
  return rewrite(graph, (t, inputs) => {
    const member = members.get(t);
    const result = member === undefined ? withInputs(t, inputs) : partOf(t, member);
    replaced.set(t, result);
    return result;
  });
}

/** The products that are in a batch. */
function findMembers(groups: readonly Group[], rows: Rows): ReadonlyMap<Tensor, Member> {
  const found = new Map<Tensor, Member>();
  for (const { side, products } of groups) {
    const free = products.filter((t) => !found.has(t));
    const run = rows.longestRun(free.map((t) => [t.inputs[side]]));
    if (run === undefined || run.members.length < fewest) continue;
    const batch = { side, first: run.places[0], count: run.members.length };
    for (const [index, k] of run.members.entries()) found.set(free[k], { batch, index });
  }
  return found;
}

/** Small products alike in all but the operand of one side. */
interface Group {
  readonly side: Side;
  readonly products: Tensor[];
}

function likeProducts(order: readonly Tensor[]): Group[] {
  const groups = new Map<string, Group>();
  for (const t of order) {
    if (t.definition.body.kind !== "contract" || !isSmall(t)) continue;
    for (const side of [0, 1] as const) {
      const common = t.inputs[1 - side].id;
      const key = `${side} ${common} ${t.inputs[side].shape} ${showAttributes(t.attributes)}`;
      const group = groups.get(key) ?? { side, products: [] };
      group.products.push(t);
      groups.set(key, group);
    }
  }
  return [...groups.values()].filter(({ products }) => products.length >= fewest);
}

function isSmall(t: Tensor): boolean {
  const { batch, m, n, k } = productSizes(t);
  const work = batch * m * n * k;
  return work > 0 && work <= largeWork;
}

/** The product like `t` of all operands of the row, with their place in it as the first free axis of their side. */
function joined(t: Tensor, batch: Batch, rows: Rows, now: (t: Tensor) => Tensor): Tensor {
  const { side, first, count } = batch;
  const inputs = t.inputs.map((x, k) => (k === side ? rows.read(first, count, x.shape) : now(x)));
  const { batch: shared, contract } = pairsOf(t);
  const after = (pair: readonly number[]): number[] => pair.with(side, pair[side] + 1);
  const attributes = { ...t.attributes, batch: shared.map(after), contract: contract.map(after) };
  return new Tensor(t.definition, inputs, attributes, t.definition.type(inputs, attributes));
}

/** The axis of the whole product along which its parts lie. */
function rowAxis(t: Tensor, side: Side): number {
  const { batch, contract } = pairsOf(t);
  return side === 0 ? batch.length : t.inputs[0].rank - contract.length;
}

function pairsOf(t: Tensor): ContractAxes {
  return (t.definition.body as OpBody & { kind: "contract" }).axes(t.attributes);
}
