// Random small graphs: views, reductions, products, gathers and scalar functions in any combination, with shared
// subexpressions, several outputs and writes to arguments.

import { barrierOp } from "../../src/autodiff/checkpoint.ts";
import type { DType, HostArray } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Graph } from "../../src/ir/graph.ts";
import { record } from "../../src/ir/op.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import { concatenate } from "../../src/ops/concatenate.ts";
import { contract } from "../../src/ops/contract.ts";
import { gather, scatterAdd } from "../../src/ops/gather.ts";
import { iota } from "../../src/ops/leaf.ts";
import { literal } from "../../src/ops/operand.ts";

/** A graph and values for its arguments. */
export interface RandomProgram {
  readonly graph: Graph;
  readonly args: readonly HostArray[];
}

/** The program of a seed. */
export function randomProgram(seed: number, length = 14): RandomProgram {
  const make = new Maker(new RandomStream(seed));
  return make.program(length);
}

class Maker {
  readonly #stream: RandomStream;
  readonly #floats: Tensor[] = [];
  readonly #arguments: Tensor[] = [];
  readonly #values: HostArray[] = [];

  constructor(stream: RandomStream) {
    this.#stream = stream;
  }

  program(length: number): RandomProgram {
    const shapes = Array.from({ length: this.below(3) + 2 }, () => this.#shape());
    for (const shape of shapes) this.#argument(shape, "float32");
    for (let k = 0; k < length; k++) this.#floats.push(this.#step(this.#pick()));
    const outputs = Array.from({ length: this.below(3) + 1 }, () => this.#late());
    const writes = this.#writes();
    return { graph: { arguments: this.#arguments, outputs, writes }, args: this.#values };
  }

  below(n: number): number {
    return Math.floor(this.#stream.uniform(1)[0] * n);
  }

  #shape(): number[] {
    const lengths = [1, 2, 3, 4, 5, 2, 3, 9];
    return Array.from({ length: this.below(4) }, () => lengths[this.below(lengths.length)]);
  }

  #argument(shape: readonly number[], dtype: DType): Tensor {
    const leaf = argumentLeaf({ shape, dtype });
    const uniform = this.#stream.uniform(leaf.size);
    this.#values.push(
      dtype === "int32"
        ? Int32Array.from(uniform, (u) => Math.floor(u * 6) - 1)
        : Float32Array.from(uniform, (u) => u * 2 - 1),
    );
    this.#arguments.push(leaf);
    if (dtype === "float32") this.#floats.push(leaf);
    return leaf;
  }

  #pick(): Tensor {
    return this.#floats[this.below(this.#floats.length)];
  }

  #late(): Tensor {
    const back = this.below(Math.min(4, this.#floats.length));
    return this.#floats[this.#floats.length - 1 - back];
  }

  /** Writes a value of the right shape to some arguments, made from any tensor. */
  #writes(): { argument: number; value: Tensor }[] {
    return this.#arguments.flatMap((leaf, argument) => {
      if (leaf.dtype !== "float32" || this.below(2) === 0) return [];
      const like = this.#floats.filter((t) => t.shape.join() === leaf.shape.join());
      const other = like[this.below(like.length)];
      const value = this.below(3) === 0 ? other : other.mul(0.5).add(this.#pick().sum().tanh());
      return [{ argument, value: value.shape.join() === leaf.shape.join() ? value : other }];
    });
  }

  #step(x: Tensor): Tensor {
    const choices = [
      () => x.tanh(),
      () => x.neg().add(0.25),
      () => x.mul(this.#partner(x)),
      () => x.add(this.#partner(x)),
      () => x.greater(this.#partner(x)).where(x, this.#partner(x)),
      () => x.maximum(0).sigmoid(),
      () => x.reshape(this.#reshaped(x)),
      () => x.permute(this.#order(x.rank)),
      () => this.#slice(x),
      () =>
        x.pad(
          x.shape
            .map(() => [this.below(3) - 1, this.below(2)] as const)
            .map(([a, b], k) => [x.shape[k] > 1 ? a : 0, b] as const),
          { value: this.below(2) },
        ),
      () => (x.rank > 0 ? x.flip(this.below(x.rank)) : x),
      () => this.#reduce(x),
      () => this.#reduce(x),
      () => this.#contract(x),
      () => this.#contract(x),
      () => this.#gather(x),
      () => this.#scatter(x),
      () => this.#concatenate(x),
      () => (x.rank > 0 ? x.sort({ axis: this.below(x.rank) }).values : x),
      () =>
        x.rank > 0
          ? x.mul(iota(x.shape, this.below(x.rank)).cast("float32").mul(0.1))
          : x.cast("int32").cast("float32"),
      () => x.sub(literal(0.5)).div(2),
      () => x.tanh().mul(record(barrierOp, [x, this.#pick(), this.#pick()]).tanh()),
      () => (x.size < 60 ? x.broadcastTo([this.below(3) + 1, ...x.shape]) : x.abs()),
    ];
    const y = choices[this.below(choices.length)]();
    const bounded = y.size > 400 ? y.reshape([-1]).slice([{ end: 100 }]) : y;
    return y.size === 0 ? x : bounded.rank > 4 ? bounded.reshape([-1]) : bounded;
  }

  /** A tensor that broadcasts to the shape of `x`. */
  #partner(x: Tensor): Tensor {
    const y = this.#pick();
    if (y.shape.join() === x.shape.join()) return y;
    const kept = x.shape.map((n) => (this.below(2) === 0 ? 1 : n));
    const size = kept.reduce((a, b) => a * b, 1);
    if (y.size >= size)
      return y
        .reshape([-1])
        .slice([{ end: size }])
        .reshape(kept);
    return y.sum();
  }

  #reshaped(x: Tensor): number[] {
    const n = x.size;
    const divisor = [2, 3, 4, 5, 6].find((d) => n % d === 0 && this.below(2) === 0);
    if (divisor === undefined) return this.below(2) === 0 ? [n] : [1, ...x.shape, 1];
    return [divisor, n / divisor];
  }

  #order(rank: number): number[] {
    return [...this.#stream.permutation(rank)];
  }

  #slice(x: Tensor): Tensor {
    return x.slice(
      x.shape.map((n) => {
        const start = this.below(n);
        return this.below(3) === 0 ? null : { start, end: n, step: this.below(2) + 1 };
      }),
    );
  }

  #reduce(x: Tensor): Tensor {
    if (x.rank === 0) return x;
    const axis = x.shape.flatMap((_, k) => (this.below(2) === 0 ? [k] : []));
    const options = { axis: axis.length > 0 ? axis : [0], keepDims: this.below(2) === 0 };
    return this.below(3) === 0 ? x.max(options) : x.mean(options);
  }

  /** A product with a matching part of some other tensor, over some axes of `x`. */
  #contract(x: Tensor): Tensor {
    if (x.rank === 0) return x;
    const y = this.#pick();
    const axis = this.below(x.rank);
    const batch = x.rank > 1 && this.below(2) === 0 ? (axis + 1) % x.rank : undefined;
    const lengths = [
      x.shape[axis],
      ...(batch === undefined ? [] : [x.shape[batch]]),
      this.below(20) + 1,
    ];
    const size = lengths.reduce((a, b) => a * b, 1);
    const flat =
      y.size >= size
        ? y
            .reshape([-1])
            .slice([{ end: size }])
            .reshape(lengths)
        : y.sum().broadcastTo(lengths);
    const order = this.#order(lengths.length);
    const b = flat.permute(order);
    return contract(x, b, {
      contract: [[axis, order.indexOf(0)]],
      batch: batch === undefined ? [] : [[batch, order.indexOf(1)]],
    });
  }

  #index(shape: readonly number[]): Tensor {
    return this.#argument(shape, "int32");
  }

  #gather(x: Tensor): Tensor {
    if (x.rank === 0) return x;
    const axis = this.below(x.rank);
    const shape = x.shape.map((n, k) => (k === axis ? 3 : n));
    const index = this.#index(shape)
      .maximum(0)
      .minimum(x.shape[axis] - 1);
    return gather(x, index, axis);
  }

  #scatter(x: Tensor): Tensor {
    if (x.rank === 0) return x;
    return scatterAdd(x, this.#index(x.shape), this.below(x.rank), this.below(4) + 1);
  }

  #concatenate(x: Tensor): Tensor {
    if (x.rank === 0) return x;
    const axis = this.below(x.rank);
    return concatenate(
      [x, x.mul(2), x.slice(x.shape.map((_, k) => (k === axis ? { end: 1 } : null)))],
      axis,
    );
  }
}
