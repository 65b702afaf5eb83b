// Random orders of records. Shuffles and splits take draws far from those of initial weights, so that one
// seed serves a whole program without any two uses sharing random bits.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { philoxBlock, RandomStream, seedKey } from "../core/random.ts";

/** First draw of each use; draws count from there (2³² per use, see `RandomStream`). 0x102 are the masks of `fit`. */
const firstDraw = {
  shuffle: 0x100 * 2 ** 32,
  split: 0x101 * 2 ** 32,
  sample: 0x103 * 2 ** 32,
  folds: 0x104 * 2 ** 32,
};

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

/** The order in which `kFold` deals out the records. */
export function foldOrder(size: number, seed: number): Int32Array {
  checkWhole("kFold", "seed", seed, 0);
  return new RandomStream(seed, firstDraw.folds).permutation(size);
}

/** `count` numbers uniform in [0, 1), multiples of 2⁻⁴⁸, for the samples of pass number `epoch`. */
export function sampleDraws(count: number, seed: number, epoch: number): Float64Array {
  const stream = new RandomStream(seed, firstDraw.sample + 2 * epoch);
  const high = stream.uniform(count);
  const low = stream.uniform(count);
  return high.map((value, k) => value + low[k] * 2 ** -24);
}

/** Upper words of the draws from which streams of single records get their seeds; apart from all above. */
const recordDraws = 0x40000000;

/**
 * The random numbers of one record at one stage of a pipeline: a function of seed, stage, epoch and the record's number
 * alone, so that neither workers nor a resumed run change them.
 */
export function recordStream(
  seed: number,
  stage: number,
  epoch: number,
  number: number,
): RandomStream {
  const [key0, key1] = seedKey(seed);
  philoxBlock(bits, number, [key0, key1, epoch >>> 0, recordDraws + stage]);
  return new RandomStream(bits[0] + (bits[1] & 0x1fffff) * 2 ** 32);
}

const bits = new Uint32Array(4);

/** Refuses a number that is not whole or below `least`. */
export function checkWhole(op: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} is ${showValue(value)}`,
    fix: `Use a whole number from ${least} on.`,
    detail: { [name]: value },
  });
}
