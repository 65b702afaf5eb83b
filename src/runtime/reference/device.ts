// The reference device: evaluates a graph node by node in plain TypeScript. The oracle for other targets, and slow.

import type { HostArray } from "../../core/dtype.ts";
import { type Graph, inOrder, rootsOf } from "../../ir/graph.ts";
import { onHost } from "../../ir/state.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Binding, Device, Program } from "../device.ts";
import { evaluate } from "./evaluate.ts";

/** Makes the device that other targets are compared with. */
export function referenceDevice(): Device {
  return {
    name: "reference",
    threads: 1,
    prepare,
    memory: () => ({ slotBytes: 0, scratchBytes: 0, totalBytes: 0 }),
  };
}

function prepare(graph: Graph): Program {
  const opaque = new Set(graph.arguments);
  const order = inOrder(rootsOf(graph), (t) => opaque.has(t)).filter((t) => !opaque.has(t));
  return {
    run,
    bind: (bindings) => ({
      run(times = 1, between) {
        for (let k = 1; k < times; k++) {
          run(bindings);
          between?.();
        }
        return run(bindings);
      },
    }),
  };

  function run(bindings: readonly Binding[]): HostArray[] {
    const values = new Map<Tensor, HostArray>();
    for (const [k, leaf] of graph.arguments.entries()) values.set(leaf, boundValue(bindings[k]));
    for (const tensor of order) values.set(tensor, evaluateNode(tensor, values));
    const outputs = graph.outputs.map((tensor) => values.get(tensor)!.slice());
    for (const { argument, value } of graph.writes) {
      const binding = bindings[argument];
      if (binding.kind === "slot") binding.slot.residence = onHost(values.get(value)!.slice());
    }
    return outputs;
  }
}

function boundValue(binding: Binding): HostArray {
  return binding.kind === "slot" ? binding.slot.peek() : binding.value;
}

function evaluateNode(tensor: Tensor, values: ReadonlyMap<Tensor, HostArray>): HostArray {
  const inputs = tensor.inputs.map((x) => ({
    shape: x.shape,
    dtype: x.dtype,
    data: values.get(x)!,
  }));
  return evaluate(tensor, inputs);
}
