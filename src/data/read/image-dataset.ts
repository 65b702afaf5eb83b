// Images as a data set: files stay packed until a batch needs them, and are decoded, resized and scaled then. A folder of
// any size costs no more memory than a batch.

import { checkChoice, checkFinite } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkIndices, type Dataset, type FieldType, noField } from "../dataset.ts";
import { jointDigits, listDigits } from "../fingerprint.ts";
import type { ImageDecoder } from "./decode-image.ts";
import { type FrameOptions, pixelsOf, type ResizeMode } from "./picture.ts";

/** Options of image data sets. */
export interface ImageFolderOptions {
  /** Pixels of the images, one number for squares; default: those of the first image, which all must have then. */
  readonly size?: number | readonly [height: number, width: number];
  /** 1: grey; 3: red, green, blue (alpha is dropped); 4: with alpha. Default 3. */
  readonly channels?: 1 | 3 | 4;
  /** How an image fills `size`: `cover` cuts what is too long, `contain` leaves black borders, `stretch` distorts; default `cover`. */
  readonly resize?: ResizeMode;
  /** Damaged images: `error` when they are read (the default), or `skip`, which decodes each once before. */
  readonly damaged?: "error" | "skip";
  /** Most pixels of a file's image; default 2²⁵. Decoding takes up to 32 bytes for each. */
  readonly maxPixels?: number;
}

/** Names of the options, for whoever takes them. */
export const imageNames: OptionNames<ImageFolderOptions> = {
  size: true,
  channels: true,
  resize: true,
  damaged: true,
  maxPixels: true,
};

/** One image, not read yet. */
export interface ImageItem {
  readonly name: string;
  /** The number of its class. */
  readonly label: number;
  readonly bytes: () => Uint8Array;
  /** Text that differs where files do, for instance path and size; default: the name. */
  readonly fingerprint?: () => string;
}

/** A file that was left out, and why. */
export interface SkippedFile {
  readonly name: string;
  readonly reason: string;
}

const fields = ["images", "labels"] as const;

/** Images with class numbers. Shape: `images` float32 `[C, H, W]` in 0 … 1; `labels` int32 `[]`. */
export class ImageDataset implements Dataset<"images" | "labels"> {
  readonly size: number;
  readonly fields: Readonly<Record<"images" | "labels", FieldType>>;
  /** Names of the classes by their numbers. */
  readonly classes: readonly string[];
  /** Names of the files, by record. */
  readonly names: readonly string[];
  /** Damaged files that were left out. */
  readonly skipped: readonly SkippedFile[];
  readonly #items: readonly ImageItem[];
  readonly #decode: ImageDecoder;
  readonly #frame: FrameOptions;
  #digits: string | undefined;
  /** Without a wanted size, all images must have this one. */
  readonly #exact: boolean;

  constructor(
    items: readonly ImageItem[],
    classes: readonly string[],
    decode: ImageDecoder,
    options: ImageFolderOptions = {},
  ) {
    checkImageOptions("ImageDataset", options);
    const { channels = 3, resize = "cover", damaged = "error" } = options;
    const { kept, skipped } =
      damaged === "skip" ? decodable(items, decode) : { kept: items, skipped: [] };
    if (kept.length === 0) throw noImages(items.length);
    const size = options.size === undefined ? sizeOfFirst(kept[0], decode) : pairOf(options.size);
    this.size = kept.length;
    this.fields = {
      images: { dtype: "float32", shape: [channels, ...size] },
      labels: { dtype: "int32", shape: [] },
    };
    this.classes = classes;
    this.names = kept.map(({ name }) => name);
    this.skipped = skipped;
    this.#items = kept;
    this.#decode = decode;
    this.#frame = { size, channels, resize };
    this.#exact = options.size === undefined;
  }

  read(field: "images" | "labels", indices: ArrayLike<number>): HostTensor {
    checkIndices("ImageDataset.read", indices, this.size);
    if (!fields.includes(field)) throw noField("ImageDataset.read", field, this);
    const { dtype, shape } = this.fields[field];
    const whole = [indices.length, ...shape];
    if (field === "labels") {
      const data = Int32Array.from(indices, (index) => this.#items[index].label);
      return { dtype, shape: whole, data };
    }
    const [channels, height, width] = shape;
    const data = new Float32Array(indices.length * channels * height * width);
    for (let k = 0; k < indices.length; k++)
      data.set(this.#pixels(this.#items[indices[k]]), k * channels * height * width);
    return { dtype, shape: whole, data };
  }

  /** Digits of the files' labels, paths and sizes, of up to 8,192 of them, and of how they are resized. */
  fingerprint(): string {
    const textOf = ({ name, label, fingerprint }: ImageItem): string =>
      `${label} ${fingerprint?.() ?? name}`;
    this.#digits ??= jointDigits([listDigits(this.#items, textOf), this.#frame.resize])!;
    return this.#digits;
  }

  #pixels({ name, bytes }: ImageItem): Float32Array {
    const picture = this.#decode(bytes(), name);
    const [height, width] = this.#frame.size;
    if (this.#exact && (picture.height !== height || picture.width !== width))
      throw otherSize(name, [picture.height, picture.width], this.names[0], [height, width]);
    return pixelsOf(picture, this.#frame);
  }
}

/** Refuses options that there are not, and values that they do not have. */
export function checkImageOptions(op: string, options: ImageFolderOptions): void {
  checkOptionNames(op, options, imageNames);
  const { size = 1, channels = 3, resize = "cover", damaged = "error", maxPixels = 1 } = options;
  checkChoice(op, "channels", channels, [1, 3, 4]);
  checkChoice(op, "resize", resize, ["cover", "contain", "stretch"]);
  checkChoice(op, "damaged", damaged, ["error", "skip"]);
  checkFinite(op, { maxPixels }, 1);
  const pair = pairOf(size);
  if (pair.length === 2 && pair.every((side) => Number.isSafeInteger(side) && side >= 1)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `size is ${JSON.stringify(size)}`,
    fix: "Use a number of pixels, or [height, width].",
    detail: { size },
  });
}

/** Height and width of a size. */
export function pairOf(
  size: number | readonly [height: number, width: number],
): readonly [height: number, width: number] {
  return typeof size === "number" ? [size, size] : size;
}

function sizeOfFirst({ name, bytes }: ImageItem, decode: ImageDecoder): readonly [number, number] {
  const { height, width } = decode(bytes(), name);
  return [height, width];
}

function decodable(
  items: readonly ImageItem[],
  decode: ImageDecoder,
): { readonly kept: ImageItem[]; readonly skipped: SkippedFile[] } {
  const [kept, skipped]: [ImageItem[], SkippedFile[]] = [[], []];
  for (const item of items) {
    try {
      decode(item.bytes(), item.name);
      kept.push(item);
    } catch (error) {
      if (!(error instanceof ChainruleError)) throw error;
      skipped.push({ name: item.name, reason: error.message });
    }
  }
  return { kept, skipped };
}

function noImages(given: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "ImageDataset",
    problem: given === 0 ? "there are no images" : `all ${given} images are damaged`,
    fix: "Check the folder, and that its images are PNG or JPEG.",
  });
}

function otherSize(
  name: string,
  found: readonly number[],
  first: string,
  size: readonly number[],
): ChainruleError {
  return new ChainruleError({
    code: "BAD_FILE",
    op: "ImageDataset",
    problem: `${name} has ${found.join(" × ")} pixels (height × width), but ${first} has ${size.join(" × ")}`,
    fix: "Pass `size`, and all are resized to it.",
    detail: { file: name, found, size },
  });
}
