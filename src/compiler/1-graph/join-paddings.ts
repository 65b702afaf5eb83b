// Pass: a sum of tensors that are zero except in parts of their own is those parts side by side. Gradients of slices of
// one tensor are such sums, in which every term is as long as the whole; put side by side, each part is written once.

import { type Graph, rewrite } from "../../ir/graph.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { addTrees, total } from "./add-trees.ts";
import { concatenate, filled, withInputs } from "./make.ts";
import { viewOf } from "./view.ts";

export function joinPaddings(graph: Graph): Graph {
  const { terms } = addTrees(graph);
  const opaque = new Set(graph.arguments);
  const isPart = (t: Tensor): boolean => !opaque.has(t) && partOf(t) !== undefined;
  if (![...terms.values()].some((list) => list.filter(isPart).length >= 2)) return graph;
  const replaced = new Map<Tensor, Tensor>();
  return rewrite(graph, (tensor, inputs) => {
    const given = terms.get(tensor)?.map((t) => replaced.get(t) ?? t) ?? [];
    const joined = joinedTerms(given, opaque);
    const now = joined ?? withInputs(tensor, inputs);
    replaced.set(tensor, now);
    return now;
  });
}

/** A term that is zero except at places `start … end` of one axis, where it is `value`. */
interface Part {
  readonly term: Tensor;
  readonly value: Tensor;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** The sum of terms, if some of them can be put side by side. */
function joinedTerms(terms: readonly Tensor[], opaque: ReadonlySet<Tensor>): Tensor | undefined {
  const parts = terms.flatMap((t) => (opaque.has(t) ? [] : (partOf(t) ?? [])));
  if (parts.length < 2) return undefined;
  const rows = [...new Set(parts.map(({ axis }) => axis))].flatMap((axis) => {
    const row = disjoint(parts.filter((part) => part.axis === axis));
    return coversMost(row) ? [row] : [];
  });
  if (rows.length === 0) return undefined;
  const taken = new Set(rows.flat().map(({ term }) => term));
  return total([...terms.filter((t) => !taken.has(t)), ...rows.map(sideBySide)]);
}

/** A tensor surrounded by zeros along one axis, by what its view says. */
function partOf(term: Tensor): Part | undefined {
  const view = viewOf(term);
  if (view?.fill !== 0) return undefined;
  const [value] = term.inputs;
  const isPlain = view.coordinates.every(
    ({ terms }, k) => terms.length === 1 && terms[0].axis === k && terms[0].scale === 1,
  );
  const moved = value.shape.flatMap((n, k) =>
    view.coordinates[k].offset !== 0 || n !== term.shape[k] ? [k] : [],
  );
  if (!isPlain || moved.length !== 1) return undefined;
  const [axis] = moved;
  const start = -view.coordinates[axis].offset;
  const end = start + value.shape[axis];
  const isWhole = start >= 0 && end <= term.shape[axis] && value.size > 0;
  return isWhole ? { term, value, axis, start, end } : undefined;
}

/** Parts in the order of their places, without those that overlap an earlier one. */
function disjoint(parts: readonly Part[]): Part[] {
  const row: Part[] = [];
  for (const part of parts.toSorted((a, b) => a.start - b.start))
    if (part.start >= (row.at(-1)?.end ?? 0)) row.push(part);
  return row;
}

/** Few parts of a long axis are left to be read where they are; a row would be mostly zeros. */
function coversMost(row: readonly Part[]): boolean {
  const covered = row.reduce((sum, { start, end }) => sum + end - start, 0);
  return row.length >= 2 && 2 * covered >= row[0].term.shape[row[0].axis];
}

function sideBySide(row: readonly Part[]): Tensor {
  const [{ term, axis }] = row;
  const pieces: Tensor[] = [];
  let end = 0;
  const fillTo = (start: number): void => {
    const shape = term.shape.with(axis, start - end);
    if (start > end) pieces.push(filled(0, term.dtype, shape));
  };
  for (const part of row) {
    fillTo(part.start);
    pieces.push(part.value);
    end = part.end;
  }
  fillTo(term.shape[axis]);
  return concatenate(pieces, axis);
}
