// `philox(out, state, count)`: the random bits of `core/random.ts`, bit for bit. Scalar code: ten rounds of two 64-bit
// products per four words.

import type { ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { whileCounting } from "./arithmetic.ts";

/** `state` is the address of key 0, key 1, draw 0, draw 1. */
export const philoxParameters = ["out", "state", "count"] as const;

/** Adds and exports `philox`. */
export function addPhilox(module: ModuleBuilder): void {
  const block = addBlock(module);
  const index = module.function(["i32", "i32", "i32"], [], (f) => {
    const [out, state, count] = philoxParameters.keys();
    const [number, left] = [f.local("i32"), f.local("i32")];
    const words = Array.from({ length: 4 }, () => f.local("i32"));
    whileCounting(f, count, 1, () => {
      f.get(number).get(state).call(block);
      for (const word of words.toReversed()) f.set(word);
      f.get(count)
        .i32(4)
        .op("i32.ge_s")
        .if(
          () => {
            for (const [i, word] of words.entries())
              f.get(out)
                .get(word)
                .memory("i32.store", 4 * i);
          },
          () => {
            f.get(count).set(left);
            for (const [i, word] of words.entries()) {
              f.get(left)
                .i32(i)
                .op("i32.gt_s")
                .if(() => {
                  f.get(out)
                    .get(word)
                    .memory("i32.store", 4 * i);
                });
            }
          },
        );
      f.increment(out, 16).increment(number, 1).increment(count, -3);
    });
  });
  module.export("philox", index);
}

/** Adds `(block number, state) → four words`. */
function addBlock(module: ModuleBuilder): number {
  const four = ["i32", "i32", "i32", "i32"] as const;
  return module.function(["i32", "i32"], four, (f) => {
    const [number, state] = [0, 1];
    const c = Array.from({ length: 4 }, () => f.local("i32"));
    const key = [f.local("i32"), f.local("i32")];
    const product = [f.local("i64"), f.local("i64")];
    f.get(number).set(c[0]);
    for (const [i, word] of [key[0], key[1], c[2], c[3]].entries()) {
      f.get(state)
        .memory("i32.load", 4 * i)
        .set(word);
    }
    for (let round = 0; round < 10; round++) philoxRound(f, c, key, product);
    for (const word of c) f.get(word);
  });
}

/** One round; see `philoxBlock` in core/random.ts. */
function philoxRound(
  f: FunctionBuilder,
  c: readonly Local[],
  key: readonly Local[],
  product: readonly Local[],
): void {
  const multipliers = [0xd2511f53, 0xcd9e8d57];
  for (const i of [0, 1]) {
    f.get(c[2 * i])
      .op("i64.extend_i32_u")
      .i32(multipliers[i] | 0)
      .op("i64.extend_i32_u");
    f.op("i64.mul").set(product[i]);
  }
  const high = (i: number): void => {
    f.get(product[i]).i64(32).op("i64.shr_u").op("i32.wrap_i64");
  };
  high(1);
  f.get(c[1]).op("i32.xor").get(key[0]).op("i32.xor").set(c[0]);
  high(0);
  f.get(c[3]).op("i32.xor").get(key[1]).op("i32.xor").set(c[2]);
  f.get(product[1]).op("i32.wrap_i64").set(c[1]);
  f.get(product[0]).op("i32.wrap_i64").set(c[3]);
  f.increment(key[0], 0x9e3779b9 | 0).increment(key[1], 0xbb67ae85 | 0);
}
