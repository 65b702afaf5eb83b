import { describe, expect, test } from "vitest";
import { libraryWorkspaceBytes } from "../../src/compiler/gemm-tiles.ts";
import { philoxFill } from "../../src/core/random.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import { libraryFunctions, libraryModule } from "../../src/runtime/wasm/library/module.ts";
import { numbers } from "./kernels.ts";

type Kernel = (...args: number[]) => void;

const pages = 180;
/** Address of the workspace of the kernels; nothing lies between its end and the operands. */
const workspace = 65536;

interface TestLibrary {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Record<string, Kernel>;
}

function instantiate(options: Parameters<typeof libraryModule>[0], more = {}): TestLibrary {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const module = new WebAssembly.Module(libraryModule(options) as BufferSource);
  const instance = new WebAssembly.Instance(module, { env: { memory, workspace, ...more } });
  return { memory, kernels: instance.exports as Record<string, Kernel> };
}

const fused = instantiate({ relaxedSimd: wasmFeatures().relaxedSimd });
const plain = instantiate({ relaxedSimd: false });

const types = { f32: Float32Array, f64: Float64Array, i32: Int32Array };
type TypeName = keyof typeof types;

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Extra elements between rows of the operands and of C. */
  readonly gap?: number;
  readonly scatter?: number;
  readonly accumulate?: boolean;
  /** Rows and columns of a tile. */
  readonly tile?: readonly [number, number];
}

/** Runs one product and compares with the sum in float64; all numbers are small and whole, so results are exact. */
function checkProduct(
  { memory, kernels }: typeof fused,
  type: TypeName,
  product: Product,
  seed: number,
): void {
  const { m, n, k, gap = 0, scatter = 1, accumulate = false } = product;
  const bytes = types[type].BYTES_PER_ELEMENT;
  const pick = numbers(seed);
  const [aRow, aCol] = product.transposeA
    ? [scatter, m * scatter + gap]
    : [k * scatter + gap, scatter];
  const [bRow, bCol] = product.transposeB
    ? [scatter, k * scatter + gap]
    : [n * scatter + gap, scatter];
  const cRow = n + gap;
  const sizeA = Math.max(0, (m - 1) * aRow + (k - 1) * aCol + 1);
  const sizeB = Math.max(0, (k - 1) * bRow + (n - 1) * bCol + 1);
  const end = pages * 65536;
  const guard = -7;
  const b = end - sizeB * bytes;
  const a = align(b - (sizeA + 2) * bytes);
  const c = align(a - (m * cRow + 4) * bytes);
  const all = new types[type](memory.buffer);
  const after = (workspace + libraryWorkspaceBytes) / bytes;
  const watched = all.subarray(after, after + 500);
  watched.fill(guard);
  const views = [
    new types[type](memory.buffer, a, sizeA),
    new types[type](memory.buffer, b, sizeB),
    new types[type](memory.buffer, c, m * cRow),
  ];
  for (const view of views) for (let i = 0; i < view.length; i++) view[i] = pick(15) - 7;
  const [va, vb, vc] = views;
  const wanted = Array.from(vc);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = accumulate ? vc[i * cRow + j] : 0;
      for (let l = 0; l < k; l++) sum += va[i * aRow + l * aCol] * vb[l * bRow + j * bCol];
      wanted[i * cRow + j] = sum;
    }
  }
  const [tileRows, tileColumns] = product.tile ?? [Math.max(1, m), Math.max(1, n)];
  const tiles = Math.ceil(m / tileRows) * Math.ceil(n / tileColumns);
  const strides = [m, n, k, aRow, aCol, bRow, bCol, cRow, tileRows, tileColumns];
  for (let tile = 0; tile < Math.max(1, tiles); tile++)
    kernels[`gemm_${type}`](c, a, b, ...strides, Number(accumulate), tile);
  const label = `${type} ${JSON.stringify(product)}`;
  const wrong = wanted.findIndex((value, i) => vc[i] !== value);
  expect(wrong < 0 ? "right" : `C[${wrong}] is ${vc[wrong]}, not ${wanted[wrong]}`, label).toBe(
    "right",
  );
  expect(
    watched.every((word) => word === guard),
    `${label}: writes beyond the workspace`,
  ).toBe(true);
}

function align(address: number): number {
  return address - (address % 8);
}

const sides = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

describe.each([
  ["fused", fused],
  ["plain", plain],
] as const)("matrix products, %s", (_name, library) => {
  test("shapes from 0 to 20, all layouts", () => {
    const pick = numbers(3);
    for (let round = 0; round < 120; round++) {
      const [transposeA, transposeB] = sides[round % 4];
      const product = {
        m: pick(21),
        n: pick(21),
        k: pick(21),
        transposeA,
        transposeB,
        gap: pick(3),
        scatter: 1 + (pick(4) === 0 ? 1 : 0),
        accumulate: pick(2) === 1,
      };
      for (const type of ["f32", "f64", "i32"] as const)
        checkProduct(library, type, product, round);
    }
  });

  test.each([
    [32, 10, 784],
    [10, 784, 32],
    [64, 128, 784],
    [128, 784, 64],
    [1, 300, 700],
    [300, 1, 700],
    [200, 520, 330],
    [97, 131, 643],
    [385, 9, 5],
    [5, 1030, 3],
  ])("%i × %i over %i", (m, n, k) => {
    for (const [transposeA, transposeB] of sides) {
      for (const accumulate of [false, true]) {
        checkProduct(library, "f32", { m, n, k, transposeA, transposeB, accumulate }, m);
      }
    }
    checkProduct(library, "f64", { m, n, k, transposeB: true }, n);
    checkProduct(library, "i32", { m, n, k, transposeA: true }, n);
  });
});

test("a product broadcast along the depth reads stride 0", () => {
  const f = new Float32Array(fused.memory.buffer);
  f.set([1, 2, 3], 1000);
  f.set([10, 20, 30, 40, 50, 60, 70, 80], 2000);
  fused.kernels.gemm_f32(12000, 4000, 8000, 1, 8, 3, 3, 1, 0, 1, 8, 1, 8, 0, 0);
  expect(Array.from(f.subarray(3000, 3008))).toEqual([60, 120, 180, 240, 300, 360, 420, 480]);
  fused.kernels.gemm_f32(12000, 8000, 4000, 2, 1, 3, 1, 0, 1, 1, 1, 2, 1, 0, 0);
  expect(Array.from(f.subarray(3000, 3002))).toEqual([60, 120]);
});

test("tiles of a product are independent", () => {
  const product = { m: 45, n: 70, k: 33, transposeB: true };
  for (const tile of [
    [12, 24],
    [45, 12],
    [7, 70],
    [3, 5],
  ] as const) {
    checkProduct(fused, "f32", { ...product, tile }, 5);
    checkProduct(plain, "f64", { ...product, tile, accumulate: true }, 6);
  }
});

test("philox gives the bits of core, and nothing beyond", () => {
  const words = new Int32Array(fused.memory.buffer);
  for (const count of [0, 1, 3, 4, 5, 8, 1001]) {
    const state = [123456789, -5, 42, count] as const;
    words.set(state, 500);
    words.fill(77, 1000, 2100);
    fused.kernels.philox(4000, 2000, count);
    const wanted = new Int32Array(count);
    philoxFill(wanted, state);
    expect(Array.from(words.subarray(1000, 1000 + count))).toEqual(Array.from(wanted));
    expect(words[1000 + count]).toBe(77);
  }
});

test("copy and fill", () => {
  const words = new Int32Array(fused.memory.buffer);
  words.set([1, 2, 3], 1000);
  fused.kernels.copy(8000, 4000, 12);
  fused.kernels.fill(8012, 2, -9);
  expect(Array.from(words.subarray(2000, 2005))).toEqual([1, 2, 3, -9, -9]);
});

test("every listed function exists with its parameters", () => {
  for (const [name, parameters] of Object.entries(libraryFunctions)) {
    expect(fused.kernels[name].length, name).toBe(parameters.length);
  }
});
