// The modules of hand-written kernels, one for each family. Each is compiled once for a memory; plans import functions by
// name and pass buffer addresses first, then whole numbers.

import {
  anyMemory,
  type MemoryLimits,
  ModuleBuilder,
} from "../../../compiler/4-emit/wasm/encoder.ts";
import { gemmWorkspaceElements } from "../../../compiler/gemm-tiles.ts";
import { addGemm, batchedParameters, gemmParameters } from "./gemm.ts";
import { type GemmOptions, gemmTypes } from "./gemm-types.ts";
import { addPhilox, philoxParameters } from "./philox.ts";

/** Kernels by name, with their parameters in order: addresses of buffers, then numbers; all are i32. */
export const libraryFunctions: Readonly<Record<string, readonly string[]>> = {
  gemm_f32: gemmParameters,
  gemm_f64: gemmParameters,
  gemm_i32: gemmParameters,
  gemm_f32_batched: batchedParameters,
  gemm_f64_batched: batchedParameters,
  gemm_i32_batched: batchedParameters,
  /** Random words; `state` is the address of two key words and two draw words. */
  philox: philoxParameters,
  copy: ["target", "source", "bytes"],
  /** Writes one 32-bit pattern `count` times. */
  fill: ["target", "count", "bits"],
};

export interface LibraryOptions extends GemmOptions {
  readonly shared?: boolean;
  readonly memory?: MemoryLimits;
}

/** Bytes that a product's workspace needs, for the widest element type. */
export function gemmWorkspaceBytes(m: number, n: number, k: number, elementBytes = 4): number {
  return gemmWorkspaceElements(m, n, k) * elementBytes;
}

/** The families: products of one element type, and the rest. */
export const libraryFamilies = ["gemm_f32", "gemm_f64", "gemm_i32", "other"] as const;
export type LibraryFamily = (typeof libraryFamilies)[number];

/** The family that a kernel belongs to. */
export function familyOf(name: string): LibraryFamily {
  return libraryFamilies.find((family) => name.startsWith(family)) ?? "other";
}

/** Builds one module of some families, of all unless told; it imports `env.memory`. */
export function libraryModule(
  options: LibraryOptions,
  families: readonly LibraryFamily[] = libraryFamilies,
): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", options.memory ?? anyMemory, options.shared);
  for (const type of gemmTypes(options))
    if (families.includes(`gemm_${type.name}`)) addGemm(module, type);
  if (families.includes("other")) {
    addPhilox(module);
    addCopy(module);
    addFill(module);
  }
  return module.encode();
}

function addCopy(module: ModuleBuilder): void {
  const index = module.function(["i32", "i32", "i32"], [], (f) => {
    f.get(0).get(1).get(2).memoryCopy();
  });
  module.export("copy", index);
}

function addFill(module: ModuleBuilder): void {
  const index = module.function(["i32", "i32", "i32"], [], (f) => {
    const [target, count, bits] = [0, 1, 2];
    f.block((done) => {
      f.loop((again) => {
        f.get(count).op("i32.eqz").brIf(done);
        f.get(target).get(bits).memory("i32.store").increment(target, 4);
        f.increment(count, -1).br(again);
      });
    });
  });
  module.export("fill", index);
}
