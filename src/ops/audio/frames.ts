// A signal cut into overlapping frames, and frames laid over one another again. Both are made of as many shifted copies as
// frames overlap; each is the other's derivative.

import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";

/** Frames of `size` elements, one every `hop`. Shape: `[..., n] → [..., 1 + ⌊(n − size) / hop⌋, size]`. */
export function framed(x: Tensor, size: number, hop: number): Tensor {
  const batch = x.shape.slice(0, -1);
  const count = 1 + Math.floor((x.shape[x.rank - 1] - size) / hop);
  const overlap = Math.ceil(size / hop);
  const blocks = resized(x, (count - 1 + overlap) * hop).reshape([
    ...batch,
    count - 1 + overlap,
    hop,
  ]);
  const shifted = Array.from({ length: overlap }, (_, q) => {
    return blocks.slice([...batch.map(() => null), { start: q, end: q + count }]);
  });
  return resized(concatenate(shifted, -1), size);
}

/** Sums frames, one every `hop`, where they overlap. Shape: `[..., frames, size] → [..., (frames − 1) hop + size]`. */
export function overlapped(frames: Tensor, hop: number): Tensor {
  const batch = frames.shape.slice(0, -2);
  const [count, size] = frames.shape.slice(-2);
  const overlap = Math.ceil(size / hop);
  const blocks = resized(frames, overlap * hop).reshape([...batch, count, overlap, hop]);
  const none = batch.map(() => [0, 0] as const);
  const shifted = Array.from({ length: overlap }, (_, q) => {
    return blocks.select(-2, q).pad([...none, [q, overlap - 1 - q], [0, 0]]);
  });
  const sum = shifted.reduce((a, b) => a.add(b));
  return resized(sum.reshape([...batch, (count - 1 + overlap) * hop]), (count - 1) * hop + size);
}

/** Cuts the last axis to a length, or pads it with zeros. */
function resized(x: Tensor, length: number): Tensor {
  const more = length - x.shape[x.rank - 1];
  if (more === 0) return x;
  const before = x.shape.slice(0, -1);
  if (more < 0) return x.slice([...before.map(() => null), { end: length }]);
  return x.pad([...before.map(() => [0, 0] as const), [0, more]]);
}
