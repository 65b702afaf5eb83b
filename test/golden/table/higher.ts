// Derivatives of derivatives: gradients are graph, so they are differentiated like anything else.

import {
  gradients,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  type Tensor,
} from "../../../src/index.ts";
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
    const f = ofList(a);
    return { y: f(xs), ...numbered("J_x", jacobian(f)(xs)) };
  },
  hessian: (x, a) => {
    const xs = operands(x);
    const f = ofList(a);
    const blocks = hessian(f)(xs).map((row, k) => numbered(`H_x${k}_x`, row));
    return Object.assign({ y: f(xs) }, ...blocks);
  },
  jvp: (x, a) => {
    const { value, tangent } = jvp(ofList(a), [operands(x)], [directions(x)]);
    return { y: value, jvp: tangent };
  },
  hvp: (x, a) => {
    const xs = operands(x);
    const f = ofList(a);
    const products = hessianVectorProduct(f, xs, directions(x));
    return { y: f(xs), ...numbered("hvp_x", products) };
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

/** The named function of one list. */
function ofList(a: Attributes): (xs: readonly Tensor[]) => Tensor {
  const f = named(a);
  return (xs) => f(...xs);
}

function numbered(prefix: string, tensors: readonly Tensor[]): Tensors {
  return Object.fromEntries(tensors.map((tensor, k) => [`${prefix}${k}`, tensor]));
}

/** The operands v0, v1, … in order. */
function directions(x: Tensors): Tensor[] {
  return operands(x).map((_, k) => x[`v${k}`]);
}
