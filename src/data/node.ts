// The data entry for Node: everything of the browser entry, and data sets from folders and downloads.

export * from "./index.ts";
export type { DownloadProgress } from "./node-download.ts";
export { cacheFolder, fashionMnist, type MnistOptions, mnist } from "./node-mnist.ts";
