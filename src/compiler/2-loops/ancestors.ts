// Which groups of kernels a group depends on, directly or not, as bits; kept up to date as groups take in kernels, so
// that no join makes a cycle.

export class Ancestors {
  readonly #words: number;
  readonly #rows: Uint32Array[] = [];

  constructor(most: number) {
    this.#words = Math.ceil(most / 32);
  }

  /** Whether group `of` depends on group `which`. */
  has(of: number, which: number): boolean {
    return ((this.#rows[of][which >> 5] >>> (which & 31)) & 1) === 1;
  }

  /** Makes `place` (a new group, or an old one) depend on `inputs` and on all that they depend on. */
  add(place: number, inputs: Iterable<number>): void {
    const isNew = this.#rows[place] === undefined;
    if (isNew) this.#rows[place] = new Uint32Array(this.#words);
    const row = this.#rows[place];
    for (const input of inputs) {
      row[input >> 5] |= 1 << (input & 31);
      this.#include(row, this.#rows[input]);
    }
    if (isNew) return;
    for (let k = 0; k < this.#rows.length; k++) {
      if (this.has(k, place)) this.#include(this.#rows[k], row);
    }
  }

  #include(row: Uint32Array, other: Uint32Array): void {
    for (let word = 0; word < other.length; word++) row[word] |= other[word];
  }
}
