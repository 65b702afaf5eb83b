// Softmax and its logarithm, shifted by the maximum so that nothing overflows. The shift cancels in the derivative, so
// it is taken as a constant.

import { normalizeAxis } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { type ReduceOptions, reduceNames } from "../reduce.ts";

/** `eˣ / Σ eˣ` along `axis`. Shape: `[...] → [...]`. */
export function softmax(x: Tensor, axis = -1): Tensor {
  const at = normalizeAxis("softmax", axis, x.rank);
  let compute = alongAxis.get(at);
  if (compute === undefined) {
    compute = softmaxAlong(at);
    alongAxis.set(at, compute);
  }
  return compute(x);
}

/** One rule per axis, made once: the rule's name is part of a graph's structure. */
const alongAxis = new Map<number, (x: Tensor) => Tensor>();

function softmaxAlong(axis: number): (x: Tensor) => Tensor {
  return customVjp(
    "softmax",
    (x) => {
      const e = x.sub(largest(x, axis)).exp();
      return e.div(e.sum({ axis, keepDims: true }));
    },
    (g, _inputs, y) => {
      const gy = g.mul(y);
      return [gy.sub(y.mul(gy.sum({ axis, keepDims: true })))]; // y (g − Σ g y)
    },
  );
}

/** `e⁻ˣ / Σ e⁻ˣ` along `axis`. Shape: `[...] → [...]`. */
export function softmin(x: Tensor, axis = -1): Tensor {
  return softmax(x.neg(), axis);
}

/** `x − log Σ eˣ` along `axis`. Shape: `[...] → [...]`. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  const shifted = x.sub(largest(x, axis));
  return shifted.sub(shifted.exp().sum({ axis, keepDims: true }).log());
}

/** `log Σ eˣ` over axes; −∞ for elements that are all −∞. Shape: `[2, 3], {axis: 1} → [2]`. */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  checkOptions("logSumExp", options, reduceNames);
  const { axis, keepDims } = options;
  if (x.size === 0) return x.exp().sum(options).log();
  const top = x.max({ axis, keepDims: true }).stopGradient();
  const shift = top.isFinite().where(top, 0);
  const kept = x.sub(shift).exp().sum({ axis, keepDims: true }).log().add(shift);
  return keepDims ? kept : kept.reshape(x.max(options).shape);
}

function largest(x: Tensor, axis: number): Tensor {
  return x.size === 0
    ? x.sum({ axis, keepDims: true })
    : x.max({ axis, keepDims: true }).stopGradient();
}
