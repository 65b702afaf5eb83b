// Loops over graphs, lowered: the body is compiled like any graph, with writes to its carries and to its parts of what is
// stacked, so that values are computed in place where they can be. Its plan becomes one step.

import { argumentLeaf } from "../../ir/argument.ts";
import type { Graph } from "../../ir/graph.ts";
import { loopKey, loopOf } from "../../ir/scan.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Plan } from "../plan.ts";
import type { RepeatOperand, Step, Storage } from "./kernel.ts";
import { lowerCopy, type StorageOf } from "./lower.ts";

/** How loops make storages and compile their bodies. */
export interface Making {
  readonly storageOf: StorageOf;
  readonly newStorage: (like: Pick<Storage, "dtype" | "elements">) => Storage;
  readonly compileBody: (body: Graph) => Plan;
}

/** Lowers the loops of a graph, each once, for all of its results. */
export class Scans {
  readonly #making: Making;
  readonly #results = new Map<string, readonly Storage[]>();

  constructor(making: Making) {
    this.#making = making;
  }

  /** The storage of a result, and the steps that fill it, if they are not among the steps yet. */
  lower(t: Tensor): { readonly storage: Storage; readonly steps: readonly Step[] } {
    const key = loopKey(t);
    const known = this.#results.get(key);
    const output = t.attributes.output as number;
    if (known !== undefined) return { storage: known[output], steps: [] };
    const { results, steps } = lowerLoop(t, this.#making);
    this.#results.set(key, results);
    return { storage: results[output], steps };
  }
}

function lowerLoop(
  { inputs, attributes }: Tensor,
  { storageOf, newStorage, compileBody }: Making,
): { results: Storage[]; steps: Step[] } {
  const { body, length, reverse, constants, carries } = loopOf(attributes);
  const given = inputs.map((x) => storageOf(x)!);
  const stacked = body.outputs.slice(carries);
  const carried = given.slice(constants, constants + carries).map(newStorage);
  const stacks = stacked.map((t) => newStorage({ dtype: t.dtype, elements: length * t.size }));
  const begin = carried.map((into, k) => lowerCopy(given[constants + k], into));
  if (length === 0) return { results: [...carried, ...stacks], steps: begin };
  const plan = compileBody(withWrites(body, constants, carries));
  const scratch = newStorage({ dtype: "int32", elements: Math.ceil(plan.scratchBytes / 4) });
  const operands: RepeatOperand[] = body.arguments.map((t, k) => {
    if (k < constants) return { storage: given[k], stride: 0, access: "read" };
    const carry = k - constants;
    if (carry < carries) return { storage: carried[carry], stride: 0, access: "update" };
    return { storage: given[k], stride: t.size, access: "read" };
  });
  for (const [k, storage] of stacks.entries())
    operands.push({ storage, stride: stacked[k].size, access: "write" });
  const loop: Step = { kind: "repeat", count: length, reverse, body: plan, operands, scratch };
  return { results: [...carried, ...stacks], steps: [...begin, loop] };
}

/** The body as a graph that writes its results: carries into carries, parts of stacks into further arguments. */
function withWrites(body: Graph, constants: number, carries: number): Graph {
  const parts = body.outputs.slice(carries).map(argumentLeaf);
  const first = body.arguments.length;
  const places = body.outputs.map((_, k) => (k < carries ? constants + k : first + k - carries));
  const writes = body.outputs.map((value, k) => ({ argument: places[k], value }));
  return { arguments: [...body.arguments, ...parts], outputs: [], writes };
}
