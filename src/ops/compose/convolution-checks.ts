// What can be wrong with the arguments of a convolution or of a pooling, each said with what was received and what to do.

import { ChainruleError } from "../../core/errors.ts";
import { type Shape, showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { type Geometry, outputLengths } from "./correlation.ts";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

/** One number per spatial axis, each a whole number ≥ `least`. */
export function perAxis(
  op: string,
  name: string,
  value: PerAxis,
  rank: number,
  least = 1,
): number[] {
  const list = Array.isArray(value) ? [...value] : Array<number>(rank).fill(value as number);
  if (list.length === rank && list.every((n) => Number.isInteger(n) && n >= least)) return list;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a whole number ≥ ${least}, or ${rank} of them; received ${shown(value)}`,
    fix: `Pass one for all spatial axes or one for each of the ${rank}.`,
    detail: { [name]: value },
  });
}

/** An argument in a message; unlike in JSON, NaN and infinities are told apart. */
function shown(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(shown).join(", ")}]` : String(value);
}

/** Checks that there is a pair of whole numbers ≥ 0 for each axis; `given` is what the caller wrote. */
export function checkPadding(
  op: string,
  given: unknown,
  pairs: readonly (readonly [number, number])[],
  rank: number,
): void {
  const whole = pairs.every(
    (pair) => pair?.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0),
  );
  if (pairs.length === rank && whole) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `padding ${JSON.stringify(given)} does not fit ${rank} spatial axes`,
    fix: 'Pass one whole number ≥ 0 for all axes, one number or [before, after] for each, "same" or "valid".',
    detail: { padding: given },
  });
}

/** Checks that there is one bias per output channel. */
export function checkBias(op: string, y: Tensor, bias: Tensor): void {
  const channels = y.shape[1];
  if (bias.rank === 1 && bias.size === channels) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `a bias of shape ${showShape(bias.shape)} does not fit ${channels} output channels`,
    fix: `Pass a bias of shape [${channels}].`,
    detail: { bias: bias.shape, channels },
  });
}

/** Checks the numbers of axes. */
export function checkRanks(op: string, rank: number, x: Tensor, weight: Tensor): void {
  if (x.rank === rank + 2 && weight.rank === rank + 2) return;
  const space = ["L", "H, W", "D, H, W"][rank - 1];
  const [outer, inner] = op.startsWith("convTranspose") ? ["C", "O/groups"] : ["O", "C/groups"];
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes an input [B, C, ${space}] and a weight [${outer}, ${inner}, …kernel of ${rank}]; received ${showShape(x.shape)} and ${showShape(weight.shape)}`,
    fix:
      x.rank === rank + 1
        ? "Give a single image a batch axis with .unsqueeze(0)."
        : "Reshape them.",
    detail: { shapes: [x.shape, weight.shape] },
  });
}

/** Checks that the channels of the input, the weight and the groups agree. */
export function checkChannels(op: string, x: Tensor, weight: Tensor, groups: number): void {
  const [, channels] = x.shape;
  const [outputs, perGroup] = weight.shape;
  checkGroups(op, groups, { "input channels": channels, "output channels": outputs });
  if (channels === perGroup * groups) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the input has ${channels} channels and the weight is for ${perGroup * groups}: ${showShape(x.shape)} with ${showShape(weight.shape)}${groups === 1 ? "" : ` in ${groups} groups`}`,
    fix: "Channels are axis 1 of the input [B, C, …] and, divided by the groups, axis 1 of the weight; permute channels-last images.",
    detail: { shapes: [x.shape, weight.shape], groups },
  });
}

/** The same for a transposed convolution, whose weight has the input's channels first. */
export function checkTransposedChannels(
  op: string,
  x: Tensor,
  weight: Tensor,
  groups: number,
): void {
  const [, channels] = x.shape;
  checkGroups(op, groups, { "input channels": channels });
  if (channels === weight.shape[0]) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the input has ${channels} channels and the weight is for ${weight.shape[0]}: ${showShape(x.shape)} with ${showShape(weight.shape)}`,
    fix: "The weight of a transposed convolution is [C, O/groups, …kernel], with C the channels of the input.",
    detail: { shapes: [x.shape, weight.shape] },
  });
}

function checkGroups(op: string, groups: number, channels: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(channels)) {
    if (Number.isInteger(groups) && groups >= 1 && count % groups === 0) continue;
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op,
      problem: `${groups} groups do not divide ${count} ${name}`,
      fix: "Choose a number of groups that divides both the input's and the output's channels.",
      detail: { groups, [name]: count },
    });
  }
}

/** Checks that the padded input holds at least one window. */
export function checkFits(op: string, input: Shape, geometry: Geometry): void {
  const { kernel, dilation, padding, lengths } = geometry;
  const misfit = outputLengths(geometry).findIndex((n) => n < 1);
  if (misfit < 0) return;
  const span = (kernel[misfit] - 1) * dilation[misfit] + 1;
  const [before, after] = padding[misfit];
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the kernel spans ${span} and the padded input only ${lengths[misfit] + before + after} along axis ${misfit + 2} of ${showShape(input)}`,
    fix: "Use a smaller kernel or dilation, more padding, or larger images.",
    detail: { input, kernel, dilation, padding },
  });
}

/** Checks that a transposed convolution has an output. */
export function checkOutput(
  op: string,
  input: Shape,
  { lengths, kernel, padding }: Geometry,
): void {
  if (lengths.every((n) => n >= 1)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `the output of ${showShape(input)} would have lengths ${showShape(lengths)}`,
    fix: "Use less padding or a larger kernel.",
    detail: { input, kernel, padding },
  });
}

/** Checks that the output padding only chooses among the lengths that the stride leaves open. */
export function checkExtra(op: string, extra: readonly number[], stride: readonly number[]): void {
  if (extra.every((n, k) => n < stride[k])) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `outputPadding ${showShape(extra)} is not below the stride ${showShape(stride)}`,
    fix: "It chooses among the output lengths that convolve to the same input, of which there are as many as the stride.",
    detail: { outputPadding: extra, stride },
  });
}

/** The error of padding "same" with a stride. */
export function sameNeedsStride1(op: string, stride: readonly number[]): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `padding "same" needs stride 1; received ${showShape(stride)}`,
    fix: "Give the padding as numbers.",
    detail: { stride },
  });
}

/** Checks that an image to be pooled has a batch and a channel axis before its space. */
export function checkPoolInput(op: string, rank: number, x: Tensor): void {
  if (x.rank === rank + 2) return;
  const space = ["L", "H, W", "D, H, W"][rank - 1];
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes an input [B, C, ${space}]; received ${showShape(x.shape)}`,
    fix:
      x.rank === rank + 1 ? "Give a single image a batch axis with .unsqueeze(0)." : "Reshape it.",
    detail: { shape: x.shape },
  });
}

/** Checks that every window holds an element of the image. */
export function checkPoolPadding(
  op: string,
  padding: readonly number[],
  kernel: readonly number[],
): void {
  if (padding.every((n, k) => 2 * n <= kernel[k])) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `padding ${showShape(padding)} is more than half the kernel ${showShape(kernel)}`,
    fix: "Windows wholly in the padding have no elements; pad less.",
    detail: { padding, kernel },
  });
}
