// The layers of a step as boxes in boxes. A region is a run of neighbouring nodes in the order of recording: such runs can
// be folded into one node without making a circle, and a layer that is called twice is two boxes. Long rows without
// layers are cut into pieces, so that a graph of any size can be opened folded.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import { isGiven, type ShownGraph } from "./graph-model.ts";
import { titleOf } from "./titles.ts";

/** A box. Keys are the same for the same step of another iteration. */
export interface Region {
  readonly key: string;
  /** The layer in words, `Linear 784→128`, or its place, `blocks.3`. */
  readonly label: string;
  /** The layer's place, where the label does not say it. */
  readonly place: string | undefined;
  readonly parent: string | undefined;
  /** Nodes and regions directly inside, in order. */
  readonly items: Item[];
}

export type Item = { readonly node: number } | { readonly region: string };

export interface Regions {
  readonly top: readonly Item[];
  readonly byKey: ReadonlyMap<string, Region>;
  /** The innermost region of each node that is in one. */
  readonly of: ReadonlyMap<number, string>;
}

/** Stands in the keys of pieces of a long row. */
const pieceSign = "+";

/** Whether a region is only a piece of a long row. */
export function isPiece({ key }: Region): boolean {
  return key.includes(pieceSign);
}

/** Items of one box that are left as they are; more are cut into about as many pieces as there are in one. */
const longRow = 64;

/** Finds the boxes of a graph. */
export function regionsOf(trace: StepTrace, graph: ShownGraph): Regions {
  const builder = new Builder(trace);
  const ops = [...graph.nodes.values()].filter((node) => !isGiven(node));
  const lastPlaced = ops.findLast(
    ({ group }) => group !== undefined && trace.groups[group].path !== undefined,
  );
  for (const node of ops) builder.add(node, node.id > (lastPlaced?.id ?? -1));
  const top = pieces(
    simplified(builder.top, builder.byKey, undefined, trace),
    builder.byKey,
    undefined,
    trace,
  );
  const of = new Map<number, string>();
  const note = (items: readonly Item[], key: string | undefined): void => {
    for (const item of items) {
      if ("region" in item) note(builder.byKey.get(item.region)!.items, item.region);
      else if (key !== undefined) of.set(item.node, key);
    }
  };
  note(top, undefined);
  return withParameters({ top, byKey: reached(top, builder.byKey), of }, graph);
}

/** Puts nodes into regions one after the other; a region ends where the next node is not in it. */
class Builder {
  readonly top: Item[] = [];
  readonly byKey = new Map<string, Region>();
  readonly #trace: StepTrace;
  #open: Region[] = [];
  #places: string[] = [];
  /** What contains the last layer that was called. */
  #container: string[] = [];

  constructor(trace: StepTrace) {
    this.#trace = trace;
  }

  add(node: TraceNode, isAfterModel: boolean): void {
    const places = this.#placesOf(node, isAfterModel);
    let common = 0;
    while (common < places.length && places[common] === this.#places[common]) common++;
    this.#open.length = common;
    for (const place of places.slice(common)) this.#enter(place, node);
    this.#places = places;
    this.#items().push({ node: node.id });
  }

  /** The regions around a node, outermost first. Ops between two layers belong to what contains the first of them. */
  #placesOf({ group }: TraceNode, isAfterModel: boolean): string[] {
    if (isAfterModel) this.#container = [];
    if (group === undefined) return this.#container;
    const { path } = this.#trace.groups[group];
    if (path === undefined) return [...this.#container, `#${group}`];
    const places = prefixesOf(path);
    this.#container = places.slice(0, -1);
    return places;
  }

  #enter(place: string, node: TraceNode): void {
    const key = `${place}@${this.byKey.size}`;
    const parent = this.#open.at(-1)?.key;
    const group = place.startsWith("#")
      ? this.#trace.groups[node.group!]
      : this.#trace.groups.find(({ path }) => path === place);
    const short = place.replace(/^model\./, "");
    const label = group?.label ?? short;
    this.#items().push({ region: key });
    const region = {
      key,
      label,
      place: label === short || place.startsWith("#") ? undefined : short,
      parent,
      items: [],
    };
    this.byKey.set(key, region);
    this.#open.push(region);
  }

  #items(): Item[] {
    return this.#open.at(-1)?.items ?? this.top;
  }
}

/** `model.blocks.3.norm` → `model.blocks.3`, `model.blocks.3.norm`: arrays and the model itself are no boxes. */
function prefixesOf(path: string): string[] {
  const parts = path.split(".");
  return parts
    .map((_, k) => ({ prefix: parts.slice(0, k + 1).join("."), next: parts[k + 1] }))
    .filter(
      ({ next }, k) => (k > 0 || next === undefined) && !(next !== undefined && /^\d+$/.test(next)),
    )
    .map(({ prefix }) => prefix);
}

/** Boxes around a single item are taken away. */
function simplified(
  items: readonly Item[],
  byKey: Map<string, Region>,
  parent: string | undefined,
  trace: StepTrace,
): Item[] {
  return items.flatMap((item) => {
    if ("node" in item) return [item];
    const region = byKey.get(item.region)!;
    const inner = simplified(region.items, byKey, region.key, trace);
    if (inner.length < 2) {
      for (const one of inner)
        if ("region" in one) byKey.set(one.region, { ...byKey.get(one.region)!, parent });
      return inner;
    }
    byKey.set(region.key, { ...region, parent, items: pieces(inner, byKey, region.key, trace) });
    return [item];
  });
}

/** Cuts a long row into boxes of its own. */
function pieces(
  items: readonly Item[],
  byKey: Map<string, Region>,
  parent: string | undefined,
  trace: StepTrace,
): Item[] {
  if (items.length <= longRow) return [...items];
  const found: Item[] = [];
  const pieceLength = Math.ceil(Math.sqrt(items.length));
  for (let from = 0; from < items.length; from += pieceLength) {
    const part = items.slice(from, from + pieceLength);
    const key = `${parent ?? ""}${pieceSign}${from}@${byKey.size}`;
    const [first, last] = [part[0], part.at(-1)!].map((item) => nameOf(item, byKey, trace));
    byKey.set(key, { key, label: spanOf(first, last), place: undefined, parent, items: part });
    for (const item of part)
      if ("region" in item) byKey.set(item.region, { ...byKey.get(item.region)!, parent: key });
    found.push({ region: key });
  }
  return pieces(found, byKey, parent, trace);
}

/** `blocks.0–9`, or both names. */
function spanOf(first: string, last: string): string {
  const within = first.slice(0, first.lastIndexOf(".") + 1);
  return within !== "" && last.startsWith(within)
    ? `${first}–${last.slice(within.length)}`
    : `${first} … ${last}`;
}

/** A layer's place or label, or an op with its number. */
function nameOf(item: Item, byKey: ReadonlyMap<string, Region>, { nodes }: StepTrace): string {
  if ("node" in item) return titleOf(nodes[item.node]);
  const { label, place } = byKey.get(item.region)!;
  return place ?? label;
}

/** The regions that are left. */
function reached(top: readonly Item[], byKey: ReadonlyMap<string, Region>): Map<string, Region> {
  const found = new Map<string, Region>();
  const visit = (items: readonly Item[]): void => {
    for (const item of items) {
      if ("node" in item) continue;
      found.set(item.region, byKey.get(item.region)!);
      visit(byKey.get(item.region)!.items);
    }
  };
  visit(top);
  return found;
}

/** Parameters stand in the innermost box with all their users, inputs of the step outside. */
function withParameters({ top, byKey, of }: Regions, { nodes, edges }: ShownGraph): Regions {
  const inside = new Map(of);
  const users = new Map<number, number[]>();
  for (const [from, to] of edges) users.set(from, [...(users.get(from) ?? []), to]);
  const outside: Item[] = [];
  for (const { id, phase } of [...nodes.values()].filter(isGiven)) {
    const rows = (users.get(id) ?? []).map((user) => ancestors(of.get(user), byKey));
    const key =
      phase === "parameter"
        ? rows[0]?.find((one) => rows.every((row) => row.includes(one)))
        : undefined;
    if (key === undefined) outside.push({ node: id });
    else {
      inside.set(id, key);
      byKey.get(key)!.items.unshift({ node: id });
    }
  }
  return { top: [...outside, ...top], byKey, of: inside };
}

/** A region and those around it, innermost first. */
export function ancestors(key: string | undefined, byKey: ReadonlyMap<string, Region>): string[] {
  const row: string[] = [];
  for (let at = key; at !== undefined; at = byKey.get(at)?.parent) row.push(at);
  return row;
}
