// Moving, cutting, repeating, joining and padding; products by letters and axes; bad arguments of all of them. Values are
// PyTorch 2.x's.

import { expect, test } from "vitest";
import type { Tensor } from "../../src/ir/tensor.ts";
import { einsum } from "../../src/ops/compose/einsum.ts";
import { cartesianProd, columnStack, dstack, hstack } from "../../src/ops/compose/join.ts";
import { concatenate, stack } from "../../src/ops/concatenate.ts";
import { arange, constant, eye, tensor } from "../../src/ops/leaf.ts";
import { f64, index, testRefusals, testValues } from "./composition.ts";
import { numbers } from "./run.ts";

const x = f64([
  [0, 1, 2],
  [3, 4, 5],
]);
const counting = (...shape: number[]): Tensor =>
  arange(
    0,
    shape.reduce((a, b) => a * b, 1),
  ).reshape(shape);

testValues([
  ["rot90", x.rot90(), [2, 5, 1, 4, 0, 3]],
  ["rot90 twice", x.rot90(2), [5, 4, 3, 2, 1, 0]],
  ["rot90 backwards", x.rot90(3), [3, 0, 4, 1, 5, 2]],
  ["rot90 of other axes", counting(2, 2, 3).rot90(1, [2, 1]).select(0, 1), [9, 6, 10, 7, 11, 8]],
  ["fliplr", x.fliplr(), [2, 1, 0, 5, 4, 3]],
  ["flipud", x.flipud(), [3, 4, 5, 0, 1, 2]],
  ["tensorSplit", arange(0, 7).tensorSplit(3)[1], [3, 4]],
  ["tensorSplit at places", arange(0, 7).tensorSplit([1, -2])[2], [5, 6]],
  ["repeatInterleave by a list", index(1, 2, 3).repeatInterleave([2, 0, 1]), [1, 1, 3]],
  ["dstack", dstack([index(1, 2), index(3, 4)]), [1, 3, 2, 4]],
  [
    "columnStack",
    columnStack([index(1, 2), constant(Int32Array.of(3, 4, 5, 6), [2, 2])]),
    [1, 3, 4, 2, 5, 6],
  ],
  ["cartesianProd", cartesianProd([index(1, 2), index(3, 4)]), [1, 3, 1, 4, 2, 3, 2, 4]],
  [
    "cross",
    f64([
      [1, 2, 3],
      [0, 1, 0],
    ]).cross(
      f64([
        [4, 5, 6],
        [1, 0, 0],
      ]),
    ),
    [-3, 6, -3, 0, 0, -1],
  ],
  ["inner", x.inner(x), [5, 14, 14, 50]],
  ["tensordot", counting(2, 3, 4).tensordot(counting(3, 4)), [506, 1298]],
  ["tensordot of pairs", x.tensordot(x, [[0], [0]]), [9, 12, 15, 12, 17, 22, 15, 22, 29]],
  [
    "einsum with ...",
    einsum("...ij,...jk", counting(2, 3, 4), counting(1, 4, 3)),
    [42, 48, 54, 114, 136, 158, 186, 224, 262, 258, 312, 366, 330, 400, 470, 402, 488, 574],
  ],
  [
    "einsum with ... in the middle",
    einsum("i...j,j...->...i", counting(2, 2, 3), counting(3, 2)),
    [10, 46, 40, 94],
  ],
  [
    "einsum that broadcasts",
    einsum(
      "ij,ij->i",
      f64([
        [1, 1, 1],
        [1, 1, 1],
      ]),
      f64([[0], [1]]),
    ),
    [0, 3],
  ],
  ["einsum sorts", einsum("ba", x), [0, 3, 1, 4, 2, 5]],
  ["einsum sorts capitals first", einsum("Ba", x), [0, 1, 2, 3, 4, 5]],
  ["einsum puts ... first", einsum("b...", x), [0, 3, 1, 4, 2, 5]],
  ["einsum of a diagonal with ...", einsum("ii...->...i", counting(2, 2, 3)), [0, 9, 1, 10, 2, 11]],
  [
    "einsum of a chain",
    einsum("ij,jk,kl->il", x, counting(3, 4).cast("float64"), counting(4, 2).cast("float64")),
    [324, 422, 1008, 1304],
  ],
  ["einsum of all", einsum("i,j->", f64([1, 2]), f64([3, 4])), [21]],
  ["arange of floats", arange(0, 1, 0.25), [0, 0.25, 0.5, 0.75]],
  ["arange to an end", arange(3), [0, 1, 2]],
]);

test("triangles and diagonals of a mask are masks", () => {
  const mask = tensor([
    [true, true],
    [false, true],
  ]);
  const made = [mask.tril(), mask.triu(1), mask.fillDiagonal(0), mask.select(0, 0).diag()];
  expect(made.map((x) => x.dtype)).toEqual(["bool", "bool", "bool", "bool"]);
  expect(made.map((x) => numbers(x))).toEqual([
    [1, 0, 0, 1],
    [0, 1, 0, 0],
    [0, 1, 0, 0],
    [1, 0, 0, 1],
  ]);
});

test("einsum multiplies the cheapest pair first", () => {
  const [a, b, c] = [counting(50, 2), counting(2, 50), counting(50, 1)];
  const y = einsum("ij,jk,kl->il", a, b, c);
  expect(y.shape).toEqual([50, 1]);
  const sizes = y.inputs.flatMap((input) => [input.size, ...input.inputs.map((t) => t.size)]);
  expect(Math.max(...sizes)).toBeLessThan(2500);
  expect(numbers(y)).toEqual(numbers(a.matmul(b.matmul(c))));
});

const v = f64([1, 2, 3]);
testRefusals([
  ["rot90 in one axis", () => x.rot90(1, [0, 0]), "SHAPE_MISMATCH"],
  ["half a turn of rot90", () => x.rot90(0.5), "BAD_ARGUMENT"],
  ["chunk into none", () => x.chunk(0), "BAD_ARGUMENT"],
  ["split into pieces of none", () => x.split(0), "BAD_ARGUMENT"],
  ["split with a negative size", () => x.split([-1, 3]), "BAD_ARGUMENT"],
  ["tensorSplit into halves of one", () => x.tensorSplit(0.5), "BAD_ARGUMENT"],
  ["narrow beyond the end", () => x.narrow(1, 2, 2), "BAD_ARGUMENT"],
  ["unflatten that does not fit", () => x.unflatten(1, [2, 2]), "SHAPE_MISMATCH"],
  ["tile by less than none", () => x.tile(-1), "BAD_ARGUMENT"],
  ["repeatInterleave by half", () => x.repeatInterleave(0.5, 0), "BAD_ARGUMENT"],
  ["repeatInterleave by another list", () => x.repeatInterleave([1], 0), "SHAPE_MISMATCH"],
  ["roll by half", () => x.roll(0.5, 0), "BAD_ARGUMENT"],
  ["roll of other axes", () => x.roll([1, 2], [0]), "BAD_ARGUMENT"],
  ["moveAxis to fewer", () => x.moveAxis([0, 1], [0]), "BAD_ARGUMENT"],
  ["moveAxis twice", () => x.moveAxis([0, 0], [0, 1]), "BAD_ARGUMENT"],
  ["expand of a new axis to −1", () => x.expand([-1, 2, 3]), "SHAPE_MISMATCH"],
  ["broadcastTo half a length", () => x.broadcastTo([1.5, 2, 3]), "SHAPE_MISMATCH"],
  ["flatten backwards", () => x.flatten(1, 0), "BAD_ARGUMENT"],
  ["pad by half", () => v.pad([[0.5, 0]]), "BAD_ARGUMENT"],
  ["reflect by half", () => v.pad([[0.5, 0]], { mode: "reflect" }), "SHAPE_MISMATCH"],
  ["pad in an unknown mode", () => v.pad([[1, 1]], { mode: "wrap" as never }), "BAD_ARGUMENT"],
  ["slice from half", () => x.slice([{ start: 0.5 }]), "BAD_ARGUMENT"],
  ["slice to NaN", () => x.slice([{ end: Number.NaN }]), "BAD_ARGUMENT"],
  ["diag half above", () => x.diag(0.5), "BAD_ARGUMENT"],
  ["outer of a matrix", () => x.outer(v), "SHAPE_MISMATCH"],
  ["tensordot of other lengths", () => x.tensordot(v, 1).tensordot(v, 1), "SHAPE_MISMATCH"],
  ["cross of two", () => f64([1, 2]).cross(f64([1, 2])), "SHAPE_MISMATCH"],
  ["oneHot of no class", () => index(0).oneHot(-1), "BAD_ARGUMENT"],
  ["oneHot of floats", () => v.oneHot(3), "DTYPE_MISMATCH"],
  ["a cast to an unknown type", () => x.cast("int64" as never), "DTYPE_MISMATCH"],
  ["arange in steps of 0", () => arange(0, 5, 0), "BAD_ARGUMENT"],
  ["arange to no number", () => arange(Number.NaN), "BAD_ARGUMENT"],
  ["arange without end", () => arange(0, Number.POSITIVE_INFINITY), "BAD_ARGUMENT"],
  ["eye of half", () => eye(1.5), "SHAPE_MISMATCH"],
  ["stack of other shapes", () => stack([x, v]), "SHAPE_MISMATCH"],
  ["concatenate of other types", () => concatenate([v, tensor([1])]), "SHAPE_MISMATCH"],
  ["hstack of nothing", () => hstack([]), "BAD_ARGUMENT"],
  ["einsum with ... twice", () => einsum("...i...->i", x), "SHAPE_MISMATCH"],
  ["einsum of a diagonal of 1 and 3", () => einsum("ii", f64([[1, 2, 3]])), "SHAPE_MISMATCH"],
  ["einsum of a rank too low", () => einsum("ijk...->i", x), "SHAPE_MISMATCH"],
]);
