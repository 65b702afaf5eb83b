// The formats entry for Node: everything of the browser entry, and files on disk.

export * from "./index.ts";
export {
  type FileContent,
  type FileWriter,
  type ReadOptions,
  readFileOrExplain,
  readTextOrExplain,
  writeFileAtomic,
} from "./node-files.ts";
export {
  loadGguf,
  loadNpy,
  loadNpz,
  loadTorch,
  openGgufFile,
  saveNpy,
  saveNpz,
} from "./node-models.ts";
export { loadSafetensors, openSafetensorsFile, saveSafetensors } from "./node-safetensors.ts";
export { fileSource } from "./node-source.ts";
