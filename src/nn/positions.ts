// Positions as features. Learned positions are an `Embedding` of the numbers 0 … T − 1.

import type { DType } from "../core/dtype.ts";
import type { Tensor } from "../ir/tensor.ts";
import { tensor } from "../ops/leaf.ts";
import { checkSizes } from "./layer.ts";

/**
 * Sines and cosines of positions, in turn, `sin(p / 10000^{2i/C})` and `cos(p / 10000^{2i/C})` (Vaswani et al. 2017).
 * Shape: `[length, features]`.
 */
export function sinusoidalPositions(
  length: number,
  features: number,
  options: { readonly dtype?: DType } = {},
): Tensor {
  checkSizes("sinusoidalPositions", { length, features });
  const values = Float64Array.from({ length: length * features }, (_, at) => {
    const [position, feature] = [Math.floor(at / features), at % features];
    const angle = position / 10_000 ** ((feature - (feature % 2)) / features);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
  return tensor(values, { shape: [length, features], dtype: options.dtype ?? "float32" });
}
