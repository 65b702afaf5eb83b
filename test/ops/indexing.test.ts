// Indexing: general indexing read and written, places along one axis, masks, diagonals, sorted search, counting. Values are
// PyTorch 2.x's.

import { describe, expect, test } from "vitest";
import { gradients } from "../../src/autodiff/grad.ts";
import { compile } from "../../src/index.ts";
import { installEngine } from "../../src/ir/engine.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { histogram } from "../../src/ops/compose/counting.ts";
import { blockDiag } from "../../src/ops/compose/diagonal.ts";
import type { Index } from "../../src/ops/compose/general-indexing.ts";
import type { ScatterReduction } from "../../src/ops/compose/scatter-reduce.ts";
import { constant, iota, tensor } from "../../src/ops/leaf.ts";
import { eagerEngine } from "../../src/runtime/engine.ts";
import { type Case, f64, index, testCases, testRefusals, testValues } from "./composition.ts";
import { numbers } from "./run.ts";

installEngine(eagerEngine); // masks are read

const nan = Number.NaN;
const places = (data: number[][]): Tensor => tensor(data, { dtype: "int32" });
const mask = tensor([
  [true, false, true],
  [false, true, true],
]);

const twice = places([
  [0, 0, 1, 0],
  [2, 2, 2, 0],
]);

testCases([
  ...(["sum", "mean", "amax", "amin"] as const).flatMap((reduce): Case[] =>
    [true, false].map((includeSelf) => [
      `scatterReduce by ${reduce} ${includeSelf ? "with" : "without"} what was there`,
      (t, s) => t.scatterReduce(twice, 1, s, reduce, { includeSelf }),
      [2, 3],
      [2, 4],
    ]),
  ),
]);

const cube = iota([3, 4, 5], 0)
  .mul(20)
  .add(iota([3, 4, 5], 1).mul(5))
  .add(iota([3, 4, 5], 2));

/** Items, and the elements of a cube that holds 0 … 59. */
const taken: readonly [string, readonly Index[], readonly number[], readonly number[]][] = [
  ["one list", [null, null, [4, 0]], [3, 4, 2], []],
  [
    "two lists",
    [
      [0, -1],
      [1, 2],
    ],
    [2, 5],
    [5, 6, 7, 8, 9, 50, 51, 52, 53, 54],
  ],
  ["lists that are apart", [[0, 1], { end: 2 }, [1, 2]], [2, 2], [1, 6, 22, 27]],
  ["lists that broadcast", [0, [[0], [1]], [1, 2]], [2, 2], [1, 2, 6, 7]],
  ["a number before lists", [1, [1, 2], [0, 3]], [2], [25, 33]],
  ["dots", ["...", { start: 3 }, [0]], [3, 1, 1], [15, 35, 55]],
  ["steps", [{ step: -2 }, -1, { start: 1, end: 4, step: 2 }], [2, 2], [56, 58, 16, 18]],
  ["a mask", [[true, false, true], 0, 0], [2], [0, 40]],
  ["a mask of two axes", [cube.select(2, 0).equal(25)], [1, 5], [25, 26, 27, 28, 29]],
  ["a tensor", [2, constant(Int32Array.of(3), []), 1], [], [56]],
  ["a typed array", [Int32Array.of(1), 0, Int32Array.of(2)], [1], [22]],
  ["nothing", [[]], [0, 4, 5], []],
];

describe.each(taken)("index by %s", (_name, items, shape, values) => {
  test("takes what PyTorch takes", () => {
    const y = cube.index(items);
    expect(y.shape).toEqual([...shape]);
    if (values.length > 0) expect(numbers(y)).toEqual([...values]);
  });

  test("writes where it reads", () => {
    const all = cube.index(items);
    const put = numbers(cube.indexPut(items, all.neg().sub(1)));
    const read = new Set(numbers(all));
    expect(put).toEqual(put.map((_, k) => (read.has(k) ? -k - 1 : k)));
    const added = numbers(cube.indexPut(items, 100, { accumulate: true }));
    expect(added).toEqual(added.map((_, k) => (read.has(k) ? k + 100 : k)));
  });
});

test("places that are known only when a compiled function runs count from the end too", () => {
  const f = compile((x: Tensor, rows: Tensor, columns: Tensor) => x.index([rows, columns]));
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  expect(f(x, index(0, -1, 1), index(1, -2, 0)).toArraySync()).toEqual([2, 5, 3]);
  expect(f(x, index(0, 3, -4), index(-3, 0, 0)).toArraySync()).toEqual([nan, nan, nan]);
});

test("of several values for one place the last stays", () => {
  const x = f64([0, 0, 0]);
  expect(numbers(x.indexPut([[1, 1, 0, 1]], f64([1, 2, 3, 4])))).toEqual([3, 4, 0]);
  const long = Int32Array.from({ length: 1000 }, (_, k) => k % 3);
  const values = constant(Float64Array.from(long.keys()), [1000]);
  expect(numbers(x.scatter(constant(long, [1000]), 0, values))).toEqual([999, 997, 998]);
});

const x = f64([
  [1, 2, 3],
  [4, 5, 6],
]);
const four = f64([1, 5, 3, 4]);
const reduced = (reduce: ScatterReduction, includeSelf: boolean): Tensor =>
  four.scatterReduce(index(0, 0, 1, 0, 2), 0, f64([7, 7, 5, -1, 1]), reduce, { includeSelf });

test("ties of scatterReduce share the gradient", () => {
  const source = f64([7, 7, 5, -1, 1]);
  const y = four.scatterReduce(index(0, 0, 1, 0, 2), 0, source, "amax");
  const [g, gSource] = gradients(y.mul(f64([1, 2, 3, 4])).sum(), [four, source]);
  expect(numbers(g)).toEqual([0, 1, 3, 4]);
  expect(numbers(gSource)).toEqual([0.5, 0.5, 1, 0, 0]);
});

const sorted = f64([1, 3, 3, 5, 7]);
const sought = f64([
  [0, 1, 3],
  [4, 7, 9],
]);
const repeated = f64([
  [3, 1, 3],
  [2, 1, nan],
]);
const square = iota([3, 4], 0)
  .mul(4)
  .add(iota([3, 4], 1));

testValues([
  [
    "scatter",
    f64([
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]).scatter(
      places([
        [0, 1, 2, 0, 0],
        [2, 0, 0, 1, 2],
      ]),
      0,
      f64([
        [1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10],
      ]),
    ),
    [1, 7, 8, 4, 5, 0, 2, 0, 9, 0, 6, 0, 3, 0, 10],
  ],
  ["scatter of a number", f64([[0, 0, 0, 0]]).scatter(places([[2]]), 1, 1.25), [0, 0, 1.25, 0]],
  ["scatter that adds", f64([2, 2]).scatter(index(1), 0, 1, { reduce: "add" }), [2, 3]],
  [
    "gather",
    square.gather(
      places([
        [3, 0],
        [1, 1],
      ]),
      1,
    ),
    [3, 0, 5, 5],
  ],
  ["indexFill", square.indexFill(0, index(0, 2), -1), [-1, -1, -1, -1, 4, 5, 6, 7, -1, -1, -1, -1]],
  ["maskedSelect", square.maskedSelect(square.remainder(5).equal(0)), [0, 5, 10]],
  [
    "maskedSelect of a row",
    square.maskedSelect(tensor([true, false, false, true])),
    [0, 3, 4, 7, 8, 11],
  ],
  [
    "nonzero",
    f64([
      [1, 0, 2],
      [0, 3, 0],
    ]).nonzero(),
    [0, 0, 0, 2, 1, 1],
  ],
  [
    "maskedScatter",
    f64([
      [0, 0, 0],
      [0, 0, 0],
    ]).maskedScatter(mask, f64([1, 2, 3, 4, 5])),
    [1, 0, 2, 0, 3, 4],
  ],
  [
    "indexPut under a mask",
    square.indexPut([square.less(9)], 0),
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 11],
  ],
  [
    "diagonal",
    cube.slice([{ end: 2 }, { end: 3 }, { end: 4 }]).diagonal({ offset: 1, axis1: 1, axis2: 2 }),
    [1, 7, 13, 21, 27, 33],
  ],
  ["diagonal of the first axes", cube.diagonal().slice([{ end: 2 }]), [0, 25, 50, 1, 26, 51]],
  ["fillDiagonal", x.fillDiagonal(0), [0, 2, 3, 4, 0, 6]],
  ["diagEmbed", f64([1, 2]).diagEmbed({ offset: -1 }), [0, 0, 0, 1, 0, 0, 0, 2, 0]],
  [
    "blockDiag",
    blockDiag([f64([[1, 2]]), f64([3]), f64([[5], [6]])]),
    [1, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0, 0, 0, 6],
  ],
  ["scatterReduce by sum", reduced("sum", true), [14, 10, 4, 4]],
  ["scatterReduce by sum alone", reduced("sum", false), [13, 5, 1, 4]],
  ["scatterReduce by mean", reduced("mean", true), [3.5, 5, 2, 4]],
  ["scatterReduce by mean alone", reduced("mean", false), [13 / 3, 5, 1, 4]],
  ["scatterReduce by amax", reduced("amax", true), [7, 5, 3, 4]],
  ["scatterReduce by amax alone", reduced("amax", false), [7, 5, 1, 4]],
  ["scatterReduce by amin", reduced("amin", true), [-1, 5, 1, 4]],
  ["values of unique", repeated.unique().values, [1, 2, 3, nan]],
  ["inverse of unique", repeated.unique().inverse, [2, 0, 2, 1, 0, 3]],
  ["counts of unique", repeated.unique().counts, [2, 1, 2, 1]],
  ["rows of unravelIndex", index(4, 1, 5).unravelIndex([3, 2])[0], [2, 0, 2]],
  ["columns of unravelIndex", index(4, 1, 5).unravelIndex([3, 2])[1], [0, 1, 1]],
  ["searchSorted", sorted.searchSorted(sought), [0, 0, 1, 3, 4, 5]],
  ["searchSorted to the right", sorted.searchSorted(sought, { right: true }), [0, 1, 3, 3, 5, 5]],
  ["searchSorted of a number", sorted.searchSorted(3), [1]],
  [
    "searchSorted in rows",
    f64([
      [1, 3, 5],
      [2, 4, 6],
    ]).searchSorted(
      f64([
        [3, 6],
        [3, 6],
      ]),
    ),
    [1, 3, 1, 2],
  ],
  ["searchSorted in nothing", f64([]).searchSorted(f64([1])), [0]],
  ["bucketize", index(3, 6, 9).bucketize(index(1, 3, 5, 7, 9)), [1, 3, 4]],
  [
    "bucketize to the right",
    index(3, 6, 9).bucketize(index(1, 3, 5, 7, 9), { right: true }),
    [2, 3, 5],
  ],
  ["bincount", index(0, 2, 2, 5, 9, -1).bincount(6), [1, 0, 2, 0, 0, 1]],
  [
    "bincount with weights",
    index(0, 2, 2).bincount(4, { weights: f64([0.5, 1, 2]) }),
    [0.5, 0, 3, 0],
  ],
  [
    "countNonzero",
    f64([
      [0, 1],
      [2, nan],
    ]).countNonzero({ axis: 1 }),
    [1, 2],
  ],
  ["histogram", histogram(f64([2, 4, 8]), 3).counts, [1, 1, 1]],
  ["edges of histogram", histogram(f64([2, 4, 8]), 3).edges, [2, 4, 6, 8]],
  ["edges around one value", histogram(f64([2, 2]), 2).edges, [1.5, 2, 2.5]],
  [
    "histogram in a range",
    histogram(f64([1, 2, 1, -1, 4, nan]), 4, { min: 0, max: 3 }).counts,
    [0, 2, 1, 0],
  ],
  [
    "histogram by edges",
    histogram(f64([0, 0.5, 1, 2, 2.5, 3, 3.5]), f64([0, 1, 3])).counts,
    [2, 4],
  ],
  [
    "density",
    histogram(f64([1, 2, 1, 0, 3, -1, 4]), 4, { min: 0, max: 3, density: true }).counts,
    [4 / 15, 8 / 15, 4 / 15, 4 / 15],
  ],
]);

testRefusals([
  ["an index of too many axes", () => x.index([0, 0, 0]), "SHAPE_MISMATCH"],
  ["dots twice", () => x.index(["...", "..."]), "SHAPE_MISMATCH"],
  ["a place that does not exist", () => x.index([[2]]), "BAD_ARGUMENT"],
  ["a place before the first", () => x.index([[-3]]), "BAD_ARGUMENT"],
  ["half a place", () => x.index([[0.5]]), "BAD_ARGUMENT"],
  ["places of floats", () => x.index([f64([1])]), "DTYPE_MISMATCH"],
  ["a mask of another shape", () => x.index([[true, false, true]]), "SHAPE_MISMATCH"],
  [
    "a mask of another shape to write",
    () => x.indexPut([[true, false, true]], 0),
    "SHAPE_MISMATCH",
  ],
  [
    "places that do not broadcast",
    () =>
      x.index([
        [0, 1],
        [0, 1, 2],
      ]),
    "SHAPE_MISMATCH",
  ],
  ["values of another shape", () => x.indexPut([0], f64([1, 2])), "SHAPE_MISMATCH"],
  ["gather from outside", () => x.gather(places([[0, 0, 2]]), 0), "BAD_ARGUMENT"],
  ["take from outside", () => x.take(index(-1)), "BAD_ARGUMENT"],
  [
    "scatterAdd to outside",
    () =>
      x.scatterAdd(
        places([
          [0, 0, 2],
          [0, 0, 0],
        ]),
        0,
        2,
      ),
    "BAD_ARGUMENT",
  ],
  ["scatter to outside", () => x.scatter(places([[3]]), 1, 1), "BAD_ARGUMENT"],
  ["takeAlong from outside", () => x.takeAlong(places([[7]]), 1), "BAD_ARGUMENT"],
  ["indexAdd of other slices", () => x.indexAdd(0, index(0), f64([[1, 2]])), "SHAPE_MISMATCH"],
  ["indexCopy to outside", () => x.indexCopy(0, index(2), f64([[1, 2, 3]])), "BAD_ARGUMENT"],
  ["oneHot of a class too many", () => index(0, 3).oneHot(3), "BAD_ARGUMENT"],
  ["diagonal of a vector", () => f64([1]).diagonal(), "SHAPE_MISMATCH"],
  ["searchSorted in other rows", () => x.searchSorted(f64([[1]])), "SHAPE_MISMATCH"],
  ["bucketize by rows", () => x.bucketize(x), "SHAPE_MISMATCH"],
  [
    "scatterReduce by a product",
    () => four.scatterReduce(index(0), 0, f64([1]), "prod" as never),
    "BAD_ARGUMENT",
  ],
  [
    "scatterReduce to outside",
    () => four.scatterReduce(index(4), 0, f64([1]), "amax"),
    "BAD_ARGUMENT",
  ],
  ["bins by the half", () => index(0).bincount(0.5), "BAD_ARGUMENT"],
  ["one edge", () => histogram(x, f64([1])), "SHAPE_MISMATCH"],
  [
    "maskedSelect where the mask is not known",
    () => compile((y: Tensor) => y.maskedSelect(y.greater(0)))(x),
    "VALUE_IN_TRACE",
  ],
  ["unravelIndex beyond the end", () => index(6).unravelIndex([3, 2]), "BAD_ARGUMENT"],
  [
    "unique of what is not known",
    () => compile((y: Tensor) => y.unique().values)(x),
    "VALUE_IN_TRACE",
  ],
  [
    "index by a mask that is not known",
    () => compile((y: Tensor) => y.index([y.greater(0)]))(x),
    "VALUE_IN_TRACE",
  ],
]);
