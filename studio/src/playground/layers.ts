// The layers that blocks stand for, with every size filled in: one list from which the worker builds the model and from
// which each export is written, so that they cannot differ.

import type { Activation, Block, Pooling } from "./description.ts";

/** One layer with its sizes. */
export type LayerFacts =
  | { readonly kind: "linear"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "conv"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "batchNorm"; readonly channels: number; readonly image: boolean }
  | { readonly kind: "activation"; readonly name: Exclude<Activation, "none"> }
  | { readonly kind: "pool"; readonly name: Exclude<Pooling, "none"> }
  | { readonly kind: "dropout"; readonly p: number }
  | { readonly kind: "flatten" };

/** The layers, and which of them ends each block and the model. */
export interface Layers {
  readonly layers: readonly LayerFacts[];
  /** For each block the index of its activation, or of what stands for it; at the end the index of the last layer. */
  readonly ends: readonly number[];
  /** Shape of what each block gives, of one record. */
  readonly shapes: readonly (readonly number[])[];
}

/** Side of convolutions' kernels; the input is padded so that images keep their size. */
export const kernel = 3;

/** Fills in sizes. `shape` is that of a record: `[features]` or `[channels, height, width]`. */
export function layersOf(
  blocks: readonly Block[],
  shape: readonly number[],
  outputs: number,
): Layers {
  const layers: LayerFacts[] = [];
  const ends: number[] = [];
  const shapes: (readonly number[])[] = [];
  let size = shape;
  const flat = (): void => {
    if (size.length === 1) return;
    layers.push({ kind: "flatten" });
    size = [size.reduce((n, length) => n * length, 1)];
  };
  for (const block of blocks) {
    if (block.kind === "dense" || size.length === 1) {
      flat();
      layers.push({ kind: "linear", inputs: size[0], outputs: block.width });
      size = [block.width];
    } else {
      layers.push({ kind: "conv", inputs: size[0], outputs: block.width });
      size = [block.width, size[1], size[2]];
    }
    const image = size.length > 1;
    if (block.batchNorm) layers.push({ kind: "batchNorm", channels: block.width, image });
    if (block.activation !== "none") layers.push({ kind: "activation", name: block.activation });
    ends.push(layers.length - 1);
    if (image && block.pool !== "none" && size[1] > 1) {
      layers.push({ kind: "pool", name: block.pool });
      size = [size[0], size[1] >> 1, size[2] >> 1];
    }
    if (block.dropout > 0) layers.push({ kind: "dropout", p: block.dropout });
    shapes.push(size);
  }
  flat();
  layers.push({ kind: "linear", inputs: size[0], outputs });
  ends.push(layers.length - 1);
  return { layers, ends, shapes };
}
