// Mutants of valid files. Input number k is made from draw k of a counter-based stream, so that any input can be made again
// without those before it.

import fc from "fast-check";
import { RandomStream } from "../../../src/core/random.ts";
import type { LoadedTarget } from "./target.ts";

/** Mutants grow no further. */
const longest = 1 << 16;
/** Structured inputs come in runs of so many, from one seed of fast-check's. */
const structuredRun = 256;

/** Makes input number `k` of a seed. */
export function inputMaker(target: LoadedTarget, seed: number): (k: number) => Uint8Array {
  const words = (target.words ?? []).map((word) =>
    typeof word === "string" ? new TextEncoder().encode(word) : word,
  );
  const structured = target.structured && structuredMaker(target.structured, seed);
  return (k) => {
    if (structured !== undefined && k % 8 === 7) return structured((k - 7) / 8);
    const draw = drawer(seed, k);
    return k % 64 === 63 ? randomBytes(draw) : mutant(target.seeds, words, draw);
  };
}

/** Whole numbers below `n` from draw `k` of the stream. */
type Draw = (n: number) => number;

const numbersPerInput = 48;

function drawer(seed: number, k: number): Draw {
  const numbers = new RandomStream(seed, k).uniform(numbersPerInput);
  let used = 0;
  return (n) => Math.floor(numbers[used++ % numbersPerInput] * n);
}

function structuredMaker(
  arbitrary: fc.Arbitrary<Uint8Array>,
  seed: number,
): (k: number) => Uint8Array {
  let run = -1;
  let inputs: Uint8Array[] = [];
  return (k) => {
    const wanted = Math.floor(k / structuredRun);
    if (wanted !== run) {
      inputs = fc.sample(arbitrary, { seed: seed * 65_537 + wanted, numRuns: structuredRun });
      run = wanted;
    }
    return inputs[k % structuredRun];
  };
}

function randomBytes(draw: Draw): Uint8Array {
  return Uint8Array.from({ length: draw(numbersPerInput) }, () => draw(256));
}

function mutant(
  seeds: readonly Uint8Array[],
  words: readonly Uint8Array[],
  draw: Draw,
): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(seeds[draw(seeds.length)]); // a slice of a Buffer would be the seed itself
  const hits = 1 + Math.min(draw(4), draw(8));
  for (let hit = 0; hit < hits; hit++) {
    const mutation = mutations[draw(mutations.length)];
    bytes = mutation(bytes, draw, { seeds, words });
  }
  return bytes.length > longest ? bytes.subarray(0, longest) : bytes;
}

type Mutation = (
  bytes: Uint8Array,
  draw: Draw,
  stock: { readonly seeds: readonly Uint8Array[]; readonly words: readonly Uint8Array[] },
) => Uint8Array;

const mutations: readonly Mutation[] = [
  flipBit,
  flipBit,
  setByte,
  setInteger,
  setInteger,
  changeByOne,
  (bytes, draw) => bytes.subarray(0, draw(bytes.length + 1)),
  (bytes, draw) => replaced(bytes, ...range(bytes, draw), new Uint8Array(0)),
  (bytes, draw) => replaced(bytes, ...place(bytes, draw), bytes.slice(...range(bytes, draw))),
  copyRange,
  (bytes, draw) => replaced(bytes, ...place(bytes, draw), randomBytes(draw).subarray(0, 8)),
  (bytes, draw, { seeds }) => splice(bytes, seeds[draw(seeds.length)], draw),
  putWord,
  putWord,
];

function flipBit(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (bytes.length > 0) bytes[draw(bytes.length)] ^= 1 << draw(8);
  return bytes;
}

function setByte(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (bytes.length > 0) bytes[draw(bytes.length)] = draw(256);
  return bytes;
}

function changeByOne(bytes: Uint8Array, draw: Draw): Uint8Array {
  if (bytes.length > 0) bytes[draw(bytes.length)] += draw(2) * 2 - 1;
  return bytes;
}

/** Numbers at which sizes and offsets go wrong. */
const interesting: readonly bigint[] = [
  ...[0n, 1n, 2n, 7n, 8n, 127n, 128n, 255n, 256n, 1000n, 32_767n, 32_768n, 65_535n, 65_536n],
  ...[2n ** 24n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n],
  ...[2n ** 53n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

function setInteger(bytes: Uint8Array, draw: Draw): Uint8Array {
  const width = 1 << draw(4);
  if (bytes.length < width) return bytes;
  const whole = new Uint8Array(8);
  const littleEndian = draw(4) > 0;
  new DataView(whole.buffer).setBigUint64(0, interesting[draw(interesting.length)], littleEndian);
  bytes.set(
    littleEndian ? whole.subarray(0, width) : whole.subarray(8 - width),
    draw(bytes.length - width + 1),
  );
  return bytes;
}

function copyRange(bytes: Uint8Array, draw: Draw): Uint8Array {
  const [begin, end] = range(bytes, draw);
  bytes.copyWithin(draw(bytes.length), begin, end);
  return bytes;
}

/** The beginning of one file and the end of another. */
function splice(bytes: Uint8Array, other: Uint8Array, draw: Draw): Uint8Array {
  return replaced(bytes, draw(bytes.length + 1), bytes.length, other.slice(draw(other.length)));
}

function putWord(
  bytes: Uint8Array,
  draw: Draw,
  { words }: { words: readonly Uint8Array[] },
): Uint8Array {
  if (words.length === 0) return setInteger(bytes, draw);
  const word = words[draw(words.length)];
  const [at] = place(bytes, draw);
  return replaced(bytes, at, draw(2) === 0 ? at : Math.min(at + word.length, bytes.length), word);
}

function replaced(bytes: Uint8Array, begin: number, end: number, by: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (end - begin) + by.length);
  result.set(bytes.subarray(0, begin));
  result.set(by, begin);
  result.set(bytes.subarray(end), begin + by.length);
  return result;
}

/** An empty range, to insert at. */
function place(bytes: Uint8Array, draw: Draw): [begin: number, end: number] {
  const at = draw(bytes.length + 1);
  return [at, at];
}

/** A range, short ones more often than long ones. */
function range(bytes: Uint8Array, draw: Draw): [begin: number, end: number] {
  const begin = draw(bytes.length + 1);
  const most = draw(3) === 0 ? bytes.length - begin : Math.min(16, bytes.length - begin);
  return [begin, begin + draw(most + 1)];
}
