// Matrix cases of functions that make tensors and move elements.

import {
  broadcastTensors,
  linspace,
  logspace,
  meshgrid,
  trilIndices,
  triuIndices,
} from "../../../src/ops/compose/creation.ts";
import { blockDiag } from "../../../src/ops/compose/diagonal.ts";
import {
  cartesianProd,
  columnStack,
  dstack,
  hstack,
  vstack,
} from "../../../src/ops/compose/join.ts";
import { concatenate, stack } from "../../../src/ops/concatenate.ts";
import { arange, eye, full, iota, ones, tensor, zeros } from "../../../src/ops/leaf.ts";
import type { MatrixCase } from "../matrix.ts";

export const moving: readonly MatrixCase[] = [
  ["transpose", (x) => x.transpose(0, 2), [2, 3, 4]],
  ["moveAxis", (x) => x.moveAxis([0, 1], [-1, 0]), [2, 3, 4]],
  ["expand", (x) => x.expand([2, -1, 4]), [3, 1]],
  ["select", (x) => x.select(1, -1), [2, 3]],
  ["split", (x) => x.split([1, 3], 1)[1], [2, 4]],
  ["chunk", (x) => x.chunk(3)[2], [7]],
  ["unbind", (x) => x.unbind(1)[0], [2, 3]],
  ["stack", (a, b) => stack([a, b], 1), [2, 3], [2, 3]],
  ["concatenate", (a, b) => concatenate([a, b], 1), [2, 3], [2, 1]],
  ["roll", (x) => x.roll([1, -1], [0, 1]), [3, 4]],
  ["roll of all", (x) => x.roll(5), [3, 4]],
  ["tile", (x) => x.tile([2, 1, 3]), [2, 3]],
  ["repeatInterleave", (x) => x.repeatInterleave(2, 1), [2, 3]],
  ["repeatInterleave by a list", (x) => x.repeatInterleave([2, 0, 1], 1), [2, 3]],
  ["slice", (x) => x.slice([{ start: 4, end: 0, step: -2 }, { step: 3 }]), [5, 7]],
  [
    "pad reflect",
    (x) =>
      x.pad(
        [
          [1, 2],
          [0, 1],
        ],
        { mode: "reflect" },
      ),
    [3, 2],
  ],
  [
    "pad replicate",
    (x) =>
      x.pad(
        [
          [2, 1],
          [0, 3],
        ],
        { mode: "replicate" },
      ),
    [3, 2],
  ],
  [
    "pad circular",
    (x) =>
      x.pad(
        [
          [1, 0],
          [2, 1],
        ],
        { mode: "circular" },
      ),
    [3, 2],
  ],
  ["unfold", (x) => x.unfold(1, 3, 2), [2, 7]],
  ["tril", (x) => x.tril(1), [3, 4]],
  ["triu", (x) => x.triu(-1), [2, 3, 3]],
  ["diag of a vector", (x) => x.diag(-1), [3]],
  ["diag of a matrix", (x) => x.diag(1), [3, 5]],
  ["trace", (x) => x.trace(), [3, 4]],
  ["rot90", (x) => x.rot90(1, [2, 1]), [2, 3, 4]],
  ["rot90 backwards", (x) => x.rot90(-1), [2, 3]],
  ["rot90 twice", (x) => x.rot90(2), [2, 3]],
  ["fliplr", (x) => x.fliplr(), [2, 3]],
  ["flipud", (x) => x.flipud(), [2, 3]],
  ["tensorSplit", (x) => x.tensorSplit([1, -1])[1], [4, 2]],
  ["narrow", (x) => x.narrow(1, -3, 2), [2, 4]],
  ["unflatten", (x) => x.unflatten(-1, [2, -1]), [2, 6]],
  ["hstack", (a, b) => hstack([a, b]), [2, 3], [2, 1]],
  ["vstack", (a, b) => vstack([a, b]), [3], [2, 3]],
  ["dstack", (a, b) => dstack([a, b]), [2, 3], [2, 3]],
  ["columnStack", (a, b) => columnStack([a, b]), [2], [2, 2]],
  ["cartesianProd", (a, b) => cartesianProd([a, b]), [2], [3]],
  ["diagonal", (x) => x.diagonal({ offset: -1, axis1: 2, axis2: 1 }), [2, 3, 4]],
  ["diagEmbed", (x) => x.diagEmbed({ offset: 1, axis1: 0, axis2: 2 }), [2, 3]],
  ["blockDiag", (a, b) => blockDiag([a, b]), [2, 3], [2]],
  ["vander", (x) => x.abs().add(0.5).vander(4), [3]],

  ["reshape", (x) => x.reshape([3, -1]), [2, 6]],
  ["flatten", (x) => x.flatten(1), [2, 3, 2]],
  ["squeeze", (x) => x.squeeze(1), [2, 1, 3]],
  ["unsqueeze", (x) => x.unsqueeze(-1), [2, 3]],
  ["permute", (x) => x.permute([2, 0, 1]), [2, 3, 2]],
  ["broadcastTo", (x) => x.broadcastTo([2, 3, 2]), [3, 1]],
  ["broadcastTensors", (a, b) => broadcastTensors([a, b]), [3, 1], [2]],
  ["flip", (x) => x.flip([0, 1]), [2, 3]],
  ["repeat", (x) => x.repeat([2, 1]), [2, 3]],
  ["meshgrid", (a, b) => meshgrid([a, b]), [3], [2]],
  ["arange", () => arange(0, 5, 2)],
  ["eye", () => eye(3)],
  ["full", () => full([2], 7)],
  ["fullLike", (x) => x.fullLike(7), [2]],
  ["iota", () => iota([2, 3], 1)],
  ["linspace", () => linspace(0, 1, 5)],
  ["logspace", () => logspace(0, 2, 3)],
  ["ones", () => ones([2])],
  ["onesLike", (x) => x.onesLike(), [2]],
  ["tensor", () => tensor([1, 2])],
  ["trilIndices", () => trilIndices(3, 4, -1)],
  ["triuIndices", () => triuIndices(3, 4, 1)],
  ["zeros", () => zeros([2])],
  ["zerosLike", (x) => x.zerosLike(), [2]],
];
