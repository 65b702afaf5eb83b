// Image folders in Node: one folder per class, as torchvision's `ImageFolder` has them.

import { join, resolve } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { type ImageKind, imageDecoder } from "./decode-image.ts";
import {
  checkImageOptions,
  ImageDataset,
  type ImageFolderOptions,
  imageNames,
} from "./image-dataset.ts";
import { pathOf } from "./node-files.ts";
import {
  classesOf,
  type FolderOptions,
  fileItem,
  folderNames,
  wantedFiles,
} from "./node-folder.ts";

/** Options of `imageFolder`. */
export interface ImageFilesOptions extends ImageFolderOptions, FolderOptions {}

const optionNames: OptionNames<ImageFilesOptions> = { ...imageNames, ...folderNames };

const kinds: Readonly<Record<string, ImageKind>> = { png: "png", jpg: "jpeg", jpeg: "jpeg" };
const unread = ["webp", "gif", "bmp", "avif", "heic", "heif", "tif", "tiff", "jxl"];

/**
 * Reads PNG and JPEG images of a folder, when they are needed: one folder per class, or `label` says a file's class. Classes
 * are in ascending order, records in the order of classes and names; other files are passed over.
 *
 * `const train = await imageFolder("flowers/train", { size: 64 });`
 * `await imageFolder("pets", { size: 64, label: (file) => file.split(".")[0] }); // cat.0.jpg, dog.0.jpg, …`
 * Shape: `images` float32 `[C, H, W]` in 0 … 1; `labels` int32 `[]`.
 * An EXIF rotation is not applied, as in torchvision.
 * Errors: `MISSING_FILE`, `BAD_FILE` for images of other formats, and for damaged ones when they are read.
 */
export async function imageFolder(
  folder: string | URL,
  options: ImageFilesOptions = {},
): Promise<ImageDataset> {
  checkOptionNames("imageFolder", options, optionNames);
  const { label, filter, ...others } = options;
  checkImageOptions("imageFolder", others);
  const root = resolve(pathOf(folder));
  const paths = wantedFiles("imageFolder", root, { label, filter });
  const other = paths.find((path) => unread.includes(extensionOf(path)));
  if (other !== undefined) throw otherFormat(join(root, other));
  const images = paths.filter((path) => Object.hasOwn(kinds, extensionOf(path)));
  const { classes, files } = classesOf("imageFolder", root, images, label);
  const found = images.map((path) => kinds[extensionOf(path)]);
  const decode = await imageDecoder(found, options.maxPixels);
  const items = files.map(fileItem);
  return new ImageDataset(items, classes, decode, others);
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
