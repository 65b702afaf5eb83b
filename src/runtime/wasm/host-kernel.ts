// Ops whose body is a TypeScript function: a plan calls it, on the caller's thread, with the addresses of its operands.

import type { NamedHostCall } from "../../compiler/4-emit/wasm/plan.ts";
import { unreachable } from "../../core/errors.ts";
import { sizeOf } from "../../core/shape.ts";
import { opNamed } from "../../ir/op.ts";
import type { WasmHeap } from "./memory.ts";
import { viewAt } from "./storage.ts";

/** The function that a plan imports for a call: takes the address of the output, then those of the inputs. */
export function hostKernel(
  heap: WasmHeap,
  { name, types, attributes }: NamedHostCall,
): (...addresses: number[]) => void {
  const { body } = opNamed(name);
  if (body.kind !== "host") unreachable(`${name} has no function of its own`);
  return (...addresses) => {
    const [out, ...inputs] = types.map(({ shape, dtype }, k) => {
      return { shape, dtype, data: viewAt(heap, addresses[k] >>> 0, sizeOf(shape), dtype) };
    });
    body.run(out, inputs, attributes);
  };
}
