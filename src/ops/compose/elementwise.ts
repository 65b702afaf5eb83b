// Element-by-element compositions: clipping, choices between two operands, division to whole numbers, interpolation.

import { isFloat } from "../../core/dtype.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { align, broadcastAll, type Operand, toFloat, toNumber } from "../operand.ts";

/** Clips to `min … max`, numbers or tensors, either of which may be missing; both bounds pass the gradient on. */
export function clamp(
  x: Tensor,
  options: {
    /** Lower bound; default: none. */
    readonly min?: Operand;
    /** Upper bound; default: none. */
    readonly max?: Operand;
  },
): Tensor {
  checkOptions("clamp", options, { min: true, max: true });
  const { min, max } = options;
  const raised = min === undefined ? x.node : x.less(min).where(min, x);
  return max === undefined ? raised : raised.greater(max).where(max, raised);
}

/** `x`, or `min` where it is less. Shape: broadcast. */
export function clampMin(x: Tensor, min: Operand): Tensor {
  return clamp(x, { min });
}

/** `x`, or `max` where it is greater. Shape: broadcast. */
export function clampMax(x: Tensor, max: Operand): Tensor {
  return clamp(x, { max });
}

/** Larger of two elements, where a number wins over NaN; of equal ones `a` gets the gradient. Shape: broadcast. */
export function fmax(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("fmax", [a, b]);
  return x.greaterEqual(y).logicalOr(y.isNaN()).where(x, y);
}

/** Smaller of two elements, where a number wins over NaN; of equal ones `a` gets the gradient. Shape: broadcast. */
export function fmin(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("fmin", [a, b]);
  return x.lessEqual(y).logicalOr(y.isNaN()).where(x, y);
}

/** Step function: 0 below 0, 1 above, `atZero` at 0. Shape: broadcast. */
export function heaviside(x: Tensor, atZero: Operand): Tensor {
  return x.equal(0).where(atZero, x.greater(0).cast(x.dtype));
}

/** Largest whole number not above `a / b`; whole numbers stay whole; its derivative is 0. Shape: broadcast. */
export function floorDivide(a: Tensor, b: Operand): Tensor {
  const [x, y] = align("floorDivide", [a, b]).map(toNumber);
  if (isFloat(x.dtype)) {
    const whole = x.sub(x.remainder(y)).div(y).round(); // x / y itself may round up to the next whole number
    return y.equal(0).where(x.div(y), whole);
  }
  return x.cast("float64").div(y.cast("float64")).floor().cast("int32"); // exact for 32 bits
}

/** The part behind the point, with the sign of `x`: `x − trunc x`. */
export function frac(x: Tensor): Tensor {
  return x.sub(x.trunc());
}

/** Subtracts from the other operand, `other − x`. Shape: broadcast. */
export function rsub(x: Tensor, other: Operand): Tensor {
  return x.neg().add(other);
}

/** Power in float64, `aᵇ`. Shape: broadcast. */
export function floatPower(a: Tensor, b: Operand): Tensor {
  return a.cast("float64").pow(typeof b === "number" ? b : b.cast("float64"));
}

/** `x · 2ᵉ`. Shape: broadcast. */
export function ldexp(x: Tensor, exponent: Tensor): Tensor {
  return x.mul(exponent.exp2());
}

/** Degrees as radians, `x π / 180`. */
export function deg2rad(x: Tensor): Tensor {
  return toFloat(x).mul(Math.PI / 180);
}

/** Radians as degrees, `x 180 / π`. */
export function rad2deg(x: Tensor): Tensor {
  return toFloat(x).mul(180 / Math.PI);
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

/** `x + value · a / b`. Shape: broadcast. */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  const quotient = a.div(b);
  return x.add(value === 1 ? quotient : quotient.mul(value));
}

/** `value` where the mask holds, `x` elsewhere. Shape: the mask broadcasts to `x`. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  const [to] = broadcastAll("maskedFill", [mask, x]);
  return to.where(value, x);
}
