// The types of methods whose results have shapes of their own. A rule of `core/shape-types.ts` gives each result; where it
// gives a mismatch, the argument is refused with the rule's text.

import type { Shape } from "../core/shape.ts";
import type {
  Fits,
  Flatten,
  Known,
  MatMul,
  Permute,
  Reduce,
  Reshape,
  Transpose,
  Unsqueeze,
} from "../core/shape-types.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { VarianceOptions } from "./compose/statistics.ts";
import type { ReduceOptions } from "./reduce.ts";

/** The shape of a tensor's type; of a union of types, the union of theirs. */
export type ShapeIn<X> = X extends Tensor<infer S> ? S : never;

type Reduction<Options> = <X extends Tensor, const O extends Options = Options>(
  this: X,
  options?: O,
) => Tensor<Known<Reduce<ShapeIn<X>, O>>>;

/** Methods that know the shapes of their results. */
export interface ShapedMethods {
  readonly sum: Reduction<ReduceOptions>;
  readonly mean: Reduction<ReduceOptions>;
  readonly max: Reduction<ReduceOptions>;
  readonly min: Reduction<ReduceOptions>;
  readonly prod: Reduction<ReduceOptions>;
  readonly all: Reduction<ReduceOptions>;
  readonly any: Reduction<ReduceOptions>;
  readonly logSumExp: Reduction<ReduceOptions>;
  readonly variance: Reduction<VarianceOptions>;
  readonly std: Reduction<VarianceOptions>;
  readonly norm: Reduction<ReduceOptions & { readonly p?: number }>;
  readonly argMax: Reduction<{ readonly axis?: number; readonly keepDims?: boolean }>;
  readonly argMin: Reduction<{ readonly axis?: number; readonly keepDims?: boolean }>;
  matmul<X extends Tensor, Y extends Tensor>(
    this: X,
    b: Y & Fits<MatMul<ShapeIn<X>, ShapeIn<Y>>>,
  ): Tensor<Known<MatMul<ShapeIn<X>, ShapeIn<Y>>>>;
  reshape<X extends Tensor, const T extends Shape>(
    this: X,
    shape: T & Fits<Reshape<ShapeIn<X>, T>>,
  ): Tensor<Known<Reshape<ShapeIn<X>, T>>>;
  flatten<X extends Tensor>(this: X): Tensor<Known<Flatten<ShapeIn<X>, 0>>>;
  flatten<X extends Tensor, const N extends number>(
    this: X,
    start: N,
  ): Tensor<Known<Flatten<ShapeIn<X>, N>>>;
  flatten(start: number, end: number): Tensor;
  permute<X extends Tensor, const Axes extends readonly number[]>(
    this: X,
    axes: Axes,
  ): Tensor<Known<Permute<ShapeIn<X>, Axes>>>;
  transpose<X extends Tensor, const M extends number = -2, const N extends number = -1>(
    this: X,
    axis0?: M,
    axis1?: N,
  ): Tensor<Known<Transpose<ShapeIn<X>, M, N>>>;
  unsqueeze<X extends Tensor, const N extends number>(
    this: X,
    axis: N,
  ): Tensor<Known<Unsqueeze<ShapeIn<X>, N>>>;
  broadcastTo<const T extends Shape>(shape: T): Tensor<Known<T>>;
}
