// Images in browsers: files that a person chose, what a page shows or draws. The browser decodes all formats that it knows,
// so no package is needed; every picture is brought to its size at once and kept as bytes.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import { ArrayDataset } from "../dataset.ts";
import { byClass } from "./class-folders.ts";
import {
  checkImageOptions,
  type ImageFolderOptions,
  pairOf,
  type SkippedFile,
} from "./image-dataset.ts";
import { type FrameOptions, type Picture, pixelsOf } from "./picture.ts";

/** What a picture can be taken from: pixels, a drawing surface, or an image file. */
export type ImageInput = ImageData | ImageBitmap | HTMLCanvasElement | OffscreenCanvas | Blob;

/** Images of files with their classes. */
export interface ReadImages {
  readonly dataset: ArrayDataset<"images" | "labels">;
  readonly classes: readonly string[];
  readonly names: readonly string[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * The pixels of one picture. Shape: `[C, H, W]`, float32 in 0 … 1. Without `size` the picture's own is kept. Photos are
 * turned upright as their EXIF says; colours of transparent pixels are rounded by the browser.
 *
 * Errors: `BAD_ARGUMENT` for other kinds of things, `BAD_FILE` for a file that the browser cannot decode.
 */
export async function imageTensor(
  image: ImageInput,
  options: ImageFolderOptions = {},
): Promise<HostTensor> {
  checkImageOptions("imageTensor", options);
  const picture = await pictureFrom(image, options);
  const frame = frameOf(options, picture);
  return {
    dtype: "float32",
    shape: [frame.channels, ...frame.size],
    data: pixelsOf(picture, frame),
  };
}

/**
 * Reads the images of a folder that a person chose (`<input type="file" webkitdirectory>`): the folder's folders are the
 * classes, in ascending order. Options as for `imageFolder`; `size` is needed.
 */
export async function readImages(
  files: Iterable<File>,
  options: ImageFolderOptions & Required<Pick<ImageFolderOptions, "size">>,
): Promise<ReadImages> {
  checkImageOptions("readImages", options);
  const given = Array.from(files, (file) => [pathWithin(file), file] as const);
  const images = given.filter(([, file]) => file.type.startsWith("image/"));
  const { classes, files: sorted } = byClass("readImages", "the folder", images);
  const [labels, names, skipped]: [number[], string[], SkippedFile[]] = [[], [], []];
  const { size, channels } = frameOf(options, { width: 1, height: 1 });
  const width = channels * size[0] * size[1];
  const pixels = new Uint8Array(sorted.length * width);
  for (const { file, path, label } of sorted) {
    try {
      const { data } = await imageTensor(file, options);
      for (let k = 0; k < width; k++) pixels[names.length * width + k] = Math.round(255 * data[k]);
      names.push(path);
      labels.push(label);
    } catch (error) {
      if (options.damaged !== "skip" || !(error instanceof ChainruleError)) throw error;
      skipped.push({ name: path, reason: error.message });
    }
  }
  const dataset = new ArrayDataset({
    images: {
      data: pixels.subarray(0, names.length * width),
      shape: [channels, ...size],
      scale: 1 / 255,
    },
    labels: { data: Int32Array.from(labels) },
  });
  return { dataset, classes, names, skipped };
}

/** The path below the chosen folder. */
function pathWithin(file: File): string {
  const path = file.webkitRelativePath || file.name;
  return path.slice(path.indexOf("/") + 1);
}

function frameOf(
  { size, channels = 3, resize = "cover" }: ImageFolderOptions,
  { width, height }: Pick<Picture, "width" | "height">,
): FrameOptions {
  return { size: size === undefined ? [height, width] : pairOf(size), channels, resize };
}

async function pictureFrom(
  image: ImageInput,
  { maxPixels = 2 ** 25 }: ImageFolderOptions,
): Promise<Picture> {
  if (isPixels(image)) return { ...sizeOf(image), data: image.data };
  return drawn(image instanceof Blob ? await decoded(image) : image, maxPixels);
}

function isPixels(image: ImageInput): image is ImageData {
  return typeof ImageData !== "undefined" && image instanceof ImageData;
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }): {
  readonly width: number;
  readonly height: number;
  readonly channels: 4;
} {
  return { width, height, channels: 4 };
}

async function decoded(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, {
      premultiplyAlpha: "none",
      colorSpaceConversion: "none",
    });
  } catch (cause) {
    const name = "name" in file ? String(file.name) : "the image";
    throw new ChainruleError({
      code: "BAD_FILE",
      op: "imageTensor",
      problem: `the browser cannot decode ${name} (${file.type || "of unknown type"}, ${file.size} bytes)`,
      fix: "Check that it is an image; PNG, JPEG and WebP are known everywhere.",
      detail: { file: name },
      cause,
    });
  }
}

type Drawable = ImageBitmap | HTMLCanvasElement | OffscreenCanvas;

function drawn(image: Drawable, maxPixels: number): Picture {
  const { width, height } = image;
  if (!(width > 0 && height > 0)) throw noPicture(image);
  if (width * height > maxPixels) throw tooLarge(width, height, maxPixels);
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    willReadFrequently: true,
  })!;
  context.drawImage(image, 0, 0);
  return { ...sizeOf(image), data: context.getImageData(0, 0, width, height).data };
}

function noPicture(image: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "imageTensor",
    problem: `received ${showValue(image)}, which has no pixels`,
    fix: "Pass ImageData, an ImageBitmap, a canvas, or an image file (Blob or File).",
  });
}

function tooLarge(width: number, height: number, maxPixels: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "imageTensor",
    problem: `the image has ${width} × ${height} pixels, over the limit of ${maxPixels}`,
    fix: "Make it smaller, or pass a larger `maxPixels`.",
    detail: { width, height, maxPixels },
  });
}
