// Reordering, joining, cutting, padding, and indexing by tensors.

import { concatenate, stack } from "../../../src/index.ts";
import type { Compute, Tensors } from "../entry.ts";

/** The operands x0, x1, … in order. */
export function operands(x: Tensors): Tensors[string][] {
  const names = Object.keys(x).filter((name) => /^x\d+$/.test(name));
  return names.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))).map((name) => x[name]);
}

export const shape: Readonly<Record<string, Compute>> = {
  reshape: ({ x }, a) => x.reshape(a.numbers("shape")),
  flatten: ({ x }, a) => x.flatten(a.number("start_axis"), a.number("end_axis")),
  transpose: ({ x }, a) => x.transpose(a.number("axis0"), a.number("axis1")),
  permute: ({ x }, a) => x.permute(a.numbers("axes")),
  movedim: ({ x }, a) => x.moveAxis(a.number("source"), a.number("destination")),
  broadcast_to: ({ x }, a) => x.broadcastTo(a.numbers("shape")),
  expand: ({ x }, a) => x.expand(a.numbers("shape")),
  squeeze: ({ x }, a) => x.squeeze(a.optional("axis")),
  unsqueeze: ({ x }, a) => x.unsqueeze(a.number("axis")),
  slice: ({ x }, a) => {
    const [starts, ends, steps] = [a.gaps("starts"), a.gaps("ends"), a.numbers("steps")];
    return x.slice(steps.map((step, k) => ({ start: starts[k], end: ends[k], step })));
  },
  select: ({ x }, a) => x.select(a.number("axis"), a.number("index")),
  concat: (x, a) => concatenate(operands(x), a.number("axis")),
  stack: (x, a) => stack(operands(x), a.number("axis")),
  split: ({ x }, a) => x.split(a.numbers("sizes"), a.number("axis")),
  chunk: ({ x }, a) => x.chunk(a.number("chunks"), a.number("axis")),
  unbind: ({ x }, a) => x.unbind(a.number("axis")),
  pad: ({ x }, a) => {
    const mode = a.text("mode") as "constant" | "reflect" | "replicate" | "circular";
    return x.pad(a.pairs("pad"), { mode, value: a.optional("value") });
  },
  flip: ({ x }, a) => x.flip(a.numbers("axes")),
  roll: ({ x }, a) => x.roll(a.numbers("shifts"), a.optionalNumbers("axes")),
  tile: ({ x }, a) => x.tile(a.numbers("reps")),
  repeat: ({ x }, a) => x.repeat(a.numbers("repeats")),
  repeat_interleave: ({ x }, a) => x.repeatInterleave(a.number("repeats"), a.number("axis")),
  gather: ({ x, index }, a) => x.gather(index, a.number("axis")),
  scatter_add: ({ x, index, src }, a) => x.scatter(index, a.number("axis"), src, { reduce: "add" }),
  scatter: ({ x, index, src }, a) => x.scatter(index, a.number("axis"), src),
  index_select: ({ x, index }, a) => x.indexSelect(a.number("axis"), index),
  index_add: ({ x, index, src }, a) => x.indexAdd(a.number("axis"), index, src),
  take_along: ({ x, index }, a) => x.takeAlong(index, a.number("axis")),
  index_pairs: ({ x, i, j }) => x.index([i, j]),
  take_rows: ({ x, index }) => x.take(index),
  tril: ({ x }, a) => x.tril(a.number("diagonal")),
  triu: ({ x }, a) => x.triu(a.number("diagonal")),
  one_hot: ({ ids }, a) => ids.oneHot(a.number("num_classes")),
  diag: ({ x }, a) => x.diag(a.number("offset")),
  masked_fill: ({ x, mask }, a) => x.maskedFill(mask, a.number("value")),
  unfold_axis: ({ x }, a) => x.unfold(a.number("axis"), a.number("size"), a.number("step")),
};

/** Ops whose shapes depend on values. */
export const dynamicShape: Readonly<Record<string, Compute>> = {
  masked_select: ({ x, mask }) => x.maskedSelect(mask),
};
