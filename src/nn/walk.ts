// Finding the state of a model: own enumerable data properties in declaration order, arrays, maps and records, safe with
// cycles. The path to a parameter, `layers.0.weight`, is its name in checkpoints; tied weights are listed as aliases.

import { setPath } from "../ir/region.ts";
import { Parameter, State, StateTensor } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";

/** What a walk over a model found. */
export interface Walk {
  /** Each piece of state once, by the first path that leads to it. */
  readonly state: ReadonlyMap<string, StateTensor>;
  /** Other paths to the same state: alias → first path. */
  readonly aliases: ReadonlyMap<string, string>;
  /** Each object on the way once, by its first path; the root's is "". */
  readonly owners: ReadonlyMap<string, object>;
}

/** An object that lists its state itself, as optimizers do. */
export interface HasState {
  stateTensors(): ReadonlyMap<string, StateTensor>;
}

/** Walks a model; does not look inside tensors without state, typed arrays and functions. */
export function walk(model: object): Walk {
  const walker = new Walker();
  walker.visit("", model);
  return walker;
}

/** The trained state by path, each parameter once. */
export function parameters(model: object): Map<string, Parameter> {
  return ofKind(model, (state) => state instanceof Parameter) as Map<string, Parameter>;
}

/** The state that is not trained (running statistics, moments, counters) by path. */
export function states(model: object): Map<string, State> {
  return ofKind(model, (state) => state instanceof State) as Map<string, State>;
}

/** All state by path, as checkpoints store it: of a model, an optimizer, or an object that holds both. */
export function namedState(model: object): Map<string, StateTensor> {
  return ofKind(model, () => true);
}

/** Number of trained numbers; tied weights count once. */
export function countParameters(model: object): number {
  let count = 0;
  for (const parameter of parameters(model).values()) count += parameter.size;
  return count;
}

/** Tells errors, profiles and the explorer the paths of a model's layers; gives back the model. */
export function named<Model extends object>(model: Model, name = "model"): Model {
  const { owners, state } = walk(model);
  for (const [path, owner] of [...owners, ...state]) {
    setPath(owner, path === "" ? name : `${name}.${path}`);
  }
  return model;
}

function ofKind(model: object, fits: (state: StateTensor) => boolean): Map<string, StateTensor> {
  return new Map([...walk(model).state].filter(([, state]) => fits(state)));
}

/** State found below an object, with paths relative to it. */
type Below = readonly (readonly [path: string, state: StateTensor])[];

class Walker implements Walk {
  readonly state: Map<string, StateTensor> = new Map();
  readonly aliases: Map<string, string> = new Map();
  readonly owners: Map<string, object> = new Map();
  readonly #pathOf = new Map<StateTensor, string>();
  /** What is below objects already left; null for those being walked, which ends cycles. */
  readonly #below = new Map<object, Below | null>();

  /** Records the state at and below `value`. */
  visit(path: string, value: unknown): Below {
    if (value instanceof StateTensor) return this.#add(path, value);
    if (!isWalkable(value)) return [];
    const known = this.#below.get(value);
    if (known !== undefined) return this.#again(path, known ?? []);
    this.#below.set(value, null);
    this.owners.set(path, value);
    const below = entriesOf(value).flatMap(([key, child]) =>
      this.visit(join(path, key), child).map(([rest, state]) => [join(key, rest), state] as const),
    );
    this.#below.set(value, below);
    return below;
  }

  /** An object met again: everything below it gets an alias. */
  #again(path: string, below: Below): Below {
    for (const [rest, state] of below) this.#add(join(path, rest), state);
    return below;
  }

  #add(path: string, state: StateTensor): Below {
    const first = this.#pathOf.get(state);
    if (first === undefined) {
      this.#pathOf.set(state, path);
      this.state.set(path, state);
    } else if (first !== path) this.aliases.set(path, first);
    return [["", state]];
  }
}

function isWalkable(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return !(value instanceof Tensor) && !ArrayBuffer.isView(value);
}

function entriesOf(value: object): readonly (readonly [string, unknown])[] {
  if (listsItsState(value)) return [...value.stateTensors()];
  if (value instanceof Map) return [...value].map(([key, child]) => [String(key), child] as const);
  if (value instanceof Set) return [...value].map((child, k) => [String(k), child] as const);
  return Object.entries(Object.getOwnPropertyDescriptors(value))
    .filter(([, property]) => property.enumerable && "value" in property)
    .map(([key, property]) => [key, property.value] as const);
}

function listsItsState(value: object): value is HasState {
  return typeof (value as Partial<HasState>).stateTensors === "function";
}

function join(path: string, key: string): string {
  return path === "" || key === "" ? path + key : `${path}.${key}`;
}
