// Images read at places between pixels: bilinear, about the centre, and `fill` from outside, as PyTorch's `grid_sample` with
// `align_corners` false and zeros around.

import type { Tensor } from "../../ir/tensor.ts";
import { places } from "./images.ts";

/** Where each pixel comes from, in pixels from the centre: `x' = a x + b y + c`, `y' = d x + e y + f`, `[B, 1, 1, 1]` each. */
export type AffineMap = readonly [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];

/** Reads images through an affine map. Shape: `[B, C, H, W] → [B, C, H, W]`. */
export function sampleAffine(x: Tensor, [a, b, c, d, e, f]: AffineMap, fill: number): Tensor {
  const [height, width] = x.shape.slice(2);
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const right = places(x, 3).sub(middleX); // [1, 1, 1, W]
  const down = places(x, 2).sub(middleY); //  [1, 1, H, 1]
  const column = a.mul(right).add(b.mul(down)).add(c).add(middleX); // [B, 1, H, W]
  const row = d.mul(right).add(e.mul(down)).add(f).add(middleY);
  const centred = fill === 0 ? x : x.sub(fill);
  const [top, left] = [row.floor(), column.floor()];
  const corners = [0, 1].flatMap((dy) =>
    [0, 1].map((dx) => {
      const share = weightOf(row.sub(top), dy).mul(weightOf(column.sub(left), dx));
      return pixelsAt(centred, top.add(dy), left.add(dx)).mul(share);
    }),
  );
  const sum = corners.reduce((one, other) => one.add(other));
  return fill === 0 ? sum : sum.add(fill);
}

/** Share of the nearer or the farther of two pixels. */
const weightOf = (part: Tensor, step: number): Tensor => (step === 1 ? part : part.neg().add(1));

/** Pixels at whole places, 0 outside. Shape: `[B, C, H, W], [B, 1, H, W] twice → [B, C, H, W]`. */
function pixelsAt(x: Tensor, row: Tensor, column: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const isInside = inside(row, height).logicalAnd(inside(column, width));
  const whole = (place: Tensor, size: number): Tensor =>
    place.clamp({ min: 0, max: size - 1 }).cast("int32");
  const index = whole(row, height).mul(width).add(whole(column, width));
  const flat = x.reshape([batch, channels, height * width]);
  const read = flat.takeAlong(index.reshape([batch, 1, height * width]), 2);
  return isInside.where(read.reshape(x.shape), 0);
}

const inside = (place: Tensor, size: number): Tensor =>
  place.greaterEqual(0).logicalAnd(place.less(size));
