// The reverse of taking windows: adds what lies under each place of a kernel back into an image. It is written as a sum of
// shifted parts, which compiles to one loop that reads each element once: nothing is scattered, so the order of the
// additions is fixed.

import type { Tensor } from "../../ir/tensor.ts";
import { stack } from "../concatenate.ts";
import { zeros } from "../leaf.ts";
import type { Geometry } from "./correlation.ts";

/**
 * Adds up columns: `x[i·stride + k·dilation − padding] += columns[k, i]`. Elements of x that have one rest modulo the
 * stride get theirs from neighbouring outputs, so the image is made rest by rest. Shape: `[B, C, …kernel, …outputs] →
 * [B, C, …lengths]`.
 */
export function fold(geometry: Geometry, columns: Tensor): Tensor {
  const { lengths, stride } = geometry;
  const counts = lengths.map((n, k) => Math.ceil(n / stride[k]));
  const parts = everyIndex(stride).map((rest) => partOf(geometry, columns, rest, counts));
  if (parts.length === 1) return parts[0];
  const rank = lengths.length;
  const images = columns.shape.slice(0, 2);
  return stack(parts)
    .reshape([...stride, ...images, ...counts])
    .permute([rank, rank + 1, ...lengths.flatMap((_, k) => [rank + 2 + k, k])])
    .reshape([...images, ...counts.map((count, k) => count * stride[k])])
    .slice([null, null, ...lengths.map((end) => ({ end }))]);
}

/** The elements at `i·stride + rest`. Place k of the kernel was over them at output `i + shift` if that is whole. */
function partOf(
  { kernel, stride, dilation, padding }: Geometry,
  columns: Tensor,
  rest: readonly number[],
  counts: readonly number[],
): Tensor {
  const outputs = columns.shape.slice(2 + kernel.length);
  let sum: Tensor | undefined;
  for (const place of everyIndex(kernel)) {
    const shifts = place.map((k, axis) => {
      return (rest[axis] + padding[axis][0] - k * dilation[axis]) / stride[axis];
    });
    if (!shifts.every(Number.isInteger)) continue;
    const shifted = columns
      .slice([null, null, ...place])
      .pad([[0, 0], [0, 0], ...shifts.map((n, k) => [-n, counts[k] + n - outputs[k]] as const)]);
    sum = sum === undefined ? shifted : sum.add(shifted);
  }
  return sum ?? zeros([...columns.shape.slice(0, 2), ...counts], columns.dtype);
}

/** All lists of whole numbers from 0 on, each below its size; the last changes fastest. */
export function everyIndex(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, k) => [...list, k])),
    [[]],
  );
}
