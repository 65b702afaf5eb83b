// The system's BLAS on WebAssembly memory, without copies: matrices are addresses in that memory and strides in
// elements. It is found and checked once; any failure leaves the library with its own kernels and a reason for `doctor`.
//
// Load it on the main thread before any worker does: only there does the environment reach the library in time to keep
// it from starting threads.

import { ChainruleError } from "../../core/errors.ts";
import { type Koffi, loadKoffi, type Off } from "../native/koffi.ts";
import { productFault, verifyPages } from "./check-product.ts";
import { type FoundLibrary, oneThread, openLibrary } from "./libraries.ts";

/**
 * `C = alpha·A·B + beta·C` for A of m × k and B of k × n. `a`, `b`, `c` are addresses in the memory, strides count
 * elements; of each operand one stride is 1 (`blasTakes`), and C's columns are next to each other.
 */
export type BlasProduct = (
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: number,
  aRow: number,
  aColumn: number,
  b: number,
  bRow: number,
  bColumn: number,
  beta: number,
  c: number,
  cRow: number,
) => void;

/** A BLAS on one memory. */
export interface SystemBlas {
  readonly name: string;
  readonly version: string;
  /** Float32 products. */
  readonly sgemm: BlasProduct;
  /** Float64 products. */
  readonly dgemm: BlasProduct;
}

/** Finds the system's BLAS and makes its products for a memory that has a maximum, or says why there is none. */
export function systemBlas(memory: WebAssembly.Memory): SystemBlas | Off {
  found ??= findBlas();
  return "off" in found ? found : bind(found, memory);
}

/** Whether BLAS can read a matrix of these strides: one is 1, and the other steps over a whole line. */
export function blasTakes(rows: number, columns: number, row: number, column: number): boolean {
  return isLines(rows, columns, row, column) || isLines(columns, rows, column, row);
}

/** Whether the lines of a matrix are next to each other inside and apart outside; a single line may lie anyhow. */
function isLines(lines: number, length: number, line: number, step: number): boolean {
  return step === 1 && (line >= length || lines === 1);
}

/** An open, checked library with its products declared. */
interface Blas extends FoundLibrary {
  readonly koffi: Koffi;
  readonly gemm: { readonly float32: Gemm; readonly float64: Gemm };
}

type Gemm = (...args: readonly number[]) => void;

let found: Blas | Off | undefined;

function findBlas(): Blas | Off {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  if (process === undefined) return { off: "only Node can call native code" };
  const { platform, env } = process;
  if (env.CHAINRULE_BLAS === "off") return { off: "CHAINRULE_BLAS=off" };
  const koffi = loadKoffi();
  if ("off" in koffi) return koffi;
  return withOneThread(env, () => {
    try {
      const opened = openLibrary(koffi, platform, env.CHAINRULE_BLAS || undefined);
      return "off" in opened ? opened : checked({ ...opened, koffi, gemm: declare(opened) });
    } catch (error) {
      return { off: `BLAS failed: ${error instanceof Error ? error.message : error}` };
    }
  });
}

/** Runs with the variables set that hold a BLAS to one thread, and puts them back for child processes. */
function withOneThread<T>(env: NodeJS.ProcessEnv, action: () => T): T {
  const before = oneThread.map((name) => [name, env[name]] as const);
  for (const name of oneThread) env[name] = "1";
  try {
    return action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  }
}

function declare({ library }: FoundLibrary): Blas["gemm"] {
  // Addresses go as integers: cheaper than pointers, and every one is within the memory.
  const declaration = (name: string, number: string) =>
    `void ${name}(int order, int aSide, int bSide, int m, int n, int k, ${number} alpha, ` +
    `uintptr_t a, int aLeading, uintptr_t b, int bLeading, ${number} beta, uintptr_t c, int cLeading)`;
  return {
    float32: library.func(declaration("cblas_sgemm", "float")) as Gemm,
    float64: library.func(declaration("cblas_dgemm", "double")) as Gemm,
  };
}

function checked(blas: Blas): Blas | Off {
  const memory = new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages });
  const { sgemm, dgemm } = bind(blas, memory);
  const fault = productFault(memory, sgemm, 4) ?? productFault(memory, dgemm, 8);
  return fault === undefined ? blas : { off: `${blas.name} failed its check: ${fault}` };
}

function bind({ koffi, name, version, gemm }: Blas, memory: WebAssembly.Memory): SystemBlas {
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return {
    name,
    version,
    sgemm: product(gemm.float32, base),
    dgemm: product(gemm.float64, base),
  };
}

// The values of CBLAS_ORDER and CBLAS_TRANSPOSE.
const rowMajor = 101;
const asItIs = 111;
const transposed = 112;

function product(gemm: Gemm, base: number): BlasProduct {
  return (m, n, k, alpha, a, aRow, aColumn, b, bRow, bColumn, beta, c, cRow) => {
    const aSide = sideOf(m, k, aRow, aColumn);
    const bSide = sideOf(k, n, bRow, bColumn);
    gemm(
      rowMajor,
      aSide,
      bSide,
      m,
      n,
      k,
      alpha,
      base + (a >>> 0),
      aSide === asItIs ? Math.max(aRow, k) : Math.max(aColumn, m),
      base + (b >>> 0),
      bSide === asItIs ? Math.max(bRow, n) : Math.max(bColumn, k),
      beta,
      base + (c >>> 0),
      Math.max(cRow, n),
    );
  };
}

function sideOf(rows: number, columns: number, row: number, column: number): number {
  if (isLines(rows, columns, row, column)) return asItIs;
  if (isLines(columns, rows, column, row)) return transposed;
  throw new ChainruleError({
    code: "INTERNAL",
    op: "blas",
    problem: `internal error: a matrix of ${rows}×${columns} with strides ${row} and ${column} is not for BLAS`,
  });
}
