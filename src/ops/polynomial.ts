// Pieces that float32 expansions share. Coefficients are minimax fits of this project (weighted least squares iterated
// to equal ripples, 40 digits); test/ops/expansions.test.ts measures the error over the whole range.

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
  /** a · b + c. */
  readonly fma: (a: Value, b: Value, c: Value) => ScalarValue;
  readonly less: (a: Value, b: Value) => ScalarValue;
  readonly equal: (a: Value, b: Value) => ScalarValue;
  readonly select: (condition: ScalarValue, a: Value, b: Value) => ScalarValue;
  readonly abs: (a: Value) => ScalarValue;
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
    fma,
    less: call("less"),
    equal: call("equal"),
    select: call("select"),
    abs: call("abs"),
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

/** Splits `x = n log 2 + r` with whole n and |r| ≤ ½ log 2. */
export function reduceByLn2(m: Arithmetic, x: ScalarValue): { n: ScalarValue; r: ScalarValue } {
  const n = m.apply("round", m.mul(x, Math.LOG2E));
  return { n, r: m.fma(n, -ln2Low, m.fma(n, -ln2High, x)) };
}

/** Multiplies a number near 1 by 2ⁿ by adding to its exponent bits. */
export function scaleByPowerOf2(m: Arithmetic, x: ScalarValue, n: ScalarValue): ScalarValue {
  const shift = m.apply("shiftLeft", m.apply("toInt", n), m.int(23));
  return m.apply("bitsFloat", m.apply("add", m.apply("floatBits", x), shift));
}

/** `eʳ − 1 = r + r² q(r)` for |r| ≤ ½ log 2. */
export function expm1OfSmall(m: Arithmetic, r: ScalarValue): ScalarValue {
  const q = m.polynomial(
    r,
    [0.4999999702, 0.1666653901, 0.04166722298, 0.008367180824, 0.001388238976],
  );
  return m.fma(q, m.mul(r, r), r);
}
