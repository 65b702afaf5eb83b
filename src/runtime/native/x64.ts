// Assembler for x86-64, as much of it as the kernels need: 64-bit integer instructions, branches, and the encoding of
// memory operands that the vector instructions of x64-vector.ts share. Names say what an instruction does; the manual's
// mnemonic stands beside each. Encodings: Intel SDM volume 2; the tests compare them with another assembler's.

import type { CodeBuffer, Label } from "./code-buffer.ts";

/** The general registers by number. */
export const x64Register = {
  rax: 0,
  rcx: 1,
  rdx: 2,
  rbx: 3,
  rsp: 4,
  rbp: 5,
  rsi: 6,
  rdi: 7,
  r8: 8,
  r9: 9,
  r10: 10,
  r11: 11,
  r12: 12,
  r13: 13,
  r14: 14,
  r15: 15,
} as const;

/** Bytes in memory: a register plus a constant, or plus another register times 1, 2, 4 or 8. */
export interface X64Address {
  readonly base: number;
  readonly offset: number;
  readonly index?: number;
  readonly scale?: 1 | 2 | 4 | 8;
}

/** The place `offset` bytes after what `base` points at. */
export function at(base: number, offset = 0): X64Address {
  return { base, offset };
}

/** The place `index` times `scale` bytes after what `base` points at. */
export function indexed(base: number, index: number, scale: 1 | 2 | 4 | 8): X64Address {
  return { base, offset: 0, index, scale };
}

const conditions = {
  noCarry: 3,
  equal: 4,
  notEqual: 5,
  less: 12,
  atLeast: 13,
  atMost: 14,
  more: 15,
};

/** What a branch looks at; comparisons are of signed numbers. */
export type Condition = keyof typeof conditions;

/** Writes integer instructions of x86-64. */
export class X64 {
  readonly code: CodeBuffer;

  constructor(code: CodeBuffer) {
    this.code = code;
  }

  /** mov r64, imm64 */
  moveImmediate(to: number, value: bigint): void {
    this.code.bytes(0x48 | (to >> 3), 0xb8 | (to & 7));
    this.code.wide(value);
  }

  /** mov r64, r64 */
  move(to: number, from: number): void {
    this.#registers(0x89, from, to);
  }

  /** mov r32, r32: clears the upper half. */
  moveLow(to: number, from: number): void {
    this.#prefix(false, from, to);
    this.code.bytes(0x89, modRegisters(from, to));
  }

  /** mov r32, imm32: clears the upper half. */
  moveSmall(to: number, value: number): void {
    this.#prefix(false, 0, to);
    this.code.byte(0xb8 | (to & 7));
    this.code.word(value);
  }

  /** mov r32, m32: clears the upper half. */
  load32(to: number, from: X64Address): void {
    this.#prefix(false, to, from.base);
    this.code.byte(0x8b);
    writeMemory(this.code, to, from);
  }

  /** movsxd r64, m32 */
  loadSigned32(to: number, from: X64Address): void {
    this.#prefix(true, to, from.base);
    this.code.byte(0x63);
    writeMemory(this.code, to, from);
  }

  /** mov m32, r32 */
  store32(to: X64Address, from: number): void {
    this.#prefix(false, from, to.base);
    this.code.byte(0x89);
    writeMemory(this.code, from, to);
  }

  /** mov r64, m64 */
  load64(to: number, from: X64Address): void {
    this.#memory(0x8b, to, from);
  }

  /** mov m64, r64 */
  store64(to: X64Address, from: number): void {
    this.#memory(0x89, from, to);
  }

  /** add m64, r64 */
  addToMemory(to: X64Address, from: number): void {
    this.#memory(0x01, from, to);
  }

  /** sub m64, imm32 */
  subtractFromMemory(to: X64Address, value: number): void {
    this.#memory(0x81, 5, to);
    this.code.word(value);
  }

  /** cmp m64, imm32 */
  compareMemory(left: X64Address, value: number): void {
    this.#memory(0x81, 7, left);
    this.code.word(value);
  }

  /** lea r64, m */
  loadPlace(to: number, place: X64Address): void {
    this.#memory(0x8d, to, place);
  }

  /** imul r64, r64, imm32 */
  multiplyImmediate(to: number, left: number, value: number): void {
    this.#prefix(true, to, left);
    this.code.bytes(0x69, modRegisters(to, left));
    this.code.word(value);
  }

  /** lea r64, [label] */
  loadAddress(to: number, label: Label): void {
    this.#prefix(true, to, 0);
    this.code.bytes(0x8d, ((to & 7) << 3) | 5);
    this.#relative(label);
  }

  /** add r64, r64 */
  add(to: number, from: number): void {
    this.#registers(0x01, from, to);
  }

  /** sub r64, r64 */
  subtract(to: number, from: number): void {
    this.#registers(0x29, from, to);
  }

  /** add r64, imm */
  addImmediate(to: number, value: number): void {
    this.#immediate(0, to, value);
  }

  /** sub r64, imm */
  subtractImmediate(to: number, value: number): void {
    this.#immediate(5, to, value);
  }

  /** cmp r64, imm */
  compareImmediate(left: number, value: number): void {
    this.#immediate(7, left, value);
  }

  /** shl r64, imm8 */
  shiftLeft(to: number, bits: number): void {
    this.#prefix(true, 0, to);
    this.code.bytes(0xc1, modRegisters(4, to), bits);
  }

  /** shl r64, cl */
  shiftLeftByCount(to: number): void {
    this.#prefix(true, 0, to);
    this.code.bytes(0xd3, modRegisters(4, to));
  }

  /** shr r64, imm8 */
  shiftRight(to: number, bits: number): void {
    this.#prefix(true, 0, to);
    this.code.bytes(0xc1, modRegisters(5, to), bits);
  }

  /** bt r32, imm8: the bit becomes the carry. */
  testBit(value: number, bit: number): void {
    this.#prefix(false, 0, value);
    this.code.bytes(0x0f, 0xba, modRegisters(4, value), bit);
  }

  /** jmp rel32 */
  jump(label: Label): void {
    this.code.byte(0xe9);
    this.#relative(label);
  }

  /** jcc rel32 */
  jumpIf(condition: Condition, label: Label): void {
    this.code.bytes(0x0f, 0x80 | conditions[condition]);
    this.#relative(label);
  }

  /** jmp r64 */
  jumpTo(register: number): void {
    this.#prefix(false, 0, register);
    this.code.bytes(0xff, modRegisters(4, register));
  }

  /** push r64 */
  push(register: number): void {
    this.#prefix(false, 0, register);
    this.code.byte(0x50 | (register & 7));
  }

  /** pop r64 */
  pop(register: number): void {
    this.#prefix(false, 0, register);
    this.code.byte(0x58 | (register & 7));
  }

  /** ret */
  return(): void {
    this.code.byte(0xc3);
  }

  /** prefetcht0 m8 */
  prefetch(address: X64Address): void {
    this.#prefix(false, 0, address.base);
    this.code.bytes(0x0f, 0x18);
    writeMemory(this.code, 1, address);
  }

  /** cpuid: asks by eax and ecx, answers in eax, ebx, ecx, edx. */
  identify(): void {
    this.code.bytes(0x0f, 0xa2);
  }

  /** xgetbv: which registers the system saves, by ecx, in eax and edx. */
  readSavedState(): void {
    this.code.bytes(0x0f, 0x01, 0xd0);
  }

  #registers(opcode: number, register: number, operand: number): void {
    this.#prefix(true, register, operand);
    this.code.bytes(opcode, modRegisters(register, operand));
  }

  #memory(opcode: number, register: number, place: X64Address): void {
    this.#prefix(true, register, place.base, place.index);
    this.code.byte(opcode);
    writeMemory(this.code, register, place);
  }

  #immediate(extension: number, to: number, value: number): void {
    this.#prefix(true, 0, to);
    const short = isByte(value);
    this.code.bytes(short ? 0x83 : 0x81, modRegisters(extension, to));
    if (short) this.code.byte(value);
    else this.code.word(value);
  }

  /** The REX prefix, left out where it would say nothing. */
  #prefix(wide: boolean, register: number, operand: number, index = 0): void {
    const bits = (wide ? 8 : 0) | ((register >> 3) << 2) | ((index >> 3) << 1) | (operand >> 3);
    if (bits !== 0) this.code.byte(0x40 | bits);
  }

  #relative(label: Label): void {
    this.code.refer(label, this.code.length, (bytes, place, target) => {
      bytes.setInt32(place, target - (place + 4), true);
    });
    this.code.word(0);
  }
}

/** Writes ModRM, SIB and displacement of memory; `unit` is the step of displacements of one byte (EVEX). */
export function writeMemory(code: CodeBuffer, register: number, place: X64Address, unit = 1): void {
  const { base, offset, index, scale = 1 } = place;
  const low = index === undefined ? base & 7 : 4;
  const none = offset === 0 && (base & 7) !== 5;
  const short = offset % unit === 0 && isByte(offset / unit);
  code.byte((none ? 0 : short ? 0x40 : 0x80) | ((register & 7) << 3) | low);
  if (index !== undefined) code.byte((Math.log2(scale) << 6) | ((index & 7) << 3) | (base & 7));
  else if (low === 4) code.byte(0x24);
  if (none) return;
  if (short) code.byte(offset / unit);
  else code.word(offset);
}

/** ModRM of two registers. */
export function modRegisters(register: number, operand: number): number {
  return 0xc0 | ((register & 7) << 3) | (operand & 7);
}

function isByte(value: number): boolean {
  return value >= -128 && value <= 127;
}
