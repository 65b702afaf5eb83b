// What all optimizers share: finding parameters, their moments and step counts, the learning rate as state, penalties,
// and the one assignment in which a step ends. An optimizer itself is the mathematics for one parameter.

import { checkAreGradients, type Gradients } from "../autodiff/gradients.ts";
import { type DType, hostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../core/shape.ts";
import type { Assignment } from "../ir/engine.ts";
import { describeRegion } from "../ir/region.ts";
import { assignAll, type Parameter, State } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { constant } from "../ops/leaf.ts";
import { badOption, checkAtLeastZero } from "./options.ts";
import { findParameters, type Trainable } from "./parameters.ts";
import { checkRules, type ParameterRule, ruleFor } from "./rules.ts";

/** Options that every optimizer takes. */
export interface OptimizerOptions {
  /** Length of a step; each optimizer has a default of its own. */
  readonly learningRate?: number;
  /** L2 penalty: adds `weightDecay · p` to the gradient (AdamW: decays p directly); default 0 (AdamW and LAMB 0.01, Muon 0.1). */
  readonly weightDecay?: number;
  /** L1 penalty: adds `l1 · sign(p)` to the gradient; default 0. */
  readonly l1?: number;
  /** Parameter groups, e.g. `[optim.noDecayOfVectors, { match: "layers.0", learningRate: 1e-4 }]`; the first match counts. */
  readonly rules?: readonly ParameterRule[];
}

/** Names of the options that every optimizer takes. */
export const optimizerNames: OptionNames<OptimizerOptions> = {
  learningRate: true,
  weightDecay: true,
  l1: true,
  rules: true,
};

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

/** Shape and initial value of one moment of a parameter. */
export interface MomentFacts {
  readonly shape: Shape;
  readonly initial: number;
}

/** What the moments of a parameter may depend on. */
export interface ParameterFacts {
  readonly path: string;
  readonly parameter: Parameter;
  /** What its rule multiplies the learning rate by. */
  readonly factor: number;
}

/** The initial value of a moment of the parameter's shape, or its facts; null where a parameter has none. */
export type MomentOf = number | ((of: ParameterFacts) => MomentFacts | null);

/** What a concrete optimizer tells the shared part. */
export interface OptimizerFacts<Moment extends string> {
  readonly learningRate: number;
  readonly weightDecay?: number;
  readonly moments: Readonly<Record<Moment, MomentOf>>;
  /** Whether updates depend on the number of steps. */
  readonly counted?: boolean;
  /** Initial values of numbers that each parameter keeps from step to step beside its moments; see `scalars`. */
  readonly running?: Readonly<Record<string, number>>;
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
  /** Other numbers that each parameter keeps. Shape: `[parameters]`. */
  readonly #running: Readonly<Record<string, State>>;
  readonly #entries = new Map<Parameter, Entry<Moment>>();
  /** The learning rate as given, which the state may hold rounded. */
  #given: number;

  constructor(model: Trainable, options: OptimizerOptions, facts: OptimizerFacts<Moment>) {
    checkSettings(options);
    this.parameters = findParameters(model);
    checkRules(options.rules, this.parameters, facts.learningRate);
    const dtype = widest(this.parameters.values());
    this.#given = facts.learningRate;
    this.rate = new State(Float64Array.of(this.#given), [], dtype);
    const count = this.parameters.size;
    const perParameter = (initial: number): State =>
      new State(new Float64Array(count).fill(initial), [count], dtype);
    this.steps = facts.counted ? perParameter(0) : null;
    this.#running = mapValues(facts.running ?? {}, perParameter);
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

  /** Updates every parameter that has a gradient; others, and their state, stay as they are. Errors where none has. */
  step(gradients: Gradients): void {
    checkAreGradients("optimizer.step", gradients);
    if (gradients.size === 0) throw noGradient();
    const active = [...gradients].map(([parameter, g]) => [this.#find(parameter), g] as const);
    const indices = active.map(([entry]) => entry.index);
    const steps = this.#advance(indices);
    const before = mapValues(this.#running, ({ node }) => node);
    const scalars = steps === undefined ? undefined : this.scalars(steps, this.rate.node, before);
    const assignments = active.flatMap(([entry, g]) => this.#update(entry, g, scalars));
    if (steps !== undefined) assignments.push({ slot: this.steps!.slot, value: steps });
    if (scalars !== undefined) assignments.push(...this.#keep(scalars, indices));
    if (assignments.length > 0) assignAll(assignments, [gradients.loss]);
  }

  /** State for checkpoints: learning rate, step counts, and `moment.path` for each parameter. */
  stateTensors(): Map<string, State> {
    const named = new Map<string, State>([["learningRate", this.rate]]);
    if (this.steps !== null) named.set("steps", this.steps);
    for (const [name, state] of Object.entries(this.#running)) named.set(name, state);
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

  /**
   * Numbers that depend on the step count t and the learning rate, for all parameters at once. `running` holds those of
   * the step before; the results of the same names take their place. Shape of t and results: `[parameters]`.
   */
  protected scalars(
    _t: Tensor,
    _rate: Tensor,
    _running: Readonly<Record<string, Tensor>>,
  ): Record<Scalar, Tensor> {
    return {} as Record<Scalar, Tensor>;
  }

  #entry(
    path: string,
    parameter: Parameter,
    options: OptimizerOptions,
    facts: OptimizerFacts<Moment>,
  ): Entry<Moment> {
    const { rule, factor } = ruleFor(options.rules, path, parameter, facts.learningRate);
    const { dtype } = parameter;
    const moments = Object.entries<MomentOf>(facts.moments).flatMap(([name, of]) => {
      const moment = momentOf(of, { path, parameter, factor });
      if (moment === null) return [];
      const { shape, initial } = moment;
      return [[name, new State(hostArray(dtype, sizeOf(shape)).fill(initial), shape, dtype)]];
    });
    return {
      path,
      index: this.#entries.size,
      parameter,
      moments: Object.fromEntries(moments) as Record<Moment, State>,
      factor,
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
    return this.steps.add(this.#active(indices));
  }

  /** The new values of what parameters keep from step to step, where they take part. */
  #keep(scalars: Readonly<Record<string, Tensor>>, indices: readonly number[]): Assignment[] {
    return Object.entries(this.#running).map(([name, { slot, size, node }]) => {
      const now = scalars[name];
      const all = indices.length === size;
      return { slot, value: all ? now : this.#active(indices).greater(0).where(now, node) };
    });
  }

  /** 1 for each parameter that takes part in a step, 0 for the others. */
  #active(indices: readonly number[]): Tensor {
    const { dtype, size, shape } = this.steps!;
    const active = hostArray(dtype, size);
    for (const index of indices) active[index] = 1;
    return constant(active, shape);
  }

  #update(
    entry: Entry<Moment>,
    gradient: Tensor,
    scalars: Record<Scalar, Tensor> | undefined,
  ): Assignment[] {
    const { parameter, factor, l1, index } = entry;
    const { dtype } = parameter;
    checkGradient(gradient, entry);
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

/** Decays a parameter directly, `p − η·λ·p`, beside the gradient's update. */
export function decayed(p: Tensor, rate: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? p : p.sub(p.mul(rate.mul(weightDecay)));
}

/** Without any gradient a step would change nothing, in silence. */
function noGradient(): ChainruleError {
  return new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: "optimizer.step",
    problem: "the loss was computed from no trainable parameter, so there is no gradient",
    fix: "Compute it with the model's forward (values read by item() or data() are constants), and leave some parameters unfrozen.",
  });
}

/** A gradient of another shape might be broadcast. */
function checkGradient(
  g: Tensor,
  { path, parameter }: { path: string; parameter: Parameter },
): void {
  if (sameShape(g.shape, parameter.shape)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "optimizer.step",
    problem: `the gradient of ${path} ${showShape(parameter.shape)} has the shape ${showShape(g.shape)}`,
    fix: "Keep the shapes of gradients when changing them with gradients.map.",
    detail: { path, expected: parameter.shape, received: g.shape },
  });
}

function momentOf(of: MomentOf, facts: ParameterFacts): MomentFacts | null {
  return typeof of === "number" ? { shape: facts.parameter.shape, initial: of } : of(facts);
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
  const { weightDecay = 0, l1 = 0 } = options;
  checkAtLeastZero("optimizer", { weightDecay, l1 });
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
