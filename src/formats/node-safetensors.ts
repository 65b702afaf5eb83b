// Safetensors files on disk: the codec of safetensors.ts over atomic writes and explained reads, and models that are cut into
// several files.

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkPath, readFileOrExplain, readTextOrExplain, writeFileAtomic } from "./node-files.ts";
import { fileSource } from "./node-source.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsContent,
  type SafetensorsOptions,
  type WritableTensors,
} from "./safetensors.ts";
import {
  decodeSafetensorsIndex,
  openSafetensors,
  openSharded,
  type SafetensorsFile,
} from "./safetensors-file.ts";
import type { TensorOf, TensorOptions } from "./stored.ts";

/** Writes tensors to a safetensors file, atomically; options as for `encodeSafetensors`. */
export function saveSafetensors(
  path: string,
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
  options: SafetensorsOptions = {},
): Promise<void> {
  return writeFileAtomic(path, encodeSafetensors(tensors, metadata, options));
}

const indexName = "model.safetensors.index.json";

/**
 * Reads a safetensors file, or a model of several: `path` may be an index (`….index.json`) or a folder with
 * `model.safetensors.index.json` or `model.safetensors`. Errors as for `decodeSafetensors`, and `MISSING_FILE`.
 */
export async function loadSafetensors<Raw extends boolean = false>(
  path: string,
  options: TensorOptions<Raw> = {},
): Promise<SafetensorsContent<Raw>> {
  const file = await fileAt(path);
  if (!file.endsWith(".json")) {
    const bytes = await readFileOrExplain(file, { what: "the weights file" });
    return decodeSafetensors(bytes, file, options);
  }
  const opened = await openIndex(file);
  try {
    const tensors = new Map<string, TensorOf<Raw>>();
    for (const name of opened.tensors.keys()) tensors.set(name, await opened.read(name, options));
    return { tensors, metadata: { ...opened.metadata } };
  } finally {
    await opened.close();
  }
}

/** Opens a safetensors file, index or folder, to read single tensors of it; close it when done. */
export async function openSafetensorsFile(path: string): Promise<SafetensorsFile> {
  const file = await fileAt(path);
  if (file.endsWith(".json")) return openIndex(file);
  const source = await fileSource(file);
  return openSafetensors(source).catch(async (error) => {
    await source.close?.();
    throw error;
  });
}

async function openIndex(path: string): Promise<SafetensorsFile> {
  const text = await readTextOrExplain(path, { what: "the index of the weights" });
  const index = decodeSafetensorsIndex(text, path);
  return openSharded(index, (file) => fileSource(join(dirname(path), file)));
}

/** The file that a path means: itself, or what a folder has. */
async function fileAt(path: string): Promise<string> {
  checkPath(path);
  if (!(await isFolder(path))) return path;
  const index = join(path, indexName);
  return (await exists(index)) ? index : join(path, "model.safetensors");
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
