// What one step of training looks like, in numbers: loss, gradients, weights, the update that the optimizer would make,
// and how activations respond. Everything is computed in one rehearsal, so the model stays as it is.

import { adjoints } from "../autodiff/adjoints.ts";
import { scalarOf } from "../autodiff/grad.ts";
import { Gradients } from "../autodiff/gradients.ts";
import { type HostArray, isFloat } from "../core/dtype.ts";
import type { HostTensor } from "../core/host.ts";
import type { Shape } from "../core/shape.ts";
import { flattenTree } from "../core/tree.ts";
import { inOrder } from "../ir/graph.ts";
import type { TensorType } from "../ir/op.ts";
import { Parameter, type Slot } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";
import { type Call, Memory, watchCalls } from "../nn/calls.ts";
import { parameters } from "../nn/walk.ts";
import { ones } from "../ops/leaf.ts";
import { Generator } from "../ops/random.ts";
import {
  type ActivationMeasure,
  Activations,
  behindViews,
  innermost,
  pathOf,
} from "./activations.ts";
import type { Probe } from "./probe.ts";
import { type Copies, Rehearsal } from "./rehearsal.ts";

/** One parameter in one step. Norms are Euclidean, `√Σx²`. */
export interface ParameterMeasure {
  readonly path: string;
  readonly size: number;
  readonly rank: number;
  readonly trainable: boolean;
  readonly weightNorm: number;
  /** Undefined where the loss does not depend on it, or it is frozen. */
  readonly gradientNorm?: number;
  /** `‖Δw‖ / ‖w‖` of the step that the optimizer would make, where one was given; about 1e-3 is usual. */
  readonly updateRatio?: number;
  /** Whether all rows (units) are equal, and their gradients too. */
  readonly symmetric: boolean;
}

/** How strongly the loss depends on what a layer gives. */
export interface SignalMeasure {
  readonly path: string;
  /** `‖∂loss/∂y‖` of the layer's output y. */
  readonly gradientNorm: number;
}

/** One step of training in numbers. */
export interface Measurements {
  readonly loss: number;
  /** Of all trained parameters together. */
  readonly gradientNorm: number;
  readonly parameters: readonly ParameterMeasure[];
  readonly activations: readonly ActivationMeasure[];
  /** Layers with weights, in the order of their calls. */
  readonly signals: readonly SignalMeasure[];
}

/** A recorded step, which can be measured again and again while the model changes. */
export class Step {
  /** Where they are one tensor. */
  readonly #outputs: Tensor | undefined;
  readonly #loss: Tensor;
  readonly #signals: readonly (readonly [path: string, Tensor])[];
  readonly #parameters: readonly Wanted[];
  readonly #activations: Activations;
  readonly #run: (copies?: Copies) => HostArray[];
  readonly #advance: (copies?: Copies) => HostArray[];
  readonly #written: readonly Slot[];

  constructor(probe: Probe) {
    const rehearsal = new Rehearsal();
    const made = rehearsal.record(() => recorded(probe));
    this.#outputs = made.outputs.length === 1 ? made.outputs[0] : undefined;
    this.#loss = made.loss;
    const { writes } = rehearsal;
    this.#written = [...writes.keys()];
    const all = [...parameters(probe.model)];
    const found = rehearsal.record(() => ({
      parameters: all.map(([path, p]) => wanted(path, p, made.gradients.get(p), writes)),
      activations: new Activations(probe.model, made.calls, made.outputs),
      signals: made.signals.map(([path, g]) => [path, normOf(g)] as const),
    }));
    this.#parameters = found.parameters;
    this.#activations = found.activations;
    this.#signals = found.signals;
    this.#run = rehearsal.runner([
      this.#loss,
      ...(this.#outputs === undefined ? [] : [this.#outputs]),
      ...this.#signals.map(([, norm]) => norm),
      ...this.#parameters.flatMap(({ tensors }) => Object.values(tensors)),
      ...this.#activations.tensors,
    ]);
    this.#advance = rehearsal.runner([this.#loss, ...writes.values()]);
  }

  /** Name of the scalar function that the model ends with; "" for several outputs. */
  get lastFunction(): string {
    return this.#outputs === undefined ? "" : behindViews(this.#outputs).definition.name;
  }

  /** Measures the step with the values that the model has now. */
  measure(): { readonly measured: Measurements; readonly outputs: HostTensor | undefined } {
    const [[loss], ...rest] = this.#run();
    const outputs = this.#outputs && { ...typeOf(this.#outputs), data: rest.shift()! };
    const take = (): number => rest.shift()![0];
    const signals = this.#signals.map(([path]) => ({ path, gradientNorm: take() }));
    const measures = this.#parameters.map((wish) => measureOf(wish, take));
    const activations = this.#activations.read(take);
    const norms = measures.map(({ gradientNorm = 0 }) => gradientNorm);
    return {
      outputs,
      measured: {
        loss,
        gradientNorm: Math.hypot(...norms),
        parameters: measures,
        activations,
        signals,
      },
    };
  }

  /** Does the step so many times on copies: the losses before each step, and the state at the end. */
  train(
    steps: number,
    start: Copies = new Map(),
  ): { losses: number[]; state: Map<Slot, HostArray> } {
    const state = new Map(start);
    const losses: number[] = [];
    for (let k = 0; k < steps; k++) {
      const [[loss], ...values] = this.#advance(state);
      losses.push(loss);
      if (!Number.isFinite(loss)) break;
      this.#written.forEach((slot, n) => {
        state.set(slot, values[n]);
      });
    }
    return { losses, state };
  }
}

function typeOf({ dtype, shape }: Tensor): TensorType {
  return { dtype, shape };
}

/** The shape of a model's outputs, without computing any; undefined where there are several, or it refuses the inputs. */
export function outputShape({ forward }: Probe): Shape | undefined {
  try {
    const outputs = new Rehearsal().record(() => forward({ training: false }));
    return outputs instanceof Tensor ? outputs.shape : undefined;
  } catch {
    return undefined;
  }
}

interface RecordedStep {
  readonly outputs: readonly Tensor[];
  readonly loss: Tensor;
  readonly gradients: ReadonlyMap<Parameter, Tensor>;
  readonly signals: readonly (readonly [path: string, gradient: Tensor])[];
  readonly calls: readonly Call[];
}

/** Forward, backward, update: as a training step has them. */
function recorded({ model, forward, targets, loss: score, optimizer }: Probe): RecordedStep {
  const calls: Call[] = [];
  const context = { training: true, generator: new Generator(1) };
  const made = watchCalls(model, calls, new Memory(), () => forward(context));
  const given = made instanceof Tensor ? made.node : made;
  const outputs = flattenTree(given).leaves.flatMap((leaf) =>
    leaf instanceof Tensor ? [leaf.node] : [],
  );
  const { loss } = scalarOf("diagnose", score, [given, targets]);
  const order = inOrder([loss]);
  const leaves = order.filter((t) => t.slot?.owner instanceof Parameter && t.slot.owner.trainable);
  const layers = weighted(calls, order);
  const targetsOfGradient = new Set([...leaves, ...layers.map(([, y]) => y)]);
  const reached = adjoints(loss, ones(loss.shape, loss.dtype), targetsOfGradient);
  const gradients = new Map<Parameter, Tensor>();
  for (const leaf of leaves) {
    const g = reached.get(leaf);
    if (g !== undefined) gradients.set(leaf.slot!.owner as Parameter, g);
  }
  if (gradients.size > 0) optimizer?.step(new Gradients(loss, gradients));
  const signals = layers.flatMap(([path, y]) => {
    const g = reached.get(y);
    return g === undefined ? [] : [[path, g] as const];
  });
  return { outputs, loss, gradients, signals, calls };
}

/** Outputs of the innermost layers that have weights, by the path of the call. */
function weighted(calls: readonly Call[], order: readonly Tensor[]): (readonly [string, Tensor])[] {
  const used = new Set(order);
  const withWeights = new Set<Call>();
  for (const node of order) {
    const call = node.inputs.some((x) => x.slot?.owner instanceof Parameter)
      ? innermost(calls, node)
      : undefined;
    if (call !== undefined) withWeights.add(call);
  }
  return calls.flatMap((call) => {
    const y = call.outputs[0]?.node;
    if (!withWeights.has(call) || y === undefined || !used.has(y) || !isFloat(y.dtype)) return [];
    return [[pathOf(call), y] as const];
  });
}

/** What is computed of one parameter. */
interface Wanted {
  readonly path: string;
  readonly parameter: Parameter;
  readonly tensors: {
    readonly weight: Tensor;
    readonly gradient?: Tensor;
    readonly update?: Tensor;
    readonly spread?: Tensor;
    readonly gradientSpread?: Tensor;
  };
}

function wanted(
  path: string,
  parameter: Parameter,
  g: Tensor | undefined,
  writes: ReadonlyMap<Slot, Tensor>,
): Wanted {
  const now = writes.get(parameter.slot);
  // Inside the rehearsal the parameter stands for its new value once there is one; its first reading is the old one.
  const weight = now === undefined ? parameter.node : before(parameter, g, now);
  const rows = g !== undefined && parameter.rank > 1 && parameter.shape[0] > 1;
  return {
    path,
    parameter,
    tensors: {
      weight: normOf(weight),
      ...(g !== undefined && { gradient: normOf(g) }),
      ...(now !== undefined && { update: normOf(now.sub(weight)) }),
      ...(rows && { spread: spreadOf(weight), gradientSpread: spreadOf(g) }),
    },
  };
}

/** The leaf that the parameter had at the start of the step. */
function before(parameter: Parameter, g: Tensor | undefined, now: Tensor): Tensor {
  const roots = g === undefined ? [now] : [now, g];
  return inOrder(roots).find((t) => t.slot === parameter.slot && t.inputs.length === 0)!;
}

function measureOf({ path, parameter, tensors }: Wanted, take: () => number): ParameterMeasure {
  const read = Object.fromEntries(Object.keys(tensors).map((name) => [name, take()]));
  const { weight, gradient, update, spread, gradientSpread } = read;
  const same = spread === 0 && gradientSpread <= 1e-6 * gradient;
  return {
    path,
    size: parameter.size,
    rank: parameter.rank,
    trainable: parameter.trainable,
    weightNorm: weight,
    ...(gradient !== undefined && { gradientNorm: gradient }),
    ...(update !== undefined && weight > 0 && { updateRatio: update / weight }),
    symmetric: same,
  };
}

/** `√Σx²`, where the largest element is taken out first, so that squares do not overflow. */
function normOf(x: Tensor): Tensor {
  if (x.size === 0) return ones([], x.dtype).mul(0);
  const largest = x.abs().max();
  const unit = largest.greater(0).where(largest, 1);
  return x.div(unit).square().sum().sqrt().mul(unit);
}

/** The largest difference of a row from the first one. */
function spreadOf(x: Tensor): Tensor {
  return x
    .sub(x.slice([{ end: 1 }]))
    .abs()
    .max();
}
