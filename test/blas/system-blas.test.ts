// The system's BLAS on WebAssembly memory, where the machine has one: all layouts, both types, no threads of its own;
// and the reasons where it is not in use. Skipped parts say so.

import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { productFault, verifyPages } from "../../src/runtime/blas/check-product.ts";
import { blasTakes, type SystemBlas, systemBlas } from "../../src/runtime/blas/system-blas.ts";

function smallMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages, shared: true });
}

/** Threads of this process. Between two counts without a pause, only foreign code can have started some. */
function threads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}

const threadsBefore = threads();
const probe = systemBlas(smallMemory());
const threadsAfter = threads();
const available = !("off" in probe);

describe.skipIf(!available)("the system's BLAS", () => {
  test("has a name and a version", () => {
    const { name, version } = probe as SystemBlas;
    expect(name).toMatch(/Accelerate|OpenBLAS|MKL|BLIS/);
    if (name !== "Accelerate") expect(version).toMatch(/\d+\.\d+/);
  });

  test("multiplies in every layout, in the memory it was asked for", () => {
    for (const memory of [smallMemory(), smallMemory()]) {
      const { sgemm, dgemm } = systemBlas(memory) as SystemBlas;
      expect(productFault(memory, sgemm, 4)).toBeUndefined();
      expect(productFault(memory, dgemm, 8)).toBeUndefined();
    }
  });

  test("takes single lines with any distance", () => {
    const memory = smallMemory();
    const { sgemm } = systemBlas(memory) as SystemBlas;
    const elements = new Float32Array(memory.buffer);
    elements.set([1, 2, 3], 0);
    elements.set([4, 5, 6], 64);
    // 1×3 times 3×1, the row of A with distance 0 as a broadcast has it.
    sgemm(1, 1, 3, 1, 0, 0, 1, 256, 1, 0, 0, 512, 0);
    expect(elements[128]).toBe(32);
  });

  test("refuses layouts that CBLAS cannot say", () => {
    const { sgemm } = systemBlas(smallMemory()) as SystemBlas;
    expect(() => sgemm(4, 4, 4, 1, 0, 8, 2, 256, 4, 1, 0, 512, 4)).toThrow(/strides 8 and 2/);
  });

  test("starts no threads and leaves the environment alone", () => {
    expect(threadsAfter).toBe(threadsBefore);
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
    const { sgemm } = systemBlas(memory) as SystemBlas;
    const n = 512;
    const before = threads();
    sgemm(n, n, n, 1, 0, n, 1, 1 << 20, n, 1, 0, 2 << 20, n);
    expect(threads()).toBe(before);
    expect(process.env.OPENBLAS_NUM_THREADS).toBeUndefined();
  });
});

describe("which layouts BLAS takes", () => {
  test.each([
    ["rows next to each other", [3, 4, 4, 1], true],
    ["rows of a larger matrix", [3, 4, 9, 1], true],
    ["columns next to each other", [3, 4, 1, 3], true],
    ["a single row with any distance", [1, 4, 0, 1], true],
    ["rows that overlap", [3, 4, 2, 1], false],
    ["every second element", [3, 4, 8, 2], false],
    ["a row backwards", [3, 4, 4, -1], false],
    ["one row for all", [3, 4, 0, 1], false],
  ] as const)("%s", (_what, [rows, columns, row, column], taken) => {
    expect(blasTakes(rows, columns, row, column)).toBe(taken);
  });
});

describe("a check of a product", () => {
  test("finds one that forgets C", () => {
    const memory = smallMemory();
    const forgetful = () => new Float32Array(memory.buffer).fill(0, 0x2000, 0x2400);
    expect(productFault(memory, forgetful, 4)).toMatch(/is wrong/);
  });
});

describe("a BLAS that is not in use", () => {
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.unstubAllEnvs());

  const reason = async (setting: string): Promise<string> => {
    vi.stubEnv("CHAINRULE_BLAS", setting);
    const blas = await import("../../src/runtime/blas/system-blas.ts");
    return (blas.systemBlas(smallMemory()) as { off: string }).off;
  };

  test("says that the user switched it off", async () => {
    expect(await reason("off")).toBe("CHAINRULE_BLAS=off");
  });

  test.runIf(available)("says that the user's path leads nowhere", async () => {
    expect(await reason("/nowhere/libblas.so")).toMatch(/^CHAINRULE_BLAS: .*(load|open)/);
  });
});
