// Seeded damage to file bytes, for the tests that no damaged file gives anything but a ChainruleError.

import { ChainruleError } from "../../src/core/errors.ts";
import { RandomStream } from "../../src/core/random.ts";

/** What a call threw; undefined when it returned. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The `ChainruleError` that a call must throw. */
export async function refusal(call: () => unknown): Promise<ChainruleError> {
  const error = await errorOf(call);
  if (error instanceof ChainruleError) return error;
  throw new Error(`expected a ChainruleError, got ${error === undefined ? "a value" : error}`);
}

/** `count` copies of `bytes`: flipped bits, overwritten bytes, cuts and additions, one to three each. */
export function* damaged(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const random = new RandomStream(seed);
  for (let i = 0; i < count; i++) {
    const [kind, hits, ...places] = random.uniform(12);
    if (kind < 0.1) yield bytes.slice(0, Math.floor(places[0] * bytes.length));
    else if (kind < 0.15) yield Uint8Array.from([...bytes, ...places.map((p) => p * 256)]);
    else yield flipped(bytes, 1 + Math.floor(hits * 3), places);
  }
}

function flipped(bytes: Uint8Array, hits: number, places: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  for (let hit = 0; hit < hits; hit++) {
    const at = Math.floor(places[3 * hit] * copy.length);
    const bit = 1 << Math.floor(places[3 * hit + 1] * 8);
    copy[at] = places[3 * hit + 2] < 0.7 ? copy[at] ^ bit : Math.floor(places[3 * hit + 1] * 256);
  }
  return copy;
}
