// The hand-written kernels over one memory. A family is built and compiled when one of its kernels is first asked for:
// most programs need one element type.

import type { OneThread } from "../../blas/libraries.ts";
import { koffiPath } from "../../native/koffi.ts";
import type { MacroPanels } from "./gemm-types.ts";
import { familyOf, type LibraryFamily, type LibraryOptions, libraryModule } from "./module.ts";

/** The block function of products in machine code. */
export interface MachineCode extends MacroPanels {
  /** Where it is, for other threads. */
  readonly address: bigint;
  readonly call: (descriptor: number) => void;
}

/** A product of the system's BLAS, as other threads find it. */
export interface SharedBlas {
  /** What the library is opened by, and how the function is declared. */
  readonly path: string;
  readonly declaration: string;
  readonly oneThread: OneThread | undefined;
  /** The address of the memory's first byte. */
  readonly base: number;
}

export interface BlasCode extends SharedBlas {
  readonly call: CallableFunction;
}

/** One family, as other threads need it: its module, and the code outside WebAssembly that this imports. */
export interface SharedFamily {
  readonly family: LibraryFamily;
  readonly module: WebAssembly.Module;
  /** Where the package is that calls such code. */
  readonly koffi?: string;
  /** The address of machine code. */
  readonly macro?: bigint;
  readonly blas?: SharedBlas;
}

/** Where a family's products may be computed outside WebAssembly; machine code comes first. */
export interface LibrarySources {
  readonly machineCode?: (family: LibraryFamily) => MachineCode | undefined;
  readonly blas?: (family: LibraryFamily) => BlasCode | undefined;
}

interface Foreign extends Omit<SharedFamily, "family" | "module"> {
  readonly options: LibraryOptions;
  readonly imports: Record<string, CallableFunction | number>;
}

interface Family extends SharedFamily {
  readonly kernels: Record<string, CallableFunction>;
}

export class Library {
  readonly #env: { readonly memory: WebAssembly.Memory; readonly workspace: number };
  readonly #options: LibraryOptions;
  readonly #sources: LibrarySources;
  readonly #families = new Map<LibraryFamily, Family>();

  /** `workspace` is the address of the calling thread's `libraryWorkspaceBytes`. */
  constructor(
    memory: WebAssembly.Memory,
    workspace: number,
    options: LibraryOptions,
    sources: LibrarySources = {},
  ) {
    this.#env = { memory, workspace };
    this.#options = options;
    this.#sources = sources;
  }

  /** Kernels by name. */
  kernels(names: readonly string[]): Record<string, CallableFunction> {
    return Object.fromEntries(
      names.map((name) => [name, this.#family(familyOf(name)).kernels[name]]),
    );
  }

  /** The families that hold these kernels, for other threads. */
  shared(names: readonly string[]): SharedFamily[] {
    return [...new Set(names.map(familyOf))].map((name) => {
      const { family, module, koffi, macro, blas } = this.#family(name);
      return { family, module, koffi, macro, blas };
    });
  }

  #family(family: LibraryFamily): Family {
    const known = this.#families.get(family);
    if (known !== undefined) return known;
    const { options, imports, ...shared } = this.#foreign(family);
    const module = new WebAssembly.Module(libraryModule(options, [family]) as BufferSource);
    const env = { ...this.#env, ...imports };
    const instance = new WebAssembly.Instance(module, { env } as unknown as WebAssembly.Imports);
    const kernels = instance.exports as Record<string, CallableFunction>;
    const made = { family, module, ...shared, kernels };
    this.#families.set(family, made);
    return made;
  }

  /** What a family has from outside WebAssembly: options of its module, imports here and on other threads. */
  #foreign(family: LibraryFamily): Foreign {
    const options = this.#options;
    const code = this.#sources.machineCode?.(family);
    if (code !== undefined) {
      const imports = { [`macro_${family}`]: code.call };
      const own = { ...options, macros: { [family]: code } };
      return { options: own, imports, koffi: koffiPath(), macro: code.address };
    }
    const found = this.#sources.blas?.(family);
    if (found === undefined) return { options, imports: {} };
    const { call, ...blas } = found;
    const imports = { [`blas_${family}`]: call, blasBase: blas.base };
    return { options: { ...options, blas: [family] }, imports, koffi: koffiPath(), blas };
  }
}
