// MNIST and Fashion-MNIST: what the four files are called, where they come from, their checksums, and the
// way from their bytes to data sets. Finding, downloading and caching the files is in node-mnist.ts.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { gunzip, isGzip } from "../formats/gzip.ts";
import { decodeIdx, type IdxArray } from "../formats/idx.ts";
import { ArrayDataset } from "./dataset.ts";
import type { ImageClassification, ImageOptions } from "./digits.ts";

/** One of the four files of the MNIST family, by what it holds. */
export type MnistPart = "trainImages" | "trainLabels" | "testImages" | "testLabels";

/** Name of each file when packed; unpacked, `.gz` is missing. */
export const mnistFiles: Readonly<Record<MnistPart, string>> = {
  trainImages: "train-images-idx3-ubyte.gz",
  trainLabels: "train-labels-idx1-ubyte.gz",
  testImages: "t10k-images-idx3-ubyte.gz",
  testLabels: "t10k-labels-idx1-ubyte.gz",
};

/** A data set of the MNIST family. */
export interface MnistArchive {
  readonly name: "mnist" | "fashion-mnist";
  /** Where the files are downloaded from unless told otherwise. */
  readonly baseUrl: string;
  readonly classes: readonly string[];
  /** SHA-256 of the packed files. */
  readonly sha256: Readonly<Record<MnistPart, string>>;
  /** SHA-256 of the unpacked test labels, which tells the sets apart: their files have the same names. */
  readonly testLabelsSha256: string;
}

/** Handwritten digits: Y. LeCun, C. Cortes, C. Burges, "The MNIST database" (CC BY-SA 3.0). */
export const mnistArchive: MnistArchive = {
  name: "mnist",
  baseUrl: "https://ossci-datasets.s3.amazonaws.com/mnist/",
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  sha256: {
    trainImages: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    trainLabels: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    testImages: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    testLabels: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
  },
  testLabelsSha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

/** Pictures of clothes: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST", arXiv:1708.07747 (MIT). */
export const fashionMnistArchive: MnistArchive = {
  name: "fashion-mnist",
  baseUrl: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
  classes: [
    ...["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"],
    ...["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
  ],
  sha256: {
    trainImages: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    trainLabels: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    testImages: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    testLabels: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
  },
  testLabelsSha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
};

/** A file's bytes, packed or not, with the name that errors give it. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Decodes the four IDX files (gzip or plain) of a data set of the MNIST family, in Node or a browser.
 *
 * Shape: `images` float32 `[784]` in [0, 1], or `[1, 28, 28]` with `flat: false`; `labels` int32 `[]`.
 * A truncated, damaged or wrong file is a `BAD_FILE` error.
 */
export async function decodeMnist(
  archive: MnistArchive,
  files: Readonly<Record<MnistPart, NamedBytes>>,
  options: ImageOptions = {},
): Promise<ImageClassification> {
  return {
    name: archive.name,
    train: await decodeSplit(archive, files.trainImages, files.trainLabels, options),
    test: await decodeSplit(archive, files.testImages, files.testLabels, options),
    classes: archive.classes,
    imageShape: [1, 28, 28],
  };
}

/** Unpacks gzip bytes and returns others as they are. */
export function unpacked({ name, bytes }: NamedBytes): Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(bytes, name) : Promise.resolve(bytes);
}

async function decodeSplit(
  archive: MnistArchive,
  imageFile: NamedBytes,
  labelFile: NamedBytes,
  { flat = true }: ImageOptions,
): Promise<ArrayDataset<"images" | "labels">> {
  const images = decodeIdx(await unpacked(imageFile), imageFile.name);
  const labels = decodeIdx(await unpacked(labelFile), labelFile.name);
  const count = images.shape[0];
  expect(archive, imageFile, images, ["N", 28, 28]);
  expect(archive, labelFile, labels, [count]);
  checkLabels(archive, labelFile, labels);
  return new ArrayDataset({
    images: { data: images.data, shape: flat ? [784] : [1, 28, 28], scale: 1 / 255 },
    labels: { data: labels.data, dtype: "int32" },
  });
}

function expect(
  { name }: MnistArchive,
  file: NamedBytes,
  { type, shape }: IdxArray,
  needed: readonly (number | "N")[],
): void {
  const fits =
    shape.length === needed.length &&
    needed.every((size, axis) => (size === "N" ? shape[axis] > 0 : shape[axis] === size));
  if (type === "uint8" && fits) return;
  throw new ChainruleError({
    code: "BAD_FILE",
    op: name,
    problem:
      `${file.name} holds ${type} ${showShape(shape)}, ` + `needed uint8 [${needed.join(", ")}]`,
    fix: "Check that images and labels belong together and are not mixed up.",
    detail: { file: file.name, type, shape, needed },
  });
}

function checkLabels({ name, classes }: MnistArchive, file: NamedBytes, labels: IdxArray): void {
  const wrong = labels.data.findIndex((label) => label >= classes.length);
  if (wrong < 0) return;
  throw new ChainruleError({
    code: "BAD_FILE",
    op: name,
    problem: `${file.name} has label ${labels.data[wrong]} for image ${wrong}, needed 0 … 9`,
    fix: "The file is damaged or of another data set; copy or download it again.",
    detail: { file: file.name, image: wrong, label: labels.data[wrong] },
  });
}
