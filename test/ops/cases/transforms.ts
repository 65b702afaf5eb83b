// Matrix cases of functions that differentiate, batch, repeat and recompute functions.

import { checkpoint } from "../../../src/autodiff/checkpoint.ts";
import { customJvp } from "../../../src/autodiff/custom.ts";
import { jvp, linearize } from "../../../src/autodiff/forward.ts";
import { grad, gradients, valueAndGrad, vjp } from "../../../src/autodiff/grad.ts";
import {
  hessian,
  hessianVectorProduct,
  jacobian,
  jacobianForward,
  jacobianReverse,
} from "../../../src/autodiff/jacobian.ts";
import { scan } from "../../../src/autodiff/loop.ts";
import { vmap } from "../../../src/autodiff/vmap.ts";
import type { Tensor } from "../../../src/ir/tensor.ts";
import { customVjp } from "../../../src/ops/alias.ts";
import type { MatrixCase } from "../matrix.ts";

const f = (x: Tensor): Tensor => x.sin().mul(x);
const loss = (x: Tensor): Tensor => f(x).mul(x.sum()).sum();
const byVjp = customVjp(
  "cube",
  (x) => x.pow(3),
  (g, [x]) => [g.mul(x.square().mul(3))],
);
const byJvp = customJvp(
  "cube",
  (x) => x.pow(3),
  ([t], [x]) => t!.mul(x.square().mul(3)),
);
const turn = (carry: Tensor, x: Tensor): [Tensor, Tensor] => {
  const next = carry.mul(0.5).add(x).tanh();
  return [next, next.mul(x)];
};

export const transforms: readonly MatrixCase[] = [
  ["gradients", (x) => gradients(loss(x), [x]), [3]],
  ["grad", (x) => grad(loss)(x), [3]],
  [
    "valueAndGrad",
    (x) => {
      const {
        value,
        gradients: [g],
      } = valueAndGrad(loss)(x);
      return [value, g];
    },
    [3],
  ],
  ["vjp", (x, g) => vjp(f, x).pullback(g), [3], [3]],
  ["jvp", (x, t) => jvp(f, [x], [t]).tangent, [3], [3]],
  ["linearize", (x, t) => linearize(f, x).pushforward(t), [3], [3]],
  ["jacobian", (x) => jacobian(f)(x), [3]],
  ["jacobianForward", (x) => jacobianForward(f)(x), [3]],
  ["jacobianReverse", (x) => jacobianReverse(f)(x), [3]],
  ["hessian", (x) => hessian(loss)(x), [3]],
  ["hessianVectorProduct", (x, v) => hessianVectorProduct(loss, x, v), [3], [3]],
  ["vmap", (x) => vmap(grad(loss))(x), [2, 3]],
  [
    "checkpoint",
    (x, w) => checkpoint((a: Tensor) => a.matmul(w).tanh().square())(x),
    [2, 3],
    [3, 2],
  ],
  ["customVjp", (x) => byVjp(x), [3]],
  ["customJvp", (x) => byJvp(x), [3]],
  ["scan", (c, xs) => scan(turn, c, xs), [2], [4, 2]],
];
