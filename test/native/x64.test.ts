// The x86-64 assembler, byte for byte. The bytes are what GNU as makes of the text in the first column (VEX in its form
// of three bytes), so they come from outside the library.

import { describe, expect, test } from "vitest";
import { CodeBuffer } from "../../src/runtime/native/code-buffer.ts";
import { at, indexed, x64Register as r, X64 } from "../../src/runtime/native/x64.ts";
import { type VectorBits, X64Vectors } from "../../src/runtime/native/x64-vector.ts";

type Emit = (x: X64, vector: (bits: VectorBits, elementBytes: 4 | 8) => X64Vectors) => void;

// biome-ignore format: a table
const instructions: readonly (readonly [text: string, bytes: string, emit: Emit])[] = [
  ["movabs r9, 0x123456789abcdef0", "49 b9 f0 de bc 9a 78 56 34 12", (x) => x.moveImmediate(r.r9, 0x123456789abcdef0n)],
  ["mov rcx, rsi", "48 89 f1", (x) => x.move(r.rcx, r.rsi)],
  ["mov r12, rdi", "49 89 fc", (x) => x.move(r.r12, r.rdi)],
  ["mov eax, edi", "89 f8", (x) => x.moveLow(r.rax, r.rdi)],
  ["mov r8d, r15d", "45 89 f8", (x) => x.moveLow(r.r8, r.r15)],
  ["mov ecx, 7", "b9 07 00 00 00", (x) => x.moveSmall(r.rcx, 7)],
  ["mov r10d, 0xffffffff", "41 ba ff ff ff ff", (x) => x.moveSmall(r.r10, -1)],
  ["mov ebp, dword ptr [rax+24]", "8b 68 18", (x) => x.load32(r.rbp, at(r.rax, 24))],
  ["mov r12d, dword ptr [r13]", "45 8b 65 00", (x) => x.load32(r.r12, at(r.r13))],
  ["mov edx, dword ptr [rsp+300]", "8b 94 24 2c 01 00 00", (x) => x.load32(r.rdx, at(r.rsp, 300))],
  ["movsxd r14, dword ptr [rax]", "4c 63 30", (x) => x.loadSigned32(r.r14, at(r.rax))],
  ["movsxd rbx, dword ptr [r12-4]", "49 63 5c 24 fc", (x) => x.loadSigned32(r.rbx, at(r.r12, -4))],
  ["mov dword ptr [r8+8], eax", "41 89 40 08", (x) => x.store32(at(r.r8, 8), r.rax)],
  ["add rax, r9", "4c 01 c8", (x) => x.add(r.rax, r.r9)],
  ["sub rcx, rdx", "48 29 d1", (x) => x.subtract(r.rcx, r.rdx)],
  ["mov r13, qword ptr [rsp+16]", "4c 8b 6c 24 10", (x) => x.load64(r.r13, at(r.rsp, 16))],
  ["mov qword ptr [rsp+64], rdx", "48 89 54 24 40", (x) => x.store64(at(r.rsp, 64), r.rdx)],
  ["add qword ptr [rsp+8], rax", "48 01 44 24 08", (x) => x.addToMemory(at(r.rsp, 8), r.rax)],
  ["sub qword ptr [rsp+48], 0x12345", "48 81 6c 24 30 45 23 01 00", (x) => x.subtractFromMemory(at(r.rsp, 48), 0x12345)],
  ["cmp qword ptr [r9], 0x12345", "49 81 39 45 23 01 00", (x) => x.compareMemory(at(r.r9), 0x12345)],
  ["lea r14, [rbx+rbx*4]", "4c 8d 34 9b", (x) => x.loadPlace(r.r14, indexed(r.rbx, r.rbx, 4))],
  ["lea rbp, [r13+r9*2]", "4b 8d 6c 4d 00", (x) => x.loadPlace(r.rbp, indexed(r.r13, r.r9, 2))],
  ["imul rdx, r10, 0x12345", "49 69 d2 45 23 01 00", (x) => x.multiplyImmediate(r.rdx, r.r10, 0x12345)],
  ["vbroadcastss zmm26, dword ptr [rsi+rbx*2]", "62 62 7d 48 18 14 5e", (_, vector) => vector(512, 4).broadcast(26, indexed(r.rsi, r.rbx, 2))],
  ["vbroadcastsd zmm3, qword ptr [rsi+r15]", "62 b2 fd 48 19 1c 3e", (_, vector) => vector(512, 8).broadcast(3, indexed(r.rsi, r.r15, 1))],
  ["vbroadcastss ymm14, dword ptr [rsi+r14*4]", "c4 22 7d 18 34 b6", (_, vector) => vector(256, 4).broadcast(14, indexed(r.rsi, r.r14, 4))],
  ["vbroadcastsd ymm1, qword ptr [r8+rbp*8]", "c4 c2 7d 19 0c e8", (_, vector) => vector(256, 8).broadcast(1, indexed(r.r8, r.rbp, 8))],
  ["add rdi, 512", "48 81 c7 00 02 00 00", (x) => x.addImmediate(r.rdi, 512)],
  ["add rsi, 32", "48 83 c6 20", (x) => x.addImmediate(r.rsi, 32)],
  ["sub r13, 32", "49 83 ed 20", (x) => x.subtractImmediate(r.r13, 32)],
  ["sub rsp, 160", "48 81 ec a0 00 00 00", (x) => x.subtractImmediate(r.rsp, 160)],
  ["cmp r11, 8", "49 83 fb 08", (x) => x.compareImmediate(r.r11, 8)],
  ["cmp rbp, -129", "48 81 fd 7f ff ff ff", (x) => x.compareImmediate(r.rbp, -129)],
  ["shl rdx, 3", "48 c1 e2 03", (x) => x.shiftLeft(r.rdx, 3)],
  ["shl rax, cl", "48 d3 e0", (x) => x.shiftLeftByCount(r.rax)],
  ["shr r9, 16", "49 c1 e9 10", (x) => x.shiftRight(r.r9, 16)],
  ["bt ecx, 27", "0f ba e1 1b", (x) => x.testBit(r.rcx, 27)],
  ["jmp rax", "ff e0", (x) => x.jumpTo(r.rax)],
  ["jmp r11", "41 ff e3", (x) => x.jumpTo(r.r11)],
  ["push rbx", "53", (x) => x.push(r.rbx)],
  ["push r15", "41 57", (x) => x.push(r.r15)],
  ["pop rbp", "5d", (x) => x.pop(r.rbp)],
  ["pop r12", "41 5c", (x) => x.pop(r.r12)],
  ["ret", "c3", (x) => x.return()],
  ["prefetcht0 byte ptr [rax+64]", "0f 18 48 40", (x) => x.prefetch(at(r.rax, 64))],
  ["prefetcht0 byte ptr [r9]", "41 0f 18 09", (x) => x.prefetch(at(r.r9))],
  ["cpuid", "0f a2", (x) => x.identify()],
  ["xgetbv", "0f 01 d0", (x) => x.readSavedState()],
  ["vmovups xmm6, xmmword ptr [rsp+16]", "c4 e1 78 10 74 24 10", (_, vector) => vector(128, 4).load(6, at(r.rsp, 16))],
  ["vmovups xmmword ptr [rsp], xmm15", "c4 61 78 11 3c 24", (_, vector) => vector(128, 4).store(at(r.rsp), 15)],
  ["vmovups ymm12, ymmword ptr [rdi+32]", "c4 61 7c 10 67 20", (_, vector) => vector(256, 4).load(12, at(r.rdi, 32))],
  ["vmovupd ymm3, ymmword ptr [r13+512]", "c4 c1 7d 10 9d 00 02 00 00", (_, vector) => vector(256, 8).load(3, at(r.r13, 512))],
  ["vmovups ymmword ptr [rax], ymm11", "c4 61 7c 11 18", (_, vector) => vector(256, 4).store(at(r.rax), 11)],
  ["vmovupd ymmword ptr [r9-8], ymm0", "c4 c1 7d 11 41 f8", (_, vector) => vector(256, 8).store(at(r.r9, -8), 0)],
  ["vmaskmovps ymm1, ymm13, ymmword ptr [rax+32]", "c4 e2 15 2c 48 20", (_, vector) => vector(256, 4).loadBySign(1, 13, at(r.rax, 32))],
  ["vmaskmovpd ymm9, ymm2, ymmword ptr [rax]", "c4 62 6d 2d 08", (_, vector) => vector(256, 8).loadBySign(9, 2, at(r.rax))],
  ["vmaskmovps ymmword ptr [rax], ymm12, ymm10", "c4 62 1d 2e 10", (_, vector) => vector(256, 4).storeBySign(at(r.rax), 12, 10)],
  ["vmaskmovpd ymmword ptr [r8], ymm12, ymm7", "c4 c2 1d 2f 38", (_, vector) => vector(256, 8).storeBySign(at(r.r8), 12, 7)],
  ["vbroadcastss ymm14, dword ptr [rsi+4]", "c4 62 7d 18 76 04", (_, vector) => vector(256, 4).broadcast(14, at(r.rsi, 4))],
  ["vbroadcastsd ymm15, qword ptr [rsi+200]", "c4 62 7d 19 be c8 00 00 00", (_, vector) => vector(256, 8).broadcast(15, at(r.rsi, 200))],
  ["vfmadd231ps ymm3, ymm14, ymm13", "c4 c2 0d b8 dd", (_, vector) => vector(256, 4).multiplyAdd(3, 14, 13)],
  ["vfmadd231pd ymm11, ymm2, ymm9", "c4 42 ed b8 d9", (_, vector) => vector(256, 8).multiplyAdd(11, 2, 9)],
  ["vxorps ymm10, ymm10, ymm10", "c4 41 2c 57 d2", (_, vector) => vector(256, 4).clear(10)],
  ["vmovups zmm24, zmmword ptr [rdi]", "62 61 7c 48 10 07", (_, vector) => vector(512, 4).load(24, at(r.rdi))],
  ["vmovups zmm9, zmmword ptr [rdi+448]", "62 71 7c 48 10 4f 07", (_, vector) => vector(512, 4).load(9, at(r.rdi, 448))],
  ["vmovupd zmm17, zmmword ptr [r12+100]", "62 c1 fd 48 10 8c 24 64 00 00 00", (_, vector) => vector(512, 8).load(17, at(r.r12, 100))],
  ["vmovups zmm3{k2}{z}, zmmword ptr [rax+64]", "62 f1 7c ca 10 58 01", (_, vector) => vector(512, 4).load(3, at(r.rax, 64), 2)],
  ["vmovupd zmm30{k1}{z}, zmmword ptr [r13]", "62 41 fd c9 10 75 00", (_, vector) => vector(512, 8).load(30, at(r.r13), 1)],
  ["vmovups zmmword ptr [rax+64]{k2}, zmm13", "62 71 7c 4a 11 68 01", (_, vector) => vector(512, 4).store(at(r.rax, 64), 13, 2)],
  ["vmovupd zmmword ptr [r9-64]{k1}, zmm20", "62 c1 fd 49 11 61 ff", (_, vector) => vector(512, 8).store(at(r.r9, -64), 20, 1)],
  ["vmovups zmmword ptr [rax], zmm31", "62 61 7c 48 11 38", (_, vector) => vector(512, 4).store(at(r.rax), 31)],
  ["vbroadcastss zmm26, dword ptr [rsi+44]", "62 62 7d 48 18 56 0b", (_, vector) => vector(512, 4).broadcast(26, at(r.rsi, 44))],
  ["vbroadcastss zmm8, dword ptr [r15+512]", "62 52 7d 48 18 87 00 02 00 00", (_, vector) => vector(512, 4).broadcast(8, at(r.r15, 512))],
  ["vbroadcastsd zmm29, qword ptr [rsi+16]", "62 62 fd 48 19 6e 02", (_, vector) => vector(512, 8).broadcast(29, at(r.rsi, 16))],
  ["vfmadd231ps zmm0, zmm26, zmm24", "62 92 2d 40 b8 c0", (_, vector) => vector(512, 4).multiplyAdd(0, 26, 24)],
  ["vfmadd231ps zmm23, zmm7, zmm15", "62 c2 45 48 b8 ff", (_, vector) => vector(512, 4).multiplyAdd(23, 7, 15)],
  ["vfmadd231pd zmm9, zmm31, zmm16", "62 32 85 40 b8 c8", (_, vector) => vector(512, 8).multiplyAdd(9, 31, 16)],
  ["vpxord zmm5, zmm5, zmm5", "62 f1 55 48 ef ed", (_, vector) => vector(512, 4).clear(5)],
  ["vpxord zmm19, zmm19, zmm19", "62 a1 65 40 ef db", (_, vector) => vector(512, 4).clear(19)],
  ["kmovw k1, eax", "c5 f8 92 c8", (_, vector) => vector(512, 4).setMask(1, r.rax)],
  ["kmovw k2, ecx", "c5 f8 92 d1", (_, vector) => vector(512, 4).setMask(2, r.rcx)],
  ["vzeroupper", "c5 f8 77", (_, vector) => vector(256, 4).leave()],
];

function bytesOf(emit: Emit): string {
  const x64 = new X64(new CodeBuffer());
  emit(x64, (bits, elementBytes) => new X64Vectors(x64, bits, elementBytes));
  return hex(x64.code.finish());
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

describe("instructions of x86-64", () => {
  test.each(instructions)("%s is %s", (_text, bytes, emit) => {
    expect(bytesOf(emit)).toBe(bytes);
  });
});

describe("branches of x86-64", () => {
  test("go backwards and forwards by the distance from their end", () => {
    const backwards: Emit = (x) => {
      const label = x.code.label();
      x.code.bind(label);
      x.return();
      x.jump(label);
    };
    expect(bytesOf(backwards)).toBe("c3 e9 fa ff ff ff");
    const forwards: Emit = (x) => {
      const label = x.code.label();
      x.jumpIf("less", label);
      x.loadAddress(r.r9, label);
      x.code.bind(label);
    };
    expect(bytesOf(forwards)).toBe("0f 8c 07 00 00 00 4c 8d 0d 00 00 00 00");
  });

  test.each([
    ["noCarry", "83"],
    ["equal", "84"],
    ["notEqual", "85"],
    ["less", "8c"],
    ["atLeast", "8d"],
    ["atMost", "8e"],
    ["more", "8f"],
  ] as const)("%s is 0f %s", (condition, opcode) => {
    const emit: Emit = (x) => {
      const label = x.code.label();
      x.jumpIf(condition, label);
      x.code.bind(label);
    };
    expect(bytesOf(emit)).toBe(`0f ${opcode} 00 00 00 00`);
  });

  test("to nowhere are refused", () => {
    expect(() => bytesOf((x) => x.jump(x.code.label()))).toThrow(/without a place/);
  });
});
