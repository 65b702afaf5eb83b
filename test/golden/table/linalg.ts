// Products of matrices and tensors, factorisations, and orders.

import { einsum, eye } from "../../../src/index.ts";
import type { Compute } from "../entry.ts";
import { operands } from "./shape.ts";

export const linalg: Readonly<Record<string, Compute>> = {
  matmul: ({ a, b }) => a.matmul(b),
  bmm: ({ a, b }) => a.bmm(b),
  dot: ({ a, b }) => a.dot(b),
  outer: ({ a, b }) => a.outer(b),
  einsum: (x, a) => einsum(a.text("equation"), ...operands(x)),
  addmm: ({ a, b, c }, options) =>
    c.addmm(a, b, { alpha: options.number("alpha"), beta: options.number("beta") }),
  Bilinear: ({ a, b, weight, bias }) => einsum("ni,oij,nj->no", a, weight, b).add(bias),
  trace: ({ x }) => x.trace(),
  kron: ({ a, b }) => a.kron(b),
  inverse: ({ x }) => x.inverse(),
  det: ({ x }) => x.det(),
  solve: ({ a, b }) => a.solve(b),
  cholesky: ({ x }) => x.matmul(x.transpose(0, 1)).add(eye(x.shape[0], x.dtype)).cholesky(),
};

export const sorting: Readonly<Record<string, Compute>> = {
  sort: ({ x }, a) => ({
    ...x.sort({ axis: a.number("axis"), descending: a.flag("descending") }),
  }),
  argsort: ({ x }, a) => x.argSort({ axis: a.number("axis"), descending: a.flag("descending") }),
  topk: ({ x }, a) => ({
    ...x.topK(a.number("k"), { axis: a.number("axis"), largest: a.flag("largest") }),
  }),
  median_dim: ({ x }, a) => ({
    ...x.medianWithIndex({ axis: a.number("axis"), keepDims: a.flag("keepdims") }),
  }),
};
