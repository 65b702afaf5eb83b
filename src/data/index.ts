// Data sets, batches and splits: the part that runs in browsers as well.

export * as augment from "./augment/index.ts";
export { type Batches, type BatchOptions, batches, type PassOptions } from "./batches.ts";
export { concat, mapDataset, zip } from "./combine.ts";
export { type IterateOptions, type Iteration, iterate } from "./cursor.ts";
export {
  ArrayDataset,
  type Batch,
  type Column,
  type ColumnData,
  column,
  type Dataset,
  type FieldType,
  gather,
} from "./dataset.ts";
export { digits, type ImageClassification, type ImageOptions } from "./digits.ts";
export type { Cursor, Loader } from "./loader.ts";
export {
  decodeMnist,
  fashionMnistArchive,
  type MnistArchive,
  type MnistPart,
  mnistArchive,
  mnistFiles,
  type NamedBytes,
} from "./mnist.ts";
export type { BatchingOptions, BucketOptions } from "./pipeline/batching.ts";
export { type LinesOptions, lines } from "./pipeline/lines.ts";
export { type PadOptions, padCollate } from "./pipeline/pad.ts";
export {
  type ParallelLoader,
  type ParallelOptions,
  parallel,
  serveLoader,
} from "./pipeline/parallel.ts";
export {
  Pipeline,
  type PipelineOptions,
  pipeline,
  type SeedOptions,
  type ShuffleOptions,
} from "./pipeline/pipeline.ts";
export { PipelineLoader, type StridedLoader } from "./pipeline/pipeline-loader.ts";
export type { RecordSource, RecordStream } from "./pipeline/pipeline-stage.ts";
export type { MapFunction } from "./pipeline/pipeline-steps.ts";
export {
  collate,
  type DataRecord,
  type FieldTypes,
  type FieldValue,
} from "./pipeline/record.ts";
export { balancedWeights, type SamplerOptions } from "./pipeline/sampling.ts";
export { type ArrowOptions, readArrow } from "./read/arrow.ts";
export { AudioDataset, type AudioFolderOptions, type AudioItem } from "./read/audio-dataset.ts";
export {
  type ImageInput,
  imageTensor,
  type ReadImages,
  readImages,
} from "./read/browser-images.ts";
export type { ColumnKind, InferOptions, TableColumn } from "./read/column.ts";
export { type ImageDecoder, type ImageKind, imageDecoder } from "./read/decode-image.ts";
export type { ColumnRules, ColumnScale } from "./read/fit-column.ts";
export {
  ImageDataset,
  type ImageFolderOptions,
  type ImageItem,
  type SkippedFile,
} from "./read/image-dataset.ts";
export { type JsonlOptions, jsonlValues, readJsonl } from "./read/jsonl.ts";
export { type Decompressor, type ParquetOptions, readParquet } from "./read/parquet.ts";
export { type FrameOptions, type Picture, pixelsOf, type ResizeMode } from "./read/picture.ts";
export { type PreprocessorOptions, TablePreprocessor } from "./read/preprocessor.ts";
export {
  type CsvOptions,
  type CsvRecordsOptions,
  csvRecords,
  parseCsv,
  readCsv,
} from "./read/read-csv.ts";
export { type ResampleOptions, resample } from "./read/resample.ts";
export { type ByteSource, fromStream, type SourceOptions } from "./read/source.ts";
export {
  type ColumnFacts,
  type KindOptions,
  type RecordValue,
  Table,
  type TableRecord,
} from "./read/table.ts";
export {
  type ArrayField,
  type NpzDatasetOptions,
  readNpz,
  tensorDataset,
} from "./read/tensor-dataset.ts";
export { decodeWav, monoOf, type Sound } from "./read/wav.ts";
export {
  type FoldOptions,
  kFold,
  type SplitOptions,
  split,
  splitIndices,
  subset,
  take,
} from "./split.ts";
export type { EncodedBatch } from "./text/encoded.ts";
export type { TokenizerOptions } from "./text/made-file.ts";
export {
  type DecodeOptions,
  type EncodeBatchOptions,
  type EncodeOptions,
  loadTokenizer,
  Tokenizer,
} from "./text/tokenizer.ts";
export {
  type BpeTokenizerOptions,
  bpeTokenizer,
  characterTokenizer,
  type Texts,
  type WordTokenizerOptions,
  wordTokenizer,
} from "./text/training.ts";
export {
  type TextClassification,
  type TextClassificationOptions,
  type TextWindowOptions,
  textClassification,
  textWindows,
} from "./text/windows.ts";
export type { NestedArrays, TensorLike } from "./values.ts";
