// What augmenting layers share: checks of images, draws with one number for each sample, and places as tensors.

import { checkTensor } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { iota } from "../../ops/leaf.ts";
import { type Generator, random } from "../../ops/random.ts";
import { type Context, checkContext, inputError } from "../layer.ts";

/** The generator to draw from in training; undefined in inference, where the input is passed on. */
export function drawing(layer: string, context: Context): Generator | undefined {
  checkContext(layer, context);
  const { training, generator = random } = context;
  return training ? generator : undefined;
}

/** Refuses what is no batch of images; where values change they must be floats. */
export function checkImages(
  layer: string,
  x: Tensor,
  { float }: { readonly float: boolean },
): void {
  checkTensor(layer, "the input", x);
  if (x.rank !== 4) {
    throw inputError("SHAPE_MISMATCH", layer, x, {
      expected: "[batch, channels, height, width]",
      fix: "Give a single image a batch axis with .unsqueeze(0).",
    });
  }
  if (float && x.dtype !== "float32" && x.dtype !== "float64") {
    throw inputError("DTYPE_MISMATCH", layer, x, {
      expected: "floats",
      fix: 'Convert the images with .cast("float32").',
    });
  }
}

/** One number for each sample, of the input's element type, as it broadcasts. Shape: `[B, 1, …]`. */
export function perSample(generator: Generator, x: Tensor, low: number, high: number): Tensor {
  const shape = x.shape.map((n, k) => (k === 0 ? n : 1));
  const draw: Tensor = generator.uniform(shape, low, high);
  return x.dtype === "float64" ? draw.cast("float64") : draw;
}

/** The places 0, 1, … along an axis, as they broadcast, of the element type of `like`. Shape: `[1, …, n, …, 1]`. */
export function places(like: Tensor, axis: number): Tensor {
  const line: Tensor = iota(
    like.shape.map((n, k) => (k === axis ? n : 1)),
    axis,
  );
  return line.cast(like.dtype === "float64" ? "float64" : "float32");
}
