// Every WebAssembly instruction that the emitters use, by its name in the specification. A row gives the first code of
// a run; the names that follow have consecutive codes, and "-" skips one.
// Source: WebAssembly core specification, "Index of Instructions"; SIMD, relaxed-SIMD and threads proposals.

const plain: readonly (readonly [first: number, names: string])[] = [
  [0x00, "unreachable nop"],
  [0x0f, "return"],
  [0x1a, "drop select"],
  [0x28, "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u"],
  [0x36, "i32.store i64.store f32.store f64.store i32.store8"],
  [
    0x45,
    "i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u",
  ],
  [
    0x50,
    "i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u",
  ],
  [0x5b, "f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge"],
  [
    0x67,
    "i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u",
  ],
  [0x71, "i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr"],
  [
    0x79,
    "i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u",
  ],
  [0x83, "i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr"],
  [0x8b, "f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt"],
  [0x92, "f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign"],
  [0x99, "f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt"],
  [0xa0, "f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign"],
  [0xa7, "i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u"],
  [0xac, "i64.extend_i32_s i64.extend_i32_u"],
  [0xb2, "f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64"],
  [0xb7, "f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32"],
  [0xbc, "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64"],
];

const saturating: readonly (readonly [first: number, names: string])[] = [
  [0, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u"],
  [4, "i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u"],
];

const atomic: readonly (readonly [first: number, names: string])[] = [
  [0x00, "memory.atomic.notify memory.atomic.wait32"],
  [0x10, "i32.atomic.load i64.atomic.load"],
  [0x17, "i32.atomic.store i64.atomic.store"],
  [0x1e, "i32.atomic.rmw.add i64.atomic.rmw.add"],
  [0x48, "i32.atomic.rmw.cmpxchg i64.atomic.rmw.cmpxchg"],
];

const vector: readonly (readonly [first: number, names: string])[] = [
  [0x00, "v128.load"],
  [
    0x07,
    "v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat v128.store v128.const",
  ],
  [
    0x0d,
    "i8x16.shuffle i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat",
  ],
  [0x1b, "i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane"],
  [0x1f, "f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane"],
  [0x37, "i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u"],
  [0x3f, "i32x4.ge_s i32x4.ge_u f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge"],
  [0x47, "f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge"],
  [0x4d, "v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true"],
  [0x56, "v128.load32_lane v128.load64_lane - - v128.store32_lane v128.store64_lane"],
  [0x5c, "v128.load32_zero v128.load64_zero f32x4.demote_f64x2_zero f64x2.promote_low_f32x4"],
  [0x67, "f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest"],
  [0x74, "f64x2.ceil f64x2.floor"],
  [0x7a, "f64x2.trunc"],
  [0x94, "f64x2.nearest"],
  [0xa0, "i32x4.abs i32x4.neg - i32x4.all_true i32x4.bitmask"],
  [0xab, "i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add"],
  [0xb1, "i32x4.sub - - - i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u"],
  [0xe0, "f32x4.abs f32x4.neg - f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div"],
  [0xe8, "f32x4.min f32x4.max f32x4.pmin f32x4.pmax"],
  [0xec, "f64x2.abs f64x2.neg - f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div"],
  [0xf4, "f64x2.min f64x2.max f64x2.pmin f64x2.pmax"],
  [
    0xf8,
    "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u",
  ],
  [0x105, "f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd"],
  [0x10d, "f32x4.relaxed_min f32x4.relaxed_max f64x2.relaxed_min f64x2.relaxed_max"],
];

const codes = new Map<string, readonly number[]>();
for (const rows of plain) enter(rows, (code) => [code]);
for (const rows of saturating) enter(rows, (code) => [0xfc, code]);
for (const rows of atomic) enter(rows, (code) => [0xfe, code]);
for (const rows of vector) enter(rows, (code) => [0xfd, ...low7(code)]);

/** The bytes of an instruction, without its immediates; undefined for a name that is not in the table. */
export function opcode(name: string): readonly number[] | undefined {
  return codes.get(name);
}

/** All instruction names of the table. */
export function opcodeNames(): string[] {
  return [...codes.keys()];
}

function enter(
  [first, names]: readonly [number, string],
  encode: (code: number) => number[],
): void {
  for (const [step, name] of names.split(" ").entries()) {
    if (name !== "-") codes.set(name, encode(first + step));
  }
}

/** Unsigned LEB128 of a number below 2¹⁴. */
function low7(code: number): number[] {
  return code < 0x80 ? [code] : [(code & 0x7f) | 0x80, code >> 7];
}
