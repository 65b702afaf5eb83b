// Where a run was made: what decides its bits besides seed and settings, and which version of the user's code it ran.

import { execFile } from "node:child_process";
import { systemBlas } from "../../runtime/blas/system-blas.ts";
import { nativeMacro } from "../../runtime/native/native.ts";
import { currentTarget } from "../../runtime/target.ts";
import { wasmFeatures } from "../../runtime/wasm/features.ts";

/** State of the git repository that a folder lies in. */
export interface CodeVersion {
  readonly commit: string;
  /** Whether files under version control differ from that commit. */
  readonly dirty: boolean;
}

/**
 * What computes: the same seed and the same key give the same bits, with any number of threads. For instance
 * `wasm, v8 11.3, x64, relaxed SIMD, AVX-512`.
 */
export function deviceKey(target: string = currentTarget()): string {
  const { versions, arch } = process;
  const engine = [target, `v8 ${versions.v8}`, arch];
  if (target === "reference") return engine.join(", ");
  const { simd, relaxedSimd } = wasmFeatures();
  const vectors = relaxedSimd ? "relaxed SIMD" : simd ? "SIMD" : "no SIMD";
  return [...engine, vectors, productsBy()].join(", ");
}

/** Whose products are used: machine code of our own, else the system's BLAS, else WebAssembly. */
function productsBy(): string {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const kernels = nativeMacro(memory);
  if (!("off" in kernels)) return `native ${kernels.name}`;
  const blas = systemBlas(memory);
  return "off" in blas ? "WebAssembly" : [blas.name, blas.version].filter(Boolean).join(" ");
}

/** Asks git about a folder; undefined where it is no repository, or there is no git. */
export async function codeVersion(folder: string): Promise<CodeVersion | undefined> {
  const commit = await git(folder, ["rev-parse", "HEAD"]);
  if (commit === undefined) return undefined;
  const changes = await git(folder, ["status", "--porcelain", "--untracked-files=no"]);
  return { commit, dirty: changes !== "" };
}

/** Longest time that git is waited for, in milliseconds: a training run must not hang on a slow disk. */
const patience = 3000;

function git(folder: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("git", ["-C", folder, ...words], { timeout: patience }, (error, output) => {
      resolve(error === null ? output.trim() : undefined);
    });
  });
}
