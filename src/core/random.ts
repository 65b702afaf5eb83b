// Counter-based random numbers: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011). A (key, counter) pair always gives the same bits, on every target and for any number of threads.

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** One draw's position: two 32-bit key words (the seed) and a 64-bit draw number in two words. */
export type RandomState = readonly [key0: number, key1: number, draw0: number, draw1: number];

/** Fills `out` with 32 random bits per element; element `e` is lane `e % 4` of block `⌊e / 4⌋`. */
export function philoxFill(out: Int32Array | Uint32Array, state: RandomState): void {
  const block = new Uint32Array(4);
  for (let start = 0; start < out.length; start += 4) {
    philoxBlock(block, start / 4, state);
    for (let lane = 0; lane < 4 && start + lane < out.length; lane++)
      out[start + lane] = block[lane];
  }
}

/** Computes block `index` of a draw: the Philox function of counter (index, 0, draw0, draw1). */
export function philoxBlock(out: Uint32Array, index: number, state: RandomState): void {
  let c0 = index >>> 0;
  let c1 = Math.floor(index / 2 ** 32) >>> 0;
  let c2 = state[2] >>> 0;
  let c3 = state[3] >>> 0;
  let k0 = state[0] >>> 0;
  let k1 = state[1] >>> 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** Upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** A stream of random numbers on the host: initial weights, shuffles, splits. */
export class RandomStream {
  readonly #key: readonly [number, number];
  #draw: number;

  /** Starts the stream of `seed` at draw number `draw`. */
  constructor(seed: number, draw = 0) {
    this.#key = seedKey(seed);
    this.#draw = draw;
  }

  /** The number of the next draw; a stream made anew with it continues to the same numbers. */
  get draw(): number {
    return this.#draw;
  }

  /** Takes the next draw's state. */
  next(): RandomState {
    const draw = this.#draw++;
    return [this.#key[0], this.#key[1], draw >>> 0, Math.floor(draw / 2 ** 32) >>> 0];
  }

  /** `count` numbers uniform in [0, 1), multiples of 2⁻²⁴. */
  uniform(count: number): Float64Array {
    const bits = new Uint32Array(count);
    philoxFill(bits, this.next());
    const result = new Float64Array(count);
    for (let k = 0; k < count; k++) result[k] = (bits[k] >>> 8) * 2 ** -24;
    return result;
  }

  /** `count` standard normal numbers (Box–Muller). */
  normal(count: number): Float64Array {
    const pairs = Math.ceil(count / 2);
    const uniforms = this.uniform(2 * pairs);
    const result = new Float64Array(count);
    for (let pair = 0; pair < pairs; pair++) {
      const radius = Math.sqrt(-2 * Math.log(1 - uniforms[2 * pair]));
      const angle = 2 * Math.PI * uniforms[2 * pair + 1];
      result[2 * pair] = radius * Math.cos(angle);
      if (2 * pair + 1 < count) result[2 * pair + 1] = radius * Math.sin(angle);
    }
    return result;
  }

  /** A random order of 0 … count−1 (Fisher–Yates). */
  permutation(count: number): Int32Array {
    const bits = new Uint32Array(count);
    philoxFill(bits, this.next());
    const order = new Int32Array(count);
    for (let i = 0; i < count; i++) order[i] = i;
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor((bits[i] / 2 ** 32) * (i + 1));
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }
}

/** Splits a seed (a whole number below 2⁵³) into two key words. */
export function seedKey(seed: number): readonly [number, number] {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}
