// The one WebAssembly memory that everything a plan computes on lives in, and its allocator: first fit over a list of
// free blocks, 64-byte aligned. It reserves the largest maximum it can get and grows when it must.

import { ChainruleError } from "../../core/errors.ts";

const pageBytes = 65_536;
const alignment = 64;
/** Largest reservations to try, in pages: 4, 2, 1 and ½ GiB. */
const reservations = [65_536, 32_768, 16_384, 8_192];
const initialPages = 64;

interface Block {
  start: number;
  bytes: number;
}

/** An allocator over one growing WebAssembly memory. Views are made anew after each growth and never kept outside. */
export class WasmHeap {
  readonly memory: WebAssembly.Memory;
  readonly maximumPages: number;
  readonly initialPages: number = initialPages;
  /** Free blocks in order of address. */
  readonly #free: Block[] = [];
  readonly #sizes = new Map<number, number>();
  #end = alignment;
  #bytes: Uint8Array;

  /** A shared memory is one that other threads can compute on. */
  constructor({ shared = false }: { readonly shared?: boolean } = {}) {
    const { memory, maximumPages } = reserve(shared);
    this.memory = memory;
    this.maximumPages = maximumPages;
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** The memory's bytes as they are now; do not keep. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Bytes in use. */
  get used(): number {
    let used = 0;
    for (const bytes of this.#sizes.values()) used += bytes;
    return used;
  }

  /** Bytes that the memory has grown to. */
  get total(): number {
    return this.memory.buffer.byteLength;
  }

  /** Finds room for `bytes` bytes and returns the address, a multiple of 64. `what` names the need in errors. */
  allocate(bytes: number, what: string): number {
    const needed = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const k = this.#free.findIndex((block) => block.bytes >= needed);
    const address = k >= 0 ? this.#takeFree(k, needed) : this.#takeEnd(needed, what);
    this.#sizes.set(address, needed);
    return address;
  }

  /** Gives a block back. */
  release(address: number): void {
    const bytes = this.#sizes.get(address);
    if (bytes === undefined) return;
    this.#sizes.delete(address);
    this.#insertFree({ start: address, bytes });
  }

  #takeFree(k: number, needed: number): number {
    const block = this.#free[k];
    const address = block.start;
    block.start += needed;
    block.bytes -= needed;
    if (block.bytes === 0) this.#free.splice(k, 1);
    return address;
  }

  #takeEnd(needed: number, what: string): number {
    const address = this.#end;
    this.#growTo(address + needed, needed, what);
    this.#end = address + needed;
    return address;
  }

  #insertFree(block: Block): void {
    let k = this.#free.findIndex((other) => other.start > block.start);
    if (k < 0) k = this.#free.length;
    this.#free.splice(k, 0, block);
    this.#join(k);
    if (k > 0) this.#join(k - 1);
    const last = this.#free.at(-1);
    if (last !== undefined && last.start + last.bytes === this.#end) {
      this.#end = last.start;
      this.#free.pop();
    }
  }

  /** Joins block k with the next one where they touch. */
  #join(k: number): void {
    const block = this.#free[k];
    const next = this.#free[k + 1];
    if (next === undefined || block.start + block.bytes !== next.start) return;
    block.bytes += next.bytes;
    this.#free.splice(k + 1, 1);
  }

  #growTo(end: number, asked: number, what: string): void {
    const missing = Math.ceil((end - this.total) / pageBytes);
    if (missing <= 0) return;
    const pages = this.total / pageBytes;
    const generous = Math.min(Math.max(missing, pages >> 1), this.maximumPages - pages);
    for (const step of [generous, missing]) {
      if (step < missing) continue;
      try {
        this.memory.grow(step);
        return;
      } catch {
        // Less may still fit.
      }
    }
    throw this.#full(asked, what);
  }

  #full(asked: number, what: string): ChainruleError {
    const largest = [...this.#sizes.values()].sort((a, b) => b - a).slice(0, 5);
    return new ChainruleError({
      code: "OUT_OF_MEMORY",
      op: "wasm",
      problem: `${what} needs ${megabytes(asked)}; ${megabytes(this.used)} of ${megabytes(this.maximumPages * pageBytes)} are in use (largest blocks: ${largest.map(megabytes).join(", ")})`,
      fix: "Use a smaller batch or model, or drop references to models that are no longer needed.",
      detail: { asked, used: this.used, largest },
    });
  }
}

function reserve(shared: boolean): { memory: WebAssembly.Memory; maximumPages: number } {
  for (const maximumPages of reservations) {
    try {
      const limits = { initial: initialPages, maximum: maximumPages, shared };
      return { memory: new WebAssembly.Memory(limits), maximumPages };
    } catch {
      // Try a smaller reservation.
    }
  }
  throw new ChainruleError({
    code: "OUT_OF_MEMORY",
    op: "wasm",
    problem: `no WebAssembly memory of ${megabytes(reservations[3] * pageBytes)} can be reserved`,
    fix: "Close other pages or raise the limit on virtual memory.",
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 1)} MiB`;
}
