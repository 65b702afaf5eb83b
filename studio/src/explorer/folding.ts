// What is to be seen when some regions are open and the rest are folded: which nodes, folded boxes and open boxes, and the
// edges between them. Small graphs begin open; of large ones, as much as can be read at once. What has a derivative of its
// own begins folded: nothing flows back through its inside.

import type { ShownGraph } from "./graph-model.ts";
import { ancestors, type Item, isPiece, type Region, type Regions } from "./regions.ts";

/** Names of what is seen: `n12` for a node, the key of a region. */
export type SeenName = string;

export interface Seen {
  /** What stands on the page, in boxes: the top row, and what is inside each open box. */
  readonly top: readonly SeenName[];
  readonly inside: ReadonlyMap<string, readonly SeenName[]>;
  readonly edges: readonly (readonly [from: SeenName, to: SeenName])[];
  /** The name under which a node is seen: its own, or its folded region's. */
  readonly nameOf: (node: number) => SeenName;
}

/** Nodes and boxes that a graph shows at first. */
const readable = 28;

/** The regions to open at first: level by level from the outermost, as long as there is room for the whole level. */
export function openAtFirst(
  { top, byKey }: Regions,
  { nodes }: Pick<ShownGraph, "nodes">,
  room: number = readable,
): ReadonlySet<string> {
  const isOneRule = ({ items }: Region): boolean =>
    items.some((item) => "node" in item && nodes.get(item.node)?.op === "call");
  const open = new Set<string>();
  let count = top.length;
  let level = top;
  while (true) {
    const regions = level
      .flatMap((item) => ("region" in item ? [byKey.get(item.region)!] : []))
      .filter((region) => !isOneRule(region));
    const inner = regions.flatMap(({ items }) => items);
    count += inner.length - regions.length;
    if (
      regions.length === 0 ||
      count > room ||
      inner.some((item) => "region" in item && isPiece(byKey.get(item.region)!))
    )
      return open;
    for (const { key } of regions) open.add(key);
    level = inner;
  }
}

/** All nodes of a region, those of its inner regions included. */
export function nodesIn(key: string, byKey: ReadonlyMap<string, Region>): number[] {
  return byKey
    .get(key)!
    .items.flatMap((item) => ("node" in item ? [item.node] : nodesIn(item.region, byKey)));
}

/** What is seen with these regions open. */
export function seenWith(graph: ShownGraph, regions: Regions, open: ReadonlySet<string>): Seen {
  const { top, byKey, of } = regions;
  const inside = new Map<string, readonly SeenName[]>();
  const names = (items: readonly Item[]): SeenName[] =>
    items.map((item) => {
      if ("node" in item) return `n${item.node}`;
      if (open.has(item.region)) inside.set(item.region, names(byKey.get(item.region)!.items));
      return item.region;
    });
  const seenAs = new Map<number, SeenName>();
  const nameOf = (node: number): SeenName => {
    const known = seenAs.get(node);
    if (known !== undefined) return known;
    const name = ancestors(of.get(node), byKey).findLast((key) => !open.has(key)) ?? `n${node}`;
    seenAs.set(node, name);
    return name;
  };
  const edges = new Map<string, readonly [SeenName, SeenName]>();
  for (const [from, to] of graph.edges) {
    const [a, b] = [nameOf(from), nameOf(to)];
    if (a !== b) edges.set(`${a} ${b}`, [a, b]);
  }
  return { top: names(top), inside, edges: [...edges.values()], nameOf };
}

/** The regions that have to be open for a node to be seen by itself. */
export function toSee(node: number, { byKey, of }: Regions): string[] {
  return ancestors(of.get(node), byKey);
}
