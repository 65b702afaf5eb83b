// The block function of matrix products as machine code made at run time, where the machine and its owner allow it: on
// by default where it has been run (x86-64 Linux), elsewhere with CHAINRULE_NATIVE=on. A kernel is written and checked
// once; each memory then gets a few bytes of code that hand over its base address. Threads that share the memory make a
// callable of that address with `bindMacro`.
//
// docs/decisions/0008-native-kernels.md says what this opens to an attacker, and why browsers never have it.

import { ChainruleError } from "../../core/errors.ts";
import { bindKernel, type Kernel, makeKernel } from "./kernel.ts";
import { type Koffi, loadKoffi, type Off } from "./koffi.ts";
import type { System } from "./pages.ts";
import { vectorLevel } from "./processor.ts";

/** A way into a macro-kernel, on one memory. */
export interface NativeEntry {
  /** Where its code is: good in all threads of the process, for the memory it was made for. */
  readonly address: bigint;
  /** Computes the product that the descriptor at this address of the memory describes (macro.ts). */
  readonly call: (descriptor: number) => void;
}

/** A macro-kernel on one memory; its own entry takes packed operands. */
export interface NativeMacro extends NativeEntry {
  /** Instructions and tile, for people. */
  readonly name: string;
  /** Rows of a panel of A. */
  readonly rows: number;
  /** Columns of a panel of B. */
  readonly columns: number;
  /** The entry for operands in place, where there is one. */
  readonly inPlace?: NativeEntry;
}

/** The types of elements there are kernels for. */
export type NativeDType = "float32" | "float64";

/** Makes the macro-kernel for a memory that has a maximum, so that its base stays, or says why there is none. */
export function nativeMacro(
  memory: WebAssembly.Memory,
  dtype: NativeDType = "float32",
): NativeMacro | Off {
  checkSwitch((globalThis as { process?: NodeJS.Process }).process?.env?.CHAINRULE_NATIVE);
  try {
    const system = nativeSystem();
    if ("off" in system) return system;
    const kernel = kernelFor(system, dtype);
    if ("off" in kernel) return kernel;
    const base = system.koffi.address(new Uint8Array(memory.buffer));
    const packed = entryTo(system, kernel.address, base);
    if ("off" in packed) return packed;
    const inPlace =
      kernel.inPlace === undefined ? undefined : entryTo(system, kernel.inPlace, base);
    if (inPlace !== undefined && "off" in inPlace) return inPlace;
    const { name, rows, columns } = kernel;
    return { name, rows, columns, ...packed, inPlace };
  } catch (error) {
    return { off: `native kernels failed: ${error instanceof Error ? error.message : error}` };
  }
}

function entryTo(system: System, target: bigint, base: bigint): NativeEntry | Off {
  const address = bindKernel(system, target, base);
  if (typeof address !== "bigint") return address;
  return { address, call: callable(system.koffi, address) };
}

/** Makes a callable of the address of an entry, in whichever thread. */
export function bindMacro(address: bigint): (descriptor: number) => void {
  const koffi = loadKoffi();
  if ("off" in koffi)
    throw new ChainruleError({ code: "UNSUPPORTED", op: "native", problem: koffi.off });
  return callable(koffi, address);
}

function callable(koffi: Koffi, address: bigint): (descriptor: number) => void {
  const code = koffi.decode(address, koffi.proto("void (int32_t)"));
  // WebAssembly calls a JavaScript function that calls koffi's sooner than koffi's (26 ns and 37 ns on Node 20).
  return (descriptor) => {
    code(descriptor);
  };
}

/** The system, where it may run code of our own. */
function nativeSystem(): System | Off {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (process === undefined) return { off: "only Node can call native code" };
  const { platform, arch, env } = process;
  if (env.CHAINRULE_NATIVE === "off") return { off: "CHAINRULE_NATIVE=off" };
  if (env.CHAINRULE_NATIVE !== "on" && !(platform === "linux" && arch === "x64"))
    return { off: `not tried on ${platform} ${arch} yet; CHAINRULE_NATIVE=on switches them on` };
  const koffi = loadKoffi();
  return "off" in koffi ? koffi : { koffi, platform, arch };
}

function checkSwitch(asked: string | undefined): void {
  if ([undefined, "", "on", "off"].includes(asked)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "native",
    problem: `CHAINRULE_NATIVE is ${JSON.stringify(asked)}`,
    fix: "Set it to on or off, or leave it out.",
    detail: { asked },
  });
}

const kernels = new Map<NativeDType, Kernel | Off>();

/** The checked kernel of a type, made once. */
function kernelFor(system: System, dtype: NativeDType): Kernel | Off {
  let kernel = kernels.get(dtype);
  if (kernel === undefined) {
    const level = vectorLevel(system);
    kernel =
      typeof level === "string" ? makeKernel(system, level, dtype === "float64" ? 8 : 4) : level;
    kernels.set(dtype, kernel);
  }
  return kernel;
}
