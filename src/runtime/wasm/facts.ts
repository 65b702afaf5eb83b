// What the compiler may know of WebAssembly.

import { wasmIsNative } from "../../compiler/4-emit/wasm/native.ts";
import { wasmProducts } from "../../compiler/gemm-tiles.ts";
import type { TargetFacts } from "../../compiler/plan.ts";
import { storage } from "./storage.ts";

export const wasmFacts: TargetFacts = {
  name: "wasm",
  storage,
  isNative: wasmIsNative,
  products: wasmProducts,
};
