// Computes tensors on a device without the eager engine, so that op tests need nothing but the graph and a device.

import type { HostArray } from "../../src/core/dtype.ts";
import { installEngine } from "../../src/ir/engine.ts";
import { inOrder } from "../../src/ir/graph.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import "../../src/ops/methods.ts";
import type { Device } from "../../src/runtime/device.ts";
import { referenceDevice } from "../../src/runtime/reference/device.ts";

const refuse = (): never => {
  throw new Error("op tests compute through a device, not through the engine");
};
installEngine({ read: refuse, readSync: refuse, assign: refuse, recorded: () => undefined });

export const reference: Device = referenceDevice();

/** Values of tensors whose leaves are constants. */
export function computeAll(outputs: readonly Tensor[], device: Device = reference): HostArray[] {
  const leaves = inOrder(outputs).filter((t) => t.definition.body.kind === "leaf");
  const program = device.prepare({ arguments: leaves, outputs, writes: [] });
  return program.run(leaves.map((leaf) => ({ kind: "value", value: leaf.value! })));
}

/** The value of one tensor. */
export function compute(output: Tensor, device: Device = reference): HostArray {
  return computeAll([output], device)[0];
}

/** The value of one tensor as plain numbers. */
export function numbers(output: Tensor, device: Device = reference): number[] {
  return Array.from(compute(output, device));
}
