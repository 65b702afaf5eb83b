// What an entry of the table is: how one op of the golden cases is said with the library. Most are functions from
// tensors to tensors, which the runner compiles and differentiates; layers are built and given their parameters; the rest
// are programs of their own.

import type { HostTensor } from "../../src/core/host.ts";
import { compile, gradients, nn, Tensor, tensor } from "../../src/index.ts";
import type { Attributes } from "./attributes.ts";
import type { Described, GoldenCase, Role } from "./folder.ts";

export type Float = "float32" | "float64";

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** One tensor for the only output, a list for `out0`, `out1`, …, or outputs by name. */
export type Outputs = Tensor | readonly Tensor[] | Tensors;

/** An op as a function of inputs and parameters. */
export type Compute = (x: Tensors, attributes: Attributes) => Outputs;

/** An op as a layer: what makes it, and how it is called (default: `forward` of the input `x`). */
export interface LayerEntry {
  readonly build: (golden: GoldenCase, dtype: Float) => nn.Layer;
  /** The path in the layer of a parameter by its name in the case; default: the name. */
  readonly path?: (name: string) => string;
  /** State that inputs of the case set: path → input. */
  readonly state?: Readonly<Record<string, string>>;
  readonly forward?: (layer: nn.Layer, x: Tensors, attributes: Attributes) => Outputs;
}

/** Results by name. */
export interface Results {
  readonly outputs: ReadonlyMap<string, HostTensor>;
  readonly grads: ReadonlyMap<string, HostTensor>;
}

/** Computes a case in floats of the given type. */
export type Entry = (golden: GoldenCase, dtype: Float) => Promise<Results>;

/** Says that the library has no counterpart; the case is skipped under this name. */
export class Unsupported extends Error {}

/** Runs a function of tensors on stored ones. */
type Runner = <T>(f: (x: Tensors, seeds: Tensors) => T) => (x: Feeds, seeds: Feeds) => T;
type Feeds = Readonly<Record<string, HostTensor>>;

/** An entry for a function of tensors. */
export function fromFunction(compute: Compute): Entry {
  return entryOf(compute, compile as Runner);
}

/** An entry for a function whose shapes depend on values, so that it cannot be compiled. */
export function fromUncompiled(compute: Compute): Entry {
  return entryOf(compute, (f) => (x, seeds) => f(tensors(x), tensors(seeds)));
}

function tensors(stored: Feeds): Tensors {
  const entries = Object.entries(stored).map(([name, { data, shape, dtype }]) => [
    name,
    tensor(data, { shape, dtype }),
  ]);
  return Object.fromEntries(entries);
}

function entryOf(compute: Compute, runner: Runner): Entry {
  return async (golden, dtype) => {
    const inputs = feeds(golden, dtype, ["input", "param"]);
    const cotangents = feeds(golden, dtype, ["cotangent"]);
    const run = runner((x: Tensors, seeds: Tensors) => {
      const outputs = byName(golden, compute(x, golden.attributes));
      const wanted = golden.grads.map(({ name }) => x[name]);
      return { outputs, grads: differentiate(golden, outputs, seeds, wanted) };
    });
    return read(run(inputs, cotangents));
  };
}

/** An entry for a layer: its parameters are the case's, by path. */
export function fromLayer({ build, forward, state = {}, path = same }: LayerEntry): Entry {
  return async (golden, dtype) => {
    const layer = build(golden, dtype);
    const given = feeds(golden, dtype, ["input", "param"]);
    const wanted = Object.entries(state).map(([path, input]) => [path, given[input]] as const);
    loadAll(layer, { ...feeds(golden, dtype, ["param"]), ...Object.fromEntries(wanted) }, path);
    const parameters = nn.parameters(layer);
    const run = compile((x: Tensors, seeds: Tensors) => {
      const result = forward?.(layer, x, golden.attributes) ?? layer.forward(x.x);
      const outputs = byName(golden, result);
      const wanted = golden.grads.map(({ name }) => x[name] ?? parameters.get(path(name))!);
      return { outputs, grads: differentiate(golden, outputs, seeds, wanted) };
    });
    const cotangents = feeds(golden, dtype, ["cotangent"]);
    return read(run(feeds(golden, dtype, ["input"]), cotangents));
  };
}

const same = (name: string): string => name;

/** Something with parameters whose `forward` takes other arguments than a layer's; its entry calls it. */
export function asLayer(model: object): nn.Layer {
  return model as nn.Layer;
}

/** What `asLayer` was given. */
export function ownForm<Model extends object>(layer: nn.Layer): Model {
  return layer as object as Model;
}

/** Gives a model all the tensors; a parameter without one, or a tensor without a place, is an error. */
export function loadAll(
  model: object,
  tensors: Readonly<Record<string, HostTensor>>,
  path: (name: string) => string = same,
): void {
  const byPath = Object.entries(tensors).map(([name, value]) => [path(name), value] as const);
  const { missing, unexpected } = nn.loadState(model, new Map(byPath), { strict: false });
  const parameters = nn.parameters(model);
  const unset = missing.filter((path) => parameters.has(path));
  if (unset.length + unexpected.length === 0) return;
  throw new Error(`the case lacks [${unset}], and the layer lacks [${unexpected}]`);
}

/** The stored tensors of some roles by name, floats in the given type. */
export function feeds(
  golden: GoldenCase,
  dtype: Float,
  roles: readonly Role[],
): Record<string, HostTensor> {
  const lists: Record<Role, readonly Described[]> = {
    input: golden.inputs,
    param: golden.params,
    output: golden.outputs,
    cotangent: golden.cotangents,
    grad: golden.grads,
  };
  const pairs = roles.flatMap((role) =>
    lists[role].map((entry) => [entry.name, inFloat(golden.stored(role, entry), dtype)] as const),
  );
  return Object.fromEntries(pairs);
}

/** Reads tensors by name. */
export async function readAll(tensors: Tensors): Promise<Map<string, HostTensor>> {
  const result = new Map<string, HostTensor>();
  for (const [name, { dtype, shape, node }] of Object.entries(tensors)) {
    result.set(name, { dtype, shape, data: await node.data() });
  }
  return result;
}

async function read(results: { outputs: Tensors; grads: Tensors }): Promise<Results> {
  return { outputs: await readAll(results.outputs), grads: await readAll(results.grads) };
}

/** Gradients of s = Σ output · cotangent. */
function differentiate(
  golden: GoldenCase,
  outputs: Tensors,
  cotangents: Tensors,
  wanted: readonly Tensor[],
): Tensors {
  if (wanted.length === 0) return {};
  const terms = golden.cotangents.map(({ name }) => outputs[name].mul(cotangents[name]).sum());
  const s = terms.reduce((a, b) => a.add(b));
  const found = gradients(s, wanted);
  return Object.fromEntries(golden.grads.map(({ name }, k) => [name, found[k]]));
}

function byName({ outputs }: GoldenCase, result: Outputs): Tensors {
  if (result instanceof Tensor) return { [outputs[0].name]: result };
  if (!Array.isArray(result)) return result as Tensors;
  return Object.fromEntries(result.map((tensor, k) => [`out${k}`, tensor]));
}

function inFloat(tensor: HostTensor, dtype: Float): HostTensor {
  if (tensor.dtype === "int32" || tensor.dtype === "bool" || tensor.dtype === dtype) return tensor;
  const data =
    dtype === "float32" ? Float32Array.from(tensor.data) : Float64Array.from(tensor.data);
  return { dtype, shape: tensor.shape, data };
}
