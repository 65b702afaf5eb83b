// Where BLAS libraries are, by system, and how each is asked its name and held to one thread. The library's own workers
// share out the work; a BLAS with threads of its own would compete with them for the same cores.

import type { ForeignFunction, Koffi, Off } from "../native/koffi.ts";

/** An open library. */
export type Library = ReturnType<Koffi["load"]>;

/** A BLAS that was found. */
export interface FoundLibrary {
  readonly library: Library;
  /** What `library` was opened by. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** How it is held to one thread; some libraries remember it for the calling thread only. */
  readonly oneThread: OneThread | undefined;
}

/** A function that holds a library to one thread, and what it is called with. */
export interface OneThread {
  readonly declaration: string;
  readonly value: number;
}

/** Environment variables that keep a BLAS from starting threads when it is loaded or first called. */
export const oneThreadVariables: readonly string[] = [
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "BLIS_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
];

const frameworks = "/System/Library/Frameworks";

/** File names by system, best first. macOS has Accelerate always. */
const places: Readonly<Record<string, readonly string[]>> = {
  darwin: [
    `${frameworks}/Accelerate.framework/Accelerate`,
    "/opt/homebrew/opt/openblas/lib/libopenblas.dylib",
    "/usr/local/opt/openblas/lib/libopenblas.dylib",
  ],
  linux: [
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
    "libblis.so.4",
    "libblis.so",
  ],
  win32: ["libopenblas.dll", "openblas.dll", "mkl_rt.2.dll", "mkl_rt.dll", "libblis.dll"],
};

const installation: Readonly<Record<string, string>> = {
  linux: "`apt-get install libopenblas0` or the like adds one",
  win32: "set CHAINRULE_BLAS to the path of a libopenblas.dll",
};

/** Opens a BLAS: the one at `path`, or the first of the usual ones. */
export function openLibrary(koffi: Koffi, platform: string, path?: string): FoundLibrary | Off {
  const candidates = path === undefined ? candidatesOn(platform) : [path];
  let reason = `no BLAS library found; ${installation[platform] ?? "install OpenBLAS"}`;
  for (const place of candidates) {
    try {
      const library = koffi.load(place);
      const unknown = { name: place, version: "", oneThread: undefined };
      return { library, path: place, ...(identify(library) ?? unknown) };
    } catch (error) {
      if (path !== undefined) reason = `CHAINRULE_BLAS: ${messageOf(error)}`;
    }
  }
  return { off: reason };
}

/**
 * The names to try. Windows looks for bare names in the current folder too, where anyone may have put a file; so only
 * the folders of PATH are searched there.
 */
function candidatesOn(platform: string): readonly string[] {
  const names = places[platform] ?? [];
  if (platform !== "win32") return names;
  const path = process.getBuiltinModule("node:path");
  const files = process.getBuiltinModule("node:fs");
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(path.isAbsolute);
  const all = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return all.filter((file) => files.existsSync(file));
}

type Identity = Omit<FoundLibrary, "library" | "path">;

/** Asks a library what it is, and sets it to one thread; each kind is known by its own functions. */
function identify(library: Library): Identity | undefined {
  return openBlas(library) ?? mkl(library) ?? blis(library) ?? accelerate(library);
}

function openBlas(library: Library): Identity | undefined {
  const configuration = functionOf(library, "const char *openblas_get_config()");
  if (configuration === undefined) return undefined;
  const oneThread = hold(library, "void openblas_set_num_threads(int)", 1);
  const core = functionOf(library, "const char *openblas_get_corename()");
  const [, version = ""] = String(configuration()).match(/OpenBLAS (\S+)/) ?? [];
  const full = core === undefined ? version : `${version} ${core()}`;
  return { name: "OpenBLAS", version: full, oneThread };
}

function mkl(library: Library): Identity | undefined {
  const text = functionOf(library, "void mkl_get_version_string(void *, int)");
  if (text === undefined) return undefined;
  const oneThread = hold(library, "void MKL_Set_Num_Threads(int)", 1);
  const bytes = new Uint8Array(200);
  text(bytes, bytes.length);
  const [, version = ""] = new TextDecoder().decode(bytes).match(/Version (\S+)/) ?? [];
  return { name: "MKL", version, oneThread };
}

function blis(library: Library): Identity | undefined {
  const version = functionOf(library, "const char *bli_info_get_version_str()");
  if (version === undefined) return undefined;
  const oneThread = hold(library, "void bli_thread_set_num_threads(int64_t)", 1);
  return { name: "BLIS", version: String(version()), oneThread };
}

function accelerate(library: Library): Identity | undefined {
  if (functionOf(library, "int vDSP_create_fftsetup()") === undefined) return undefined;
  // Since macOS 15; before, VECLIB_MAXIMUM_THREADS has to do.
  const singleThreaded = 1;
  const oneThread = hold(library, "int BLASSetThreading(int)", singleThreaded);
  return { name: "Accelerate", version: "", oneThread };
}

/** Holds a library to one thread, if it has the function for that; gives what other threads repeat. */
function hold(library: Library, declaration: string, value: number): OneThread | undefined {
  const set = functionOf(library, declaration);
  set?.(value);
  return set === undefined ? undefined : { declaration, value };
}

function functionOf(library: Library, declaration: string): ForeignFunction | undefined {
  try {
    return library.func(declaration);
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
