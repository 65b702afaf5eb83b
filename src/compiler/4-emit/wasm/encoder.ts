// Our own WebAssembly module encoder: types, imports, functions, exports, code. Imports come first, then functions;
// a function is written through a `FunctionBuilder` and known by its index.

import { unreachable } from "../../../core/errors.ts";
import { Bytes } from "./bytes.ts";
import { FunctionBuilder, type ValueType, valueTypes } from "./function.ts";

/** Pages (64 KiB) of an imported memory. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum: number;
}

/** Limits that every memory with 32-bit addresses and a maximum meets. */
export const anyMemory: MemoryLimits = { initial: 0, maximum: 65_536 };

/** Builds one module. */
export class ModuleBuilder {
  readonly #types = new Map<string, number>();
  readonly #typeBytes = new Bytes();
  readonly #imports = new Bytes();
  #importCount = 0;
  #importedFunctions = 0;
  #importedGlobals = 0;
  readonly #declarations: number[] = [];
  readonly #bodies: Uint8Array[] = [];
  readonly #exports: (readonly [name: string, index: number])[] = [];
  /** Functions that `callIndirect` chooses from. */
  #table: readonly number[] = [];

  /** Imports the memory that loads and stores use. */
  importMemory(module: string, name: string, limits: MemoryLimits, shared = false): void {
    this.#importName(module, name);
    this.#imports.byte(0x02);
    this.#imports.byte(shared ? 0x03 : 0x01);
    this.#imports.unsigned(limits.initial);
    this.#imports.unsigned(limits.maximum);
  }

  /** Imports a function; returns its index. */
  importFunction(
    module: string,
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[] = [],
  ): number {
    if (this.#declarations.length > 0) unreachable("a function import after a function");
    this.#importName(module, name);
    this.#imports.byte(0x00);
    this.#imports.unsigned(this.#type(parameters, results));
    return this.#importedFunctions++;
  }

  /** Imports an immutable number; returns its index for `global`. */
  importGlobal(module: string, name: string, type: ValueType): number {
    this.#importName(module, name);
    this.#imports.byte(0x03);
    this.#imports.byte(valueTypes[type]);
    this.#imports.byte(0x00);
    return this.#importedGlobals++;
  }

  /** Adds a function, written by `body`; returns its index. */
  function(
    parameters: readonly ValueType[],
    results: readonly ValueType[],
    body: (f: FunctionBuilder) => void,
  ): number {
    const index = this.#importedFunctions + this.#declarations.length;
    const builder = new FunctionBuilder(parameters.length);
    this.#declarations.push(this.#type(parameters, results));
    body(builder);
    this.#bodies.push(builder.finish());
    if (this.#declarations.length !== this.#bodies.length) unreachable("nested function bodies");
    return index;
  }

  /** Exports a function under a name. */
  export(name: string, functionIndex: number): void {
    this.#exports.push([name, functionIndex]);
  }

  /** Sets the functions that an indirect call chooses from, by their place in the list. */
  table(functions: readonly number[]): void {
    this.#table = functions;
  }

  /** The index of a function type, for indirect calls. */
  type(parameters: readonly ValueType[], results: readonly ValueType[] = []): number {
    return this.#type(parameters, results);
  }

  /** The whole module. */
  encode(): Uint8Array {
    const module = new Bytes();
    module.append(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    section(module, 1, this.#types.size, (out) => out.append(this.#typeBytes.view()));
    section(module, 2, this.#importCount, (out) => out.append(this.#imports.view()));
    section(module, 3, this.#declarations.length, (out) => {
      for (const type of this.#declarations) out.unsigned(type);
    });
    const functions = this.#table;
    section(module, 4, functions.length === 0 ? 0 : 1, (out) => {
      out.append(Uint8Array.of(0x70, 0x00));
      out.unsigned(functions.length);
    });
    section(module, 7, this.#exports.length, (out) => {
      for (const [name, index] of this.#exports) {
        out.name(name);
        out.byte(0x00);
        out.unsigned(index);
      }
    });
    section(module, 9, functions.length === 0 ? 0 : 1, (out) => {
      out.append(Uint8Array.of(0x00, 0x41, 0x00, 0x0b));
      out.unsigned(functions.length);
      for (const index of functions) out.unsigned(index);
    });
    section(module, 10, this.#bodies.length, (out) => {
      for (const body of this.#bodies) {
        out.unsigned(body.length);
        out.append(body);
      }
    });
    return module.view().slice();
  }

  #importName(module: string, name: string): void {
    this.#importCount++;
    this.#imports.name(module);
    this.#imports.name(name);
  }

  #type(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${parameters.join()}:${results.join()}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    this.#typeBytes.byte(0x60);
    for (const list of [parameters, results]) {
      this.#typeBytes.unsigned(list.length);
      for (const type of list) this.#typeBytes.byte(valueTypes[type]);
    }
    this.#types.set(key, this.#types.size);
    return this.#types.size - 1;
  }
}

function section(module: Bytes, id: number, count: number, write: (out: Bytes) => void): void {
  if (count === 0) return;
  const out = new Bytes();
  out.unsigned(count);
  write(out);
  module.byte(id);
  module.unsigned(out.length);
  module.append(out.view());
}
