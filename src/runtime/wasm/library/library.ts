// The hand-written kernels over one memory. A family is built and compiled when one of its kernels is first asked for:
// most programs need one element type.

import type { MacroPanels } from "./gemm-types.ts";
import { familyOf, type LibraryFamily, type LibraryOptions, libraryModule } from "./module.ts";

/** The block function of products in machine code. */
export interface MachineCode extends MacroPanels {
  /** Where it is, for other threads. */
  readonly address: bigint;
  readonly call: (descriptor: number) => void;
}

/** One family, as other threads need it: its module, and the address of the machine code that this imports. */
export interface SharedFamily {
  readonly family: LibraryFamily;
  readonly module: WebAssembly.Module;
  readonly macro: bigint | undefined;
}

interface Family extends SharedFamily {
  readonly kernels: Record<string, CallableFunction>;
}

export class Library {
  readonly #env: { readonly memory: WebAssembly.Memory; readonly workspace: number };
  readonly #options: LibraryOptions;
  readonly #machineCode: (family: LibraryFamily) => MachineCode | undefined;
  readonly #families = new Map<LibraryFamily, Family>();

  /**
   * `workspace` is the address of the calling thread's `libraryWorkspaceBytes`; `machineCode` gives a family its block
   * function, where there is one.
   */
  constructor(
    memory: WebAssembly.Memory,
    workspace: number,
    options: LibraryOptions,
    machineCode: (family: LibraryFamily) => MachineCode | undefined = () => undefined,
  ) {
    this.#env = { memory, workspace };
    this.#options = options;
    this.#machineCode = machineCode;
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
      const { family, module, macro } = this.#family(name);
      return { family, module, macro };
    });
  }

  #family(family: LibraryFamily): Family {
    const known = this.#families.get(family);
    if (known !== undefined) return known;
    const code = this.#machineCode(family);
    const options =
      code === undefined ? this.#options : { ...this.#options, macros: { [family]: code } };
    const module = new WebAssembly.Module(libraryModule(options, [family]) as BufferSource);
    const env = { ...this.#env, [`macro_${family}`]: code?.call };
    const instance = new WebAssembly.Instance(module, { env } as unknown as WebAssembly.Imports);
    const kernels = instance.exports as Record<string, CallableFunction>;
    const made = { family, module, macro: code?.address, kernels };
    this.#families.set(family, made);
    return made;
  }
}
