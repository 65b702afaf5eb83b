// Unpacking LZ4 frames, which Feather files are packed with: blocks of (copy some bytes, repeat some before) pairs.
// Checksums are passed over. Source: Y. Collet, LZ4 Frame Format 1.6.4 and LZ4 Block Format.

/**
 * Unpacks a frame to at most `most` bytes; no byte becomes more than 255. Errors: plain ones with the reason, for the caller
 * to explain.
 */
export function unpackLz4(frame: Uint8Array, most: number = 2 ** 31 - 1): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== 0x184d2204) throw new Error("no LZ4 frame");
  const flags = frame[4];
  if (flags >> 6 !== 1) throw new Error(`an LZ4 frame of version ${flags >> 6}`);
  if (flags & 1) throw new Error("an LZ4 frame with a dictionary");
  const [hasSize, hasBlockChecksum] = [(flags & 8) !== 0, (flags & 16) !== 0];
  const out = new Output(Math.min(255 * frame.length, most));
  for (let at = hasSize ? 15 : 7; ; ) {
    if (at + 4 > frame.length) throw new Error("an LZ4 frame that is cut off");
    const word = view.getUint32(at, true);
    if (word === 0) return out.bytes();
    const length = word & 0x7fffffff;
    const end = at + 4 + length;
    if (end > frame.length) throw new Error("an LZ4 frame that is cut off");
    const block = frame.subarray(at + 4, end);
    if (word >>> 31 === 1) out.copy(block);
    else unpackBlock(block, out);
    at = end + (hasBlockChecksum ? 4 : 0);
  }
}

function unpackBlock(block: Uint8Array, out: Output): void {
  let at = 0;
  /** A length: four bits, and where they are full, further bytes while they are. */
  const lengthOf = (bits: number): number => {
    let length = bits;
    for (let more = bits === 15; more; ) {
      if (at >= block.length) throw new Error("an LZ4 block that is cut off");
      length += block[at];
      more = block[at++] === 255;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = lengthOf(token >> 4);
    if (at + literals > block.length) throw new Error("an LZ4 block that is cut off");
    out.copy(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return; // the last pair has nothing to repeat
    if (at + 2 > block.length) throw new Error("an LZ4 block that is cut off");
    const distance = block[at] | (block[at + 1] << 8);
    at += 2;
    out.repeat(distance, lengthOf(token & 15) + 4);
  }
}

/** Bytes that grow at their end. */
class Output {
  readonly #most: number;
  #bytes: Uint8Array;
  #length = 0;

  constructor(most: number) {
    this.#most = most;
    this.#bytes = new Uint8Array(Math.min(most, 1024));
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  copy(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends `length` bytes from `distance` before the end on, which may be among those appended. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length)
      throw new Error(
        `an LZ4 block that repeats what is ${distance} bytes before its place ${this.#length}`,
      );
    this.#reserve(length);
    for (let k = 0; k < length; k++, this.#length++)
      this.#bytes[this.#length] = this.#bytes[this.#length - distance];
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#most) throw new Error("an LZ4 frame that unpacks to too much");
    const larger = new Uint8Array(Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length)));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
