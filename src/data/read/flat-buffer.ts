// FlatBuffers, in which Arrow files describe themselves: tables whose fields are found through offsets. Every read stays
// inside of the bytes, and all lists and texts together may not be longer than the bytes, so that none is met many times.
// Errors are plain ones with the reason, for the caller to explain. Source: FlatBuffers internals, flatbuffers.dev.

export class FlatBuffer {
  readonly #view: DataView;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#left = bytes.length;
  }

  int8(at: number): number {
    return this.#view.getInt8(at);
  }

  int16(at: number): number {
    return this.#view.getInt16(at, true);
  }

  int32(at: number): number {
    return this.#view.getInt32(at, true);
  }

  /** An integer of 64 bits that is a size, so not negative. */
  size(at: number): number {
    const value = this.#view.getBigInt64(at, true);
    if (value < 0n || value > 2n ** 53n) throw new Error(`it has a size of ${value}`);
    return Number(value);
  }

  /** Where a field of the table lies that `at` points to; 0 where the table has it not. */
  field(at: number, slot: number): number {
    const table = at + this.int32(at);
    const fields = table - this.int32(table);
    const offset = slot < this.int16(fields) ? this.int16(fields + slot) : 0;
    return offset === 0 ? 0 : table + offset;
  }

  /** Where each element of the list lies that `at` points to; none for 0. */
  list(at: number, stride: number): readonly number[] {
    if (at === 0) return [];
    const start = at + this.int32(at);
    const count = this.int32(start);
    this.#take(start + 4, count * stride);
    return Array.from({ length: count }, (_, k) => start + 4 + k * stride);
  }

  /** Looks at the text that `at` points to. */
  checkText(at: number): void {
    if (at === 0) return;
    const start = at + this.int32(at);
    this.#take(start + 4, this.int32(start));
  }

  /** The text that `at` points to. */
  text(at: number): string {
    if (at === 0) return "";
    this.checkText(at);
    const start = at + this.int32(at);
    const { buffer, byteOffset } = this.#view;
    return new TextDecoder().decode(
      new Uint8Array(buffer, byteOffset + start + 4, this.int32(start)),
    );
  }

  #take(start: number, bytes: number): void {
    this.#left -= bytes;
    if (bytes < 0 || start < 0 || start + bytes > this.#view.byteLength || this.#left < 0)
      throw new Error("it has lists or texts that are longer than the file");
  }
}
