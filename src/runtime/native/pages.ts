// Memory for machine code. A page is mapped writable, filled, and then made executable and read-only for good: at no time
// can one be written and run (W^X). Code stays mapped until the process ends, since other threads may hold its address.
//
// What the three families of systems call this differs; macOS on arm64 wants a fourth way and is left out.

import type { Koffi, Off } from "./koffi.ts";

/** Where code is to run. */
export interface System {
  readonly koffi: Koffi;
  /** As `process.platform` names it. */
  readonly platform: string;
  /** As `process.arch` names it. */
  readonly arch: string;
}

/** Puts code into an executable page; answers its address. */
export function placeCode({ koffi, platform, arch }: System, code: Uint8Array): bigint | Off {
  if (platform === "win32") return placeOnWindows(koffi, code);
  if (platform !== "darwin") return placeOnPosix(koffi, code, 0x20, arch === "arm64");
  if (arch === "arm64")
    return { off: "executable pages on macOS with arm64 are not supported yet" };
  return placeOnPosix(koffi, code, 0x1000, false);
}

// The values of <sys/mman.h>, the same on Linux and macOS but for the flag "anonymous".
const readable = 1;
const writable = 2;
const executable = 4;
const privateMapping = 2;

function placeOnPosix(
  koffi: Koffi,
  code: Uint8Array,
  anonymous: number,
  clear: boolean,
): bigint | Off {
  const program = koffi.load(null);
  const map = program.func("uintptr_t mmap(uintptr_t, size_t, int, int, int, int64_t)");
  const copy = program.func("uintptr_t memcpy(uintptr_t, void *, size_t)");
  const protect = program.func("int mprotect(uintptr_t, size_t, int)");
  const flags = privateMapping | anonymous;
  const address = BigInt(map(0, code.length, readable | writable, flags, -1, 0) as number | bigint);
  // MAP_FAILED is −1; which 64-bit number that is depends on who reads it.
  if (BigInt.asIntN(64, address) === -1n) return { off: "the system gives no memory for code" };
  copy(address, code, code.length);
  if (protect(address, code.length, readable | executable) !== 0)
    return { off: "the system does not allow executable pages made by the program" };
  if (clear) clearInstructionCache(koffi, address, code.length);
  return address;
}

/** arm64 does not see new instructions by itself. */
function clearInstructionCache(koffi: Koffi, address: bigint, bytes: number): void {
  const runtime = koffi.load("libgcc_s.so.1");
  const clear = runtime.func("void __clear_cache(uintptr_t, uintptr_t)");
  clear(address, address + BigInt(bytes));
}

const commitAndReserve = 0x3000;
const pageReadWrite = 0x04;
const pageExecuteRead = 0x20;

function placeOnWindows(koffi: Koffi, code: Uint8Array): bigint | Off {
  const kernel = koffi.load("kernel32.dll");
  const allocate = kernel.func("uintptr_t VirtualAlloc(uintptr_t, size_t, uint32_t, uint32_t)");
  const copy = kernel.func("void RtlMoveMemory(uintptr_t, void *, size_t)");
  const protect = kernel.func("int VirtualProtect(uintptr_t, size_t, uint32_t, void *)");
  const flush = kernel.func("int FlushInstructionCache(intptr_t, uintptr_t, size_t)");
  const address = BigInt(allocate(0, code.length, commitAndReserve, pageReadWrite) as number);
  if (address === 0n) return { off: "the system gives no memory for code" };
  copy(address, code, code.length);
  const before = new Uint32Array(1);
  if (protect(address, code.length, pageExecuteRead, before) === 0)
    return { off: "the system does not allow executable pages made by the program" };
  const thisProcess = -1;
  flush(thisProcess, address, code.length);
  return address;
}
