// The system's BLAS on WebAssembly memory, where the machine has one: all layouts, both types, no threads of its own;
// and the reasons where it is not in use.

import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { productFault, verifyPages } from "../../src/runtime/blas/check-product.ts";
import { type CblasGemm, type SystemBlas, systemBlas } from "../../src/runtime/blas/system-blas.ts";
import { looped } from "./looped.ts";

function smallMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages, shared: true });
}

/** Threads of this process. Between two counts without a pause, only foreign code can have started some. */
function threads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}

/** C = A·B for square matrices in rows. */
function multiply(gemm: CblasGemm, n: number, [a, b, c]: readonly number[]): void {
  gemm(101, 111, 111, n, n, n, 1, a, n, b, n, 0, c, n);
}

const threadsBefore = threads();
const probe = systemBlas(smallMemory());
const threadsAfter = threads();
const available = !("off" in probe);

const why = "off" in probe ? `, skipped: ${probe.off}` : "";

describe.skipIf(!available)(`the system's BLAS${why}`, () => {
  test("has a name and a version", () => {
    const { name, version } = probe as SystemBlas;
    expect(name).toMatch(/Accelerate|OpenBLAS|MKL|BLIS/);
    if (name !== "Accelerate") expect(version).toMatch(/\d+\.\d+/);
  });

  test("multiplies in every layout, in the memory it was asked for", () => {
    for (const memory of [smallMemory(), smallMemory()]) {
      const { base, gemm } = systemBlas(memory) as SystemBlas;
      expect(productFault(memory, base, gemm.float32, 4)).toBeUndefined();
      expect(productFault(memory, base, gemm.float64, 8)).toBeUndefined();
    }
  });

  test("starts no threads and leaves the environment alone", () => {
    expect(threadsAfter).toBe(threadsBefore);
    const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
    const { base, gemm } = systemBlas(memory) as SystemBlas;
    const n = 512;
    const before = threads();
    multiply(gemm.float32, n, [base, base + (1 << 20), base + (2 << 20)]);
    expect(threads()).toBe(before);
    expect(process.env.OPENBLAS_NUM_THREADS).toBeUndefined();
  });
});

describe("a check of a product", () => {
  test("finds one that forgets C", () => {
    const memory = smallMemory();
    const forgetful = () => new Float32Array(memory.buffer).fill(0, 0x2000, 0x2400);
    expect(productFault(memory, 0, forgetful, 4)).toMatch(/is wrong/);
  });

  test("finds one that takes a transposed matrix for a plain one", () => {
    const memory = smallMemory();
    const plain: CblasGemm = (order, _a, _b, ...more) => looped(memory)(order, 111, 111, ...more);
    expect(productFault(memory, 0, looped(memory), 4)).toBeUndefined();
    expect(productFault(memory, 0, plain, 4)).toMatch(/is wrong/);
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
