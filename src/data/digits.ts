// The digits that come with the package: 1,797 handwritten digits of 13 people, 8×8 pixels, usable without
// a file or a network. It is the test set of "Optical Recognition of Handwritten Digits",
// E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49,
// licence CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Values and order are unchanged;
// packing the pixels as bytes, scaling them to [0, 1] and the split below are this package's.

import { checkOptionNames } from "../core/option-names.ts";
import { inflate } from "../formats/gzip.ts";
import { ArrayDataset } from "./dataset.ts";
import { splitIndices } from "./split.ts";

/** Images with one class each, divided into records to learn from and records to be tested on. */
export interface ImageClassification {
  /** Short name, as the command line spells it. */
  readonly name: string;
  readonly train: ArrayDataset<"images" | "labels">;
  readonly test: ArrayDataset<"images" | "labels">;
  /** Names of the classes; label `i` means `classes[i]`. */
  readonly classes: readonly string[];
  /** Channels, height and width of an image, also where `images` are flat. */
  readonly imageShape: readonly [channels: number, height: number, width: number];
}

/** How images are given. */
export interface ImageOptions {
  /** One axis of pixels per image (default); false gives `[channels, height, width]`. */
  readonly flat?: boolean;
}

const count = 1797;
const testCount = 360;
const pixels = 64;

/**
 * Loads the embedded digits: 1,437 to train and 360 to test, each class in its share (seed 0).
 *
 * `const { train, test, classes } = await digits();`
 * Shape: `images` float32 `[64]` in [0, 1], row by row from the top left, ink is 1; `labels` int32 `[]`.
 */
export async function digits(options: ImageOptions = {}): Promise<ImageClassification> {
  checkOptionNames("digits", options, { flat: true });
  const { flat = true } = options;
  const whole = await allDigits(flat);
  const parts = splitIndices(whole, { validation: testCount, seed: 0, stratify: "labels" });
  return {
    name: "digits",
    train: whole.select(parts.train),
    test: whole.select(parts.validation),
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    imageShape: [1, 8, 8],
  };
}

async function allDigits(flat: boolean): Promise<ArrayDataset<"images" | "labels">> {
  // The pixels are most of the package's bytes, and most programs never ask for them.
  const { packedDigits } = await import("./digits-data.ts");
  const packed = Uint8Array.from(atob(packedDigits), (letter) => letter.charCodeAt(0));
  const bytes = await inflate(packed, "the embedded digits");
  return new ArrayDataset({
    images: { data: bytes.subarray(count), shape: flat ? [pixels] : [1, 8, 8], scale: 1 / 16 },
    labels: { data: bytes.subarray(0, count), dtype: "int32" },
  });
}
