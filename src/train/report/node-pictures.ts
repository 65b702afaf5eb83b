// Samples as small pictures: for the report as PNG files in `data:` URLs, for TensorBoard side by side.

import type { HostTensor } from "../../core/host.ts";
import { encodePng, picturesOf } from "../tensorboard/node-png.ts";

/** Pixels along the longer side of a picture; larger ones are thinned. */
const pictureSize = 96;

/** A picture as values from 0 to 1: over the range of its own where they leave that. Shape: `[C, H, W]`, small. */
export function smallPicture({ shape, data }: HostTensor): HostTensor {
  const [channels, height, width] = shape;
  const stride = Math.ceil(Math.max(height, width) / pictureSize);
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const [least, range] = rangeOf(data);
  const values = new Float32Array(channels * rows * columns);
  let k = 0;
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        values[k++] = (data[(c * height + y * stride) * width + x * stride] - least) / range;
  return { dtype: "float32", shape: [channels, rows, columns], data: values };
}

/** A picture of values from 0 to 1 as `data:` URL. */
export function pictureUrl(picture: HostTensor): string {
  const [pixels] = picturesOf("report", picture);
  return `data:image/png;base64,${Buffer.from(encodePng(pixels)).toString("base64")}`;
}

/** Pictures of one size as one tensor. Shape: `[C, H, W]`, … → `[N, C, H, W]`. */
export function stacked(pictures: readonly HostTensor[]): HostTensor {
  const [{ shape, data }] = pictures;
  const values = new Float32Array(pictures.length * data.length);
  for (const [k, picture] of pictures.entries()) values.set(picture.data, k * data.length);
  return { dtype: "float32", shape: [pictures.length, ...shape], data: values };
}

function rangeOf(data: ArrayLike<number>): [least: number, range: number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < data.length; k++) {
    least = Math.min(least, data[k]);
    most = Math.max(most, data[k]);
  }
  if (least >= 0 && most <= 1) return [0, 1];
  return [least, most - least || 1];
}
