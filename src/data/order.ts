// Random orders of records. Shuffles and splits take draws far from those of initial weights, so that one
// seed serves a whole program without any two uses sharing random bits.

import { ChainruleError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";

/** First draw of each use; draws count from there (2³² per use, see `RandomStream`). */
const firstDraw = { shuffle: 0x100 * 2 ** 32, split: 0x101 * 2 ** 32 };

/** The order in which pass number `epoch` visits the records: a function of size, seed and epoch alone. */
export function shuffledOrder(size: number, seed: number, epoch: number): Int32Array {
  checkWhole("batches", "seed", seed, 0);
  checkWhole("batches", "epoch", epoch, 0);
  return new RandomStream(seed, firstDraw.shuffle + epoch).permutation(size);
}

/** The order in which `split` deals out the records. */
export function splitOrder(size: number, seed: number): Int32Array {
  checkWhole("split", "seed", seed, 0);
  return new RandomStream(seed, firstDraw.split).permutation(size);
}

/** Refuses a number that is not whole or below `least`. */
export function checkWhole(op: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} is ${value}`,
    fix: `Use a whole number from ${least} on.`,
    detail: { [name]: value },
  });
}
