// The rows of a summary: each call with what it adds itself, and layers that no call has reached, so that all parameters
// stand where they belong.

import { inOrder } from "../ir/graph.ts";
import { Parameter, type StateTensor } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Call, isLayer, type Memory } from "./calls.ts";
import { flopsOfNodes } from "./flops.ts";
import type { SummaryRow } from "./summary.ts";
import type { Walk } from "./walk.ts";

/** Rows in the order of the calls; a layer that was not called follows the calls inside the layer that holds it. */
export function rowsOf(calls: readonly Call[], found: Walk, memory: Memory): readonly SummaryRow[] {
  const nodes = inOrder(calls[0].outputs);
  const flops = share(calls, flopsOfNodes(nodes));
  const idle = idleLayers(calls, found);
  const places = new Set([...calls.map(({ path }) => path), ...idle.keys()]);
  const first = new Set<string>();
  const rows = calls.map((call): SummaryRow => {
    const again = first.has(call.path);
    first.add(call.path);
    return {
      path: call.path,
      depth: call.depth,
      layer: labelOf(call, nodes),
      inputs: call.inputs.map((t) => t.shape),
      outputs: call.outputs.map((t) => t.shape),
      ...trainedIn(again ? [] : ownedBy(call.path, found.state, places)),
      flops: flops.get(call) ?? 0,
      activationBytes: memory.bytes.get(call) ?? 0,
    };
  });
  for (const [path, owner] of idle) {
    const around = rows.findIndex((row) => row.path === ownerOf(path, first));
    const { depth } = rows[around];
    const end = rows.findIndex((row, k) => k > around && row.depth <= depth);
    rows.splice(end < 0 ? rows.length : end, 0, {
      path,
      depth: depth + 1,
      layer: `${nameOf(owner, path)} (not called)`,
      inputs: [],
      outputs: [],
      ...trainedIn(ownedBy(path, found.state, places)),
      flops: 0,
      activationBytes: 0,
    });
  }
  return rows;
}

/** The outermost layers with state of which no part was called. */
function idleLayers(calls: readonly Call[], { owners, state }: Walk): Map<string, object> {
  const called = calls.map(({ path }) => path);
  const idle = new Map<string, object>();
  for (const [path, owner] of owners) {
    const inside = (other: string): boolean => other.startsWith(`${path}.`);
    const isReached = called.some((other) => other === path || inside(other));
    const isInner = [...idle.keys()].some((outer) => path.startsWith(`${outer}.`));
    if (path === "" || isReached || isInner || !isLayer(owner)) continue;
    if ([...state.keys()].some(inside)) idle.set(path, owner);
  }
  return idle;
}

/** The state whose innermost place, of a call or of a layer that was not called, is a path. */
function ownedBy(
  path: string,
  state: ReadonlyMap<string, StateTensor>,
  places: ReadonlySet<string>,
): StateTensor[] {
  return [...state].filter(([name]) => ownerOf(name, places) === path).map(([, tensor]) => tensor);
}

function trainedIn(own: readonly StateTensor[]): { parameters: number; trainable: number } {
  const trained = own.filter((tensor) => tensor instanceof Parameter);
  return {
    parameters: count(trained),
    trainable: count(trained.filter((parameter) => parameter.trainable)),
  };
}

/** Adds what each node costs to the innermost call that recorded it. */
function share(calls: readonly Call[], costs: ReadonlyMap<Tensor, number>): Map<Call, number> {
  const sums = new Map<Call, number>();
  for (const [{ id }, cost] of costs) {
    const call = calls.findLast(({ first, end }) => first <= id && id < end);
    if (call !== undefined) sums.set(call, (sums.get(call) ?? 0) + cost);
  }
  return sums;
}

/** The longest of some paths above one. */
function ownerOf(path: string, paths: ReadonlySet<string>): string {
  let above = path;
  do {
    above = above.slice(0, Math.max(0, above.lastIndexOf(".")));
  } while (!paths.has(above));
  return above;
}

/** The label that the layer's region has, or a name. */
function labelOf({ owner, path, label }: Call, nodes: readonly Tensor[]): string {
  const labelled = nodes.find(({ region }) => region?.owner === owner);
  return labelled?.region?.label ?? label ?? nameOf(owner, path);
}

/** The name of a layer's class; of an object literal the name of the field that holds it, and of the outermost `model`. */
function nameOf(owner: object, path: string): string {
  const { name } = owner.constructor;
  if (name !== "Object") return name;
  if (path === "") return "model";
  const field = path.slice(path.lastIndexOf(".") + 1);
  return /^\d+$/.test(field) ? "{ forward }" : field;
}

export function count(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}
