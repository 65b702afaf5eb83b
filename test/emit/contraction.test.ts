// The contraction kernel over operands of every kind of stride: permuted, sliced, flipped, repeated, windowed; with its
// own block function and with one given from outside, as machine code is.

import { describe, expect, test } from "vitest";
import {
  contractAxes,
  libraryWorkspaceBytes,
  nativeProducts,
  productTiles,
  wasmProducts,
} from "../../src/compiler/gemm-tiles.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import type { MacroPanels } from "../../src/runtime/wasm/library/gemm-types.ts";
import { libraryModule } from "../../src/runtime/wasm/library/module.ts";
import { numbers } from "./kernels.ts";

const types = { f32: Float32Array, f64: Float64Array, i32: Int32Array };
type TypeName = keyof typeof types;
type Kernels = Record<string, (...args: number[]) => void>;

const pages = 100;
const workspace = 65536;
const operandsAt = 2 ** 21;

interface TestLibrary {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
}

/** With `panels`, the block function is a plain loop over panels of so many rows and columns. */
function instantiate(relaxedSimd: boolean, panels?: MacroPanels, wide = false): TestLibrary {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const macros = panels && { f32: panels, f64: panels, i32: panels };
  const bytes = libraryModule({ relaxedSimd, wide, ...(macros && { macros }) });
  const env = {
    memory,
    workspace,
    macro_f32: (at: number) => multiplyPanels(new Float32Array(memory.buffer), at, panels!),
    macro_f64: (at: number) => multiplyPanels(new Float64Array(memory.buffer), at, panels!),
    macro_i32: (at: number) => multiplyPanels(new Int32Array(memory.buffer), at, panels!),
  };
  const module = new WebAssembly.Module(bytes as BufferSource);
  return { memory, kernels: new WebAssembly.Instance(module, { env }).exports as Kernels };
}

/** The meaning of a block function in machine code. */
function multiplyPanels(
  memory: Float32Array | Float64Array | Int32Array,
  descriptor: number,
  panels: MacroPanels,
): void {
  const words = new Int32Array(memory.buffer, descriptor, 13);
  const [rows, columns, depth, accumulate] = words;
  const size = memory.BYTES_PER_ELEMENT;
  const [a, b, c, cRow, ...own] = words.subarray(4).map((address) => address / size);
  const packed = (width: number): number[] => [1, width, width * depth];
  const [aRow, aColumn, aPanel] = panels.inPlace ? own : packed(panels.rows);
  const [bRow, bPanel] = panels.inPlace ? own.slice(3) : packed(panels.columns).slice(1);
  const placeA = (i: number, k: number): number => {
    const inside = i % panels.rows;
    return ((i - inside) / panels.rows) * aPanel + inside * aRow + k * aColumn;
  };
  const placeB = (k: number, j: number): number => {
    const inside = j % panels.columns;
    return ((j - inside) / panels.columns) * bPanel + inside + k * bRow;
  };
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = accumulate === 1 ? memory[c + i * cRow + j] : 0;
      for (let k = 0; k < depth; k++) sum += memory[a + placeA(i, k)] * memory[b + placeB(k, j)];
      memory[c + i * cRow + j] = sum;
    }
  }
}

interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

interface Contraction {
  readonly batch: readonly Axis[];
  readonly row: readonly Axis[];
  readonly column: readonly Axis[];
  readonly inner: readonly Axis[];
}

/** Where each element of a group lies in a matrix. */
function offsets(axes: readonly Axis[], matrix: "a" | "b" | "c"): number[] {
  return axes.reduce<number[]>(
    (outer, axis) =>
      outer.flatMap((o) => Array.from({ length: axis.size }, (_, i) => o + i * axis[matrix])),
    [0],
  );
}

const words = {
  batch: ["size", "a", "b", "c"],
  row: ["size", "a", "c"],
  column: ["size", "b", "c"],
  inner: ["size", "a", "b"],
} as const;

const none: Axis = { size: 1, a: 0, b: 0, c: 0 };

/** The numbers of a call, without tiles. */
function numbersOf(contraction: Contraction): number[] {
  return (["batch", "row", "column", "inner"] as const).flatMap((group) => {
    const axes = contraction[group];
    const all = [...Array<Axis>(contractAxes - axes.length).fill(none), ...axes];
    return all.flatMap((axis) => words[group].map((word) => axis[word]));
  });
}

/** Runs a contraction of small whole numbers, and compares it with plain loops. */
function check(
  { memory, kernels }: TestLibrary,
  type: TypeName,
  contraction: Contraction,
  seed: number,
): void {
  const pick = numbers(seed);
  const bytes = types[type].BYTES_PER_ELEMENT;
  const { batch, row, column, inner } = contraction;
  const reach = (matrix: "a" | "b" | "c"): [number, number] => {
    const all = [batch, row, column, inner].map((axes) => offsets(axes, matrix));
    const sum = (f: (...x: number[]) => number): number =>
      all.reduce((total, list) => total + list.reduce((x, y) => f(x, y)), 0);
    return [sum(Math.min), sum(Math.max)];
  };
  const all = new types[type](memory.buffer);
  let next = operandsAt / bytes;
  const place = (matrix: "a" | "b" | "c"): number => {
    const [low, high] = reach(matrix);
    const start = next - low;
    next += high - low + 9;
    return start;
  };
  const [c, a, b] = [place("c"), place("a"), place("b")];
  for (let i = operandsAt / bytes - 8; i < next; i++) all[i] = pick(15) - 7;
  const wanted = all.slice(operandsAt / bytes - 8, next);
  const accumulate = pick(2);
  const [rowsA, columnsB] = [offsets(row, "a"), offsets(column, "b")];
  const [rowsC, columnsC] = [offsets(row, "c"), offsets(column, "c")];
  const [innerA, innerB] = [offsets(inner, "a"), offsets(inner, "b")];
  const batches = (["a", "b", "c"] as const).map((matrix) => offsets(batch, matrix));
  for (const [l, ofA] of batches[0].entries()) {
    for (const [i, rowA] of rowsA.entries()) {
      for (const [j, columnB] of columnsB.entries()) {
        const at = c + batches[2][l] + rowsC[i] + columnsC[j] - (operandsAt / bytes - 8);
        let sum = accumulate === 1 ? wanted[at] : 0;
        for (const [k, stepA] of innerA.entries())
          sum += all[a + ofA + rowA + stepA] * all[b + batches[1][l] + columnB + innerB[k]];
        wanted[at] = sum;
      }
    }
  }
  const [m, n] = [rowsA.length, columnsB.length];
  const tile = [1 + pick(batches[0].length), 1 + pick(m), 1 + pick(n)];
  if (pick(2) === 0) tile.splice(0, 3, batches[0].length, m, n);
  const tiles =
    Math.ceil(batches[0].length / tile[0]) * Math.ceil(m / tile[1]) * Math.ceil(n / tile[2]);
  const guard = (workspace + libraryWorkspaceBytes) / bytes;
  all.fill(-7, guard, guard + 500);
  for (let t = 0; t < tiles; t++)
    kernels[`contract_${type}`](
      ...[c, a, b].map((start) => start * bytes),
      ...numbersOf(contraction),
      ...tile,
      accumulate,
      t,
    );
  const got = all.slice(operandsAt / bytes - 8, next);
  const wrong = wanted.findIndex((value, i) => got[i] !== value);
  const label = `${type} ${JSON.stringify({ contraction, tile, accumulate })}`;
  expect(wrong < 0 ? "right" : `place ${wrong} is ${got[wrong]}, not ${wanted[wrong]}`, label).toBe(
    "right",
  );
  expect(
    all.subarray(guard, guard + 500).every((x) => x === -7),
    label,
  ).toBe(true);
}

/** Axes of random sizes; C gets strides that keep its elements apart, in random order of axes. */
function randomContraction(pick: (n: number) => number, longest: number): Contraction {
  const group = (least: number): { size: number }[] =>
    Array.from({ length: least + pick(contractAxes + 1 - least) }, () => ({
      size: 1 + pick(pick(3) === 0 ? longest : 4),
    }));
  const groups = { batch: group(0).slice(0, 2), row: group(1), column: group(1), inner: group(1) };
  const stride = (): number => [0, 1, 1, 2, 3, 7, -1, -4][pick(8)];
  const axes = Object.entries(groups).flatMap(([name, list]) =>
    list.map(({ size }) => ({ name, size, a: stride(), b: stride(), c: 0 })),
  );
  const stored = axes.filter(({ name }) => name !== "inner");
  for (let k = stored.length - 1; k > 0; k--) {
    const other = pick(3) === 0 ? pick(k + 1) : k;
    [stored[k], stored[other]] = [stored[other], stored[k]];
  }
  let step = 1;
  for (const axis of stored.toReversed()) {
    axis.c = step;
    step *= axis.size + (pick(5) === 0 ? 1 : 0);
  }
  const of = (wanted: string): Axis[] => axes.filter(({ name }) => name === wanted);
  return { batch: of("batch"), row: of("row"), column: of("column"), inner: of("inner") };
}

const relaxed = wasmFeatures().relaxedSimd;

describe.each([
  ["fused", instantiate(relaxed)],
  ["plain", instantiate(false)],
  ["in pairs of vectors", instantiate(relaxed, undefined, true)],
  ["panels of 14 × 32", instantiate(relaxed, { rows: 14, columns: 32 })],
  ["panels of 6 × 16", instantiate(relaxed, { rows: 6, columns: 16 })],
  ["panels of 8 × 32, in place", instantiate(relaxed, { rows: 8, columns: 32, inPlace: true })],
] as const)("contractions, %s", (_name, library) => {
  test("random axes and strides", () => {
    const pick = numbers(17);
    for (let round = 0; round < 150; round++) {
      const contraction = randomContraction(pick, 14);
      const axes = Object.values(contraction).flat() as readonly Axis[];
      const work = axes.reduce((n, { size }) => n * size, 1);
      if (work > 300_000 || axes.some((axis) => axis.c * axis.size > 200_000)) continue;
      for (const type of ["f32", "f64", "i32"] as const) check(library, type, contraction, round);
    }
  });

  test("a convolution: windows as columns, images outside of channels in the result", () => {
    const [images, channels, side, size, outputs] = [3, 2, 13, 3, 7];
    const out = side - size + 1;
    const image = channels * side * side;
    const windows = (y: number, x: number, k: number): Axis[] => [
      { size: channels, a: size * size, b: side * side, c: 0 },
      { size: size, a: size, b: y, c: 0 },
      { size: k, a: 1, b: x, c: 0 },
    ];
    check(
      library,
      "f32",
      {
        batch: [],
        row: [{ size: outputs, a: channels * size * size, b: 0, c: out * out }],
        column: [
          { size: images, a: 0, b: image, c: outputs * out * out },
          { size: out, a: 0, b: side, c: out },
          { size: out, a: 0, b: 1, c: 1 },
        ],
        inner: windows(side, 1, size),
      },
      1,
    );
  });

  test("several blocks of rows, columns and depth", () => {
    check(
      library,
      "f32",
      {
        batch: [],
        row: [
          { size: 20, a: 900, b: 0, c: 600 },
          { size: 11, a: 400 * 100, b: 0, c: 600 * 20 },
        ],
        column: [{ size: 600, a: 0, b: 1, c: 1 }],
        inner: [
          { size: 30, a: 30, b: 640, c: 0 },
          { size: 12, a: 1, b: 640 * 30, c: 0 },
        ],
      },
      2,
    );
  });
});

test("tiles cover a product, many of a large one, one of a small one", () => {
  const pick = numbers(23);
  for (let round = 0; round < 200; round++) {
    const shape = [1 + pick(70), 1 + pick(600), 1 + pick(600), 1 + pick(900)] as const;
    const { batch, rows, columns, count } = productTiles(
      shape,
      { a: round % 2 === 0, b: round % 3 === 0 },
      round % 5 === 0 ? nativeProducts : wasmProducts,
    );
    const parts = [batch, rows, columns].map((size, k) => Math.ceil(shape[k] / size));
    expect(
      parts.reduce((a, b) => a * b),
      JSON.stringify(shape),
    ).toBe(count);
    const work = shape.reduce((a, b) => a * b);
    if (work < 200_000) expect(count, JSON.stringify(shape)).toBe(1);
    if (work > 2_000_000) expect(count, JSON.stringify(shape)).toBeGreaterThan(3);
  }
});
