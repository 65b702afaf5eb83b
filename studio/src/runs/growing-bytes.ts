// Bytes that come in pieces and are used up from the front, in one array that doubles: a record of many pieces is not copied
// for each of them.

export class GrowingBytes {
  #bytes = new Uint8Array(1 << 16);
  #begin = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#begin;
  }

  /** What is there; valid until the next call of `add`. */
  get all(): Uint8Array {
    return this.#bytes.subarray(this.#begin, this.#end);
  }

  add(piece: Uint8Array): void {
    const { length } = this;
    const needed = length + piece.length;
    if (this.#end + piece.length > this.#bytes.length) {
      const target = needed > this.#bytes.length ? new Uint8Array(2 * needed) : this.#bytes;
      target.set(this.all);
      this.#bytes = target;
      this.#begin = 0;
      this.#end = length;
    }
    this.#bytes.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** Drops bytes that were used. */
  drop(count: number): void {
    this.#begin += count;
  }

  /** Gives the memory back. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#begin = 0;
    this.#end = 0;
  }
}
