// Random products for the tests of macro-kernels: packs the operands into a memory, runs the kernel, and compares with
// sums in float64. Around C lie guards that must stay as they are.

import { RandomStream } from "../../src/core/random.ts";
import { descriptorWord } from "../../src/runtime/native/macro.ts";

export interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export interface PackedKernel {
  readonly call: (descriptor: number) => void;
  readonly rows: number;
  readonly columns: number;
  readonly elementBytes: 4 | 8;
  /** How the operands lie. */
  readonly layout?: Layout;
}

/** Packed, or in place: A in rows or in columns. */
export type Layout = "packed" | "rows" | "columns";

/** Where descriptor and product lie in the memory. */
const [descriptor, cAddress] = [0x40, 0x81000];
export const productPages = 16;
const guard = 5;

/** The largest error of a product in units of the rounding of its terms, or infinity where a guard is gone. */
export function errorOf(
  memory: WebAssembly.Memory,
  kernel: PackedKernel,
  shape: Shape,
  accumulate: boolean,
  {
    a: aAddress = 0x1000,
    b: bAddress = 0x41000,
  }: { readonly a?: number; readonly b?: number } = {},
): number {
  const { rows, columns, depth } = shape;
  const elements =
    kernel.elementBytes === 8 ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
  const random = new RandomStream(rows * 10_007 + columns * 101 + depth);
  const [a, b] = [matrix(random, rows, depth), matrix(random, depth, columns)];
  const { layout = "packed" } = kernel;
  const [aPlace, bPlace] = [aAddress / kernel.elementBytes, bAddress / kernel.elementBytes];
  if (layout === "rows") elements.set(a.flat(), aPlace);
  else
    pack(
      elements,
      aPlace,
      layout === "packed" ? kernel.rows : rows,
      rows,
      depth,
      (i, k) => a[i][k],
    );
  pack(
    elements,
    bPlace,
    layout === "packed" ? kernel.columns : columns,
    columns,
    depth,
    (j, k) => b[k][j],
  );
  const width = columns + guard;
  const c = elements.subarray(cAddress / kernel.elementBytes).subarray(0, width * (rows + 1));
  const before = c.map((_, p) => (p % 7) - 3);
  c.set(before);
  const cRow = width * kernel.elementBytes;
  const places = { a: aAddress, b: bAddress, c: cAddress, cRow };
  describe(memory, { ...shape, accumulate: accumulate ? 1 : 0, ...places });
  describe(memory, distances(kernel, shape));
  kernel.call(descriptor);
  let worst = 0;
  for (let p = 0; p < c.length; p++) {
    const [i, j] = [Math.floor(p / width), p % width];
    if (i >= rows || j >= columns) {
      if (c[p] !== before[p]) return Number.POSITIVE_INFINITY;
      continue;
    }
    let sum = accumulate ? before[p] : 0;
    let size = 1 + Math.abs(sum);
    for (let k = 0; k < depth; k++) {
      sum += a[i][k] * b[k][j];
      size += Math.abs(a[i][k] * b[k][j]);
    }
    worst = Math.max(worst, Math.abs(c[p] - sum) / size);
  }
  return worst * (kernel.elementBytes === 8 ? 2 ** 53 : 2 ** 24);
}

/** Numbers that float32 holds exactly. */
function matrix(random: RandomStream, rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => [...random.uniform(columns)].map((u) => 2 * u - 1));
}

function pack(
  elements: Float32Array | Float64Array,
  start: number,
  panel: number,
  count: number,
  depth: number,
  value: (line: number, k: number) => number,
): void {
  for (let first = 0; first < count; first += panel) {
    for (let k = 0; k < depth; k++) {
      for (let p = first; p < first + panel; p++) elements[start++] = p < count ? value(p, k) : 0;
    }
  }
}

type Words = Readonly<Partial<Record<keyof typeof descriptorWord, number>>>;

function describe(memory: WebAssembly.Memory, values: Words): void {
  const words = new Int32Array(memory.buffer, descriptor, Object.keys(descriptorWord).length);
  for (const [name, value] of Object.entries(values))
    words[descriptorWord[name as keyof typeof descriptorWord]] = value;
}

/** Distances of operands in place. */
function distances(kernel: PackedKernel, shape: Shape): Words {
  const { elementBytes, layout } = kernel;
  const [aRow, aColumn] = layout === "rows" ? [shape.depth, 1] : [1, shape.rows];
  return {
    aRow: aRow * elementBytes,
    aColumn: aColumn * elementBytes,
    aStep: aRow * kernel.rows * elementBytes,
    bRow: shape.columns * elementBytes,
    bStep: kernel.columns * elementBytes,
  };
}
