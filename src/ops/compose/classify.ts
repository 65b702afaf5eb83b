// What kind of number an element is: NaN, infinite, finite, negative, close to another.

import { isFloat } from "../../core/dtype.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { checkOptions, checkTensor } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { align, type Operand, toFloat } from "../operand.ts";

const infinity = Number.POSITIVE_INFINITY;

/** Whether an element is NaN, as bool. */
export function isNotANumber(x: Tensor): Tensor {
  return x.notEqual(x);
}

/** Whether an element is neither infinite nor NaN, as bool. */
export function isFiniteNumber(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x.abs().less(infinity) : x.equal(x);
}

/** Whether an element is ∞ or −∞, as bool. */
export function isInf(x: Tensor): Tensor {
  return x.abs().equal(infinity);
}

/** Whether an element is ∞, as bool. */
export function isPosInf(x: Tensor): Tensor {
  return x.equal(infinity);
}

/** Whether an element is −∞, as bool. */
export function isNegInf(x: Tensor): Tensor {
  return x.equal(-infinity);
}

/** Whether the sign bit is set, as bool; true for −0. */
export function signBit(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x.zerosLike().add(1).copySign(x).less(0) : x.less(0);
}

/** How close is close. */
export interface ClosenessOptions {
  /** Relative to the second operand; default 10⁻⁵. */
  readonly rtol?: number;
  /** Absolute; default 10⁻⁸. */
  readonly atol?: number;
  /** Whether NaN equals NaN; default false. */
  readonly equalNaN?: boolean;
}

const closenessNames: OptionNames<ClosenessOptions> = { rtol: true, atol: true, equalNaN: true };

/** Whether `|a − b| ≤ atol + rtol · |b|`, as bool; infinities are close to themselves only. Shape: broadcast. */
export function isClose(a: Tensor, b: Operand, options: ClosenessOptions = {}): Tensor {
  checkOptions("isClose", options, closenessNames);
  const { rtol = 1e-5, atol = 1e-8, equalNaN = false } = options;
  const [x, y] = align("isClose", [a, b]).map(toFloat);
  const distance = x.sub(y).abs();
  const near = distance.lessEqual(y.abs().mul(rtol).add(atol)).logicalAnd(distance.isFinite());
  const close = near.logicalOr(x.equal(y));
  return equalNaN ? close.logicalOr(x.isNaN().logicalAnd(y.isNaN())) : close;
}

/** Whether all elements are close as `isClose` says, as one bool. Shape: `[...], [...] → []`. */
export function allClose(a: Tensor, b: Operand, options: ClosenessOptions = {}): Tensor {
  checkOptions("allClose", options, closenessNames);
  return isClose(a, b, options).all();
}

/** What takes the place of numbers that are not finite. */
export interface NanToNumOptions {
  /** For NaN; default 0. */
  readonly nan?: number;
  /** For ∞; default the largest number of the type. */
  readonly posInf?: number;
  /** For −∞; default the smallest number of the type. */
  readonly negInf?: number;
}

const nanToNumNames: OptionNames<NanToNumOptions> = { nan: true, posInf: true, negInf: true };

/** Replaces NaN and infinities by numbers; the derivative is 0 there. */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  checkOptions("nanToNum", options, nanToNumNames);
  checkTensor("nanToNum", "the operand", x);
  if (!isFloat(x.dtype)) return x.node;
  const most = x.dtype === "float32" ? (2 - 2 ** -23) * 2 ** 127 : Number.MAX_VALUE;
  const { nan = 0, posInf = most, negInf = -most } = options;
  const bounded = isPosInf(x).where(posInf, isNegInf(x).where(negInf, x));
  return isNotANumber(x).where(nan, bounded);
}
