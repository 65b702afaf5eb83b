// Rewrite: a float32 sum over very many elements is summed in blocks, then the sums of the blocks are. One accumulator
// that takes a million numbers loses up to three digits (its own size swallows theirs); sums of blocks lose none that
// float32 shows. Blocks are windows of the input, so that what is summed is still computed on the way.

import type { Visit } from "../../ir/graph.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { add, reshape, slice, sum, windows } from "./make.ts";

/** Elements of a sum up to which it is taken at once. */
const longest = 16_384;
/** Fewest elements worth a sum of their own. */
const fewest = 32;
/** The length of a block, where no length between the two others divides the axis. */
const block = 512;
const [shortestBlock, longestBlock] = [128, 1024];

/** The same sum in blocks, if it is a long one. */
export const inBlocks: Visit = (tensor, [x]) => {
  const { body } = tensor.definition;
  if (body.kind !== "reduce" || body.combine !== "add" || tensor.dtype !== "float32") return tensor;
  if (tensor.size === 0 || x.size / tensor.size <= longest) return tensor;
  return longSum(x, tensor.attributes.axes as readonly number[]);
};

function longSum(x: Tensor, axes: readonly number[]): Tensor {
  const [outer, ...inner] = axes.filter((axis) => x.shape[axis] > 1);
  const size = (list: readonly number[]): number => list.reduce((n, axis) => n * x.shape[axis], 1);
  if (outer === undefined || size([outer, ...inner]) <= longest) return sum(x, axes);
  if (size(inner) >= fewest) return longSum(longSum(x, inner), [outer]);
  const length = blockOf(x.shape[outer]);
  const blocks = Math.floor(x.shape[outer] / length);
  const sums = sum(windows(x, outer, length), [...inner, x.rank]);
  const whole = longSum(reshape(sums, sums.shape.slice(0, -1)), [outer]);
  const rest = slice(x, outer, blocks * length);
  return rest.size === 0 ? whole : add(whole, sum(rest, [outer, ...inner]));
}

function blockOf(length: number): number {
  for (let n = longestBlock; n >= shortestBlock; n--) if (length % n === 0) return n;
  return block;
}
