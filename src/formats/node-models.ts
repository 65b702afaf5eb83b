// Files of other programs on disk: the codecs of npy.ts, npz.ts, torch.ts and gguf.ts over explained reads and atomic writes.

import type { HostTensor } from "../core/host.ts";
import { decodeGguf, type GgufContent, type GgufFile, openGguf } from "./gguf.ts";
import type { LimitOptions } from "./limits.ts";
import { readFileOrExplain, writeFileAtomic } from "./node-files.ts";
import { fileSource } from "./node-source.ts";
import { decodeNpy, encodeNpy } from "./npy.ts";
import { decodeNpz, encodeNpz, type NpzOptions } from "./npz.ts";
import type { StoredTensor, TensorOf, TensorOptions } from "./stored.ts";
import { decodeTorch, type TorchContent, type TorchOptions } from "./torch.ts";

/** Reads a `.npy` file; errors as for `decodeNpy`, and `MISSING_FILE`. */
export async function loadNpy<Raw extends boolean = false>(
  path: string,
  options: TensorOptions<Raw> = {},
): Promise<TensorOf<Raw>> {
  return decodeNpy(await readFileOrExplain(path, { what: "the array" }), path, options);
}

/** Writes a tensor to a `.npy` file, atomically. */
export function saveNpy(path: string, tensor: HostTensor | StoredTensor): Promise<void> {
  return writeFileAtomic(path, encodeNpy(tensor));
}

/** Reads a `.npz` file; errors as for `decodeNpz`, and `MISSING_FILE`. */
export async function loadNpz<Raw extends boolean = false>(
  path: string,
  options: TensorOptions<Raw> & LimitOptions = {},
): Promise<Map<string, TensorOf<Raw>>> {
  return decodeNpz(await readFileOrExplain(path, { what: "the arrays" }), path, options);
}

/** Writes named tensors to a `.npz` file, atomically. */
export function saveNpz(
  path: string,
  tensors: ReadonlyMap<string, HostTensor | StoredTensor>,
  options: NpzOptions = {},
): Promise<void> {
  return writeFileAtomic(path, encodeNpz(tensors, options));
}

/** Reads a file of `torch.save` without running anything of it; errors as for `decodeTorch`, and `MISSING_FILE`. */
export async function loadTorch<Raw extends boolean = false>(
  path: string,
  options: TorchOptions<Raw> = {},
): Promise<TorchContent<Raw>> {
  return decodeTorch(await readFileOrExplain(path, { what: "the weights file" }), path, options);
}

/** Reads a whole GGUF file; errors as for `decodeGguf`, and `MISSING_FILE`. */
export async function loadGguf(path: string): Promise<GgufContent> {
  return decodeGguf(await readFileOrExplain(path, { what: "the model" }), path);
}

/** Opens a GGUF file to read single tensors of it; close it when done. */
export async function openGgufFile(path: string): Promise<GgufFile> {
  const source = await fileSource(path);
  return openGguf(source).catch(async (error) => {
    await source.close?.();
    throw error;
  });
}
