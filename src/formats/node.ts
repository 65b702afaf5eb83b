// The formats entry for Node: everything of the browser entry, and files on disk.

export * from "./index.ts";
export {
  type ReadOptions,
  readFileOrExplain,
  readTextOrExplain,
  writeFileAtomic,
} from "./node-files.ts";
export { loadSafetensors, saveSafetensors } from "./node-safetensors.ts";
