// What the processor can do. JavaScript cannot ask, so on x86-64 a few instructions are written that do: `cpuid` says
// what the processor has, `xgetbv` which registers the operating system saves when it switches threads. arm64 always
// has NEON.

import { CodeBuffer } from "./code-buffer.ts";
import type { Off } from "./koffi.ts";
import { placeCode, type System } from "./pages.ts";
import { at, X64, x64Register } from "./x64.ts";
import type { X64Level } from "./x64-frame.ts";
import type { X64Convention } from "./x64-macro.ts";

/** The vector instructions that kernels are written for. */
export type Level = X64Level | "neon";

/** Finds the best vector instructions of this machine. */
export function vectorLevel(system: System): Level | Off {
  const { koffi, platform, arch } = system;
  if (arch === "arm64") return "neon";
  if (arch !== "x64") return { off: `there are no native kernels for ${arch}` };
  const code = identifyX64(platform === "win32" ? "windows" : "systemV");
  const address = placeCode(system, code);
  if (typeof address !== "bigint") return address;
  const words = new Uint32Array(3);
  koffi.decode(address, koffi.proto("void (void *)"))(words);
  return levelOf(words) ?? { off: "the processor has neither AVX-512 nor AVX2 with FMA" };
}

/** Reads the three words of `identifyX64`. */
export function levelOf(words: ArrayLike<number>): X64Level | undefined {
  const [features, extended, saved] = [words[0], words[1], words[2]];
  const has = (word: number, bit: number) => ((word >>> bit) & 1) === 1;
  const avx2 =
    has(features, 12) && has(features, 28) && has(extended, 5) && (saved & 0x06) === 0x06;
  const avx512 = avx2 && has(extended, 16) && (saved & 0xe6) === 0xe6;
  if (avx512) return "avx512";
  return avx2 ? "avx2" : undefined;
}

const { rax, rcx, rbx, rdi, r8 } = x64Register;

/**
 * Code that writes three words to the address it is given: ecx of leaf 1 (FMA, AVX, OSXSAVE), ebx of leaf 7 (AVX2,
 * AVX-512F) and the state that the system saves.
 */
export function identifyX64(convention: X64Convention): Uint8Array {
  const code = new CodeBuffer();
  const x64 = new X64(code);
  const done = code.label();
  x64.push(rbx);
  x64.move(r8, convention === "windows" ? rcx : rdi);
  x64.moveSmall(rax, 1);
  x64.moveSmall(rcx, 0);
  x64.identify();
  x64.store32(at(r8), rcx);
  // Without OSXSAVE there is no xgetbv, and no AVX either.
  x64.testBit(rcx, 27);
  x64.jumpIf("noCarry", done);
  x64.moveSmall(rcx, 0);
  x64.readSavedState();
  x64.store32(at(r8, 8), rax);
  x64.moveSmall(rax, 0);
  x64.moveSmall(rcx, 0);
  x64.identify();
  x64.compareImmediate(rax, 7);
  x64.jumpIf("less", done);
  x64.moveSmall(rax, 7);
  x64.moveSmall(rcx, 0);
  x64.identify();
  x64.store32(at(r8, 4), rbx);
  code.bind(done);
  x64.pop(rbx);
  x64.return();
  return code.finish();
}
