// The system's BLAS on WebAssembly memory, without copies: a matrix is a place in that memory. It is found and checked
// once; any failure leaves the library with its own kernels and a reason for `doctor`.
//
// Load it on the main thread before any worker does: only there does the environment reach the library in time to keep
// it from starting threads.

import { type Koffi, loadKoffi, type Off } from "../native/koffi.ts";
import { productFault, verifyPages } from "./check-product.ts";
import { type FoundLibrary, type OneThread, oneThreadVariables, openLibrary } from "./libraries.ts";

/**
 * `cblas_sgemm` or `cblas_dgemm`: order, side of A, side of B, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc. Matrices
 * are addresses of the process, which are whole numbers below 2⁵³.
 */
export type CblasGemm = (...args: readonly number[]) => void;

/** The types that a BLAS multiplies. */
export type BlasDType = "float32" | "float64";

/** What another thread needs to make the same functions. */
export interface BlasLink {
  /** What the library is opened by. */
  readonly path: string;
  readonly declarations: { readonly [dtype in BlasDType]: string };
  readonly oneThread: OneThread | undefined;
}

/** A BLAS on one memory. */
export interface SystemBlas {
  readonly name: string;
  readonly version: string;
  readonly gemm: { readonly [dtype in BlasDType]: CblasGemm };
  /** The address of the memory's first byte. */
  readonly base: number;
  readonly link: BlasLink;
}

/** Finds the system's BLAS and makes its products for a memory that has a maximum, or says why there is none. */
export function systemBlas(memory: WebAssembly.Memory): SystemBlas | Off {
  found ??= findBlas();
  return "off" in found ? found : bind(found, memory);
}

/** An open, checked library with its products declared. */
type Blas = Omit<SystemBlas, "base"> & { readonly koffi: Koffi };

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
      return "off" in opened ? opened : checked(declare(koffi, opened));
    } catch (error) {
      return { off: `BLAS failed: ${error instanceof Error ? error.message : error}` };
    }
  });
}

/** Runs with the variables set that hold a BLAS to one thread, and puts them back for child processes. */
function withOneThread<T>(env: NodeJS.ProcessEnv, action: () => T): T {
  const before = oneThreadVariables.map((name) => [name, env[name]] as const);
  for (const name of oneThreadVariables) env[name] = "1";
  try {
    return action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
  }
}

// Addresses go as integers: cheaper than pointers, and every one is within the memory.
const declaration = (name: string, number: string): string =>
  `void ${name}(int order, int aSide, int bSide, int m, int n, int k, ${number} alpha, ` +
  `uintptr_t a, int aLeading, uintptr_t b, int bLeading, ${number} beta, uintptr_t c, int cLeading)`;

const declarations = {
  float32: declaration("cblas_sgemm", "float"),
  float64: declaration("cblas_dgemm", "double"),
} as const;

function declare(koffi: Koffi, { library, path, name, version, oneThread }: FoundLibrary): Blas {
  const gemm = {
    float32: library.func(declarations.float32) as CblasGemm,
    float64: library.func(declarations.float64) as CblasGemm,
  };
  return { koffi, name, version, gemm, link: { path, declarations, oneThread } };
}

function checked(blas: Blas): Blas | Off {
  const memory = new WebAssembly.Memory({ initial: verifyPages, maximum: verifyPages });
  const { base, gemm } = bind(blas, memory);
  const fault =
    productFault(memory, base, gemm.float32, 4) ?? productFault(memory, base, gemm.float64, 8);
  return fault === undefined ? blas : { off: `${blas.name} failed its check: ${fault}` };
}

function bind({ koffi, name, version, gemm, link }: Blas, memory: WebAssembly.Memory): SystemBlas {
  const base = Number(koffi.address(new Uint8Array(memory.buffer)));
  return { name, version, gemm, link, base };
}
