// Pieces that float32 expansions share. Coefficients are minimax fits of this project (weighted least squares iterated
// to equal ripples, 40 digits); test/ops/accuracy.test.ts measures the error over the whole range.
// No expansion relies on a fused multiply-add: what has to be exact is a product of two heads of 12 bits.

import type { ScalarBuilder, ScalarValue } from "../ir/scalar.ts";

/** log 2 in two parts: the first has 9 bits, so that whole multiples up to 2¹⁵ are exact. */
export const ln2High = 0.693359375;
export const ln2Low = -2.1219444005469057e-4;

/** Arithmetic of expansions, spelled shortly. Numbers are float32 constants. */
export interface Arithmetic {
  readonly add: (a: Value, b: Value) => ScalarValue;
  readonly sub: (a: Value, b: Value) => ScalarValue;
  readonly mul: (a: Value, b: Value) => ScalarValue;
  readonly div: (a: Value, b: Value) => ScalarValue;
  readonly sqrt: (a: Value) => ScalarValue;
  /** a · b + c. */
  readonly fma: (a: Value, b: Value, c: Value) => ScalarValue;
  /** Smaller and larger of two; NaN wins. */
  readonly min: (a: Value, b: Value) => ScalarValue;
  readonly max: (a: Value, b: Value) => ScalarValue;
  readonly less: (a: Value, b: Value) => ScalarValue;
  readonly equal: (a: Value, b: Value) => ScalarValue;
  readonly select: (condition: ScalarValue, a: Value, b: Value) => ScalarValue;
  readonly abs: (a: Value) => ScalarValue;
  /** The size of a with the sign of b. */
  readonly copySign: (a: Value, b: Value) => ScalarValue;
  /** `c[0] + c[1] x + c[2] x² + …` by Horner's rule. */
  readonly polynomial: (x: ScalarValue, coefficients: readonly number[]) => ScalarValue;
  /** A float32 constant. */
  readonly number: (value: number) => ScalarValue;
  /** An int32 constant. */
  readonly int: (value: number) => ScalarValue;
  readonly apply: ScalarBuilder["apply"];
}

type Value = ScalarValue | number;

/** Wraps a builder. */
export function arithmetic(e: ScalarBuilder): Arithmetic {
  const value = (x: Value): ScalarValue => (typeof x === "number" ? e.constant(x, "float32") : x);
  const call =
    (name: string) =>
    (...args: Value[]): ScalarValue =>
      e.apply(name, ...args.map(value));
  const fma = call("fma");
  return {
    add: call("add"),
    sub: call("sub"),
    mul: call("mul"),
    div: call("div"),
    sqrt: call("sqrt"),
    fma,
    min: call("minimum"),
    max: call("maximum"),
    less: call("less"),
    equal: call("equal"),
    select: call("select"),
    abs: call("abs"),
    copySign: call("copySign"),
    polynomial: (x, coefficients) => {
      let sum = value(coefficients[coefficients.length - 1]);
      for (let k = coefficients.length - 2; k >= 0; k--) sum = fma(sum, x, coefficients[k]);
      return sum;
    },
    number: (n) => e.constant(n, "float32"),
    int: (n) => e.constant(n, "int32"),
    apply: e.apply.bind(e),
  };
}

/** A whole number as float32 and, plus a bias, in the low 9 bits of an int32. */
export interface Whole {
  readonly n: ScalarValue;
  readonly bits: ScalarValue;
}

/**
 * Rounds `a · b` (|a · b| < 2²²) to a whole number: next to 1.5 · 2²³ the last bit of a float32 is worth 1, so that
 * an addition rounds, and leaves the number in the low bits.
 */
export function wholeProduct(m: Arithmetic, a: ScalarValue, b: number, bias: number): Whole {
  const origin = 1.5 * 2 ** 23 + bias;
  const shifted = m.fma(a, b, origin);
  return { n: m.sub(shifted, origin), bits: m.apply("floatBits", shifted) };
}

/** The bias of an exponent, so that `powerOf2` takes the bits as they are; twice that for `scale`. */
export const exponentBias = 127;

/** 2ⁿ for n = −126 … 127, from bits with a bias of 127. */
export function powerOf2(m: Arithmetic, bits: ScalarValue): ScalarValue {
  return m.apply("bitsFloat", m.apply("shiftLeft", bits, m.int(23)));
}

/** `x · 2ⁿ` for |n| ≤ 254, rounded once, from bits with a bias of 254: 2ⁿ in two halves, since it may not be a float32. */
export function scale(m: Arithmetic, x: ScalarValue, bits: ScalarValue): ScalarValue {
  const half = m.apply("shiftRightSigned", bits, m.int(1));
  const rest = m.apply("sub", bits, half);
  return m.mul(m.mul(x, powerOf2(m, half)), powerOf2(m, rest));
}

/** Splits `x = n log 2 + r` with whole n and |r| ≤ ½ log 2. */
export function reduceByLn2(
  m: Arithmetic,
  x: ScalarValue,
  bias: number,
): Whole & { readonly r: ScalarValue } {
  const whole = wholeProduct(m, x, Math.LOG2E, bias);
  return { ...whole, r: m.fma(whole.n, -ln2Low, m.fma(whole.n, -ln2High, x)) };
}

/** `eʳ` for |r| ≤ ½ log 2. */
export function expOfSmall(m: Arithmetic, r: ScalarValue): ScalarValue {
  return m.polynomial(
    r,
    [1, 1, 0.4999999404, 0.1666652113, 0.04166826233, 0.00836867094, 0.00138209993],
  );
}

/** `eʳ − 1 = r + r² q(r)` for |r| ≤ ½ log 2. */
export function expm1OfSmall(m: Arithmetic, r: ScalarValue): ScalarValue {
  const q = m.polynomial(
    r,
    [0.4999999702, 0.1666653901, 0.04166722298, 0.008367180824, 0.001388238976],
  );
  return m.fma(q, m.mul(r, r), r);
}

/** The first 12 bits of a float32, so that the product of two heads is exact. */
export function head(m: Arithmetic, x: ScalarValue): ScalarValue {
  const bits = m.apply("shiftRightSigned", m.apply("floatBits", x), m.int(12));
  return m.apply("bitsFloat", m.apply("shiftLeft", bits, m.int(12)));
}

/** Splits `x = 2ᵏ (1 + f)` with √½ ≤ 1 + f < √2, for 0 < x < ∞, subnormal numbers included. */
export function splitExponent(
  m: Arithmetic,
  x: ScalarValue,
): { readonly k: ScalarValue; readonly f: ScalarValue } {
  const tiny = m.less(x, 1.1754943508222875e-38); // below 2⁻¹²⁶ the exponent bits say nothing
  const bits = m.apply("floatBits", m.select(tiny, m.mul(x, 2 ** 23), x));
  const fromRootHalf = m.apply("sub", bits, m.int(0x3f3504f3));
  const k = m.apply("shiftRightSigned", fromRootHalf, m.int(23));
  const mantissa = m.apply("sub", bits, m.apply("shiftLeft", k, m.int(23)));
  return {
    k: m.sub(m.apply("toFloat", k), m.select(tiny, 23, 0)),
    f: m.sub(m.apply("bitsFloat", mantissa), 1),
  };
}
