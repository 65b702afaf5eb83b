// Images as columns of windows and back (PyTorch's `unfold` and `fold`; here `unfold` is the view of windows along one
// axis). Each is the other's derivative.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { checkFits, checkPoolInput, type PerAxis, perAxis } from "./convolution-checks.ts";
import { type Geometry, outputLengths } from "./correlation.ts";
import { fold } from "./fold.ts";

/** How windows run over an image. */
export interface ColumnOptions {
  /** Distance of neighbouring windows; default 1. */
  readonly stride?: PerAxis;
  /** Zeros around the image; default 0. */
  readonly padding?: PerAxis;
  /** Distance of neighbouring places of a window; default 1. */
  readonly dilation?: PerAxis;
}

const columnNames: OptionNames<ColumnOptions> = { stride: true, padding: true, dilation: true };

/** The windows of images as columns, `L` of them, with the channel slowest. Shape: `[B, C, H, W] → [B, C·kh·kw, L]`. */
export function im2col(x: Tensor, kernel: PerAxis, options: ColumnOptions = {}): Tensor {
  checkOptions("im2col", options, columnNames);
  checkPoolInput("im2col", 2, x);
  const geometry = geometryOf("im2col", x.shape.slice(2), kernel, options);
  checkFits("im2col", x.shape, geometry);
  const padded = x.pad([[0, 0], [0, 0], ...geometry.padding]);
  const [batch, channels] = x.shape;
  const [kh, kw] = geometry.kernel;
  const { stride, dilation } = geometry;
  const windows = padded
    .unfold(2, kh, stride[0], dilation[0])
    .unfold(3, kw, stride[1], dilation[1]); // [B, C, H', W', kh, kw]
  const places = windows.shape[2] * windows.shape[3];
  return windows.permute([0, 1, 4, 5, 2, 3]).reshape([batch, channels * kh * kw, places]);
}

/** Adds columns back into images of the given size, each where `im2col` found it. Shape: `[B, C·kh·kw, L] → [B, C, H, W]`. */
export function col2im(
  x: Tensor,
  size: PerAxis,
  kernel: PerAxis,
  options: ColumnOptions = {},
): Tensor {
  checkOptions("col2im", options, columnNames);
  const geometry = geometryOf("col2im", perAxis("col2im", "size", size, 2), kernel, options);
  checkFits("col2im", [1, 1, ...geometry.lengths], geometry);
  const outputs = outputLengths(geometry);
  const [kh, kw] = geometry.kernel;
  checkColumns(x, kh * kw, outputs);
  const channels = x.shape[1] / (kh * kw);
  return fold(geometry, x.reshape([x.shape[0], channels, kh, kw, ...outputs]));
}

function geometryOf(
  op: string,
  lengths: readonly number[],
  kernel: PerAxis,
  options: ColumnOptions,
): Geometry {
  const padding = perAxis(op, "padding", options.padding ?? 0, 2, 0);
  return {
    lengths,
    kernel: perAxis(op, "kernel", kernel, 2),
    stride: perAxis(op, "stride", options.stride ?? 1, 2),
    dilation: perAxis(op, "dilation", options.dilation ?? 1, 2),
    padding: padding.map((n) => [n, n] as const),
    groups: 1,
  };
}

function checkColumns(x: Tensor, places: number, outputs: readonly number[]): void {
  const windows = outputs[0] * outputs[1];
  if (x.rank === 3 && x.shape[1] % places === 0 && x.shape[2] === windows) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "col2im",
    problem: `takes [B, C·${places}, ${windows}], a column for each of ${outputs.join(" × ")} windows; received ${showShape(x.shape)}`,
    fix: "Use the size of the image and the kernel, stride, padding and dilation that im2col had.",
    detail: { shape: x.shape, places, windows },
  });
}
