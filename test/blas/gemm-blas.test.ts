// Tiles of products that the WebAssembly kernels hand to BLAS: which ones, and with what arguments. A product in plain
// loops stands in for BLAS, so that this runs everywhere.

import { describe, expect, test } from "vitest";
import type { CblasGemm } from "../../src/runtime/blas/system-blas.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import { libraryModule } from "../../src/runtime/wasm/library/module.ts";
import { numbers } from "../emit/kernels.ts";
import { looped } from "./looped.ts";

/** An address that 32 bits do not hold. */
const base = 0x7f12_3456_0000;
const memory = new WebAssembly.Memory({ initial: 64, maximum: 64 });
const places = { a: 1 << 20, b: 2 << 20, c: 3 << 20 };
const bytesOf = { f32: 4, f64: 8 } as const;
type TypeName = keyof typeof bytesOf;

const pick = numbers(7);
const wholeNumbers = Float32Array.from({ length: memory.buffer.byteLength / 4 }, () => pick(9) - 4);

const calls: (readonly number[])[] = [];
const kernels = { f32: kernelOf("f32"), f64: kernelOf("f64") };

function kernelOf(type: TypeName): CallableFunction {
  const loops: CblasGemm = looped(memory, bytesOf[type], base);
  const stand = (...args: readonly number[]): void => {
    calls.push(args);
    loops(...args);
  };
  const options = { relaxedSimd: wasmFeatures().relaxedSimd, blas: [type] };
  const module = new WebAssembly.Module(libraryModule(options, [type]) as BufferSource);
  const env = { memory, workspace: 65_536, [`blas_${type}`]: stand, blasBase: base };
  return new WebAssembly.Instance(module, { env }).exports[`gemm_${type}`] as CallableFunction;
}

interface Product {
  readonly type?: TypeName;
  readonly sizes: readonly [m: number, n: number, k: number];
  /** Strides in elements: A's rows and columns, B's, C's rows. */
  readonly strides: readonly [number, number, number, number, number];
  readonly tile?: readonly [rows: number, columns: number];
  readonly accumulate?: boolean;
}

/** Computes all tiles of a product of small whole numbers, checks it, and gives the number of calls of BLAS. */
function blasCalls({ type = "f32", sizes, strides, tile, accumulate = false }: Product): number {
  const [m, n, k] = sizes;
  const [aRow, aInner, bInner, bColumn, cRow] = strides;
  const bytes = bytesOf[type];
  const elements = bytes === 8 ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  elements.set(wholeNumbers.subarray(0, elements.length));
  const [a, b, c] = [places.a / bytes, places.b / bytes, places.c / bytes];
  const wanted = elements.slice(c, c + m * cRow);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = accumulate ? wanted[i * cRow + j] : 0;
      for (let p = 0; p < k; p++)
        sum += elements[a + i * aRow + p * aInner] * elements[b + p * bInner + j * bColumn];
      wanted[i * cRow + j] = sum;
    }
  }
  const [rows, columns] = tile ?? [m, n];
  const before = calls.length;
  for (let t = 0; t < Math.ceil(m / rows) * Math.ceil(n / columns); t++) {
    const own = [places.c, places.a, places.b, ...sizes, ...strides, rows, columns];
    kernels[type](...own, Number(accumulate), t);
  }
  expect(elements.slice(c, c + m * cRow)).toEqual(wanted);
  return calls.length - before;
}

describe("products by BLAS", () => {
  const layouts = ([m, n, k]: Product["sizes"], gap: number) =>
    ({
      "rows by rows": [k + gap, 1, n + gap, 1],
      "columns by rows": [1, m + gap, n + gap, 1],
      "rows by columns": [k + gap, 1, 1, k + gap],
      "columns by columns": [1, m + gap, 1, k + gap],
    }) as const;

  test.each(["f32", "f64"] as const)("%s, odd sizes, all layouts", (type) => {
    for (const sizes of [
      [37, 41, 29],
      [4, 129, 33],
      [67, 9, 31],
      [4, 16, 257],
      [150, 110, 1],
    ] as const) {
      for (const gap of [0, 3]) {
        for (const [layout, four] of Object.entries(layouts(sizes, gap))) {
          for (const accumulate of [false, true]) {
            const strides = [...four, sizes[1] + gap] as const;
            const taken = blasCalls({ type, sizes, strides, accumulate });
            expect(taken, `${sizes}, ${layout}`).toBe(1);
          }
        }
      }
    }
  });

  test("in tiles, each where it is large enough", () => {
    const strides = [40, 1, 100, 1, 100] as const;
    expect(blasCalls({ sizes: [90, 100, 40], strides, tile: [48, 60] })).toBe(4);
    // The last two columns are too few.
    expect(blasCalls({ sizes: [90, 98, 40], strides, tile: [90, 48] })).toBe(2);
  });

  test.each([
    ["a large one", [64, 64, 64], [64, 1, 64, 1], 1],
    ["less work than a call is worth", [25, 25, 25], [25, 1, 25, 1], 0],
    ["a little more", [26, 26, 26], [26, 1, 26, 1], 1],
    ["too few rows", [3, 256, 256], [256, 1, 256, 1], 0],
    ["too few columns", [256, 7, 256], [256, 1, 7, 1], 0],
    ["too few elements of C", [4, 8, 1024], [1024, 1, 8, 1], 0],
    ["every second element", [64, 64, 64], [128, 2, 64, 1], 0],
    ["one row for all", [64, 64, 64], [0, 1, 64, 1], 0],
    ["rows that overlap, as windows do", [64, 64, 64], [8, 1, 64, 1], 0],
    ["columns backwards", [64, 64, 64], [64, 1, 64, -1], 0],
    ["rows backwards", [64, 64, 64], [-64, 1, 64, 1], 0],
    ["depth of one, with any stride", [128, 130, 1], [1, 5, 0, 1], 1],
  ] as const)("%s", (_what, sizes, four, taken) => {
    const strides = [...four, sizes[1]] as const;
    expect(blasCalls({ sizes, strides })).toBe(taken);
  });
});
