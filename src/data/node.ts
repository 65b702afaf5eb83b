// The data entry for Node: everything of the browser entry, and data sets from folders and downloads.

export * from "./index.ts";
export type { DownloadProgress } from "./node-download.ts";
export { cacheFolder, fashionMnist, type MnistOptions, mnist } from "./node-mnist.ts";
export { type AudioFilesOptions, audioFolder } from "./read/node-audio-folder.ts";
export {
  csvRecords,
  type FileSource,
  jsonlValues,
  lines,
  readArrow,
  readCsv,
  readJsonl,
  readNpz,
  readParquet,
} from "./read/node-files.ts";
export { type ImageFilesOptions, imageFolder } from "./read/node-image-folder.ts";
export { readTokenizer, writeTokenizer } from "./text/node-tokenizer.ts";
