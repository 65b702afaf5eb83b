// What the fuzzer has to know of a parser; see ../README.md. Files in the folder above are targets.

import { readdirSync } from "node:fs";
import type fc from "fast-check";

/** A parser and what to give it. */
export interface FuzzTarget {
  /** Must return, or throw a ChainruleError; a promise is awaited. */
  readonly parse: (bytes: Uint8Array) => unknown;
  /** Small valid files, from which mutants are made. */
  readonly seeds: readonly Uint8Array[] | (() => Promise<readonly Uint8Array[]>);
  /** Files of the right build with wrong content; an eighth of the inputs where given. */
  readonly structured?: fc.Arbitrary<Uint8Array>;
  /** Pieces that mutants get: names, magic numbers, opcodes. */
  readonly words?: readonly (string | Uint8Array)[];
  /** The most bytes of array buffers for an input of so many bytes; default 4 × bytes + 1 MiB. */
  readonly memory?: (bytes: number) => number;
}

/** A target whose seeds are at hand. */
export interface LoadedTarget extends FuzzTarget {
  readonly seeds: readonly Uint8Array[];
}

const folder = new URL("../", import.meta.url);

/** Names of all parsers that can be fuzzed. */
export function targetNames(): string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  return files.map((file) => file.replace(/\.ts$/, "")).sort();
}

/** Loads one and makes its seeds. */
export async function loadTarget(name: string): Promise<LoadedTarget> {
  const module: { default: FuzzTarget } = await import(new URL(`${name}.ts`, folder).href);
  const target = module.default;
  const seeds = typeof target.seeds === "function" ? await target.seeds() : target.seeds;
  if (seeds.length === 0) throw new Error(`scripts/fuzz/${name}.ts has no seeds`);
  return { ...target, seeds };
}
