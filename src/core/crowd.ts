// How threads outside of the pool tell it that they compute: they count themselves in one word of its shared memory. Where
// they are as many as the processors that the pool's other threads have, and none is free, these leave them theirs.

let crowd: Int32Array | undefined;

/** For the pool: the word that others count themselves in. */
export function setCrowd(word: Int32Array): void {
  crowd = word;
}

/** The word to count in; undefined where no pool shares memory. */
export function crowdOf(): Int32Array | undefined {
  return crowd;
}
