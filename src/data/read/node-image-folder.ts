// Image folders in Node: one folder per class, as torchvision's `ImageFolder` has them.

import { join, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { byClass } from "./class-folders.ts";
import { type ImageKind, imageDecoder } from "./decode-image.ts";
import { checkImageOptions, ImageDataset, type ImageFolderOptions } from "./image-dataset.ts";
import { pathOf } from "./node-files.ts";
import { filesBelow, readNow } from "./node-folder.ts";

const kinds: Readonly<Record<string, ImageKind>> = { png: "png", jpg: "jpeg", jpeg: "jpeg" };
const unread = ["webp", "gif", "bmp", "avif", "heic", "heif", "tif", "tiff", "jxl"];

/**
 * Reads PNG and JPEG images from one folder per class, when they are needed. Classes are the names of the folders, in
 * ascending order; other files are passed over.
 *
 * `const train = await imageFolder("flowers/train", { size: 64 });`
 * Shape: `images` float32 `[C, H, W]` in 0 … 1; `labels` int32 `[]`.
 * An EXIF rotation is not applied, as in torchvision.
 * Errors: `MISSING_FILE`, `BAD_FILE` for images of other formats, and for damaged ones when they are read.
 */
export async function imageFolder(
  folder: string | URL,
  options: ImageFolderOptions = {},
): Promise<ImageDataset> {
  checkImageOptions("imageFolder", options);
  const root = resolve(pathOf(folder));
  const paths = filesBelow(root);
  const other = paths.find((path) => unread.includes(extensionOf(path)));
  if (other !== undefined) throw otherFormat(join(root, other));
  const images = paths.filter((path) => Object.hasOwn(kinds, extensionOf(path)));
  const { classes, files } = byClass(
    root,
    images.map((path) => [path, join(root, path)] as const),
  );
  const found = images.map((path) => kinds[extensionOf(path)]);
  const decode = await imageDecoder(found, options.maxPixels);
  const items = files.map(({ file, label }) => ({ name: file, label, bytes: () => readNow(file) }));
  return new ImageDataset(items, classes, decode, options);
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1).toLowerCase();
}

function otherFormat(path: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "imageFolder",
    problem: `${path} is of a format that is not read; PNG and JPEG are`,
    fix: `Convert the ${extensionOf(path)} files, for instance by \`magick mogrify -format png *.${extensionOf(path)}\`.`,
    detail: { file: path },
  });
}
