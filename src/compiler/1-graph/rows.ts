// Tensors of one shape that lie side by side in a larger one: parts of a concatenation, slices of one tensor, or stacks
// made for the purpose. Finds the longest run of given tensors that neighbour each other in one such row.

import type { Shape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate, permute, reshape, slice } from "./make.ts";
import { viewOf } from "./view.ts";

/** Tensors along `axis` of `holder`, each of `length` there. */
interface Row {
  readonly holder: Tensor;
  readonly axis: number;
  readonly length: number;
}

/** Where a tensor is in a row. */
export interface Place {
  readonly row: Row;
  readonly index: number;
}

/** Neighbours: which of the tensors asked for, in the order of the row, and where the first of each list is. */
export interface Run {
  readonly members: readonly number[];
  readonly places: readonly Place[];
}

/** Rows that one tensor is looked for in: those in more are rare, and each pair of rows is tried. */
const mostRows = 4;

/** The rows of a graph being rebuilt. It is told and asked about tensors of the old graph; what it makes is in the new. */
export class Rows {
  readonly #now: (t: Tensor) => Tensor;
  readonly #opaque: ReadonlySet<Tensor>;
  readonly #places = new Map<Tensor, Place[]>();
  readonly #sliced = new Map<Tensor, Map<string, Row>>();

  constructor(opaque: ReadonlySet<Tensor>, now: (t: Tensor) => Tensor) {
    this.#opaque = opaque;
    this.#now = now;
  }

  /** Remembers the parts of a concatenation, and of what a slice is a part. */
  note(t: Tensor): void {
    const { kind } = t.definition.body;
    if (kind === "concatenate") this.#noteParts(t, t.attributes.axis as number, t.inputs);
    if (kind === "view") this.#noteSlice(t);
  }

  /** Puts tensors of one shape side by side. Shape: n times `[…] → [n, …]`. */
  stack(tensors: readonly Tensor[]): Tensor {
    const made = concatenate(
      tensors.map((t) => reshape(this.#now(t), [1, ...t.shape])),
      0,
    );
    const row = { holder: made, axis: 0, length: 1 };
    for (const [index, t] of tensors.entries()) this.#add(t, { row, index });
    return made;
  }

  /** So many tensors of a row, each of `shape`, from a place on. Shape: `[count, …shape]`. */
  read({ row, index }: Place, count: number, shape: Shape): Tensor {
    const { holder, axis, length } = row;
    const part = slice(this.#now(holder), axis, index * length, (index + count) * length);
    const split = reshape(part, part.shape.toSpliced(axis, 1, count, length));
    const order = split.shape.map((_, k) => k).filter((k) => k !== axis);
    return reshape(permute(split, [axis, ...order]), [count, ...shape]);
  }

  /** The longest run of tuples: the first tensors neighbour each other in one row, the second ones in another. */
  longestRun(tuples: readonly (readonly Tensor[])[]): Run | undefined {
    const chains = new Map<string, Map<number, { member: number; places: readonly Place[] }>>();
    const ids = new Map<Row, number>();
    tuples.forEach((tuple, member) => {
      for (const places of combinations(tuple.map((t) => this.#placesOf(t)))) {
        for (const { row } of places) if (!ids.has(row)) ids.set(row, ids.size);
        const [{ index: first }] = places;
        const key = places.map(({ row, index }) => `${ids.get(row)} ${index - first}`).join();
        const chain = chains.get(key) ?? new Map();
        chain.set(first, { member, places });
        chains.set(key, chain);
      }
    });
    const runs = [...chains.values()].map(longestOf);
    return runs.reduce<Run | undefined>((best, run) => {
      return best === undefined || run.members.length > best.members.length ? run : best;
    }, undefined);
  }

  #noteParts(holder: Tensor, axis: number, parts: readonly Tensor[]): void {
    const length = parts[0].shape[axis];
    if (parts.some((part) => part.shape[axis] !== length)) return;
    const row = { holder, axis, length };
    for (const [index, part] of parts.entries()) this.#add(part, { row, index });
  }

  /** A slice along one axis, at a multiple of its length, is one of a row of slices. */
  #noteSlice(t: Tensor): void {
    const [x] = t.inputs;
    const view = viewOf(t)!;
    if (view.fill !== undefined || x.rank !== t.rank) return;
    const cut = t.shape.flatMap((n, k) => (n !== x.shape[k] ? [k] : []));
    const isPlain = view.coordinates.every(
      ({ offset, terms }, k) =>
        terms.length === 1 &&
        terms[0].axis === k &&
        terms[0].scale === 1 &&
        (offset === 0 || k === cut[0]),
    );
    const [axis] = cut;
    if (cut.length !== 1 || !isPlain || t.size === 0) return;
    const length = t.shape[axis];
    const index = view.coordinates[axis].offset / length;
    if (Number.isInteger(index)) this.#add(t, { row: this.#sliceRow(x, axis, length), index });
  }

  #sliceRow(x: Tensor, axis: number, length: number): Row {
    const rows = this.#sliced.get(x) ?? new Map<string, Row>();
    this.#sliced.set(x, rows);
    const key = `${axis} ${length}`;
    const row = rows.get(key) ?? { holder: x, axis, length };
    rows.set(key, row);
    return row;
  }

  #add(t: Tensor, place: Place): void {
    const base = this.#baseOf(t);
    const places = this.#places.get(base) ?? [];
    places.push(place);
    this.#places.set(base, places);
  }

  /** Where a tensor is, up to axes of length 1. */
  #placesOf(t: Tensor): Place[] {
    const long = t.shape.filter((n) => n !== 1).join();
    const places = this.#places.get(this.#baseOf(t)) ?? [];
    const isLike = ({ row: { holder, axis, length } }: Place): boolean =>
      holder.shape
        .with(axis, length)
        .filter((n) => n !== 1)
        .join() === long;
    return places.filter(isLike).slice(0, mostRows);
  }

  /** The tensor of which `t` is a reshape. */
  #baseOf(t: Tensor): Tensor {
    let base = t;
    while (!this.#opaque.has(base) && base.definition.body.kind === "reshape") [base] = base.inputs;
    return base;
  }
}

/** All lists of one element of each list. */
function combinations(lists: readonly (readonly Place[])[]): Place[][] {
  return lists.reduce<Place[][]>(
    (found, list) => found.flatMap((places) => list.map((place) => [...places, place])),
    [[]],
  );
}

/** The longest run of indices that follow each other. */
function longestOf(
  chain: ReadonlyMap<number, { readonly member: number; readonly places: readonly Place[] }>,
): Run {
  const indices = [...chain.keys()].sort((a, b) => a - b);
  let [start, best, length] = [0, 0, 0];
  indices.forEach((index, k) => {
    if (k > 0 && index !== indices[k - 1] + 1) start = k;
    if (k + 1 - start > length) [best, length] = [start, k + 1 - start];
  });
  const members = indices.slice(best, best + length).map((index) => chain.get(index)!.member);
  return { members, places: chain.get(indices[best])!.places };
}
