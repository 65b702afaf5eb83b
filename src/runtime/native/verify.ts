// The proof that a macro-kernel gets before it is used: products in a memory of their own, against plain loops, of every
// number of rows up to a panel's and of columns that fill and half fill its vectors, since each is code of its own. The
// numbers are small integers, so sums are exact and every bit must agree; guards around C must stay; and one product
// shows that multiply-add is rounded once.

import { descriptorWord } from "./macro.ts";

/** What is checked. */
export interface MacroUnderTest {
  readonly memory: WebAssembly.Memory;
  /** Computes the product of packed operands whose descriptor is at an address of the memory. */
  readonly call: (descriptor: number) => void;
  /** The same for operands in place. */
  readonly inPlace?: (descriptor: number) => void;
  /** Rows of a panel of A, columns of a panel of B. */
  readonly rows: number;
  readonly columns: number;
  readonly elementBytes: 4 | 8;
}

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

// Where things lie in the memory of the check.
const aAddress = 0x100;
const bAddress = 0x10000;
const cAddress = 0x20000;
/** Columns and rows of C beyond those that may be written. */
const guard = 2;
/** Pages of memory that the check needs. */
export const verifyPages = 4;

/** Says what is wrong with a macro-kernel, or nothing. */
export function faultOf(macro: MacroUnderTest): string | undefined {
  const { rows, columns } = macro;
  // Depths of several rounds of a loop and a rest, of a rest alone, and of nothing.
  const largest = { rows: rows + 3, columns: columns + columns / 2 + 1, depth: 9 };
  const { inPlace } = macro;
  const fault =
    firstFault(macro, largest, [largest, ...withinOnePanel(macro, largest.depth)]) ??
    (inPlace && firstFault(taken(macro, inPlace, largest), largest)) ??
    firstFault(macro, { rows: 3, columns: 5, depth: 3 }) ??
    firstFault(macro, { rows: 3, columns: 5, depth: 0 });
  return fault ?? (isFused(macro) ? undefined : "multiply and add are rounded apart");
}

function withinOnePanel({ rows, columns }: MacroUnderTest, depth: number): Product[] {
  const widths = [columns, columns - 1, columns / 2, Math.ceil(columns / 3), 1];
  const heights = Array.from({ length: rows }, (_, i) => i + 1);
  return heights.flatMap((m) => widths.map((n) => ({ rows: m, columns: n, depth })));
}

/** The check of operands in place: the whole matrices are one panel each, read from any place and in two steps. */
function taken(
  macro: MacroUnderTest,
  call: MacroUnderTest["call"],
  whole: Product,
): MacroUnderTest {
  const words = new Int32Array(macro.memory.buffer);
  const distances = {
    aRow: 1,
    aColumn: whole.rows,
    aStep: macro.rows,
    bRow: whole.columns,
    bStep: macro.columns,
  };
  for (const [name, elements] of Object.entries(distances))
    words[descriptorWord[name as keyof typeof distances]] = elements * macro.elementBytes;
  return { ...macro, call, rows: whole.rows, columns: whole.columns };
}

type Elements = Float32Array | Float64Array;

function elementsOf({ memory, elementBytes }: MacroUnderTest): Elements {
  return elementBytes === 8 ? new Float64Array(memory.buffer) : new Float32Array(memory.buffer);
}

/** Computes parts of one large product, which is packed and summed once. */
function firstFault(
  macro: MacroUnderTest,
  largest: Product,
  parts: readonly Product[] = [largest],
): string | undefined {
  const { depth } = largest;
  const elements = elementsOf(macro);
  const a = (i: number, k: number) => ((i * 7 + k * 5) % 13) - 6;
  const b = (j: number, k: number) => ((k * 3 + j * 11) % 17) - 8;
  pack(elements.subarray(aAddress / macro.elementBytes), macro.rows, largest.rows, depth, a);
  pack(elements.subarray(bAddress / macro.elementBytes), macro.columns, largest.columns, depth, b);
  const sums = new Int32Array(largest.rows * largest.columns);
  for (let i = 0; i < largest.rows; i++) {
    for (let j = 0; j < largest.columns; j++) {
      for (let k = 0; k < depth; k++) sums[i * largest.columns + j] += a(i, k) * b(j, k);
    }
  }
  for (const part of parts) {
    for (const accumulate of [false, true]) {
      if (!agrees(macro, elements, part, accumulate, sums, largest.columns))
        return `a product of ${part.rows}×${depth} and ${depth}×${part.columns} is wrong`;
    }
  }
  return undefined;
}

function agrees(
  macro: MacroUnderTest,
  elements: Elements,
  product: Product,
  accumulate: boolean,
  sums: Int32Array,
  sumsRow: number,
): boolean {
  const before = 3;
  const width = product.columns + guard;
  const c = elements.subarray(cAddress / macro.elementBytes);
  c.fill(before, 0, width * (product.rows + guard));
  run(macro, product, accumulate, width);
  const start = accumulate ? before : 0;
  for (let i = 0; i < product.rows + guard; i++) {
    for (let j = 0; j < width; j++) {
      const inside = i < product.rows && j < product.columns;
      if (c[i * width + j] !== (inside ? start + sums[i * sumsRow + j] : before)) return false;
    }
  }
  return true;
}

/** (1 + e)·(1 − e) − 1 is −e², which is lost where the product is rounded first. */
function isFused(macro: MacroUnderTest): boolean {
  const elements = elementsOf(macro);
  const e = macro.elementBytes === 8 ? 2 ** -30 : 2 ** -13;
  const [a, b] = [
    [1, 1 + e],
    [-1, 1 - e],
  ];
  pack(elements.subarray(aAddress / macro.elementBytes), macro.rows, 1, 2, (_, k) => a[k]);
  pack(elements.subarray(bAddress / macro.elementBytes), macro.columns, 1, 2, (_, k) => b[k]);
  run(macro, { rows: 1, columns: 1, depth: 2 }, false, 1);
  return elements[cAddress / macro.elementBytes] === -(e ** 2);
}

/** Packs `count` lines in panels of `panel`, zeros behind the last. */
function pack(
  packed: Elements,
  panel: number,
  count: number,
  depth: number,
  value: (line: number, k: number) => number,
): void {
  let place = 0;
  for (let first = 0; first < count; first += panel) {
    for (let k = 0; k < depth; k++) {
      for (let line = first; line < first + panel; line++)
        packed[place++] = line < count ? value(line, k) : 0;
    }
  }
}

function run(macro: MacroUnderTest, product: Product, accumulate: boolean, width: number): void {
  const words = new Int32Array(macro.memory.buffer, 0, 8);
  words[descriptorWord.rows] = product.rows;
  words[descriptorWord.columns] = product.columns;
  words[descriptorWord.depth] = product.depth;
  words[descriptorWord.accumulate] = accumulate ? 1 : 0;
  words[descriptorWord.a] = aAddress;
  words[descriptorWord.b] = bAddress;
  words[descriptorWord.c] = cAddress;
  words[descriptorWord.cRow] = width * macro.elementBytes;
  macro.call(0);
}
