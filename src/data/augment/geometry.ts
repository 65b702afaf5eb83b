// Flips, crops, rotations and affine maps of images in records: what the layers of the same names do with batches.

import {
  type AffineOptions,
  type AffineSettings,
  affineSettings,
  type CropOptions,
  cropSettings,
  type FlipOptions,
  flipSettings,
  type RotationOptions,
  rotationSettings,
  type Spread,
} from "../../core/augmentation.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { RandomStream } from "../../core/random.ts";
import {
  type Augmentation,
  between,
  type FieldOption,
  type Image,
  likeArray,
  onImages,
  parted,
} from "./field.ts";

/** Flips the image with probability `p`. Shape: `[C, H, W] → [C, H, W]`. */
export function randomFlip(options: FlipOptions & FieldOption = {}): Augmentation {
  const { field, rest } = parted(options);
  const { p, direction } = flipSettings("augment.randomFlip", rest);
  return onImages("augment.randomFlip", field, { float: false }, (image, random) => {
    const [across, down] = random.uniform(2);
    const isAcross = direction !== "vertical" && across < p;
    const isDown = direction !== "horizontal" && down < p;
    return isAcross || isDown ? flipped(image, isAcross, isDown) : image;
  });
}

function flipped(image: Image, across: boolean, down: boolean): Image {
  const { height, width } = image;
  return moved(image, height, width, 0, (row, column) => {
    const from = down ? height - 1 - row : row;
    return from * width + (across ? width - 1 - column : column);
  });
}

/**
 * Puts `padding` around the image and cuts a part of `size` out of it at a random place.
 * Shape: `[C, H, W] → [C, …size]`. Errors: `SHAPE_MISMATCH` for images that are too small.
 */
export function randomCrop(
  size: number | readonly [height: number, width: number],
  options: CropOptions & FieldOption = {},
): Augmentation {
  const { field, rest } = parted(options);
  const settings = cropSettings("augment.randomCrop", size, rest);
  const { padding, fill } = settings;
  const [rows, columns] = settings.size;
  return onImages("augment.randomCrop", field, { float: false }, (image, random) => {
    const { height, width } = image;
    const free = [height + 2 * padding - rows, width + 2 * padding - columns];
    if (free.some((n) => n < 0)) throw tooSmall(image, rows, columns, padding);
    const draws = random.uniform(2);
    const [top, left] = free.map((n, k) => Math.floor(draws[k] * (n + 1)) - padding);
    return moved(image, rows, columns, fill, (row, column) => {
      const [y, x] = [row + top, column + left];
      return y >= 0 && y < height && x >= 0 && x < width ? y * width + x : -1;
    });
  });
}

function tooSmall(image: Image, rows: number, columns: number, padding: number): ChainruleError {
  return new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "augment.randomCrop",
    problem:
      `expected images of at least ${rows}×${columns} with a padding of ${padding}; ` +
      `received ${image.height}×${image.width}`,
    fix: "Crop a smaller part, or pad more.",
    detail: { size: [rows, columns], received: [image.height, image.width] },
  });
}

/** An image of pixels that come from places of another, all channels alike; −1 is outside. */
function moved(
  image: Image,
  height: number,
  width: number,
  fill: number,
  placeOf: (row: number, column: number) => number,
): Image {
  const { channels } = image;
  const [from, to] = [image.height * image.width, height * width];
  const data = likeArray(image.data, channels * to);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const place = placeOf(row, column);
      const at = row * width + column;
      for (let c = 0; c < channels; c++) {
        data[c * to + at] = place < 0 ? fill : image.data[c * from + place];
      }
    }
  }
  return { data, channels, height, width };
}

/** Turns the image by an angle drawn from `degrees`, clockwise where positive: bilinear, about its centre. */
export function randomRotation(
  degrees: Spread,
  options: RotationOptions & FieldOption = {},
): Augmentation {
  const { field, rest } = parted(options);
  return mapping("augment.randomRotation", field, (op) => rotationSettings(op, degrees, rest));
}

/** Maps the image by a random rotation, scale, shear and shift about its centre: bilinear. Shape: `[C, H, W] → [C, H, W]`. */
export function randomAffine(options: AffineOptions & FieldOption = {}): Augmentation {
  const { field, rest } = parted(options);
  return mapping("augment.randomAffine", field, (op) => affineSettings(op, rest));
}

function mapping(
  op: string,
  field: string,
  settingsOf: (op: string) => AffineSettings,
): Augmentation {
  const settings = settingsOf(op);
  return onImages(op, field, { float: true }, (image, random) =>
    sampled(image, drawMap(settings, image, random), settings.fill),
  );
}

/** `x' = a x + b y + c`, `y' = d x + e y + f`: where each pixel comes from, in pixels from the centre. */
type AffineMap = readonly [number, number, number, number, number, number];

/** Draws the inverse of: shear, turn, scale, then shift. */
function drawMap(settings: AffineSettings, image: Image, random: RandomStream): AffineMap {
  const draws = random.uniform(5);
  const angle = (between(settings.degrees, draws[0]) * Math.PI) / 180;
  const shear = Math.tan((between(settings.shear, draws[1]) * Math.PI) / 180);
  const scale = between(settings.scale, draws[2]);
  const [right, down] = [image.width, image.height].map((size, k) => {
    const most = settings.translate[k] * size;
    return Math.round(between([-most, most], draws[3 + k]));
  });
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const [a, b, d, e] = [cos - shear * sin, sin + shear * cos, -sin, cos];
  return [a, b, -(a * right + b * down), d, e, -(d * right + e * down)];
}

/** Reads an image between its pixels, as PyTorch's `grid_sample` with `align_corners` false. */
function sampled(image: Image, [a, b, c, d, e, f]: AffineMap, fill: number): Image {
  const { channels, height, width } = image;
  const data = likeArray(image.data, image.data.length);
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const size = height * width;
  for (let at = 0; at < size; at++) {
    const [x, y] = [(at % width) - middleX, Math.floor(at / width) - middleY];
    const [column, row] = [a * x + b * y + c + middleX, d * x + e * y + f + middleY];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let corner = 0; corner < 4; corner++) {
        const [px, py] = [left + (corner & 1), top + (corner >> 1)];
        const isInside = px >= 0 && px < width && py >= 0 && py < height;
        const pixel = isInside ? image.data[channel * size + py * width + px] : fill;
        sum += pixel * (1 - Math.abs(column - px)) * (1 - Math.abs(row - py));
      }
      data[channel * size + at] = sum;
    }
  }
  return { data, channels, height, width };
}
