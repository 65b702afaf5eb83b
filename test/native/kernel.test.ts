// Machine code for matrix products: every level that this machine can run, both types of elements, all numbers of rows
// and columns around the tile, against sums in float64. Skipped where there is no koffi or no kernel for the machine.

import { describe, expect, test } from "vitest";
import { CodeBuffer } from "../../src/runtime/native/code-buffer.ts";
import { makeKernel } from "../../src/runtime/native/kernel.ts";
import { type Koffi, loadKoffi } from "../../src/runtime/native/koffi.ts";
import { placeCode } from "../../src/runtime/native/pages.ts";
import { type Level, levelOf, vectorLevel } from "../../src/runtime/native/processor.ts";
import { at, x64Register as r, X64 } from "../../src/runtime/native/x64.ts";
import { x64Macro } from "../../src/runtime/native/x64-macro.ts";
import { X64Vectors } from "../../src/runtime/native/x64-vector.ts";
import { errorOf, type Layout, type PackedKernel, productPages } from "./products.ts";

const found = loadKoffi();
const koffi = found as Koffi;
const system = { koffi, platform: process.platform, arch: process.arch };
const best = "off" in found ? found : vectorLevel(system);
const levels: readonly Level[] =
  best === "avx512" ? ["avx512", "avx2"] : typeof best === "string" ? [best] : [];

describe.skipIf(levels.length === 0).each(levels)("kernels for %s", (level) => {
  const layouts: readonly Layout[] = level === "neon" ? ["packed"] : ["packed", "rows", "columns"];
  for (const elementBytes of [4, 8] as const) {
    test.each(layouts)(`multiply elements of ${elementBytes} bytes, operands %s`, (layout) => {
      const memory = new WebAssembly.Memory({ initial: productPages, maximum: productPages });
      const kernel = boundKernel(memory, level, elementBytes, layout);
      const { rows, columns } = kernel;
      for (let m = 1; m <= 2 * rows; m++) {
        for (const n of [1, columns / 2 - 1, columns / 2, columns - 1, columns, 2 * columns + m]) {
          const shape = { rows: m, columns: n, depth: 1 + ((m * n) % 23) };
          const error = errorOf(memory, kernel, shape, (m + n) % 3 === 0);
          if (!(error < 4)) expect.fail(`${m}×${shape.depth}×${n}: error ${error}`);
        }
      }
    });
  }

  test("leave C alone where there is nothing to do, and clear it where there is nothing to add", () => {
    const memory = new WebAssembly.Memory({ initial: productPages, maximum: productPages });
    const kernel = boundKernel(memory, level, 4, "packed");
    for (const [rows, columns, depth] of [
      [0, 5, 3],
      [5, 0, 3],
      [5, 5, 0],
    ]) {
      for (const accumulate of [false, true])
        expect(errorOf(memory, kernel, { rows, columns, depth }, accumulate)).toBe(0);
    }
  });
});

function boundKernel(
  memory: WebAssembly.Memory,
  level: Level,
  elementBytes: 4 | 8,
  layout: Layout,
): PackedKernel {
  const kernel = makeKernel(system, level, elementBytes);
  if ("off" in kernel) throw new Error(kernel.off);
  const base = koffi.address(new Uint8Array(memory.buffer));
  const address = layout === "packed" ? kernel.address : (kernel.inPlace as bigint);
  const code = koffi.decode(address, koffi.proto("void (int32_t, uintptr_t)"));
  return { ...kernel, elementBytes, layout, call: (descriptor) => code(descriptor, base) };
}

describe.skipIf(levels.length === 0 || best === "neon").each(levels)(
  "operands in place for %s",
  (level) => {
    // Beyond the memory lie pages that end the process when they are read.
    test.each(["A", "B"])("are not read beyond their end: %s at the end of the memory", (last) => {
      const memory = new WebAssembly.Memory({ initial: productPages, maximum: productPages });
      const kernel = boundKernel(memory, level, 4, "rows");
      for (const n of [1, 7, kernel.columns / 2 + 1, kernel.columns - 1, kernel.columns + 3]) {
        const shape = { rows: kernel.rows + 1, columns: n, depth: 6 };
        const operand = last === "A" ? shape.rows * shape.depth : shape.depth * shape.columns;
        const place = memory.buffer.byteLength - 4 * operand;
        const places = last === "A" ? { a: place } : { b: place };
        expect(errorOf(memory, kernel, shape, false, places)).toBeLessThan(4);
      }
    });
  },
);

describe("the words of cpuid and xgetbv", () => {
  const [fma, avx, avx2, avx512] = [1 << 12, 1 << 28, 1 << 5, 1 << 16];
  test.each([
    ["AVX-512", [fma | avx, avx2 | avx512, 0xe7], "avx512"],
    ["AVX-512 that the system does not save", [fma | avx, avx2 | avx512, 0x07], "avx2"],
    ["AVX2", [fma | avx, avx2, 0x07], "avx2"],
    ["AVX2 without FMA", [avx, avx2, 0x07], undefined],
    ["AVX2 that the system does not save", [fma | avx, avx2, 0x03], undefined],
    ["an old processor", [0, 0, 0], undefined],
  ])("say %s", (_what, words, level) => {
    expect(levelOf(words)).toBe(level);
  });
});

describe.skipIf(!levels.includes("avx2") || process.platform === "win32")(
  "the convention of Windows",
  () => {
    const levelsHere = levels.filter((level) => level !== "neon");
    test.each(levelsHere)("is kept by the kernel for %s, tried through a bridge", (level) => {
      const { code, rows, columns } = x64Macro({ level, elementBytes: 4, convention: "windows" });
      const target = placed(code);
      const memory = new WebAssembly.Memory({ initial: productPages, maximum: productPages });
      const base = koffi.address(new Uint8Array(memory.buffer));
      const type = koffi.proto("void (void *, int32_t, uintptr_t)");
      const bridge = koffi.decode(placed(bridgeToWindows(target)), type);
      const vectors = new Float32Array(4 * savedVectors.length).map((_, p) => p + 1);
      const before = vectors.slice();
      const call = (descriptor: number) => bridge(vectors, descriptor, base);
      const kernel: PackedKernel = { call, rows, columns, elementBytes: 4 };
      const shape = { rows: rows + 3, columns: columns + 5, depth: 9 };
      expect(errorOf(memory, kernel, shape, true)).toBeLessThan(4);
      expect(vectors).toEqual(before);
    });
  },
);

function placed(code: Uint8Array): bigint {
  const address = placeCode(system, code);
  if (typeof address !== "bigint") throw new Error(address.off);
  return address;
}

const savedVectors = [6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** Calls a function of Windows' convention with xmm6–15 loaded from memory, and writes back what it left in them. */
function bridgeToWindows(target: bigint): Uint8Array {
  const x64 = new X64(new CodeBuffer());
  const low = new X64Vectors(x64, 128, 4);
  const back = x64.code.label();
  x64.push(r.rbx);
  x64.move(r.rbx, r.rdi);
  savedVectors.forEach((register, k) => {
    low.load(register, at(r.rbx, 16 * k));
  });
  x64.move(r.rcx, r.rsi);
  x64.loadAddress(r.rax, back);
  x64.push(r.rax);
  // rdi is the callee's to keep as well; the results are stored by it.
  x64.moveImmediate(r.rax, target);
  x64.jumpTo(r.rax);
  x64.code.bind(back);
  savedVectors.forEach((register, k) => {
    low.store(at(r.rdi, 16 * k), register);
  });
  x64.pop(r.rbx);
  x64.return();
  return x64.code.finish();
}
