// Machine code in the making: bytes, and labels for branches to places that may not be written yet. What a reference to
// a label looks like in the bytes differs by processor, so the assemblers hand over the function that patches it.

import { unreachable } from "../../core/errors.ts";

/** A place in the code; made by `label()`, fixed by `bind()`. */
export interface Label {
  /** Offset in bytes, once bound. */
  place: number | undefined;
}

/** Writes the distance to a label into the instruction at `at`. */
export type Patch = (bytes: DataView, at: number, target: number) => void;

interface Reference {
  readonly label: Label;
  readonly at: number;
  readonly patch: Patch;
}

/** A growing sequence of bytes with labels. */
export class CodeBuffer {
  #bytes = new Uint8Array(1 << 14);
  #length = 0;
  readonly #references: Reference[] = [];

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends the low byte of a number. */
  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = value;
  }

  /** Appends single bytes. */
  bytes(...values: readonly number[]): void {
    for (const value of values) this.byte(value);
  }

  /** Appends a number of 32 bits, lowest byte first. */
  word(value: number): void {
    for (let shift = 0; shift < 32; shift += 8) this.byte(value >> shift);
  }

  /** Appends a number of 64 bits, lowest byte first. */
  wide(value: bigint): void {
    this.word(Number(BigInt.asIntN(32, value)));
    this.word(Number(BigInt.asIntN(32, value >> 32n)));
  }

  /** Makes a label without a place. */
  label(): Label {
    return { place: undefined };
  }

  /** Puts a label here. */
  bind(label: Label): void {
    if (label.place !== undefined) unreachable("a label of machine code bound twice");
    label.place = this.length;
  }

  /** Remembers that the bytes at `at` speak of a label; `patch` writes them in the end. */
  refer(label: Label, at: number, patch: Patch): void {
    this.#references.push({ label, at, patch });
  }

  /** The finished code. */
  finish(): Uint8Array {
    const code = this.#bytes.slice(0, this.#length);
    const view = new DataView(code.buffer);
    for (const { label, at, patch } of this.#references) {
      if (label.place === undefined) unreachable("a label of machine code without a place");
      patch(view, at, label.place);
    }
    return code;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
