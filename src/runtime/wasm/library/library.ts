// The hand-written kernels over one memory. A family is built and compiled when one of its kernels is first asked for:
// most programs need one element type.

import { familyOf, type LibraryFamily, type LibraryOptions, libraryModule } from "./module.ts";

export class Library {
  readonly #memory: WebAssembly.Memory;
  readonly #options: LibraryOptions;
  readonly #families = new Map<LibraryFamily, Record<string, CallableFunction>>();

  constructor(memory: WebAssembly.Memory, options: LibraryOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  /** Kernels by name. */
  kernels(names: readonly string[]): Record<string, CallableFunction> {
    return Object.fromEntries(names.map((name) => [name, this.#family(familyOf(name))[name]]));
  }

  #family(family: LibraryFamily): Record<string, CallableFunction> {
    const known = this.#families.get(family);
    if (known !== undefined) return known;
    const module = new WebAssembly.Module(libraryModule(this.#options, [family]) as BufferSource);
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const made = instance.exports as Record<string, CallableFunction>;
    this.#families.set(family, made);
    return made;
  }
}
