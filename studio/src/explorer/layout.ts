// Where nodes are put: each box by itself, layered from left to right by dagre, and wrapped like text into rows where it
// is wider than the page; then the boxes as wholes.

import dagre from "@dagrejs/dagre";
import type { Seen, SeenName } from "./folding.ts";

export const nodeSize = { width: 156, height: 84 } as const;

/** A folded layer has a line more. */
const foldedSize = { width: 172, height: 106 } as const;

/** Distances: between columns, between nodes of a column, to a leaf beside, around the contents of a box, and its title. */
const gap = { column: 30, node: 18, leaf: 22, box: 14, title: 34, row: 34 } as const;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Edges = readonly (readonly [from: SeenName, to: SeenName])[];

interface Block {
  readonly width: number;
  readonly height: number;
  /** Places of all that is inside, from the block's upper left corner. */
  readonly places: ReadonlyMap<SeenName, Place>;
}

/** Places of all nodes and boxes, on a page of the given width where that can be. */
export function layout({ top, inside, edges }: Seen, width: number): ReadonlyMap<SeenName, Place> {
  const outer = new Map<SeenName, SeenName>();
  for (const [box, names] of inside) for (const name of names) outer.set(name, box);
  const { byBox, entered } = edgesByBox(edges, outer);
  const block = (names: readonly SeenName[], box: SeenName | undefined, room: number): Block => {
    const sizes = new Map(
      names.map((name) => {
        const inner = inside.get(name);
        return [
          name,
          inner === undefined ? undefined : block(inner, name, room - 2 * gap.box),
        ] as const;
      }),
    );
    const own = byBox.get(box) ?? [];
    return wrapped(names, sizes, own, leavesBeside(own, entered), room);
  };
  return block(top, undefined, width).places;
}

interface EdgesByBox {
  /** Each edge under the box in which its ends are different things, between those. */
  readonly byBox: ReadonlyMap<SeenName | undefined, Edges>;
  /** Things in a box to which an edge leads from outside of it. */
  readonly entered: ReadonlySet<SeenName>;
}

function edgesByBox(edges: Edges, outer: ReadonlyMap<SeenName, SeenName>): EdgesByBox {
  const row = (name: SeenName): SeenName[] => {
    const found = [name];
    for (let at = outer.get(name); at !== undefined; at = outer.get(at)) found.unshift(at);
    return found;
  };
  const byBox = new Map<SeenName | undefined, [SeenName, SeenName][]>();
  const entered = new Set<SeenName>();
  for (const [from, to] of edges) {
    const [a, b] = [row(from), row(to)];
    let k = 0;
    while (a[k] === b[k]) k++;
    const box = k === 0 ? undefined : a[k - 1];
    const own = byBox.get(box) ?? [];
    byBox.set(box, own);
    own.push([a[k], b[k]]);
    for (const name of b.slice(k + 1)) entered.add(name);
  }
  return { byBox, entered };
}

/** Lays things out in columns, and the columns in rows. */
function wrapped(
  names: readonly SeenName[],
  inner: ReadonlyMap<SeenName, Block | undefined>,
  edges: Edges,
  beside: ReadonlyMap<SeenName, SeenName>,
  room: number,
): Block {
  const inLine = names.filter((name) => !beside.has(name));
  const stacks = new Map<SeenName, SeenName[]>();
  for (const [leaf, user] of beside) stacks.set(user, [...(stacks.get(user) ?? []), leaf]);
  const graph = new dagre.graphlib.Graph();
  const ranker = inLine.length > 150 ? "longest-path" : "network-simplex";
  graph.setGraph({ rankdir: "LR", nodesep: gap.node, ranksep: gap.column, ranker });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of inLine) {
    const { width, height } = sizeOf(name, inner.get(name));
    const levels = Math.ceil((stacks.get(name)?.length ?? 0) / 2);
    graph.setNode(name, { width, height: height + 2 * levels * (nodeSize.height + gap.leaf) });
  }
  for (const [from, to] of edges) if (!beside.has(from)) graph.setEdge(from, to);
  dagre.layout(graph);
  const centers = new Map(inLine.map((name) => [name, graph.node(name)]));
  const places = new Map<SeenName, Place>();
  let [top, width] = [0, 0];
  for (const row of rowsOf(inLine, centers, room)) {
    const found = new Map<SeenName, Place>();
    for (const name of row)
      placeWithLeaves(
        found,
        name,
        centers.get(name)!,
        sizeOf(name, inner.get(name)),
        stacks.get(name) ?? [],
      );
    const all = [...found.values()];
    const [left, high] = [Math.min(...all.map(({ x }) => x)), Math.min(...all.map(({ y }) => y))];
    for (const [name, { x, y, ...size }] of found)
      put(places, name, { x: x - left, y: y - high + top, ...size }, inner.get(name));
    width = Math.max(width, ...all.map((place) => place.x + place.width - left));
    top += Math.max(...all.map((place) => place.y + place.height)) - high + gap.row;
  }
  return { places, width, height: Math.max(0, top - gap.row) };
}

/** Things that nothing leads to and that lead to one thing only stand above or below it, if it has another input. */
export function leavesBeside(
  edges: Edges,
  entered: ReadonlySet<SeenName>,
): Map<SeenName, SeenName> {
  const [into, from] = [new Map<SeenName, SeenName[]>(), new Map<SeenName, SeenName[]>()];
  for (const [a, b] of edges) {
    into.set(b, [...(into.get(b) ?? []), a]);
    from.set(a, [...(from.get(a) ?? []), b]);
  }
  const beside = new Map<SeenName, SeenName>();
  for (const [user, inputs] of into) {
    const leaves = inputs.filter(
      (input) => !into.has(input) && from.get(input)!.length === 1 && input.startsWith("n"),
    );
    const first = leaves.length === inputs.length && !entered.has(user) ? 1 : 0;
    for (const leaf of leaves.slice(first)) beside.set(leaf, user);
  }
  return beside;
}

/** A thing around its center, its leaves in turn above and below it. */
function placeWithLeaves(
  places: Map<SeenName, Place>,
  name: SeenName,
  { x, y }: { readonly x: number; readonly y: number },
  { width, height }: { readonly width: number; readonly height: number },
  leaves: readonly SeenName[],
): void {
  places.set(name, { x: x - width / 2, y: y - height / 2, width, height });
  for (const [k, leaf] of leaves.entries()) {
    const distance =
      height / 2 + (1 + Math.floor(k / 2)) * (nodeSize.height + gap.leaf) - nodeSize.height / 2;
    const middle = y + (k % 2 === 0 ? -distance : distance);
    places.set(leaf, { x: x - nodeSize.width / 2, y: middle - nodeSize.height / 2, ...nodeSize });
  }
}

/** Puts a thing and what is inside it. */
function put(
  places: Map<SeenName, Place>,
  name: SeenName,
  place: Place,
  inner: Block | undefined,
): void {
  places.set(name, place);
  for (const [within, { x, y, ...size }] of inner?.places ?? [])
    places.set(within, { x: place.x + gap.box + x, y: place.y + gap.title + y, ...size });
}

function sizeOf(name: SeenName, inner: Block | undefined): { width: number; height: number } {
  if (inner === undefined) return name.startsWith("n") ? nodeSize : foldedSize;
  return {
    width: Math.max(nodeSize.width, inner.width + 2 * gap.box),
    height: inner.height + gap.title + gap.box,
  };
}

interface Center {
  readonly x: number;
  readonly width: number;
}

interface Column {
  readonly names: SeenName[];
  readonly left: number;
  readonly right: number;
}

/** Rows up to this number are made about as long as each other; a text of many lines may end with a short one. */
const balanced = 4;

/** Columns from left to right, in as few rows as there is room for. */
function rowsOf(
  names: readonly SeenName[],
  centers: ReadonlyMap<SeenName, Center>,
  room: number,
): SeenName[][] {
  const columns = columnsOf(names, centers);
  let rows = brokenInto(columns, room);
  if (rows.length > 1 && rows.length <= balanced) {
    const { length } = rows;
    let narrow = (columns.at(-1)!.right - columns[0].left) / length;
    while (narrow < room && brokenInto(columns, narrow).length > length) narrow += 8;
    rows = brokenInto(columns, Math.min(narrow, room));
  }
  return rows.map((row) => row.flatMap((column) => column.names));
}

function columnsOf(
  names: readonly SeenName[],
  centers: ReadonlyMap<SeenName, Center>,
): readonly Column[] {
  const columns = new Map<number, SeenName[]>();
  for (const name of names) {
    const x = Math.round(centers.get(name)!.x);
    columns.set(x, [...(columns.get(x) ?? []), name]);
  }
  return [...columns]
    .sort(([a], [b]) => a - b)
    .map(([x, column]) => {
      const half = Math.max(...column.map((name) => centers.get(name)!.width)) / 2;
      return { names: column, left: x - half, right: x + half };
    });
}

/** As many columns in a row as there is room for. */
function brokenInto(columns: readonly Column[], room: number): Column[][] {
  const rows: Column[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const column of columns) {
    if (column.right > end) {
      rows.push([]);
      end = column.left + room;
    }
    rows.at(-1)!.push(column);
  }
  return rows;
}
