// The arm64 assembler, word for word. The words are what GNU as makes of the text beside them, so they come from outside
// the library.

import { describe, expect, test } from "vitest";
import { Arm64, stackPointer } from "../../src/runtime/native/arm64.ts";
import { CodeBuffer, type Label } from "../../src/runtime/native/code-buffer.ts";

/** Writes instructions; branches go to the start or to so many bytes after it. */
type Emit = (x: Arm64, start: Label, after: (bytes: number) => Label) => void;

// biome-ignore format: a table
const instructions: readonly (readonly [elementBytes: 4 | 8, text: string, words: string, emit: Emit])[] = [
  [4, "movz x9, #0xdef0; movk x9, #0x9abc, lsl #16; movk x9, #0x5678, lsl #32; movk x9, #0x1234, lsl #48", "d29bde09 f2b35789 f2cacf09 f2e24689", (x) => x.moveImmediate(9, 0x123456789abcdef0n)],
  [4, "mov x4, x9", "aa0903e4", (x) => x.move(4, 9)],
  [4, "add x10, x1, x17", "8b11002a", (x) => x.add(10, 1, 17)],
  [4, "add x16, x1, w0, uxtw", "8b204030", (x) => x.addLow(16, 1, 0)],
  [4, "add x3, x3, #192", "91030063", (x) => x.addImmediate(3, 3, 192)],
  [4, "add x17, sp, #0", "910003f1", (x) => x.addImmediate(17, stackPointer, 0)],
  [4, "sub sp, sp, #112", "d101c3ff", (x) => x.subtractImmediate(stackPointer, stackPointer, 112)],
  [4, "subs x14, x6, #4", "f10010ce", (x) => x.subtractAndCompare(14, 6, 4)],
  [4, "cmp x11, #12", "f100317f", (x) => x.compareImmediate(11, 12)],
  [4, "ldr w9, [x16, #24]", "b9401a09", (x) => x.load32(9, 16, 24)],
  [4, "ldrsw x12, [x16, #28]", "b9801e0c", (x) => x.loadSigned32(12, 16, 28)],
  [4, "ldr w0, [x16], #4", "b8404600", (x) => x.loadElement(0, 16)],
  [8, "ldr x0, [x16], #8", "f8408600", (x) => x.loadElement(0, 16)],
  [4, "str w0, [x17], #4", "b8004620", (x) => x.storeElement(0, 17)],
  [8, "str x0, [x17], #8", "f8008620", (x) => x.storeElement(0, 17)],
  [4, "ldr q26, [x3, #176]", "3dc02c7a", (x) => x.loadVector(26, 3, 176)],
  [4, "ldr q0, [sp]", "3dc003e0", (x) => x.loadVector(0, stackPointer, 0)],
  [4, "str q23, [x15, #32]", "3d8009f7", (x) => x.storeVector(23, 15, 32)],
  [4, "ldr d8, [sp, #48]", "fd401be8", (x) => x.loadHalf(8, stackPointer, 48)],
  [4, "str d15, [sp, #104]", "fd0037ef", (x) => x.storeHalf(15, stackPointer, 104)],
  [4, "fmla v0.4s, v24.4s, v27.s[0]", "4f9b1300", (x) => x.multiplyAdd(0, 24, 27, 0)],
  [4, "fmla v7.4s, v26.4s, v28.s[1]", "4fbc1347", (x) => x.multiplyAdd(7, 26, 28, 1)],
  [4, "fmla v23.4s, v9.4s, v3.s[2]", "4f831937", (x) => x.multiplyAdd(23, 9, 3, 2)],
  [4, "fmla v31.4s, v1.4s, v30.s[3]", "4fbe183f", (x) => x.multiplyAdd(31, 1, 30, 3)],
  [8, "fmla v0.2d, v24.2d, v27.d[0]", "4fdb1300", (x) => x.multiplyAdd(0, 24, 27, 0)],
  [8, "fmla v19.2d, v2.2d, v30.d[1]", "4fde1853", (x) => x.multiplyAdd(19, 2, 30, 1)],
  [4, "movi v21.2d, #0", "6f00e415", (x) => x.clear(21)],
  [4, "prfm pstl1keep, [x15]", "f98001f0", (x) => x.prefetch(15)],
  [4, "br x17", "d61f0220", (x) => x.jumpTo(17)],
  [4, "ret", "d65f03c0", (x) => x.return()],
  [4, "nop; b l", "d503201f 17ffffff", (x, start) => { x.code.word(0xd503201f); x.jump(start); }],
  [4, "nop; b.lt m", "d503201f 54ffffeb", (x, start) => { x.code.word(0xd503201f); x.jumpIf("less", start); }],
  [4, "b.eq .+8", "54000040", (x, _, after) => x.jumpIf("equal", after(8))],
  [4, "b.ne .+12", "54000061", (x, _, after) => x.jumpIf("notEqual", after(12))],
  [4, "b.ge .+8", "5400004a", (x, _, after) => x.jumpIf("atLeast", after(8))],
  [4, "b.gt .+8", "5400004c", (x, _, after) => x.jumpIf("more", after(8))],
  [4, "b.le .+8", "5400004d", (x, _, after) => x.jumpIf("atMost", after(8))],
  [4, "cbz x13, .+4096", "b400800d", (x, _, after) => x.jumpIfZero(13, after(4096))],
  [4, "b .+16", "14000004", (x, _, after) => x.jump(after(16))],
];

describe("instructions of arm64", () => {
  test.each(instructions)("%i: %s is %s", (elementBytes, _text, words, emit) => {
    const arm64 = new Arm64(new CodeBuffer(), elementBytes);
    emit(arm64, { place: 0 }, (place) => ({ place }));
    const code = arm64.code.finish();
    const written = Array.from(new Uint32Array(code.buffer, 0, code.length / 4), (word) =>
      word.toString(16).padStart(8, "0"),
    );
    expect(written.join(" ")).toBe(words);
  });
});
