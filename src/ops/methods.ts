// Methods: every function of `all.ts` is also a method of Tensor, with its first argument as the receiver. Their types
// follow from the functions' own: what keeps the shape of its first argument, what broadcasts two, and the rest; the few
// whose result has a shape of its own are in `shaped.ts`.

import { explained } from "../core/explain.ts";
import type { Shape } from "../core/shape.ts";
import type { AnyShape, Broadcast, Fits, IsAny, Known } from "../core/shape-types.ts";
import { Tensor } from "../ir/tensor.ts";
import * as functions from "./all.ts";
import type { Operand } from "./operand.ts";
import type { ShapedMethods, ShapeIn } from "./shaped.ts";

type Functions = typeof functions;

/** `[...] → [...]`, with further arguments `Rest`. */
type Keeping<S extends Shape, Rest extends unknown[]> = (...rest: Rest) => Tensor<S>;
/** `[a], [b] → [a ∨ b]`. */
type Broadcasting = <X extends Tensor, B extends Shape = []>(
  this: X,
  b: number | (Tensor<B> & Fits<Broadcast<ShapeIn<X>, B>>),
) => Tensor<Known<Broadcast<ShapeIn<X>, B>>>;

type Method<S extends Shape, F extends AnyFunction> =
  ReturnsAny<F> extends false
    ? F extends <T extends Shape>(x: Tensor<T>, ...rest: infer Rest) => Tensor<T>
      ? Keeping<S, Rest>
      : Plain<F>
    : [[Tensor, Operand], Parameters<F>["length"], ReturnType<F>] extends [Parameters<F>, 2, Tensor]
      ? Broadcasting
      : Plain<F>;
type AnyFunction = (x: Tensor, ...rest: never[]) => unknown;
type Plain<F> = F extends (x: Tensor, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;
/** Whether a function returns a tensor of unknown shape, or none. */
type ReturnsAny<F extends AnyFunction> = ReturnType<F> extends Tensor<infer S> ? IsAny<S> : true;

/** The methods that ops add to Tensor. */
export type TensorMethods<S extends Shape> = {
  readonly [K in Exclude<keyof Functions, keyof ShapedMethods>]: Method<S, Functions[K]>;
} & ShapedMethods;

declare module "../ir/tensor.ts" {
  interface Tensor<S extends Shape = AnyShape> extends TensorMethods<S> {}
}

for (const [name, compute] of Object.entries(functions)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]): unknown {
      try {
        return (compute as (x: Tensor, ...rest: unknown[]) => unknown)(this, ...rest);
      } catch (error) {
        throw explained(name, rest, error);
      }
    },
    configurable: true,
    writable: true,
  });
}
