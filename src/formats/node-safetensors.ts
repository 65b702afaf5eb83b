// Safetensors files on disk: the codec of safetensors.ts over atomic writes and explained reads.

import type { HostTensor } from "../core/host.ts";
import { readFileOrExplain, writeFileAtomic } from "./node-files.ts";
import { decodeSafetensors, encodeSafetensors, type SafetensorsContent } from "./safetensors.ts";

/** Writes tensors to a safetensors file, atomically. */
export function saveSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  return writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

/** Reads a safetensors file; errors as for `decodeSafetensors`, and `MISSING_FILE`. */
export async function loadSafetensors(path: string): Promise<SafetensorsContent> {
  return decodeSafetensors(await readFileOrExplain(path, { what: "the weights file" }), path);
}
