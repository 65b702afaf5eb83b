// Whole graphs with products by the system's BLAS, as on machines without kernels in machine code of our own: against
// the reference, alone and with other threads.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { HostArray } from "../../src/core/dtype.ts";
import "../../src/index.ts";
import type { Tensor } from "../../src/index.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import { type SystemBlas, systemBlas } from "../../src/runtime/blas/system-blas.ts";
import type { Device } from "../../src/runtime/device.ts";
import { nativeMacro } from "../../src/runtime/native/native.ts";
import { referenceDevice } from "../../src/runtime/reference/device.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";

const called = vi.hoisted(() => ({ float32: 0, float64: 0 }));

/** The BLAS of this machine, with its calls by the main thread counted. */
vi.mock("../../src/runtime/blas/system-blas.ts", async (load) => {
  const real = await load<{ systemBlas: typeof systemBlas }>();
  const counted = (found: SystemBlas): SystemBlas => ({
    ...found,
    gemm: {
      float32: (...args) => {
        called.float32++;
        found.gemm.float32(...args);
      },
      float64: (...args) => {
        called.float64++;
        found.gemm.float64(...args);
      },
    },
  });
  return {
    systemBlas: (memory: WebAssembly.Memory) => {
      const found = real.systemBlas(memory);
      return "off" in found ? found : counted(found);
    },
  };
});

type FloatType = "float32" | "float64";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
const probe = systemBlas(memory);
const native = nativeMacro(memory);
const why = "off" in probe ? `, skipped: ${probe.off}` : "";
const [m, n, k] = [131, 157, 173];

type Bounds = readonly [start: number, end: number];

/** Some rows and columns of a matrix. */
function part(x: Tensor, ...bounds: readonly [Bounds, Bounds]): Tensor {
  return x.slice(bounds.map(([start, end]) => ({ start, end })));
}

/** Products of odd sizes in all layouts, of parts of matrices, added up, with a function behind, and without depth. */
function graphOf(dtype: FloatType) {
  const leaf = (...shape: number[]) => argumentLeaf({ shape, dtype });
  const [a, b, at, bt] = [leaf(m, k), leaf(k, n), leaf(k, m), leaf(n, k)];
  const outputs: Tensor[] = [
    a.matmul(b),
    at.transpose().matmul(b),
    a.matmul(bt.transpose()),
    at.transpose().matmul(bt.transpose()),
    part(a, [3, 100], [5, 150]).matmul(part(b, [0, 145], [7, 60])),
    a.matmul(b).add(at.transpose().matmul(b)).relu(),
    part(a, [0, 2], [0, k]).matmul(b), // too few rows for BLAS
  ];
  return { arguments: [a, b, at, bt], outputs, writes: [] };
}

function bindingsOf(dtype: FloatType) {
  const make = (count: number, seed: number): HostArray => {
    const numbers = Array.from({ length: count }, (_, i) => Math.sin(seed + i * 0.37));
    return dtype === "float64" ? Float64Array.from(numbers) : Float32Array.from(numbers);
  };
  const values = [make(m * k, 1), make(k * n, 2), make(k * m, 3), make(n * k, 4)];
  return values.map((value) => ({ kind: "value", value }) as const);
}

function largestDifference(left: HostArray, right: HostArray): number {
  expect(left.length).toBe(right.length);
  let largest = 0;
  for (let i = 0; i < left.length; i++)
    largest = Math.max(largest, Math.abs(Number(left[i]) - Number(right[i])));
  return largest;
}

async function untilThreads(device: Device, count: number): Promise<void> {
  for (let wait = 0; device.threads < count && wait < 2000; wait++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(device.threads).toBe(count);
}

describe.skipIf("off" in probe)(`products by the system's BLAS${why}`, () => {
  beforeAll(() => void vi.stubEnv("CHAINRULE_NATIVE", "off"));
  afterAll(() => void vi.unstubAllEnvs());

  test.each([
    ["float32", 2e-4],
    ["float64", 1e-12],
  ] as const)("%s is right in all layouts", (dtype, tolerance) => {
    const before = called[dtype];
    const results = [wasmDevice(1), referenceDevice()].map((device) =>
      device.prepare(graphOf(dtype)).run(bindingsOf(dtype)),
    );
    for (const [place, result] of results[0].entries())
      expect(largestDifference(result, results[1][place]), `${place}`).toBeLessThan(tolerance);
    expect(called[dtype] - before).toBeGreaterThan(results[0].length);
  });

  test.skipIf("off" in native)("machine code comes first where there is some", () => {
    vi.stubEnv("CHAINRULE_NATIVE", "on");
    const before = called.float32;
    wasmDevice(1).prepare(graphOf("float32")).run(bindingsOf("float32"));
    vi.stubEnv("CHAINRULE_NATIVE", "off");
    expect(called.float32).toBe(before);
  });

  test.each(["float32", "float64"] as const)("%s has the same bits on threads", async (dtype) => {
    const results: Buffer[][] = [];
    for (const threads of [1, 3]) {
      const device = wasmDevice(threads);
      const program = device.prepare(graphOf(dtype));
      const bindings = bindingsOf(dtype);
      program.run(bindings);
      program.run(bindings);
      await untilThreads(device, threads);
      for (let again = 0; again < 30; again++)
        results.push(program.run(bindings).map((value) => Buffer.from(value.buffer)));
    }
    const differ = results.filter((one) => one.some((bytes, at) => !bytes.equals(results[0][at])));
    expect(differ.length).toBe(0);
  });
});
