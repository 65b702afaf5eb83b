// The vector instructions of x86-64 that the kernels use, for one width and one type of element: VEX encodings for 128
// and 256 bits (AVX, AVX2, FMA), EVEX for 512 bits (AVX-512F), where the lanes of loads and stores can be masked by one
// of the registers k1 … k7.

import type { CodeBuffer } from "./code-buffer.ts";
import { modRegisters, writeMemory, type X64, type X64Address } from "./x64.ts";

/** Bits of a vector register. */
export type VectorBits = 128 | 256 | 512;

/** What names an instruction in its prefix and after it. */
interface Opcode {
  /** The table of opcodes: 1 is `0F`, 2 is `0F 38`. */
  readonly map: 1 | 2;
  /** The prefix that belongs to the opcode: 0 none, 1 `66`. */
  readonly prefix: 0 | 1;
  readonly code: number;
  /** The bit W, in most of these instructions elements of 64 bits. */
  readonly wide: boolean;
  /** The step of displacements of one byte in EVEX. */
  readonly unit: number;
}

/** Writes vector instructions of one width on elements of 4 or 8 bytes. */
export class X64Vectors {
  readonly bits: VectorBits;
  readonly #code: CodeBuffer;
  readonly #opcodes: Readonly<Record<Name, Opcode>>;

  constructor(x64: X64, bits: VectorBits, elementBytes: 4 | 8) {
    this.bits = bits;
    this.#code = x64.code;
    this.#opcodes = opcodesOf(bits, elementBytes);
  }

  /** vmovups, vmovupd: memory to register; lanes outside `mask` become 0. */
  load(register: number, from: X64Address, mask = 0): void {
    this.#write(this.#opcodes.load, register, 0, from, mask, mask !== 0);
  }

  /** vmovups, vmovupd: register to memory; lanes outside `mask` stay as they are. */
  store(to: X64Address, register: number, mask = 0): void {
    this.#write(this.#opcodes.store, register, 0, to, mask);
  }

  /** vmaskmovps, vmaskmovpd (AVX): loads lanes whose sign in `mask` is set, 0 elsewhere. */
  loadBySign(register: number, mask: number, from: X64Address): void {
    this.#write(this.#opcodes.loadBySign, register, mask, from);
  }

  /** vmaskmovps, vmaskmovpd (AVX): stores lanes whose sign in `mask` is set. */
  storeBySign(to: X64Address, mask: number, register: number): void {
    this.#write(this.#opcodes.storeBySign, register, mask, to);
  }

  /** vbroadcastss, vbroadcastsd: one element to all lanes. */
  broadcast(register: number, from: X64Address): void {
    this.#write(this.#opcodes.broadcast, register, 0, from);
  }

  /** vfmadd231ps, vfmadd231pd: sum += left · right, rounded once. */
  multiplyAdd(sum: number, left: number, right: number): void {
    this.#write(this.#opcodes.multiplyAdd, sum, left, right);
  }

  /** vpxord, vxorps: all lanes 0. */
  clear(register: number): void {
    this.#write(this.#opcodes.exclusiveOr, register, register, register);
  }

  /** kmovw: the low 16 bits of a general register (one of the first eight) become a mask. */
  setMask(mask: number, from: number): void {
    this.#code.bytes(0xc5, 0xf8, 0x92, modRegisters(mask, from));
  }

  /** vzeroupper: before returning to code that may use SSE. */
  leave(): void {
    this.#code.bytes(0xc5, 0xf8, 0x77);
  }

  #write(
    opcode: Opcode,
    register: number,
    second: number,
    operand: number | X64Address,
    mask = 0,
    zeroing = false,
  ): void {
    const inRegister = typeof operand === "number";
    const base = inRegister ? operand : operand.base;
    // The bit X extends an index, or in EVEX the number of a register to 32.
    const extension = inRegister ? operand >> 4 : (operand.index ?? 0) >> 3;
    if (this.bits === 512)
      this.#longPrefix(opcode, register, second, base, extension, mask, zeroing);
    else this.#shortPrefix(opcode, register, second, base, extension);
    this.#code.byte(opcode.code);
    if (inRegister) this.#code.byte(modRegisters(register, operand));
    else writeMemory(this.#code, register, operand, this.bits === 512 ? opcode.unit : 1);
  }

  /** VEX in its form of three bytes, the register fields inverted as the format wants them. */
  #shortPrefix(
    { map, prefix, wide }: Opcode,
    register: number,
    second: number,
    base: number,
    extension: number,
  ): void {
    this.#code.byte(0xc4);
    this.#code.byte(((~register & 8) << 4) | ((~extension & 1) << 6) | ((~base & 8) << 2) | map);
    const length = this.bits === 256 ? 4 : 0;
    this.#code.byte((wide ? 0x80 : 0) | ((~second & 15) << 3) | length | prefix);
  }

  /** EVEX for 512 bits, the register fields inverted as the format wants them. */
  #longPrefix(
    { map, prefix, wide }: Opcode,
    register: number,
    second: number,
    base: number,
    extension: number,
    mask: number,
    zeroing: boolean,
  ): void {
    this.#code.byte(0x62);
    this.#code.byte(
      ((~register & 8) << 4) |
        ((~extension & 1) << 6) |
        ((~base & 8) << 2) |
        (~register & 16) |
        map,
    );
    this.#code.byte((wide ? 0x80 : 0) | ((~second & 15) << 3) | 4 | prefix);
    this.#code.byte((zeroing ? 0x80 : 0) | 0x40 | ((~second & 16) >> 1) | mask);
  }
}

/** The instructions for a width and a type of element: they differ in prefix, opcode and the bit W. */
function opcodesOf(bits: VectorBits, elementBytes: 4 | 8): Record<Name, Opcode> {
  const double = elementBytes === 8;
  const wide = double && bits === 512;
  const move = { map: 1, prefix: double ? 1 : 0, wide, unit: bits / 8 } as const;
  const bySign = { map: 2, prefix: 1, wide: false, unit: 1 } as const;
  const exclusiveOr = { map: 1, wide: false, unit: 1 } as const;
  return {
    load: { ...move, code: 0x10 },
    store: { ...move, code: 0x11 },
    loadBySign: { ...bySign, code: double ? 0x2d : 0x2c },
    storeBySign: { ...bySign, code: double ? 0x2f : 0x2e },
    broadcast: { map: 2, prefix: 1, wide, unit: elementBytes, code: double ? 0x19 : 0x18 },
    multiplyAdd: { map: 2, prefix: 1, wide: double, unit: 1, code: 0xb8 },
    // vxorps does not exist for 512 bits before AVX-512DQ.
    exclusiveOr:
      bits === 512
        ? { ...exclusiveOr, prefix: 1, code: 0xef }
        : { ...exclusiveOr, prefix: 0, code: 0x57 },
  };
}

type Name =
  | "load"
  | "store"
  | "loadBySign"
  | "storeBySign"
  | "broadcast"
  | "multiplyAdd"
  | "exclusiveOr";
