// The pseudoinverse. Its derivative is its own (Golub & Pereyra, 1973), not that of the singular values it is made of: it
// holds where these are equal, too, as long as the rank stays the same.

import { checkOptions } from "../../ir/arguments.ts";
import { defineOp, type OpDefinition, record } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { pseudoinverses } from "../kernels/svd.ts";
import { toFloat } from "../operand.ts";
import { checkMatrix } from "./checks.ts";
import { roundingOf, turned } from "./parts.ts";

export const pinvOp: OpDefinition = defineOp({
  name: "pinv",
  doc: "The Moore–Penrose inverse of each matrix of a batch; singular values up to `tolerance` times the largest count as 0.",
  formula: "A^+",
  body: { kind: "host", run: pseudoinverses },
  type: ([a]) => {
    checkMatrix("pinv", a);
    const [m, n] = a.shape.slice(-2);
    return { shape: [...a.shape.slice(0, -2), n, m], dtype: a.dtype };
  },
  vjp: (g, [a], p) => {
    const [pt, gt] = [turned(p), turned(g)];
    const through = pt.matmul(g).matmul(pt);
    const left = gt.matmul(p).matmul(pt);
    const right = pt.matmul(p).matmul(gt);
    const outsideLeft = left.sub(a.matmul(p.matmul(left)));
    const outsideRight = right.sub(right.matmul(p).matmul(a));
    return [outsideLeft.add(outsideRight).sub(through)];
  },
  derivatives: [
    "-A^+ dA\\,A^+ + A^+ A^{+\\top} dA^\\top (I - A A^+) + (I - A^+ A)\\,dA^\\top A^{+\\top} A^+",
  ],
  samples: [
    {
      inputs: [{ shape: [3, 2], values: [2, 0.5, -1, 1, 0.3, 0.7] }],
      attributes: { tolerance: 1e-9 },
    },
    {
      inputs: [{ shape: [2, 2, 3], values: [2, 0.5, -1, 1, 3, 0.7, -0.4, 1, -2, 0.3, 0.9, 0.1] }],
      attributes: { tolerance: 1e-9 },
    },
    { inputs: [{ shape: [2, 3, 0] }], attributes: { tolerance: 1e-9 } },
  ],
  errors: [{ inputs: [{ shape: [3] }], attributes: { tolerance: 0 }, code: "SHAPE_MISMATCH" }],
  example: {
    inputs: [{ shape: [2, 2], values: [2, 0, 0, 0] }],
    attributes: { tolerance: 1e-9 },
    output: { shape: [2, 2], values: [0.5, 0, 0, 0] },
  },
});

/**
 * Pseudoinverse `A⁺`; singular values up to `tolerance` (default: max(m, n) times the type's precision) of the largest count as 0.
 * The derivative holds where the rank does not change. Shape: `[..., m, n] → [..., n, m]`.
 */
export function pinv(a: Tensor, options: { readonly tolerance?: number } = {}): Tensor {
  checkOptions("pinv", options, { tolerance: true });
  checkMatrix("pinv", a);
  const x = toFloat(a);
  return record(pinvOp, [x], { tolerance: options.tolerance ?? roundingOf(x) });
}
