// State on the device: each slot's value has a place of its own in WebAssembly memory while the slot is alive. Places
// are given back when the garbage collector has found their owner dead.

import { type HostArray, hostArray } from "../../core/dtype.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Residence, Slot } from "../../ir/state.ts";
import type { WasmHeap } from "./memory.ts";
import { copyIn, copyOut, storedBytes } from "./storage.ts";

/** Keeps slots in WebAssembly memory. */
export class SlotStore {
  readonly #heap: WasmHeap;
  readonly #collected: FinalizationRegistry<{ address: number; bytes: number }>;
  /** Slots that have a place here; those whose owner is dead are left out when they are listed. */
  readonly #slots = new Set<WeakRef<Slot>>();
  #bytes = 0;

  constructor(heap: WasmHeap) {
    this.#heap = heap;
    this.#collected = new FinalizationRegistry(({ address, bytes }) => {
      heap.release(address);
      this.#bytes -= bytes;
    });
  }

  /** Bytes that living slots and constants take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Address of a slot's value; moves it here if it is elsewhere. */
  addressOf(slot: Slot): number {
    const { residence } = slot;
    if (residence instanceof WasmResidence && residence.heap === this.#heap)
      return residence.address;
    const value = slot.peek();
    const moved = new WasmResidence(this.#heap, slot, 0);
    moved.address = this.keep(moved, storedBytes(slot.dtype, sizeOf(slot.shape)));
    moved.store(value);
    slot.residence = moved;
    this.#slots.add(new WeakRef(slot));
    return moved.address;
  }

  /** The living slots with their bytes here. */
  list(): (readonly [Slot, bytes: number])[] {
    return [...this.#slots].flatMap((reference) => {
      const slot = reference.deref();
      const here = slot?.residence instanceof WasmResidence && slot.residence.heap === this.#heap;
      if (slot === undefined || !here) {
        this.#slots.delete(reference);
        return [];
      }
      return [[slot, storedBytes(slot.dtype, sizeOf(slot.shape))] as const];
    });
  }

  /** Allocates bytes that live as long as `owner`. */
  keep(owner: object, bytes: number): number {
    const address = this.#heap.allocate(bytes + 16, "state");
    this.#collected.register(owner, { address, bytes });
    this.#bytes += bytes;
    return address;
  }
}

/** A slot's value in WebAssembly memory. Holds the slot's type only, so that it does not keep the slot alive. */
class WasmResidence implements Residence {
  readonly heap: WasmHeap;
  readonly #dtype: Slot["dtype"];
  readonly #elements: number;
  address: number;

  constructor(heap: WasmHeap, { dtype, shape }: Slot, address: number) {
    this.heap = heap;
    this.#dtype = dtype;
    this.#elements = sizeOf(shape);
    this.address = address;
  }

  fetch(): HostArray {
    const value = hostArray(this.#dtype, this.#elements);
    copyOut(this.heap, this.address, value, this.#dtype);
    return value;
  }

  store(value: HostArray): void {
    copyIn(this.heap, this.address, value, this.#dtype);
  }
}
