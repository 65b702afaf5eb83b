// Random operands for tests, the same at every run.

import { convertArray } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { type Shape, sizeOf } from "../../src/core/shape.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { constant } from "../../src/ops/leaf.ts";

/** Uniform numbers in −1 … 1. */
export function draw(shape: Shape, seed: number, dtype: "float32" | "float64" = "float64"): Tensor {
  const values = new RandomStream(seed).uniform(sizeOf(shape)).map((u) => 2 * u - 1);
  return constant(convertArray(values, dtype), shape, dtype);
}
