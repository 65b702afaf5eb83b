// Programs: several ops in order, values used several times.

import { Tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Compute, type Outputs, type Tensors, Unsupported } from "../entry.ts";

/** The entry `program`, made of the entries for single ops. */
export function combo(functions: Readonly<Record<string, Compute>>): Record<string, Compute> {
  return { program: (x, a) => runProgram(functions, x, a) };
}

function runProgram(
  functions: Readonly<Record<string, Compute>>,
  given: Tensors,
  attributes: Attributes,
): Tensors {
  const values: Record<string, Tensor> = { ...given };
  for (const step of attributes.records("steps")) {
    const op = step.text("op");
    const compute = functions[op];
    if (compute === undefined) throw new Unsupported(`program with ${op}`);
    const operands = step
      .record("in")
      .names()
      .map(([name, value]) => [name, values[value]]);
    const result = compute(Object.fromEntries(operands), step.record("attrs"));
    for (const [name, value] of step.record("out").names()) values[value] = outputOf(result, name);
  }
  return Object.fromEntries(attributes.texts("outputs").map((name) => [name, values[name]]));
}

function outputOf(result: Outputs, name: string): Tensor {
  if (result instanceof Tensor) return result;
  return Array.isArray(result) ? result[Number(name.slice(3))] : (result as Tensors)[name];
}
