// What is chosen in the explorer: one element of a node, or a folded layer.

export type Selection =
  | { readonly kind: "node"; readonly node: number; readonly element: number }
  | { readonly kind: "region"; readonly region: string };

/** Chooses an element of a node. */
export type ChooseNode = (node: number, element?: number) => void;
