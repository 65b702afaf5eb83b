// Methods: every function of `all.ts` is also a method of Tensor, with its first argument as the receiver.

import { Tensor } from "../ir/tensor.ts";
import * as functions from "./all.ts";

type Functions = typeof functions;
type Method<F> = F extends (x: Tensor, ...rest: infer R) => infer T ? (...rest: R) => T : never;
/** The methods that ops add to Tensor. */
export type TensorMethods = { readonly [K in keyof Functions]: Method<Functions[K]> };

declare module "../ir/tensor.ts" {
  interface Tensor extends TensorMethods {}
}

for (const [name, compute] of Object.entries(functions)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]): unknown {
      return (compute as (x: Tensor, ...rest: unknown[]) => unknown)(this, ...rest);
    },
    configurable: true,
    writable: true,
  });
}
