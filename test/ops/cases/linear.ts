// Matrix cases of products, linear algebra, Fourier transforms and audio. Where a derivative needs a matrix that is
// positive, regular, or has distinct values, the case makes one.

import type { Tensor } from "../../../src/ir/tensor.ts";
import * as audio from "../../../src/ops/audio/index.ts";
import { einsum } from "../../../src/ops/compose/einsum.ts";
import { eye } from "../../../src/ops/leaf.ts";
import type { MatrixCase } from "../matrix.ts";

const identity = (a: Tensor): Tensor => eye(a.shape[a.rank - 1], a.dtype);
const regular = (a: Tensor): Tensor => a.mul(0.5).add(identity(a).mul(3));
const positive = (a: Tensor): Tensor => a.matmul(a.transpose(-1, -2)).add(identity(a));
const frames = { nFft: 8, hopLength: 4 };

export const linear: readonly MatrixCase[] = [
  ["matmul", (a, b) => a.matmul(b), [2, 1, 3, 4], [5, 4, 2]],
  ["matmul of a vector", (a, b) => a.matmul(b), [4], [2, 4, 3]],
  ["dot", (a, b) => a.dot(b), [4], [4]],
  ["outer", (a, b) => a.outer(b), [2], [3]],
  ["bmm", (a, b) => a.bmm(b), [2, 3, 4], [2, 4, 2]],
  ["addmm", (c, a, b) => c.addmm(a, b, { alpha: 2, beta: 0.5 }), [2], [3, 4], [4, 2]],
  ["kron", (a, b) => a.kron(b), [2, 3], [2, 2]],
  ["einsum of three", (a, b, c) => einsum("bn,anm,bm->ba", a, b, c), [2, 3], [4, 3, 2], [2, 2]],
  ["einsum with a diagonal", (x) => einsum("iij->j", x), [3, 3, 2]],
  ["einsum with ...", (a, b) => einsum("...ij,jk->...ik", a, b), [2, 3, 4], [4, 2]],
  ["einsum with ... in the middle", (a, b) => einsum("i...j,j...->...i", a, b), [2, 2, 3], [3, 2]],
  ["einsum that broadcasts", (a, b) => einsum("ij,ij->i", a, b), [2, 3], [2, 1]],
  ["einsum with ... of several ranks", (a, b) => einsum("...i,...i", a, b), [2, 1, 3], [4, 3]],
  ["einsum with a diagonal and ...", (x) => einsum("ii...->...i", x), [2, 2, 3]],
  ["inner", (a, b) => a.inner(b), [2, 3], [4, 3]],
  [
    "tensordot",
    (a, b) =>
      a.tensordot(b, [
        [0, 2],
        [1, 0],
      ]),
    [2, 3, 4],
    [4, 2],
  ],
  ["cross", (a, b) => a.cross(b), [2, 3], [3]],
  ["baddbmm", (c, a, b) => c.baddbmm(a, b, { alpha: 2, beta: 0.5 }), [4], [2, 3, 2], [2, 2, 4]],

  ["contract", (a, b) => a.contract(b, { batch: [[0, 1]], contract: [[1, 0]] }), [2, 3, 4], [3, 2]],
  ["cholesky", (a) => positive(a).cholesky(), [3, 3]],
  ["det", (a) => regular(a).det(), [3, 3]],
  ["slogdet", (a) => regular(a).slogdet().logAbsDet, [3, 3]],
  ["eigh", (a) => positive(a).eigh().values, [3, 3]],
  ["inverse", (a) => regular(a).inverse(), [3, 3]],
  ["lstsq", (a, b) => a.lstsq(b), [4, 2], [4]],
  ["matrixNorm", (a) => a.matrixNorm("nuclear"), [3, 2]],
  ["matrixPower", (a) => regular(a).matrixPower(-2), [2, 2]],
  ["matrixRank", (a) => a.matrixRank(), [3, 2]],
  ["pinv", (a) => a.pinv(), [3, 2]],
  ["qr", (a) => Object.values(a.qr()), [3, 2]],
  ["solve", (a, b) => regular(a).solve(b), [3, 3], [3, 2]],
  ["svd", (a) => a.svd().s, [3, 2]],
  ["triangularSolve", (a, b) => regular(a).triangularSolve(b), [3, 3], [3, 2]],
  ["cdist", (a, b) => a.cdist(b), [3, 2], [2, 2]],
  ["cosineSimilarity", (a, b) => a.cosineSimilarity(b), [3, 4], [3, 4]],
  ["pairwiseDistance", (a, b) => a.pairwiseDistance(b), [3, 4], [3, 4]],
  ["fft", (z) => z.fft(), [6, 2]],
  ["ifft", (z) => z.ifft({ norm: "ortho" }), [5, 2]],
  ["fft2", (z) => z.fft2(), [2, 3, 2]],
  ["ifft2", (z) => z.ifft2(), [2, 3, 2]],
  ["rfft", (x) => x.rfft(), [2, 6]],
  ["irfft", (z) => z.irfft(), [4, 2]],
  ["audio.stft", (x) => audio.stft(x, frames), [20]],
  ["audio.istft", (z) => audio.istft(z, frames), [5, 6, 2]],
  ["audio.spectrogram", (x) => audio.spectrogram(x, frames), [20]],
  ["audio.melSpectrogram", (x) => audio.melSpectrogram(x, { nFft: 16, nMels: 4 }), [40]],
  ["audio.mfcc", (x) => audio.mfcc(x, { nFft: 32, nMels: 3, nMfcc: 2 }), [40]],
  ["audio.toDecibels", (x) => audio.toDecibels(x.abs().add(0.1)), [5]],
  ["audio.melFilterbank", () => audio.melFilterbank(9, { nMels: 4 })],
  ["audio.hannWindow", () => audio.hannWindow(6)],
  ["audio.hammingWindow", () => audio.hammingWindow(6)],
  ["audio.blackmanWindow", () => audio.blackmanWindow(6)],
];
