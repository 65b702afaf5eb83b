// Matrix cases of functions that look up, select and scatter.

import type { Tensor } from "../../../src/ir/tensor.ts";
import { constant, tensor } from "../../../src/ops/leaf.ts";
import { index } from "../composition.ts";
import type { MatrixCase } from "../matrix.ts";

const places = (data: number[][]): Tensor => tensor(data, { dtype: "int32" });
const mask = tensor([
  [true, false, true],
  [false, true, true],
]);

export const indexing: readonly MatrixCase[] = [
  ["take", (x) => x.take(constant(Int32Array.of(2, 0, 2, 1), [2, 2])), [3, 2]],
  ["indexSelect", (x) => x.indexSelect(1, index(2, 2, 0)), [2, 3]],
  ["indexAdd", (x, s) => x.indexAdd(0, index(1, 1), s), [3, 2], [2, 2]],
  ["indexAdd with alpha", (x, s) => x.indexAdd(0, index(1, 1), s, { alpha: 2 }), [3, 2], [2, 2]],
  ["takeAlong", (x) => x.takeAlong(constant(Int32Array.of(1, 0), [1, 2]), 1), [3, 2]],
  ["index by places", (x) => x.index([null, [0, 2, 2]]), [2, 3]],
  ["index by places on two axes", (x) => x.index([[0, -1], [1, 0], { step: 2 }]), [3, 2, 3]],
  ["index by places that are apart", (x) => x.index([[1, 0], null, [[2], [0]]]), [2, 2, 3]],
  ["index by a mask", (x) => x.index([mask]), [2, 3, 2]],
  ["indexPut", (x, v) => x.indexPut([[0, 2], { start: 1 }], v), [3, 3], [2]],
  ["indexPut with repetition", (x, v) => x.indexPut([[1, 1, 0]], v), [3, 2], [3, 2]],
  ["indexPut of a part", (x, v) => x.indexPut([{ step: -2 }, 1], v), [4, 3], [2]],
  ["indexPut that adds", (x, v) => x.indexPut([[1, 1]], v, { accumulate: true }), [3, 2], [2, 2]],
  ["indexPut that adds to a part", (x, v) => x.indexPut([1], v, { accumulate: true }), [3, 2], [2]],
  ["indexPut under a mask", (x, v) => x.indexPut([mask], v), [2, 3], []],
  ["scatter", (x, s) => x.scatter(places([[0, 2, 0]]), 0, s), [3, 4], [1, 3]],
  ["scatter with repetition", (x, s) => x.scatter(index(1, 1, 0), 0, s), [3], [3]],
  ["scatter that adds", (x, s) => x.scatter(index(1, 1), 0, s, { reduce: "add" }), [3], [2]],
  ["gather of fewer rows", (x) => x.gather(places([[3, 0]]), 1), [2, 4]],
  ["indexCopy", (x, s) => x.indexCopy(1, index(2, 0), s), [2, 3], [2, 2]],
  ["indexFill", (x, v) => x.indexFill(0, index(2, 2), v), [3, 2], []],
  ["maskedScatter", (x, s) => x.maskedScatter(mask, s), [2, 3], [5]],
  ["maskedSelect", (x) => x.maskedSelect(mask), [2, 3]],
  ["unique", (x) => x.unique().values.square(), [2, 3]],
  ["bincount", (w) => index(0, 2, 2).bincount(3, { weights: w }), [3]],

  ["scatterAdd", (s) => s.scatterAdd(index(1, 1, 0), 0, 3), [3]],
  ["nonzero", (x) => x.relu().nonzero(), [2, 3]],
  ["unravelIndex", () => index(5, 0, 3).unravelIndex([2, 3])],
  ["fillDiagonal", (x) => x.fillDiagonal(7), [3, 4]],
  ["scatterReduce by mean", (x, s) => x.scatterReduce(index(1, 1, 0), 0, s, "mean"), [3], [3]],
  [
    "scatterReduce by the largest",
    (x, s) => x.scatterReduce(index(1, 1, 0), 0, s, "amax"),
    [3],
    [3],
  ],
];
