// Element-by-element compositions: tests for NaN and infinity, clamp, hypot, logAddExp, interpolation.

import { isFloat } from "../../core/dtype.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { softplus1 } from "../hyperbolic.ts";
import { align, broadcastAll, type Operand, toFloat } from "../operand.ts";

const infinity = Number.POSITIVE_INFINITY;

/** Whether an element is NaN, as bool. */
export function isNotANumber(x: Tensor): Tensor {
  return x.notEqual(x);
}

/** Whether an element is neither infinite nor NaN, as bool. */
export function isFiniteNumber(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x.abs().less(infinity) : x.equal(x);
}

/** Clips to `min … max`, either of which may be missing; both bounds pass the gradient on. */
export function clamp(
  x: Tensor,
  options: { readonly min?: number; readonly max?: number },
): Tensor {
  const { min, max } = options;
  const raised = min === undefined ? x.node : x.less(min).where(min, x);
  return max === undefined ? raised : raised.greater(max).where(max, raised);
}

/** `√(a² + b²)` without overflow; its derivative at the origin is 0. Shape: broadcast. */
export function hypot(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("hypot", [a, b]).map(toFloat);
  return hypotRule(x, y);
}

const hypotRule = customVjp(
  "hypot",
  (a, b) => {
    const [x, y] = [a.abs(), b.abs()];
    const larger = x.maximum(y);
    const plain = larger.equal(0).logicalOr(larger.equal(infinity)); // ratios would be 0/0 or ∞/∞
    const ratio = plain.where(0, x.minimum(y).div(plain.where(1, larger)));
    return larger.mul(ratio.square().add(1).sqrt());
  },
  (g, [a, b], y) => {
    const zero = y.equal(0);
    const scaled = zero.where(0, g.div(zero.where(1, y)));
    return [scaled.mul(a), scaled.mul(b)];
  },
);

/** `log(eᵃ + eᵇ)` without overflow. Shape: broadcast. */
export function logAddExp(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("logAddExp", [a, b]).map(toFloat);
  return logAddExpRule(x, y);
}

const logAddExpRule = customVjp(
  "logAddExp",
  (a, b) => a.maximum(b).add(softplus1(difference(a, b).abs().neg())),
  (g, [a, b]) => {
    const d = difference(a, b);
    return [g.mul(d.sigmoid()), g.mul(d.neg().sigmoid())];
  },
);

/** `a − b`, and 0 where both are the same infinity. */
function difference(a: Tensor, b: Tensor): Tensor {
  const same = a.equal(b).logicalAnd(a.abs().equal(infinity));
  return same.where(0, a).sub(same.where(0, b));
}

/** Interpolates: `a + weight · (b − a)`. Shape: broadcast. */
export function lerp(a: Tensor, b: Operand, weight: Operand): Tensor {
  const [x, y] = align("lerp", [a, b]);
  return x.add(y.sub(x).mul(weight));
}

/** `x + value · a · b`. Shape: broadcast. */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  const product = a.mul(b);
  return x.add(value === 1 ? product : product.mul(value));
}

/** `value` where the mask holds, `x` elsewhere. Shape: the mask broadcasts to `x`. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  const [to] = broadcastAll("maskedFill", [mask, x]);
  return to.where(value, x);
}
