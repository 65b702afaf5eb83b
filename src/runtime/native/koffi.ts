// koffi, the foreign function interface that lets the library call the system: an optional package, found beside the
// library or from the folder the program runs in. Declares the few functions of it that are used.

/** A function outside JavaScript. */
export type ForeignFunction = (...args: readonly unknown[]) => unknown;

interface Library {
  func(declaration: string): ForeignFunction;
}

/** The part of koffi that the library uses. */
export interface Koffi {
  readonly version: string;
  /** Opens a library by name or path; null is the program itself. */
  load(path: string | null): Library;
  /** The address of a typed array's first byte. */
  address(view: ArrayBufferView): bigint;
  proto(declaration: string): unknown;
  /** Makes a function of an address and a prototype. */
  decode(address: bigint, type: unknown): ForeignFunction;
}

/** Something that cannot be used, and why. */
export interface Off {
  readonly off: string;
}

let found: Koffi | Off | undefined;
let foundAt: string | undefined;

/** Finds koffi, once, or says why there is none. */
export function loadKoffi(): Koffi | Off {
  found ??= findKoffi();
  return found;
}

/** Where the package is, once it has been loaded: other threads load it from there. */
export function koffiPath(): string | undefined {
  return foundAt;
}

function findKoffi(): Koffi | Off {
  const process = (globalThis as { process?: NodeJS.Process }).process;
  const modules = isNode(process) ? process.getBuiltinModule?.("node:module") : undefined;
  if (process === undefined || modules === undefined)
    return { off: "only Node can call native code" };
  let reason = "";
  for (const place of [() => import.meta.url, () => `${process.cwd()}/`]) {
    try {
      const require = modules.createRequire(place());
      const koffi = require("koffi") as Koffi;
      // koffi prepares a thread for calls when the thread first opens a library; without it, calls by address crash.
      koffi.load(null);
      foundAt = require.resolve("koffi");
      return koffi;
    } catch (error) {
      reason ||= reasonOf(error);
    }
  }
  return { off: reason };
}

/** Bun and Deno name a version of Node too; koffi has not been tried there. */
function isNode(process: NodeJS.Process | undefined): process is NodeJS.Process {
  const versions = process?.versions ?? {};
  return "node" in versions && !("bun" in versions) && !("deno" in versions);
}

function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND")
    return "the package koffi is not installed; `npm install koffi` adds it";
  return `koffi does not load: ${error instanceof Error ? error.message.split("\n")[0] : error}`;
}
