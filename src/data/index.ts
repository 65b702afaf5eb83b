// Data sets, batches and splits: the part that runs in browsers as well.

export { type Batches, type BatchOptions, batches } from "./batches.ts";
export {
  ArrayDataset,
  type Batch,
  type Column,
  column,
  type Dataset,
  type FieldType,
  gather,
} from "./dataset.ts";
export { digits, type ImageClassification, type ImageOptions } from "./digits.ts";
export {
  decodeMnist,
  fashionMnistArchive,
  type MnistArchive,
  type MnistPart,
  mnistArchive,
  mnistFiles,
  type NamedBytes,
} from "./mnist.ts";
export { type SplitOptions, split, subset, take } from "./split.ts";
