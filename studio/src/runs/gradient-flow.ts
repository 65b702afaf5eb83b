// What the sizes of gradients say about how they flow: whether they vanish or explode between the last layer and the first,
// and over which powers of ten they are drawn.

import type { Series } from "./series.ts";

/** Ratios of the first layer's gradient to the last one's from which on it vanishes or explodes, as in `diagnose`. */
const [vanishing, exploding] = [1e-4, 1e3];
/** Norm from which on a gradient is too large in any case, as in `diagnose`. */
const large = 1e3;
/** Newest values whose median counts. */
const newest = 16;
/** Powers of ten that the colours span, at least and at most. */
const [fewest, most] = [3, 12];

/** How the gradient comes from the last layer with weights to the first. */
export interface Flow {
  readonly kind: "vanishes" | "explodes" | "large" | "arrives" | "none";
  readonly first: string;
  readonly last: string;
  /** Norms at the first and the last layer, in the newest steps. */
  readonly norms: readonly [first: number, last: number];
}

/** Judges norms by path, which are in the order from input to output; undefined where there are no two layers. */
export function flowOf(gradients: ReadonlyMap<string, Series>): Flow | undefined {
  const weights = [...gradients].filter(([path, { size }]) => size > 0 && isWeight(path));
  if (weights.length < 2) return undefined;
  const [first, from] = weights[0];
  const [last, to] = weights.at(-1)!;
  const norms = [recent(from), recent(to)] as const;
  return { kind: kindOf(...norms), first, last, norms };
}

/** Biases and other vectors say less of a layer than its weights. */
export function isWeight(path: string): boolean {
  return /weight/.test(path);
}

function kindOf(first: number, last: number): Flow["kind"] {
  if (first === 0 && last === 0) return "none";
  if (first / last < vanishing) return "vanishes";
  if (first / last > exploding) return "explodes";
  return Math.max(first, last) > large ? "large" : "arrives";
}

/** The median of the newest values: one batch says little. */
export function recent({ values }: Series): number {
  const few = values.slice(-newest).sort();
  return few[few.length >> 1];
}

/** Powers of ten between which all values lie. */
export interface Decades {
  readonly from: number;
  readonly to: number;
}

/** The powers of ten that hold some norms; of those that are spread very far, the upper ones. */
export function decadesOf(all: readonly Series[]): Decades {
  let [least, greatest] = [Number.POSITIVE_INFINITY, 0];
  for (const { values } of all)
    for (const value of values) {
      if (value > 0 && value < least) least = value;
      if (value > greatest) greatest = value;
    }
  if (greatest === 0) return { from: -fewest, to: 0 };
  const to = Math.ceil(Math.log10(greatest));
  const from = Math.min(Math.floor(Math.log10(least)), to - fewest);
  return { from: Math.max(from, to - most), to };
}
