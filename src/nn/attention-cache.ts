// Keys and values of the past, so that sampling computes only those of the new positions. Sizes are fixed at the longest
// sequence: one compiled step serves every position.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { currentRegion, describeRegion } from "../ir/region.ts";
import { assignAll, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { iota } from "../ops/leaf.ts";
import { checkSizes, type LayerOptions } from "./layer.ts";

/** Sizes of a cache. */
export interface CacheSizes {
  readonly batch: number;
  /** The longest sequence, in positions. */
  readonly length: number;
  /** Heads of keys and values, and features of each. */
  readonly heads: number;
  readonly features: number;
}

/** What an attention layer remembers of the positions that it has seen; `MultiHeadAttention.cache` makes one. */
export class AttentionCache {
  /** Shape: `[B, length, H, D]`. */
  readonly keys: State;
  /** Shape: `[B, length, H, D]`. */
  readonly values: State;
  /** Number of positions seen so far: int32 `[]`. */
  readonly position: State;

  constructor(sizes: CacheSizes, options: Pick<LayerOptions, "dtype"> = {}) {
    const { batch, length, heads, features } = sizes;
    checkSizes("AttentionCache", { batch, length, heads, features });
    const { dtype = "float32" } = options;
    const shape = [batch, length, heads, features];
    const none = (): Float64Array => new Float64Array(batch * length * heads * features);
    this.keys = new State(none(), shape, dtype);
    this.values = new State(none(), shape, dtype);
    this.position = new State(new Int32Array(1), [], "int32");
  }

  /** Forgets what it has seen; not inside a compiled function. */
  reset(): void {
    this.position.set([0]);
  }

  /** The positions of the next T steps. Shape: int32 `[T]`. */
  next(time: number): Tensor {
    return iota([time], 0).add(this.position.node);
  }

  /**
   * Takes up keys and values of the next T steps, `[B, T, H, D]`; gives those of all positions, and which of them each step
   * sees, bool `[T, length]`. Steps beyond the length make all of them NaN.
   */
  extend(keys: Tensor, values: Tensor): { keys: Tensor; values: Tensor; seen: Tensor } {
    this.#check(keys);
    const [, time] = keys.shape;
    const [, length] = this.keys.shape;
    const past = this.position.node;
    const seen = iota([time, length], 1).lessEqual(this.next(time).unsqueeze(1));
    const step = iota([length], 0).sub(past); // which of the new steps stands at a place
    const source = step.clamp({ min: 0, max: time - 1 });
    const isNew = step.greaterEqual(0).logicalAnd(step.less(time)).reshape([length, 1, 1]);
    const fits = past.add(time).lessEqual(length);
    const joined = [keys, values].map((fresh, k) => {
      const old = (k === 0 ? this.keys : this.values).node;
      return isNew.where(fresh.indexSelect(1, source), old);
    });
    assignAll([
      { slot: this.keys.slot, value: joined[0] },
      { slot: this.values.slot, value: joined[1] },
      { slot: this.position.slot, value: past.add(time) },
    ]);
    const [allKeys, allValues] = joined.map((all) => fits.where(all, Number.NaN));
    return { keys: allKeys, values: allValues, seen };
  }

  #check(keys: Tensor): void {
    const [batch, , heads, features] = this.keys.shape;
    const [ownBatch, , ownHeads, ownFeatures] = keys.shape;
    const fits = batch === ownBatch && heads === ownHeads && features === ownFeatures;
    if (fits && keys.dtype === this.keys.dtype) return;
    throw new ChainruleError({
      code: fits ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
      op: "AttentionCache",
      problem: `keys ${keys.dtype}${showShape(keys.shape)} do not fit the cache ${this.keys.dtype}${showShape(this.keys.shape)}`,
      fix: "Make the cache with the layer's own cache(batch, length), for this batch size.",
      detail: { expected: this.keys.shape, received: keys.shape },
      path: describeRegion(currentRegion()),
    });
  }
}
