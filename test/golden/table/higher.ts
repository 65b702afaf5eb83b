// Derivatives of derivatives: gradients are graph, so they are differentiated like anything else.

import { gradients, stack, type Tensor, zeros } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Compute, type Tensors, Unsupported } from "../entry.ts";
import { type Formula, functions } from "./functions.ts";
import { operands } from "./shape.ts";

export const higher: Readonly<Record<string, Compute>> = {
  grad_of_grad: (x, a) => {
    const xs = operands(x);
    const y = named(a)(...xs);
    return { y, ...numbered("g_x", gradients(y, xs, { cotangent: x.c })) };
  },
  derivatives: ({ x0 }, a) => {
    const orders = [named(a)(x0)];
    for (let k = 0; k < a.number("order"); k++) orders.push(gradients(orders[k], [x0])[0]);
    return numbered("d", orders);
  },
  jacobian: (x, a) => {
    const xs = operands(x);
    const y = named(a)(...xs);
    return { y, ...numbered("J_x", jacobian(y, xs)) };
  },
  hessian: (x, a) => {
    const xs = operands(x);
    const y = named(a)(...xs);
    const blocks = gradients(y, xs).map((g, k) => numbered(`H_x${k}_x`, jacobian(g, xs)));
    return Object.assign({ y }, ...blocks);
  },
  jvp: (x, a) => {
    const xs = operands(x);
    const y = named(a)(...xs);
    const u = zeros(y.shape, y.dtype);
    const pulled = dot(gradients(y, xs, { cotangent: u }), directions(x));
    return { y, jvp: gradients(pulled, [u])[0] }; // Jᵀu is linear in u; its gradient along v is Jv
  },
  hvp: (x, a) => {
    const xs = operands(x);
    const y = named(a)(...xs);
    const slope = dot(gradients(y, xs), directions(x));
    return { y, ...numbered("hvp_x", gradients(slope, xs)) };
  },
  gradient_penalty: ({ x, W1, b1, w2 }, a) => {
    const d = x.matmul(W1.transpose(0, 1)).add(b1).tanh().matmul(w2);
    const [slope] = gradients(d.sum(), [x]);
    const length = slope.square().sum({ axis: 1 }).sqrt();
    const penalty = length.sub(1).square().mean();
    return { penalty, total: penalty.mul(a.number("lam")).add(d.mean()) };
  },
  through_sgd_steps: ({ w, X, y, Xv, yv, lr }, a) => {
    const loss = (inputs: Tensor, targets: Tensor, u: Tensor): Tensor =>
      inputs.matmul(u).tanh().sub(targets).square().mean();
    let u = w;
    for (let k = 0; k < a.number("inner_steps"); k++) {
      u = u.sub(gradients(loss(X, y, u), [u])[0].mul(lr));
    }
    return { w_adapted: u, outer_loss: loss(Xv, yv, u) };
  },
};

function named(a: Attributes): Formula {
  const name = a.text("fn");
  if (Object.hasOwn(functions, name)) return functions[name];
  throw new Unsupported(`function ${name}`);
}

function numbered(prefix: string, tensors: readonly Tensor[]): Tensors {
  return Object.fromEntries(tensors.map((tensor, k) => [`${prefix}${k}`, tensor]));
}

/** The operands v0, v1, … in order. */
function directions(x: Tensors): Tensor[] {
  return operands(x).map((_, k) => x[`v${k}`]);
}

function dot(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  return a.map((x, k) => x.mul(b[k]).sum()).reduce((p, q) => p.add(q));
}

/** All derivatives of the elements of `y`, one row of gradients per element. Shape: y's, then x's. */
function jacobian(y: Tensor, xs: readonly Tensor[]): Tensor[] {
  const flat = y.reshape([y.size]);
  const rows = Array.from({ length: y.size }, (_, i) => gradients(flat.slice([i]), xs));
  return xs.map((x, k) => stack(rows.map((row) => row[k])).reshape([...y.shape, ...x.shape]));
}
