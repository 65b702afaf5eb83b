// The modules of hand-written kernels, one for each family. Each is compiled once for a memory; plans import functions by
// name and pass buffer addresses first, then whole numbers.

import {
  anyMemory,
  type MemoryLimits,
  ModuleBuilder,
} from "../../../compiler/4-emit/wasm/encoder.ts";
import { addGemm, contractParameters, type GemmContext, gemmParameters } from "./gemm.ts";
import { importBlas } from "./gemm-blas.ts";
import { type GemmOptions, type GemmType, gemmTypes } from "./gemm-types.ts";
import { addPhilox, philoxParameters } from "./philox.ts";

/** Kernels by name, with their parameters in order: addresses of buffers, then numbers; all are i32. */
export const libraryFunctions: Readonly<Record<string, readonly string[]>> = {
  gemm_f32: gemmParameters,
  gemm_f64: gemmParameters,
  gemm_i32: gemmParameters,
  contract_f32: contractParameters,
  contract_f64: contractParameters,
  contract_i32: contractParameters,
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

/** The families: products of one element type, and the rest. */
export const libraryFamilies = ["f32", "f64", "i32", "other"] as const;
export type LibraryFamily = (typeof libraryFamilies)[number];

/** The family that a kernel belongs to. */
export function familyOf(name: string): LibraryFamily {
  return libraryFamilies.find((family) => name.endsWith(`_${family}`)) ?? "other";
}

/** Builds one module of some families, of all unless told; it imports `env.memory` and `env.workspace`. */
export function libraryModule(
  options: LibraryOptions,
  families: readonly LibraryFamily[] = libraryFamilies,
): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", options.memory ?? anyMemory, options.shared);
  const types = gemmTypes(options).filter((type) => families.includes(type.name));
  const workspace = types.length === 0 ? 0 : module.importGlobal("env", "workspace", "i32");
  const contexts = types.map((type) => ({
    workspace,
    ...importMacro(module, options, type),
    ...(options.blas?.includes(type.name) ? { blas: importBlas(module, type) } : {}),
  }));
  for (const [k, type] of types.entries()) addGemm(module, type, contexts[k]);
  if (families.includes("other")) {
    addPhilox(module);
    addCopy(module);
    addFill(module);
  }
  return module.encode();
}

/** The block function in machine code, if there is one for the type. */
function importMacro(
  module: ModuleBuilder,
  { macros }: LibraryOptions,
  { name }: GemmType,
): Pick<GemmContext, "macro"> {
  const panels = macros?.[name];
  if (panels === undefined) return {};
  return { macro: { ...panels, index: module.importFunction("env", `macro_${name}`, ["i32"]) } };
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
