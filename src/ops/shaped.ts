// The types of methods whose results have shapes of their own. A rule of `core/shape-types.ts` gives each result; where it
// gives a mismatch, the argument is refused with the rule's text.

import type { Shape } from "../core/shape.ts";
import type {
  AnyShape,
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

type Reduction<Options> = <A extends Shape = AnyShape, const O extends Options = Options>(
  this: Tensor<A>,
  options?: O,
) => Tensor<Reduce<A, O>>;

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
  matmul<A extends Shape = AnyShape, B extends Shape = AnyShape>(
    this: Tensor<A>,
    b: Tensor<B> & Fits<MatMul<A, B>>,
  ): Tensor<Known<MatMul<A, B>>>;
  reshape<A extends Shape = AnyShape, const T extends Shape = AnyShape>(
    this: Tensor<A>,
    shape: T & Fits<Reshape<A, T>>,
  ): Tensor<Known<Reshape<A, T>>>;
  flatten<A extends Shape = AnyShape>(this: Tensor<A>): Tensor<Flatten<A, 0>>;
  flatten<A extends Shape = AnyShape, const N extends number = AnyShape>(
    this: Tensor<A>,
    start: N,
  ): Tensor<Flatten<A, N>>;
  flatten(start: number, end: number): Tensor;
  permute<A extends Shape = AnyShape, const Axes extends readonly number[] = AnyShape>(
    this: Tensor<A>,
    axes: Axes,
  ): Tensor<Permute<A, Axes>>;
  transpose<A extends Shape = AnyShape, const M extends number = -2, const N extends number = -1>(
    this: Tensor<A>,
    axis0?: M,
    axis1?: N,
  ): Tensor<Transpose<A, M, N>>;
  unsqueeze<A extends Shape = AnyShape, const N extends number = AnyShape>(
    this: Tensor<A>,
    axis: N,
  ): Tensor<Unsqueeze<A, N>>;
  broadcastTo<const T extends Shape>(shape: T): Tensor<T>;
}
