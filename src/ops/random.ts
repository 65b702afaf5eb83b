// Random tensors: counter-based, so that recomputation, every target and every number of threads see the same numbers.

import { ChainruleError } from "../core/errors.ts";
import { RandomStream } from "../core/random.ts";
import { checkShape, checkWhole, type Shape, sizeOf } from "../core/shape.ts";
import type { Known } from "../core/shape-types.ts";
import { defineOp, type OpDefinition, record } from "../ir/op.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace, type DrawSource } from "../ir/trace.ts";
import { constant } from "./leaf.ts";
import { reshape } from "./reshape.ts";

export const randomBitsOp: OpDefinition = defineOp({
  name: "randomBits",
  doc: "32 random bits per element: Philox 4×32-10 of the state (key, draw) and the element's number.",
  formula: "\\mathrm{philox}(k, n, i)",
  body: { kind: "randomBits" },
  type: (_, { shape }) => ({ shape: shape as Shape, dtype: "int32" }),
  vjp: () => [null],
  samples: [
    {
      inputs: [{ shape: [4], dtype: "int32", values: [1, 2, 3, 4] }],
      attributes: { shape: [2, 5] },
    },
  ],
  example: {
    // Random123 known-answer vector: counter 0, key 0.
    inputs: [{ shape: [4], dtype: "int32", values: [0, 0, 0, 0] }],
    attributes: { shape: [4] },
    output: { shape: [4], values: [0x6627e8d5, 0xe169c58d | 0, 0xbc57ac4c | 0, 0x9b00dbd8 | 0] },
  },
});

/** A seeded source of random tensors and host numbers; its state is `seed` and `draw`. */
export class Generator implements DrawSource {
  #seed: number;
  #stream: RandomStream;

  constructor(seed = 0) {
    this.#seed = seed;
    this.#stream = new RandomStream(seed);
  }

  /** The host stream: initial weights, shuffles. Shares its draws with tensors. */
  get stream(): RandomStream {
    return this.#stream;
  }

  /** The state as data, for checkpoints. */
  get state(): { readonly seed: number; readonly draw: number } {
    return { seed: this.#seed, draw: this.#stream.draw };
  }

  /** Starts over at a seed, or continues from a saved state. */
  restore(state: { readonly seed: number; readonly draw?: number }): void {
    this.#seed = state.seed;
    this.#stream = new RandomStream(state.seed, state.draw ?? 0);
  }

  next(): readonly [number, number, number, number] {
    return this.#stream.next();
  }

  /** Random bits as int32. */
  bits<const S extends Shape>(shape: S): Tensor<Known<S>> {
    checkShape("random.bits", shape);
    const state = currentTrace()?.draw(this) ?? constant(Int32Array.from(this.next()), [4]);
    return record(randomBitsOp, [state], { shape: [...shape] });
  }

  /** Numbers uniform in [low, high), from 24 random bits each. */
  uniform<const S extends Shape>(shape: S, low = 0, high = 1): Tensor<Known<S>> {
    const bits: Tensor = this.bits(shape);
    const unit = bits
      .shiftRight(8)
      .cast("float32")
      .mul(2 ** -24);
    return low === 0 && high === 1 ? unit : unit.mul(high - low).add(low);
  }

  /** Normal numbers of the given mean and standard deviation (Box–Muller). */
  normal<const S extends Shape>(shape: S, mean = 0, std = 1): Tensor<Known<S>> {
    checkShape("random.normal", shape);
    const half = Math.ceil(sizeOf(shape) / 2);
    const pair = this.uniform([2, half]);
    const radius = pair.slice([0]).neg().log1p().mul(-2).sqrt();
    const angle = pair.slice([1]).mul(2 * Math.PI);
    const both = radius.mul(angle.cos()).reshape([1, half]);
    const flat = pairUp(both, radius.mul(angle.sin()).reshape([1, half])).slice([
      { end: sizeOf(shape) },
    ]);
    return reshape(flat, shape).mul(std).add(mean);
  }

  /** Whole numbers uniform in `low … high − 1`, as int32; the range holds at most 2²⁴ of them. */
  integers<const S extends Shape>(shape: S, low: number, high: number): Tensor<Known<S>> {
    checkWhole("random.integers", "low and high", [low, high]);
    const count = high - low;
    if (count < 1 || count > 2 ** 24) {
      throw new ChainruleError({
        code: "BAD_ARGUMENT",
        op: "random.integers",
        problem: `there are ${count} numbers from ${low} to below ${high}`,
        fix: "Pass low < high, at most 2²⁴ apart.",
        detail: { low, high },
      });
    }
    return this.uniform(shape)
      .mul(count)
      .cast("int32")
      .clampMax(count - 1)
      .add(low);
  }

  /** Numbers of the exponential distribution, `rate · e^(−rate x)`. */
  exponential<const S extends Shape>(shape: S, rate = 1): Tensor<Known<S>> {
    return this.#between(shape).log().div(-rate);
  }

  /** Numbers of the standard Gumbel distribution, `−log(−log u)`: added to logits, their largest is a draw of the softmax. */
  gumbel<const S extends Shape>(shape: S): Tensor<Known<S>> {
    return this.#between(shape).log().neg().log().neg();
  }

  /** Indices drawn with the probabilities that softmax gives the logits of the last axis, as int32. Shape: `[..., n] → [...]`. */
  categorical(logits: Tensor): Tensor {
    return logits.add(this.gumbel(logits.shape).cast(logits.dtype)).argMax({ axis: -1 });
  }

  /** The numbers 0 … n − 1 in random order, as int32. Shape: `→ [n]`. */
  permutation(n: number): Tensor {
    return this.bits([n]).argSort();
  }

  /** Uniform numbers that are neither 0 nor 1: halves between 23 bits. */
  #between(shape: Shape): Tensor {
    return this.bits(shape)
      .shiftRight(9)
      .cast("float32")
      .add(0.5)
      .mul(2 ** -23);
  }

  /** True with probability `p`, as bool. */
  bernoulli<const S extends Shape>(shape: S, p: number): Tensor<Known<S>> {
    const uniform: Tensor = this.uniform(shape);
    return uniform.less(p);
  }
}

/** The generator used where none is given. */
export const random: Generator = new Generator(0);

/** Seeds the default generator. */
export function seed(value: number): void {
  random.restore({ seed: value });
}

function pairUp(a: Tensor, b: Tensor): Tensor {
  const wide = a
    .pad([
      [0, 1],
      [0, 0],
    ])
    .add(
      b.pad([
        [1, 0],
        [0, 0],
      ]),
    );
  return wide.reshape([-1]);
}
