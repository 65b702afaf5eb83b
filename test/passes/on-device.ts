// Runs a graph on the WebAssembly device and on the reference device, and compares all they give and write.

import { type DType, type HostArray, hostArray } from "../../src/core/dtype.ts";
import { RandomStream } from "../../src/core/random.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Graph } from "../../src/ir/graph.ts";
import { printGraph } from "../../src/ir/print.ts";
import { Slot } from "../../src/ir/state.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import type { Binding } from "../../src/runtime/device.ts";
import { deviceNamed } from "../../src/runtime/target.ts";

interface Results {
  readonly outputs: readonly HostArray[];
  /** What the arguments hold after the run. */
  readonly state: readonly HostArray[];
}

/** Runs a graph twice with its arguments as state, so that what one run writes the next one reads. */
export function runOn(name: string, graph: Graph, args: readonly HostArray[]): Results {
  const slots = graph.arguments.map((t, k) => new Slot(t.shape, t.dtype, args[k].slice()));
  const bindings = slots.map((slot): Binding => ({ kind: "slot", slot }));
  const program = deviceNamed(name).prepare(graph);
  const outputs = [...program.run(bindings), ...program.run(bindings)];
  return { outputs, state: slots.map((slot) => slot.fetch()) };
}

/** Checks that both devices agree, to a tolerance relative to 1 + the largest of a tensor's elements. */
export function compareDevices(graph: Graph, args: readonly HostArray[], tolerance: number): void {
  const wanted = runOn("reference", graph, args);
  const got = runOn("wasm", graph, args);
  got.outputs.forEach((x, k) => {
    compare(x, wanted.outputs[k], tolerance, `output ${k}`, graph);
  });
  got.state.forEach((x, k) => {
    const written = graph.writes.some((write) => write.argument === k);
    compare(x, wanted.state[k], written ? tolerance : 0, `argument ${k}`, graph);
  });
}

function compare(
  got: HostArray,
  wanted: HostArray,
  tolerance: number,
  what: string,
  graph: Graph,
): void {
  if (got.length !== wanted.length) throw new Error(`${what}: ${got.length} elements`);
  let scale = 1;
  for (const y of wanted)
    if (Math.abs(y) < Number.POSITIVE_INFINITY) scale = Math.max(scale, Math.abs(y));
  for (let i = 0; i < got.length; i++) {
    const [x, y] = [got[i], wanted[i]];
    if (x === y || Math.abs(x - y) <= tolerance * scale || (Number.isNaN(x) && Number.isNaN(y)))
      continue;
    throw new Error(`${what}, element ${i}: ${x}, not ${y}\n${printGraph(graph).slice(0, 3000)}`);
  }
}

/** What a program of a test takes: shapes of float32 arguments, or shape and type. */
export type Given =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly dtype: DType; readonly below?: number };

/** What a program gives: outputs, and new values of arguments by number. */
export interface Gives {
  readonly outputs?: readonly Tensor[];
  readonly writes?: Readonly<Record<number, Tensor>>;
}

/** Records a program on arguments of random values and compares the devices on it. */
export function checkProgram(
  given: readonly Given[],
  program: (...args: Tensor[]) => Gives | Tensor | readonly Tensor[],
  tolerance = 1e-5,
): void {
  const types = given.map((g) => ("shape" in g ? g : { shape: g, dtype: "float32" as const }));
  const leaves = types.map((type) => argumentLeaf(type));
  const result = program(...leaves);
  const { outputs = [], writes = {} } =
    "dtype" in result
      ? { outputs: [result] }
      : Array.isArray(result)
        ? { outputs: result }
        : (result as Gives);
  const graph = {
    arguments: leaves,
    outputs,
    writes: Object.entries(writes).map(([k, value]) => ({ argument: Number(k), value })),
  };
  const stream = new RandomStream(11);
  const values = types.map((type, k) => randomValues(stream, leaves[k].size, type));
  compareDevices(graph, values, tolerance);
}

function randomValues(
  stream: RandomStream,
  size: number,
  { dtype, below = 3 }: { readonly dtype: DType; readonly below?: number },
): HostArray {
  const values = hostArray(dtype, size);
  const uniform = stream.uniform(size);
  for (let k = 0; k < size; k++) {
    values[k] = dtype === "int32" ? Math.floor(uniform[k] * below) : uniform[k] * 2 - 1;
    if (dtype === "bool") values[k] = uniform[k] < 0.5 ? 1 : 0;
  }
  return values;
}
