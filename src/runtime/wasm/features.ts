// What the engine's WebAssembly can do. Relaxed SIMD (fused multiply-add) is on by default from Node 22 and in current
// browsers; Node 20 has it behind an engine flag that can be set at run time, before the first module is compiled.

import { ModuleBuilder } from "../../compiler/4-emit/wasm/encoder.ts";

export interface WasmFeatures {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
}

let known: WasmFeatures | undefined;

/** Finds out, once, which vector instructions there are; switches relaxed SIMD on where that needs a flag. */
export function wasmFeatures(): WasmFeatures {
  if (known === undefined) {
    setEngineFlags();
    known = { simd: accepts("f32x4.add", 2), relaxedSimd: accepts("f32x4.relaxed_madd", 3) };
  }
  return known;
}

/** Sets V8's flag on Node 20; `CHAINRULE_FLAGS=off` leaves the engine as it is. */
function setEngineFlags(): void {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (!process?.versions?.node?.startsWith("20.") || process.env.CHAINRULE_FLAGS === "off") return;
  process.getBuiltinModule?.("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}

function accepts(instruction: string, operands: number): boolean {
  const module = new ModuleBuilder();
  module.function([], [], (f) => {
    for (let i = 0; i < operands; i++) f.i32x4(0, 0, 0, 0);
    f.op(instruction).op("drop");
  });
  return WebAssembly.validate(module.encode() as BufferSource);
}
