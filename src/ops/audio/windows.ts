// Window functions: weights that let a piece of a signal begin and end softly.

import { convertArray, type DType } from "../../core/dtype.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { constant } from "../leaf.ts";

/** Options of windows. */
export interface WindowOptions {
  /** Whether the window continues periodically (default, for spectra) or is symmetric (for filters). */
  readonly periodic?: boolean;
  readonly dtype?: DType;
}

/** Hann window, `0.5 − 0.5 cos(2πk/n)`. Shape: `→ [n]`. */
export function hannWindow(n: number, options: WindowOptions = {}): Tensor {
  return cosines("hannWindow", n, [0.5, -0.5], options);
}

/** Hamming window, `0.54 − 0.46 cos(2πk/n)`. Shape: `→ [n]`. */
export function hammingWindow(n: number, options: WindowOptions = {}): Tensor {
  return cosines("hammingWindow", n, [0.54, -0.46], options);
}

/** Blackman window, `0.42 − 0.5 cos(2πk/n) + 0.08 cos(4πk/n)`. Shape: `→ [n]`. */
export function blackmanWindow(n: number, options: WindowOptions = {}): Tensor {
  return cosines("blackmanWindow", n, [0.42, -0.5, 0.08], options);
}

/** `Σ_m c_m cos(2πmk/n)`. */
function cosines(
  op: string,
  n: number,
  coefficients: readonly number[],
  { periodic = true, dtype = "float32" }: WindowOptions,
): Tensor {
  checkLength(op, n);
  const period = Math.max(1, periodic ? n : n - 1);
  const values = Float64Array.from({ length: n }, (_, k) => {
    if (n === 1) return 1;
    const angle = (2 * Math.PI * k) / period;
    return coefficients.reduce((sum, c, m) => sum + c * Math.cos(m * angle), 0);
  });
  return constant(convertArray(values, dtype), [n], dtype);
}

function checkLength(op: string, n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `a window of ${n} elements`,
    fix: "Pass a whole number ≥ 1.",
    detail: { n },
  });
}
