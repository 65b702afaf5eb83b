// From a level of vector instructions to a kernel that has been checked: writes the code, places it, and runs it on
// small products before anyone else may. The kernel takes the descriptor's address in a memory and the memory's base.

import { arm64Binding, arm64Macro } from "./arm64-macro.ts";
import type { Off } from "./koffi.ts";
import type { MacroCode } from "./macro.ts";
import { placeCode, type System } from "./pages.ts";
import type { Level } from "./processor.ts";
import { faultOf, verifyPages } from "./verify.ts";
import { x64Binding, x64Macro } from "./x64-macro.ts";

/** A checked macro-kernel that is not bound to a memory yet. */
export interface Kernel {
  readonly name: string;
  /** The way in for packed operands. */
  readonly address: bigint;
  /** The way in for operands in place, where there is one. */
  readonly inPlace?: bigint;
  readonly rows: number;
  readonly columns: number;
}

const levelNames = { avx512: "AVX-512", avx2: "AVX2 with FMA", neon: "NEON" } as const;

/** Writes, places and checks the macro-kernel of a level. */
export function makeKernel(system: System, level: Level, elementBytes: 4 | 8): Kernel | Off {
  const { code, rows, columns, inPlace } = macroCode(system, level, elementBytes);
  const address = placeCode(system, code);
  if (typeof address !== "bigint") return address;
  const name = `${levelNames[level]}, tiles of ${rows}×${columns}`;
  const second = inPlace === undefined ? undefined : address + BigInt(inPlace);
  const kernel = { name, address, inPlace: second, rows, columns };
  const fault = kernelFault(system, kernel, elementBytes);
  return fault === undefined
    ? kernel
    : { off: `the kernel for ${name} failed its check: ${fault}` };
}

function kernelFault(system: System, kernel: Kernel, elementBytes: 4 | 8): string | undefined {
  const { koffi } = system;
  const memory = new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages });
  const base = koffi.address(new Uint8Array(memory.buffer));
  const type = koffi.proto("void (int32_t, uintptr_t)");
  const callOf = (address: bigint) => {
    const code = koffi.decode(address, type);
    return (descriptor: number) => {
      code(descriptor, base);
    };
  };
  const { address, inPlace, rows, columns } = kernel;
  const second = inPlace === undefined ? undefined : callOf(inPlace);
  return faultOf({ memory, call: callOf(address), inPlace: second, rows, columns, elementBytes });
}

/** Places a function of the descriptor's address alone, which hands a memory's base to one of a kernel's ways in. */
export function bindKernel(system: System, target: bigint, base: bigint): bigint | Off {
  const code =
    system.arch === "arm64"
      ? arm64Binding(base, target)
      : x64Binding(base, target, conventionOf(system));
  return placeCode(system, code);
}

function macroCode(system: System, level: Level, elementBytes: 4 | 8): MacroCode {
  if (level === "neon") return arm64Macro(elementBytes);
  return x64Macro({ level, elementBytes, convention: conventionOf(system) });
}

function conventionOf({ platform }: System): "systemV" | "windows" {
  return platform === "win32" ? "windows" : "systemV";
}
