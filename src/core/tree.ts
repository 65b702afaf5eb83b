// Trees of values: what compiled functions take and return. Arrays and plain records are branches; anything else is a leaf.

/** The structure of a tree with numbered leaves. */
export type TreeShape =
  | { readonly kind: "leaf"; readonly index: number }
  | { readonly kind: "array"; readonly items: readonly TreeShape[] }
  | {
      readonly kind: "record";
      readonly keys: readonly string[];
      readonly items: readonly TreeShape[];
    };

/** Lists the leaves of a tree in order, and its structure. `isLeaf` may stop early at an array or record. */
export function flattenTree(
  tree: unknown,
  isLeaf: (value: unknown) => boolean = () => false,
): { readonly leaves: unknown[]; readonly shape: TreeShape } {
  const leaves: unknown[] = [];
  const walk = (value: unknown): TreeShape => {
    if (!isLeaf(value)) {
      if (Array.isArray(value)) return { kind: "array", items: value.map(walk) };
      if (isRecord(value)) {
        const keys = Object.keys(value);
        return { kind: "record", keys, items: keys.map((key) => walk(value[key])) };
      }
    }
    leaves.push(value);
    return { kind: "leaf", index: leaves.length - 1 };
  };
  const shape = walk(tree);
  return { leaves, shape };
}

/** Builds a tree of the given structure from leaves. */
export function buildTree(shape: TreeShape, leaves: readonly unknown[]): unknown {
  if (shape.kind === "leaf") return leaves[shape.index];
  const items = shape.items.map((item) => buildTree(item, leaves));
  if (shape.kind === "array") return items;
  return Object.fromEntries(shape.keys.map((key, k) => [key, items[k]]));
}

/** Whether a value is a plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether two trees have one structure. */
export function sameTree(a: TreeShape, b: TreeShape): boolean {
  if (a.kind === "leaf") return b.kind === "leaf" && a.index === b.index;
  if (a.kind !== b.kind || a.items.length !== b.items.length) return false;
  if (a.kind === "record" && b.kind === "record" && !a.keys.every((key, k) => key === b.keys[k])) {
    return false;
  }
  const { items } = b;
  return a.items.every((item, k) => sameTree(item, items[k]));
}
