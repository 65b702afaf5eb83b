// What the engine's WebAssembly can do. Relaxed SIMD (fused multiply-add) is on by default from Node 22 and in current
// browsers; Node 20 has it behind an engine flag that can be set at run time, before the first module is compiled.

import { ModuleBuilder } from "../../compiler/4-emit/wasm/encoder.ts";

export interface WasmFeatures {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  /** Whether the engine joins neighbouring vectors to vectors of 256 bits: CHAINRULE_WASM=revectorize, Node 24 or newer. */
  readonly wide: boolean;
}

let known: WasmFeatures | undefined;

/** Finds out, once, which vector instructions there are; switches relaxed SIMD on where that needs a flag. */
export function wasmFeatures(): WasmFeatures {
  if (known === undefined) {
    const wide = setEngineFlags();
    known = { simd: accepts("f32x4.add", 2), relaxedSimd: accepts("f32x4.relaxed_madd", 3), wide };
  }
  return known;
}

/**
 * Sets V8's flags: for relaxed SIMD on Node 20, and for 256 bits where that is asked for, since V8 calls it experimental.
 * `CHAINRULE_FLAGS=off` leaves the engine as it is. Returns whether vectors are joined.
 */
function setEngineFlags(): boolean {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (process?.versions?.node === undefined || process.env.CHAINRULE_FLAGS === "off") return false;
  const major = Number.parseInt(process.versions.node, 10);
  const setFlag = (flag: string): void =>
    process.getBuiltinModule("node:v8").setFlagsFromString(flag);
  if (major === 20) setFlag("--experimental-wasm-relaxed-simd");
  const wide =
    major >= 24 && process.arch === "x64" && process.env.CHAINRULE_WASM === "revectorize";
  if (wide) setFlag("--experimental-wasm-revectorize");
  return wide;
}

function accepts(instruction: string, operands: number): boolean {
  const module = new ModuleBuilder();
  module.function([], [], (f) => {
    for (let i = 0; i < operands; i++) f.i32x4(0, 0, 0, 0);
    f.op(instruction).op("drop");
  });
  return WebAssembly.validate(module.encode() as BufferSource);
}
