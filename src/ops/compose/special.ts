// Functions that hold where the plain formula overflows, is 0 · ∞ or loses its digits: hypot, logAddExp, xlogy, sinc.

import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { softplus1 } from "../hyperbolic.ts";
import { align, type Operand, toFloat } from "../operand.ts";

const infinity = Number.POSITIVE_INFINITY;

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

/** `log₂(2ᵃ + 2ᵇ)` without overflow. Shape: broadcast. */
export function logAddExp2(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("logAddExp2", [a, b]).map(toFloat);
  return logAddExpRule(x.mul(Math.LN2), y.mul(Math.LN2)).mul(Math.LOG2E);
}

/** `x log y`, and 0 where x is 0 and y is 0, negative or ∞. Shape: broadcast. */
export function xlogy(x: Tensor, y: Operand): Tensor {
  const [a, b] = align("xlogy", [x, y]).map(toFloat);
  return a.mul(flattened(a, b, 0).log());
}

/** `x log(1 + y)`, and 0 where x is 0 and y is −1, less or ∞. Shape: broadcast. */
export function xlog1py(x: Tensor, y: Operand): Tensor {
  const [a, b] = align("xlog1py", [x, y]).map(toFloat);
  return a.mul(flattened(a, b, -1).log1p());
}

/** `b`, but a number whose logarithm is 0 where that is multiplied by 0 and not finite. */
function flattened(a: Tensor, b: Tensor, pole: 0 | -1): Tensor {
  const improper = b.lessEqual(pole).logicalOr(b.equal(infinity));
  return a
    .equal(0)
    .logicalAnd(improper)
    .where(pole + 1, b);
}

/** Log-odds, `log(x / (1 − x))`, the inverse of `sigmoid`; `eps` clips x to `eps … 1 − eps` first. */
export function logit(x: Tensor, options: { readonly eps?: number } = {}): Tensor {
  checkOptions("logit", options, { eps: true });
  const { eps } = options;
  const p = eps === undefined ? toFloat(x) : toFloat(x).clamp({ min: eps, max: 1 - eps });
  return p.log().sub(p.neg().log1p());
}

/** `sin(πx) / (πx)`, 1 at 0; a series near 0, which has all derivatives. */
export function sinc(x: Tensor): Tensor {
  const t = toFloat(x).mul(Math.PI);
  const near = t.abs().less(0.5);
  const far = near.where(1, t);
  return near.where(sincSeries(near.where(t, 0).square()), far.sin().div(far));
}

/** `Σ (−z)ᵏ / (2k + 1)!` for z < ¼. */
function sincSeries(z: Tensor): Tensor {
  let sum = z.mul(-1 / (14 * 15)).add(1);
  for (let k = 6; k >= 1; k--)
    sum = sum
      .mul(z)
      .mul(-1 / (2 * k * (2 * k + 1)))
      .add(1);
  return sum;
}

/** Distribution function of the standard normal, `Φ(x) = ½ erfc(−x / √2)`. */
export function ndtr(x: Tensor): Tensor {
  return toFloat(x).mul(-Math.SQRT1_2).erfc().mul(0.5);
}

/** Entropy of a probability, `−x log x`; 0 at 0, −∞ below; its derivative at 0 is taken as 0. */
export function entr(x: Tensor): Tensor {
  const float = toFloat(x);
  const inside = float.greater(0).where(float, 1);
  const y = float.less(0).where(Number.NEGATIVE_INFINITY, inside.mul(inside.log()).neg());
  return float.isNaN().where(float, y);
}
