// The functions that the group `higher` differentiates, by the attribute `fn`; arguments x0, x1, … in order.

import { concatenate, iota, losses, nn, stack, type Tensor, tensor } from "../../../src/index.ts";

/** A function of tensors. */
export type Formula = (...x: Tensor[]) => Tensor;

const at = (x: Tensor, index: number): Tensor => x.slice([index]);

const elementwise: Readonly<Record<string, Formula>> = {
  square: (x) => x.square(),
  cube: (x) => x.pow(3),
  quartic: (x) => x.pow(4),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  exp: (x) => x.exp(),
  log: (x) => x.log(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  softplus: (x) => x.softplus(),
  reciprocal: (x) => x.reciprocal(),
  sqrt: (x) => x.sqrt(),
  silu: (x) => x.silu(),
  gelu: (x) => x.gelu(),
  gelu_tanh: (x) => x.gelu({ approximate: "tanh" }),
  erf: (x) => x.erf(),
  elu: (x) => x.elu(),
  relu: (x) => x.relu(),
  leaky_relu: (x) => x.leakyRelu(0.1),
  relu_squared: (x) => x.relu().square(),
  mish: (x) => x.mish(),
  softsign: (x) => x.softsign(),
  gaussian: (x) => x.square().neg().exp(),
  runge: (x) => x.square().add(1).reciprocal(),
};

const reductions: Readonly<Record<string, Formula>> = {
  softmax: (x) => x.softmax(-1),
  log_softmax: (x) => x.logSoftmax(-1),
  logsumexp: (x) => x.logSumExp({ axis: -1 }),
  logsumexp_sq: (x) => x.square().logSumExp({ axis: -1 }),
  cumprod: (x) => x.cumProd(-1),
  layer_norm: (x) => new nn.LayerNorm(x.shape.slice(-1), { affine: false }).forward(x),
  norm2: (x) => x.norm(),
  prod: (x) => x.prod(),
  var: (x) => x.variance({ correction: 1 }),
};

const ofSeveral: Readonly<Record<string, Formula>> = {
  x_sin_y: (x, y) => x.mul(y.sin()),
  x_pow_y: (x, y) => x.pow(y),
  x_div_y: (x, y) => x.div(y),
  atan2: (x, y) => x.atan2(y),
  matmul: (x, w) => x.matmul(w),
  matmul_tanh: (x, w) => x.matmul(w).tanh(),
  affine_softplus: (x, w, b) => x.matmul(w).add(b).softplus(),
  mlp_mse: (x, w, b, v, t) => losses.meanSquaredError(x.matmul(w).add(b).tanh().matmul(v), t),
  attention: (q, k, v) => {
    const scores = q.matmul(k.transpose(-2, -1)).div(Math.sqrt(q.shape[q.rank - 1]));
    return scores.softmax(-1).matmul(v);
  },
  batch_norm: (x, weight, bias) => {
    // By ops: a layer has state, which is not made inside a compiled function.
    const batch = { axis: 0, keepDims: true } as const;
    const spread = x
      .variance({ ...batch, correction: 0 })
      .add(1e-5)
      .sqrt();
    return x.sub(x.mean(batch)).div(spread).mul(weight).add(bias);
  },
  gather_cube: (x) => x.take(tensor([0, 2, 2], { dtype: "int32" })).pow(3),
  concat_mul: (x, y) => concatenate([x, y]).mul(concatenate([y, x])),
  broadcast_mul_exp: (x, y) => x.mul(y).exp(),
  sum_x_y2: (x, y) => x.mul(y.square()).sum(),
  x2_y3: (x, y) => x.square().mul(y.pow(3)).sum(),
  sum_tanh_outer: (x) => x.outer(x).tanh().sum(),
  ce_logits: (x) => {
    const [n, classes] = x.shape;
    const row = iota([n], 0);
    const targets = row.sub(row.div(classes).floor().cast("int32").mul(classes));
    return losses.crossEntropy(x, targets);
  },
};

const ofImages: Readonly<Record<string, Formula>> = {
  conv1d_sigmoid: (x, w) => x.conv1d(w, { padding: 1 }).sigmoid(),
  conv2d_tanh: (x, w) => x.conv2d(w, { padding: 1 }).tanh(),
  conv2d_stride_sq: (x, w) => x.conv2d(w, { stride: 2 }).square(),
  avg_pool_sq: (x) => x.avgPool2d(2).square(),
  max_pool_sq: (x) => x.maxPool2d(2).square(),
};

const ofCoordinates: Readonly<Record<string, Formula>> = {
  rosenbrock: (x) => {
    const [p, q] = [x.slice([{ end: -1 }]), x.slice([{ start: 1 }])];
    const valley = q.sub(p.square()).square().mul(100);
    return p.neg().add(1).square().add(valley).sum();
  },
  quadratic_form: (x) => {
    const [a, b, c] = [at(x, 0), at(x, 1), at(x, 2)];
    const squares = a.square().add(b.square().mul(5)).sub(c.square().mul(2));
    return squares.add(a.mul(b).mul(3)).add(c.mul(a));
  },
  polar: (x) => {
    const [r, angle] = [at(x, 0), at(x, 1)];
    return stack([r.mul(angle.cos()), r.mul(angle.sin())]);
  },
  vec_mix: (x) => {
    const [a, b, c] = [at(x, 0), at(x, 1), at(x, 2)];
    return stack([a.mul(b), c.sin().add(a.square()), b.mul(c).exp(), a.add(b).add(c)]);
  },
  himmelblau: (x) => {
    const [a, b] = [at(x, 0), at(x, 1)];
    return a.square().add(b).sub(11).square().add(a.add(b.square()).sub(7).square());
  },
};

export const functions: Readonly<Record<string, Formula>> = {
  ...elementwise,
  ...reductions,
  ...ofSeveral,
  ...ofImages,
  ...ofCoordinates,
};
