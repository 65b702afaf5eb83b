// Products of matrices and tensors.

import { einsum } from "../../../src/index.ts";
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
};
