// Bytes that a file may still become. Readers take from it before they make something, so that a small file that claims
// much is refused before it costs memory.

export class Budget {
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    this.#left = most;
  }

  /** Errors: `TooMuch` where it has no more so many. */
  take(bytes: number): void {
    this.#left -= bytes;
    if (!(this.#left >= 0)) throw new TooMuch(this.#most);
  }
}

/** What a file becomes is over the limit. */
export class TooMuch extends Error {
  constructor(most: number) {
    super(`its values are more than ${most} bytes`);
  }
}
