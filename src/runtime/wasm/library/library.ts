// The hand-written kernels over one memory. A family is built and compiled when one of its kernels is first asked for:
// most programs need one element type.

import { familyOf, type LibraryFamily, type LibraryOptions, libraryModule } from "./module.ts";

interface Family {
  readonly module: WebAssembly.Module;
  readonly kernels: Record<string, CallableFunction>;
}

export class Library {
  readonly #env: WebAssembly.ModuleImports;
  readonly #options: LibraryOptions;
  readonly #families = new Map<LibraryFamily, Family>();

  /** `workspace` is the address of the calling thread's `libraryWorkspaceBytes`. */
  constructor(memory: WebAssembly.Memory, workspace: number, options: LibraryOptions) {
    this.#env = { memory, workspace };
    this.#options = options;
  }

  /** Kernels by name. */
  kernels(names: readonly string[]): Record<string, CallableFunction> {
    return Object.fromEntries(
      names.map((name) => [name, this.#family(familyOf(name)).kernels[name]]),
    );
  }

  /** The modules that hold these kernels, by family, for other threads. */
  modules(names: readonly string[]): [LibraryFamily, WebAssembly.Module][] {
    return [...new Set(names.map(familyOf))].map((family) => [family, this.#family(family).module]);
  }

  #family(family: LibraryFamily): Family {
    const known = this.#families.get(family);
    if (known !== undefined) return known;
    const module = new WebAssembly.Module(libraryModule(this.#options, [family]) as BufferSource);
    const instance = new WebAssembly.Instance(module, { env: this.#env });
    const made = { module, kernels: instance.exports as Record<string, CallableFunction> };
    this.#families.set(family, made);
    return made;
  }
}
