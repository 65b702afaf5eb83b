// Seeded random numbers for the benchmarks' data and weights: the same on every machine, in every peer's process.

/** A generator of uniform and normal numbers (xoshiro128++, seeded by SplitMix32). */
export class SeededNumbers {
  #state;
  #spare;

  constructor(seed) {
    let s = seed | 0;
    const next = () => {
      s = (s + 0x9e3779b9) | 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#state = Int32Array.of(next(), next(), next(), next());
  }

  /** Uniform in [0, 1), 32 bits (Blackman and Vigna 2019). */
  uniform() {
    const s = this.#state;
    const sum = (s[0] + s[3]) | 0;
    const result = ((sum << 7) | (sum >>> 25)) + s[0];
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >>> 21);
    return (result >>> 0) / 4294967296;
  }

  /** Standard normal (Marsaglia's polar method). */
  normal() {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** Uniform integer in [0, n). */
  integer(n) {
    return Math.floor(this.uniform() * n);
  }
}
