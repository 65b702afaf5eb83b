// Assembler for arm64, as much of it as the kernels need: every instruction is one word of 32 bits with its operands in
// fixed fields. Names say what an instruction does; the manual's mnemonic stands beside each. Encodings: Arm
// Architecture Reference Manual, chapter C; the tests compare them with another assembler's.

import type { CodeBuffer, Label } from "./code-buffer.ts";

/** The stack pointer, as the base of an address or an operand of `addImmediate`. */
export const stackPointer = 31;

const conditions = { equal: 0, notEqual: 1, atLeast: 10, less: 11, more: 12, atMost: 13 };

/** What a branch looks at, for signed numbers. */
export type Arm64Condition = keyof typeof conditions;

/** Writes instructions of arm64; registers are numbers, v registers hold elements of 4 or 8 bytes. */
export class Arm64 {
  readonly code: CodeBuffer;
  readonly #double: boolean;

  constructor(code: CodeBuffer, elementBytes: 4 | 8) {
    this.code = code;
    this.#double = elementBytes === 8;
  }

  /** movz, movk: 64 bits in four parts */
  moveImmediate(to: number, value: bigint): void {
    for (let part = 0; part < 4; part++) {
      const bits = Number((value >> BigInt(16 * part)) & 0xffffn);
      this.code.word((part === 0 ? 0xd2800000 : 0xf2800000) | (part << 21) | (bits << 5) | to);
    }
  }

  /** mov x, x */
  move(to: number, from: number): void {
    this.code.word(0xaa0003e0 | (from << 16) | to);
  }

  /** add x, x, x */
  add(to: number, left: number, right: number): void {
    this.code.word(0x8b000000 | (right << 16) | (left << 5) | to);
  }

  /** add x, x, w, uxtw: the right operand's lower half, unsigned */
  addLow(to: number, left: number, right: number): void {
    this.code.word(0x8b204000 | (right << 16) | (left << 5) | to);
  }

  /** add x, x, imm */
  addImmediate(to: number, left: number, value: number): void {
    this.code.word(0x91000000 | (value << 10) | (left << 5) | to);
  }

  /** sub x, x, imm */
  subtractImmediate(to: number, left: number, value: number): void {
    this.code.word(0xd1000000 | (value << 10) | (left << 5) | to);
  }

  /** subs x, x, imm: for branches on the result */
  subtractAndCompare(to: number, left: number, value: number): void {
    this.code.word(0xf1000000 | (value << 10) | (left << 5) | to);
  }

  /** cmp x, imm */
  compareImmediate(left: number, value: number): void {
    this.subtractAndCompare(31, left, value);
  }

  /** ldr w, [x, offset]: clears the upper half */
  load32(to: number, base: number, offset: number): void {
    this.code.word(0xb9400000 | ((offset / 4) << 10) | (base << 5) | to);
  }

  /** ldrsw x, [x, offset] */
  loadSigned32(to: number, base: number, offset: number): void {
    this.code.word(0xb9800000 | ((offset / 4) << 10) | (base << 5) | to);
  }

  /** ldr w or x, [x], size: an element, stepping the base behind it */
  loadElement(to: number, base: number): void {
    this.code.word((this.#double ? 0xf8408400 : 0xb8404400) | (base << 5) | to);
  }

  /** str w or x, [x], size: an element, stepping the base behind it */
  storeElement(from: number, base: number): void {
    this.code.word((this.#double ? 0xf8008400 : 0xb8004400) | (base << 5) | from);
  }

  /** ldr q, [x, offset] */
  loadVector(to: number, base: number, offset: number): void {
    this.code.word(0x3dc00000 | ((offset / 16) << 10) | (base << 5) | to);
  }

  /** str q, [x, offset] */
  storeVector(from: number, base: number, offset: number): void {
    this.code.word(0x3d800000 | ((offset / 16) << 10) | (base << 5) | from);
  }

  /** ldr d, [x, offset]: the low half of a vector */
  loadHalf(to: number, base: number, offset: number): void {
    this.code.word(0xfd400000 | ((offset / 8) << 10) | (base << 5) | to);
  }

  /** str d, [x, offset]: the low half of a vector */
  storeHalf(from: number, base: number, offset: number): void {
    this.code.word(0xfd000000 | ((offset / 8) << 10) | (base << 5) | from);
  }

  /** fmla v, v, v[lane]: sum += left · one element of right, rounded once */
  multiplyAdd(sum: number, left: number, right: number, lane: number): void {
    const index = this.#double ? lane << 11 : ((lane >> 1) << 11) | ((lane & 1) << 21);
    const start = this.#double ? 0x4fc01000 : 0x4f801000;
    this.code.word(start | index | (right << 16) | (left << 5) | sum);
  }

  /** movi v, 0 */
  clear(register: number): void {
    this.code.word(0x6f00e400 | register);
  }

  /** prfm pstl1keep, [x]: a line that will be written */
  prefetch(base: number): void {
    this.code.word(0xf9800000 | (base << 5) | 0x10);
  }

  /** b */
  jump(label: Label): void {
    this.#branch(label, 0x14000000, (distance) => distance & 0x3ffffff);
  }

  /** b.cond */
  jumpIf(condition: Arm64Condition, label: Label): void {
    this.#branch(label, 0x54000000 | conditions[condition], toMiddle);
  }

  /** cbz x */
  jumpIfZero(register: number, label: Label): void {
    this.#branch(label, 0xb4000000 | register, toMiddle);
  }

  /** br x */
  jumpTo(register: number): void {
    this.code.word(0xd61f0000 | (register << 5));
  }

  /** ret */
  return(): void {
    this.code.word(0xd65f03c0);
  }

  #branch(label: Label, word: number, field: (distance: number) => number): void {
    this.code.refer(label, this.code.length, (bytes, place, target) => {
      bytes.setInt32(place, word | field((target - place) / 4), true);
    });
    this.code.word(0);
  }
}

/** The distance of a conditional branch: 19 bits from bit 5. */
function toMiddle(distance: number): number {
  return (distance & 0x7ffff) << 5;
}
