// Functions given by numbers: polynomials by their coefficients, lines through points.

import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { searchSorted } from "./search.ts";

/** Polynomial with the given coefficients, highest power first, by Horner's rule. Shape: `[...] → [...]`. */
export function polyval(x: Tensor, coefficients: readonly number[] | Tensor): Tensor {
  if (Array.isArray(coefficients)) {
    return coefficients.reduce<Tensor>((sum, c) => sum.mul(x).add(c), x.zerosLike());
  }
  const vector = coefficients as Tensor;
  return vector.unbind(0).reduce((sum, c) => sum.mul(x).add(c), x.zerosLike());
}

/**
 * Height at `x` of the lines through points with rising places `xs` and heights `ys`; beyond the ends that of the end, with
 * derivative 0. Shape: `[...], [n], [n] → [...]`.
 */
export function interp(x: Tensor, xs: Tensor, ys: Tensor): Tensor {
  if (xs.rank !== 1 || ys.rank !== 1 || xs.size !== ys.size || xs.size < 2) {
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "interp",
      problem: `places ${showShape(xs.shape)} and heights ${showShape(ys.shape)} are not points of a line`,
      fix: "Pass two vectors of one length, 2 or more.",
      detail: { xs: xs.shape, ys: ys.shape },
    });
  }
  const last = xs.size - 1;
  const inside = x.clamp({ min: xs.select(0, 0), max: xs.select(0, last) });
  const right = searchSorted(xs.stopGradient(), inside.stopGradient()).clamp({ min: 1, max: last });
  const [x0, x1, y0, y1] = [xs, ys].flatMap((v) => [v.take(right.sub(1)), v.take(right)]);
  return inside.sub(x0).div(x1.sub(x0)).mul(y1.sub(y0)).add(y0);
}
