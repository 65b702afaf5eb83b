// Narrow floating-point numbers as bit patterns: IEEE 754 binary16, bfloat16 (the upper half of a float32) and the 8-bit
// formats of the Open Compute Project ("OCP 8-bit floating point specification", 2023), with the variants without
// negative zero ("fnuz") and the scale E8M0. Rounding is to nearest, ties to even, from float64 at once.

/** What the bits of a format mean. */
export interface FloatFormat {
  readonly bytes: 1 | 2;
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /** `ieee`: infinities and NaNs; `finite`: only all ones is NaN; `unsigned-zero`: only the pattern of −0 is NaN. */
  readonly specials: "ieee" | "finite" | "unsigned-zero";
}

const ieee = { specials: "ieee" } as const;

/** Floats below 32 bits, by PyTorch's names. */
export type NarrowFloat =
  | "float16"
  | "bfloat16"
  | "float8_e5m2"
  | "float8_e4m3fn"
  | "float8_e5m2fnuz"
  | "float8_e4m3fnuz";

/** Formats by the name that PyTorch gives them. */
export const floatFormats: Readonly<Record<NarrowFloat, FloatFormat>> = {
  float16: { bytes: 2, exponentBits: 5, fractionBits: 10, bias: 15, ...ieee },
  bfloat16: { bytes: 2, exponentBits: 8, fractionBits: 7, bias: 127, ...ieee },
  float8_e5m2: { bytes: 1, exponentBits: 5, fractionBits: 2, bias: 15, ...ieee },
  float8_e4m3fn: { bytes: 1, exponentBits: 4, fractionBits: 3, bias: 7, specials: "finite" },
  float8_e5m2fnuz: {
    ...{ bytes: 1, exponentBits: 5, fractionBits: 2, bias: 16 },
    specials: "unsigned-zero",
  },
  float8_e4m3fnuz: {
    ...{ bytes: 1, exponentBits: 4, fractionBits: 3, bias: 8 },
    specials: "unsigned-zero",
  },
};

/** The number that a bit pattern stands for. */
export function floatOfBits(bits: number, format: FloatFormat): number {
  const { exponentBits, fractionBits, bias, specials } = format;
  const sign = bits >> (exponentBits + fractionBits) === 0 ? 1 : -1;
  const magnitude = bits & (2 ** (exponentBits + fractionBits) - 1);
  const exponent = magnitude >> fractionBits;
  const fraction = magnitude & (2 ** fractionBits - 1);
  if (specials === "unsigned-zero" && magnitude === 0 && sign < 0) return Number.NaN;
  if (magnitude >= firstSpecial(format)) {
    return specials === "ieee" && fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  }
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (1 + fraction * 2 ** -fractionBits) * 2 ** (exponent - bias);
}

/**
 * Writes the bit patterns of the nearest numbers of a format, ties to even. What is too large becomes infinity, without that
 * the largest number (`finite`) or NaN (`unsigned-zero`), as PyTorch has it.
 */
export function bitsOfFloats(
  numbers: ArrayLike<number>,
  format: FloatFormat,
  out: Uint8Array | Uint16Array,
): void {
  const round = rounder(format);
  const signBit = 2 ** (format.exponentBits + format.fractionBits);
  const signless = format.specials === "unsigned-zero";
  const nan = signless ? signBit : nanOf(format);
  const special = firstSpecial(format);
  const most = format.specials === "finite" ? special - 1 : special;
  for (let i = 0; i < out.length; i++) {
    const x = numbers[i];
    const magnitude = round(Math.abs(x));
    const negative = x < 0 || (x === 0 && 1 / x < 0);
    if (Number.isNaN(x) || (signless && magnitude >= special)) out[i] = nan;
    else if (negative && !(signless && magnitude === 0))
      out[i] = signBit + Math.min(magnitude, most);
    else out[i] = Math.min(magnitude, most);
  }
}

/** Numbers of all patterns of an 8- or 16-bit format, in float32. */
export function tableOf(format: FloatFormat): Float32Array {
  const table = new Float32Array(2 ** (8 * format.bytes));
  for (let bits = 0; bits < table.length; bits++) table[bits] = floatOfBits(bits, format);
  return table;
}

/** The lowest pattern, sign aside, that is no number: infinity, or NaN where there is none. */
function firstSpecial({ exponentBits, fractionBits, specials }: FloatFormat): number {
  const end = 2 ** (exponentBits + fractionBits);
  return { ieee: end - 2 ** fractionBits, finite: end - 1, "unsigned-zero": end }[specials];
}

function nanOf({ exponentBits, fractionBits, specials }: FloatFormat): number {
  const end = 2 ** (exponentBits + fractionBits);
  return specials === "ieee" ? end - 2 ** (fractionBits - 1) : end - 1;
}

const wide = new Float64Array(1);
const words = new Uint32Array(wide.buffer);
const beyondAll = 2 ** 16;

/**
 * Gives the function from a number ≥ 0 to its pattern, before limits. Numbers around `x` are `q` apart; adding 2⁵² q rounds `x`
 * to a whole multiple of `q`, ties to even, whose count is in the lower word. A fraction that rounds up to the next power
 * of two carries into the exponent by itself.
 */
function rounder({ fractionBits, bias }: FloatFormat): (x: number) => number {
  const lowest = 1 - bias;
  const scale = 2 ** fractionBits;
  return (x) => {
    wide[0] = x;
    const exponent = Math.max((words[1] >>> 20) - 1023, lowest);
    if (exponent > bias + 1) return beyondAll;
    words[0] = 0;
    words[1] = (exponent - fractionBits + 52 + 1023) << 20; // 2⁵² q
    wide[0] += x;
    return words[0] + (exponent + bias - 1) * scale;
  };
}
