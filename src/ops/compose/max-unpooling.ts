// The partial inverse of max pooling: elements go back to where pooling found them, zeros elsewhere.

import { ChainruleError } from "../../core/errors.ts";
import { sameShape, showShape, sizeOf } from "../../core/shape.ts";
import { record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { checkIndices, scatterOp } from "../gather.ts";
import { checkPoolInput, type PerAxis, perAxis } from "./convolution-checks.ts";

/** Options of max unpooling. */
export interface MaxUnpoolOptions {
  /** As in pooling; default: the kernel's size. */
  readonly stride?: PerAxis;
  /** As in pooling; default 0. */
  readonly padding?: PerAxis;
  /** Lengths of the output; default `(n − 1)·stride − 2·padding + kernel`, since pooling rounds down. */
  readonly size?: PerAxis;
}

/** As `maxUnpool2d`, of sequences. Shape: `[B, C, L'] → [B, C, L]`. */
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernel: PerAxis,
  options: MaxUnpoolOptions = {},
): Tensor {
  return maxUnpool("maxUnpool1d", 1, x, indices, kernel, options);
}

/**
 * Puts elements where `maxPool2dWithIndex` found them: `y[indices[i]] = x[i]` in each image, counted row by row, and 0
 * elsewhere. Of several for one place the last stays. Shape: `[B, C, H', W'], int32 [B, C, H', W'] → [B, C, H, W]`.
 */
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernel: PerAxis,
  options: MaxUnpoolOptions = {},
): Tensor {
  return maxUnpool("maxUnpool2d", 2, x, indices, kernel, options);
}

/** As `maxUnpool2d`, of volumes. Shape: `[B, C, D', H', W'] → [B, C, D, H, W]`. */
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernel: PerAxis,
  options: MaxUnpoolOptions = {},
): Tensor {
  return maxUnpool("maxUnpool3d", 3, x, indices, kernel, options);
}

function maxUnpool(
  op: string,
  rank: number,
  x: Tensor,
  indices: Tensor,
  kernel: PerAxis,
  options: MaxUnpoolOptions,
): Tensor {
  checkPoolInput(op, rank, x);
  const window = perAxis(op, "kernel", kernel, rank);
  const stride = perAxis(op, "stride", options.stride ?? window, rank);
  const padding = perAxis(op, "padding", options.padding ?? 0, rank, 0);
  const least = window.map((k, axis) => {
    return (x.shape[axis + 2] - 1) * stride[axis] - 2 * padding[axis] + k;
  });
  const lengths = perAxis(op, "size", options.size ?? least, rank);
  if (!sameShape(indices.shape, x.shape)) throw misfit(op, x, indices);
  const rows = [x.shape[0] * x.shape[1], sizeOf(x.shape.slice(2))];
  const size = sizeOf(lengths);
  const places = checkIndices(op, indices, size).reshape(rows);
  const image = record(scatterOp, [x.reshape(rows), places], { axis: 1, size });
  return image.reshape([...x.shape.slice(0, 2), ...lengths]);
}

function misfit(op: string, x: Tensor, indices: Tensor): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `needs an index for each element; received ${showShape(x.shape)} and indices ${showShape(indices.shape)}`,
    fix: "Pass the indices that pooling gave with the values.",
    detail: { shape: x.shape, indices: indices.shape },
  });
}
