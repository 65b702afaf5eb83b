// What all optimizers share: finding parameters, their moments and step counts, the learning rate as state, penalties,
// and the one assignment in which a step ends. An optimizer itself is the mathematics for one parameter.

import type { Gradients } from "../autodiff/gradients.ts";
import { type DType, hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showShape, sizeOf } from "../core/shape.ts";
import type { Assignment } from "../ir/engine.ts";
import { describeRegion } from "../ir/region.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { matchesPath, type PathPattern } from "../nn/state.ts";
import { named, parameters } from "../nn/walk.ts";
import { constant } from "../ops/leaf.ts";

/** What an optimizer updates: a model, a map from path to parameter, or parameters. */
export type Trainable = object | Iterable<Parameter>;

/** Settings for parameters that match; the first matching rule counts. */
export interface ParameterRule {
  /** Paths, as in `nn.freeze`: e.g. `layers.0`, `*.bias`, /norm/. */
  readonly match: PathPattern;
  /** Multiplies the learning rate; default 1. */
  readonly learningRateFactor?: number;
  readonly weightDecay?: number;
  readonly l1?: number;
}

/** Options that every optimizer takes. */
export interface OptimizerOptions {
  readonly learningRate?: number;
  /** L2 penalty: adds `weightDecay · p` to the gradient (AdamW: decays p directly); default 0 (AdamW 0.01). */
  readonly weightDecay?: number;
  /** L1 penalty: adds `l1 · sign(p)` to the gradient; default 0. */
  readonly l1?: number;
  /** Settings of single parameters or groups of them. */
  readonly rules?: readonly ParameterRule[];
}

/** What the mathematics of an optimizer needs besides p and g. */
export interface UpdateFacts<Moment extends string, Scalar extends string> {
  /** State of this parameter before the step. */
  readonly moments: Readonly<Record<Moment, Tensor>>;
  /** Learning rate, a scalar. */
  readonly rate: Tensor;
  /** What `scalars` gave for this parameter. */
  readonly scalars: Readonly<Record<Scalar, Tensor>>;
  readonly weightDecay: number;
}

/** New values of a parameter and of its state. */
export interface Updated<Moment extends string> {
  readonly parameter: Tensor;
  readonly moments: Readonly<Record<Moment, Tensor>>;
}

/** What a concrete optimizer tells the shared part. */
export interface OptimizerFacts<Moment extends string> {
  readonly learningRate: number;
  readonly weightDecay?: number;
  /** Initial value of each moment. */
  readonly moments: Readonly<Record<Moment, number>>;
  /** Whether updates depend on the number of steps. */
  readonly counted?: boolean;
}

interface Entry<Moment extends string> {
  readonly path: string;
  readonly index: number;
  readonly parameter: Parameter;
  readonly moments: Readonly<Record<Moment, State>>;
  readonly factor: number;
  readonly weightDecay: number;
  readonly l1: number;
}

/** Shared part of all optimizers; a subclass gives `update`, the mathematics for one parameter. */
export abstract class Optimizer<Moment extends string = string, Scalar extends string = string> {
  /** The parameters by path. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** The learning rate as a tensor, for use inside compiled functions. */
  readonly rate: State;
  /** Steps taken by each parameter, where updates depend on it. Shape: `[parameters]`. */
  readonly steps: State | null;
  readonly #entries = new Map<Parameter, Entry<Moment>>();
  /** The learning rate as given, which the state may hold rounded. */
  #given: number;

  constructor(model: Trainable, options: OptimizerOptions, facts: OptimizerFacts<Moment>) {
    checkSettings(options);
    this.parameters = findParameters(model);
    const dtype = widest(this.parameters.values());
    this.#given = facts.learningRate;
    this.rate = new State(Float64Array.of(this.#given), [], dtype);
    const count = this.parameters.size;
    this.steps = facts.counted ? new State(new Float64Array(count), [count], dtype) : null;
    for (const [path, parameter] of this.parameters) {
      this.#entries.set(parameter, this.#entry(path, parameter, options, facts));
    }
  }

  /** The learning rate; may be changed between steps, compiled or not, without a new trace. */
  get learningRate(): number {
    forbidInTrace("reads");
    const [stored] = this.rate.slot.fetch();
    return stored === this.#given || stored === Math.fround(this.#given) ? this.#given : stored;
  }

  set learningRate(value: number) {
    forbidInTrace("sets");
    checkRate(value);
    this.#given = value;
    this.rate.set([value]);
  }

  /** Updates every parameter that has a gradient; others, and their state, stay as they are. */
  step(gradients: Gradients): void {
    const active = [...gradients].map(([parameter, g]) => [this.#find(parameter), g] as const);
    const steps = this.#advance(active.map(([entry]) => entry.index));
    const scalars = steps === undefined ? undefined : this.scalars(steps, this.rate.node);
    const assignments = active.flatMap(([entry, g]) => this.#update(entry, g, scalars));
    if (steps !== undefined) assignments.push({ slot: this.steps!.slot, value: steps });
    if (assignments.length > 0) assignAll(assignments, [gradients.loss]);
  }

  /** State for checkpoints: learning rate, step counts, and `moment.path` for each parameter. */
  stateTensors(): Map<string, State> {
    const named = new Map<string, State>([["learningRate", this.rate]]);
    if (this.steps !== null) named.set("steps", this.steps);
    for (const { path, moments } of this.#entries.values()) {
      for (const [name, state] of Object.entries<State>(moments))
        named.set(`${name}.${path}`, state);
    }
    return named;
  }

  /** The mathematics for one parameter p with gradient g. */
  protected abstract update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment>;

  /** Numbers that depend on the step count t and the learning rate, for all parameters at once. Shape of t and results: `[parameters]`. */
  protected scalars(_t: Tensor, _rate: Tensor): Record<Scalar, Tensor> {
    return {} as Record<Scalar, Tensor>;
  }

  #entry(
    path: string,
    parameter: Parameter,
    options: OptimizerOptions,
    facts: OptimizerFacts<Moment>,
  ): Entry<Moment> {
    const rule = options.rules?.find(({ match }) => matchesPath(path, match));
    const { shape, dtype } = parameter;
    const moments = Object.entries<number>(facts.moments).map(([name, initial]) => {
      return [name, new State(hostArray(dtype, sizeOf(shape)).fill(initial), shape, dtype)];
    });
    return {
      path,
      index: this.#entries.size,
      parameter,
      moments: Object.fromEntries(moments) as Record<Moment, State>,
      factor: rule?.learningRateFactor ?? 1,
      weightDecay: rule?.weightDecay ?? options.weightDecay ?? facts.weightDecay ?? 0,
      l1: rule?.l1 ?? options.l1 ?? 0,
    };
  }

  #find(parameter: Parameter): Entry<Moment> {
    const entry = this.#entries.get(parameter);
    if (entry !== undefined) return entry;
    const label = `a parameter ${parameter.dtype}${showShape(parameter.shape)}`;
    throw new ChainruleError({
      code: "PARAMETER_NOT_FOUND",
      op: "optimizer.step",
      problem: `the gradients hold ${describeRegion({ owner: parameter, label })}, which this optimizer did not find`,
      fix: "Keep parameters in enumerable fields, arrays, maps or records of the model given to the optimizer (private #fields are not seen), or set trainable = false.",
      detail: { shape: parameter.shape, known: [...this.parameters.keys()] },
    });
  }

  /** The step counts after this step: one more for each parameter that takes part. */
  #advance(indices: readonly number[]): Tensor | undefined {
    if (this.steps === null || indices.length === 0) return undefined;
    if (indices.length === this.steps.size) return this.steps.add(1);
    const more = hostArray(this.steps.dtype, this.steps.size);
    for (const index of indices) more[index] = 1;
    return this.steps.add(constant(more, this.steps.shape));
  }

  #update(
    entry: Entry<Moment>,
    gradient: Tensor,
    scalars: Record<Scalar, Tensor> | undefined,
  ): Assignment[] {
    const { parameter, factor, l1, index } = entry;
    const { dtype } = parameter;
    const p = parameter.node;
    const mine = mapValues(scalars ?? ({} as Record<Scalar, Tensor>), (all) =>
      all.slice([index]).cast(dtype),
    );
    const moments = mapValues(entry.moments, (state: State) => state.node);
    const rate = this.rate.cast(dtype);
    const scaled = factor === 1 ? { rate, scalars: mine } : this.#scaled(factor, rate, mine);
    const g = l1 === 0 ? gradient : gradient.add(p.sign().mul(l1));
    const { weightDecay } = entry;
    const updated = this.update(p, g, { moments, ...scaled, weightDecay });
    const kept = Object.entries<State>(entry.moments).map(([name, state]) => {
      return { slot: state.slot, value: updated.moments[name as Moment] };
    });
    return [{ slot: parameter.slot, value: updated.parameter }, ...kept];
  }

  #scaled(
    factor: number,
    rate: Tensor,
    scalars: Record<Scalar, Tensor>,
  ): { rate: Tensor; scalars: Record<Scalar, Tensor> } {
    const proportional: readonly string[] = this.proportional;
    const scale = (x: Tensor, name: string): Tensor =>
      proportional.includes(name) ? x.mul(factor) : x;
    return { rate: rate.mul(factor), scalars: mapValues(scalars, scale) };
  }

  /** Names of the scalars that grow with the learning rate. */
  protected get proportional(): readonly Scalar[] {
    return [];
  }
}

/** Adds the gradient of the L2 penalty, `weightDecay · p`. */
export function withDecay(g: Tensor, p: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? g : g.add(p.mul(weightDecay));
}

/** `1 − βᵗ` accurate for small t·log β: `−expm1(t·log β)`. */
export function biasCorrection(beta: number, t: Tensor): Tensor {
  return t.mul(Math.log(beta)).expm1().neg();
}

/**
 * Makes subnormal numbers 0. Moments of parameters whose gradient stays 0 shrink until they are subnormal, where a
 * processor is many times slower; WebAssembly cannot flush them itself.
 */
export function flushTiny(x: Tensor): Tensor {
  const smallest = x.dtype === "float64" ? 2 ** -1022 : 2 ** -126;
  return x.abs().less(smallest).where(0, x);
}

/** Checks that a decay rate lies in [0, 1). */
export function checkBeta(op: string, name: string, beta: number): void {
  if (beta >= 0 && beta < 1) return;
  throw badOption(op, name, beta, "from 0 to below 1");
}

/** The error of an option outside its range. */
export function badOption(op: string, name: string, value: unknown, range: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `${name} must be a number ${range}; received ${String(value)}`,
    fix: `Pass a ${name} ${range}.`,
    detail: { [name]: value },
  });
}

function findParameters(model: Trainable): Map<string, Parameter> {
  const found = parameters(isIterator(model) ? [...model] : model);
  if (found.size > 0) {
    if (!(model instanceof Map) && !Array.isArray(model)) named(model);
    return found;
  }
  throw new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "optimizer",
    problem: `found no parameters in ${describe(model)}`,
    fix: "Pass a model whose fields, arrays or records hold layers or parameters.",
  });
}

function isIterator(model: Trainable): model is Iterable<Parameter> {
  return (
    typeof (model as Partial<Iterator<Parameter>>).next === "function" && Symbol.iterator in model
  );
}

function describe(model: Trainable): string {
  return `a value of class ${model.constructor?.name ?? "Object"}`;
}

function widest(all: Iterable<Parameter>): DType {
  for (const { dtype } of all) if (dtype === "float64") return "float64";
  return "float32";
}

function mapValues<Key extends string, A, B>(
  record: Readonly<Record<Key, A>>,
  change: (value: A, key: string) => B,
): Record<Key, B> {
  const entries = Object.entries<A>(record).map(
    ([key, value]) => [key, change(value, key)] as const,
  );
  return Object.fromEntries(entries) as Record<Key, B>;
}

function checkSettings(options: OptimizerOptions): void {
  if (options.learningRate !== undefined) checkRate(options.learningRate);
  for (const { weightDecay = 0, l1 = 0 } of [options, ...(options.rules ?? [])]) {
    if (!(weightDecay >= 0)) throw badOption("optimizer", "weightDecay", weightDecay, "≥ 0");
    if (!(l1 >= 0)) throw badOption("optimizer", "l1", l1, "≥ 0");
  }
}

function checkRate(value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw badOption("optimizer", "learningRate", value, "≥ 0");
  }
}

function forbidInTrace(verb: string): void {
  if (currentTrace() === undefined) return;
  throw new ChainruleError({
    code: "VALUE_IN_TRACE",
    op: "optimizer.learningRate",
    problem: `a compiled function ${verb} the learning rate as a number, which would happen once, at its recording`,
    fix: "Set it between calls; inside, use the tensor optimizer.rate.",
  });
}
