// Thrift's compact protocol, in which Parquet files describe themselves: structures of numbered fields. Every element takes
// at least a byte, so a damaged count is noticed before anything is made of it.
// Errors are plain ones with the reason, for the caller to explain. Source: Apache Thrift, thrift-compact-protocol.md.

/** A field's value: numbers of 64 bits are numbers too, and texts are bytes. */
export type ThriftValue = number | boolean | Uint8Array | readonly ThriftValue[] | ThriftStruct;

/** Fields by their numbers. */
export interface ThriftStruct {
  readonly [field: number]: ThriftValue;
}

/** Deeper structures are nobody's. */
const deepest = 24;
const [stop, yes, no, byte, i16, i32, i64, double, binary, list, struct] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12,
];

/** Reads one structure after the other. */
export class ThriftReader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  struct(depth: number = 0): ThriftStruct {
    if (depth > deepest) throw new Error(`its structures are nested more than ${deepest} deep`);
    const fields: Record<number, ThriftValue> = {};
    for (let field = 0; ; ) {
      const head = this.#byte();
      if ((head & 15) === stop) return fields;
      field = head >> 4 === 0 ? this.#integer(5) : field + (head >> 4);
      fields[field] = this.#value(head & 15, depth);
    }
  }

  #value(type: number, depth: number): ThriftValue {
    if (type === yes || type === no) return type === yes;
    if (type === byte) return (this.#byte() << 24) >> 24;
    if (type === i16 || type === i32) return this.#integer(5);
    if (type === i64) return this.#integer(10);
    if (type === double) return this.#taken(8)[0];
    if (type === binary) return this.#taken(this.varint(5));
    if (type === list) return this.#list(depth);
    if (type === struct) return this.struct(depth + 1);
    throw new Error(`it has a field of the unknown type ${type}`);
  }

  #list(depth: number): readonly ThriftValue[] {
    if (depth > deepest) throw new Error(`its lists are nested more than ${deepest} deep`);
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.varint(5) : head >> 4;
    if (count > this.#bytes.length - this.at) throw new Error(`it has a list of ${count} elements`);
    const type = (head & 15) === yes || (head & 15) === no ? byte : head & 15;
    return Array.from({ length: count }, () => this.#value(type, depth + 1));
  }

  /** A number without sign, of at most so many bytes of 7 bits. */
  varint(bytes: number): number {
    let value = 0;
    for (let k = 0; k < bytes; k++) {
      const next = this.#byte();
      value += (next & 127) * 2 ** (7 * k);
      if (next < 128) return value;
    }
    throw new Error(`it has a number of more than ${bytes} bytes`);
  }

  /** A number whose sign is its lowest bit. */
  #integer(bytes: number): number {
    const value = this.varint(bytes);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #byte(): number {
    return this.#taken(1)[0];
  }

  #taken(count: number): Uint8Array {
    if (count > this.#bytes.length - this.at) throw new Error("it is cut off");
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }
}
