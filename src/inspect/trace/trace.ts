// A training step to look at: `trace(step, inputs)` records forward, loss, backward and update with every value, as data
// (`StepTrace`) and as a live object that can explain single elements: where a number comes from and why a gradient is
// what it is.

import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import { inOrder } from "../../ir/graph.ts";
import { describeRegion } from "../../ir/region.ts";
import type { Slot } from "../../ir/state.ts";
import { Tensor } from "../../ir/tensor.ts";
import { constant, type TensorData, tensor } from "../../ops/leaf.ts";
import { sourcesOf, usesOf, valuesOf } from "./elements.ts";
import { derivativeFormulas, elementFormula } from "./formula.ts";
import { groupsOf } from "./groups.ts";
import { numericDerivative } from "./perturb.ts";
import { computeAll, letGo, type RecordedStep, recordStep, unknownOf } from "./recorded.ts";
import { sampleOf, statisticsOf } from "./statistics.ts";
import { leavesOf, rebuild, type StoredStep } from "./stored.ts";
import type { StepTrace, TraceContribution, TraceNode, TraceUpdate } from "./types.ts";

/** Options of `trace`. */
export interface TraceOptions {
  /** Elements that the data holds of each node; default 1024. Statistics count all. */
  readonly limit?: number;
  /** Names of the inputs, in order; default `input 0`, `input 1`. */
  readonly names?: readonly string[];
}

const traceNames: OptionNames<TraceOptions> = { limit: true, names: true };

/** One element of one node, explained. */
export interface ElementExplanation {
  readonly node: number;
  readonly element: number;
  readonly value: number;
  /** How it comes about, with numbers, in LaTeX; undefined where the op has no formula per element. */
  readonly formula?: string;
  /** The elements that it was computed from, with `∂(this)/∂(that)`; the most influential first. */
  readonly sources: readonly ElementLink[];
  /** Local derivatives with numbers, in LaTeX, one per input. */
  readonly derivatives: readonly (string | undefined)[];
  /** `∂loss/∂(this)`, and the products that it is the sum of, largest first; undefined off the way to the loss. */
  readonly adjoint?: number;
  readonly terms: readonly AdjointTerm[];
}

/** An element of another node, and the derivative of the one by the other. */
export interface ElementLink {
  readonly node: number;
  readonly element: number;
  readonly value: number;
  readonly derivative: number;
}

/** One product of an adjoint: `∂loss/∂(element of a user) · ∂(that element)/∂(this)`. */
export interface AdjointTerm extends ElementLink {
  readonly adjoint: number;
  readonly product: number;
}

/** A way from an element to the loss, with the product of the local derivatives on it. */
export interface GradientPath {
  readonly steps: readonly ElementLink[];
  readonly product: number;
}

/**
 * Records one training step with every value, without doing it: state stays as it is.
 *
 * `const step = trace((x, y) => { const loss = …; optimizer.step(loss.backward()); return loss; }, [images, labels]);`
 * The step takes tensors and returns the scalar loss; an input that was computed from others is shown as its values. Errors:
 * `BAD_ARGUMENT` where it returns something else.
 */
export function trace(
  step: (...inputs: Tensor[]) => Tensor,
  inputs: readonly (Tensor | TensorData)[] = [],
  options: TraceOptions = {},
): TracedStep {
  checkOptions("trace", options, traceNames);
  checkWhole("trace", "limit", options.limit ?? 1024, 1);
  const given = inputs.map(inputOf);
  const names = given.map((x, k) => [x, options.names?.[k] ?? `input ${k}`] as const);
  return new TracedStep((look) => recordStep(step, given, look), names, options.limit);
}

/** An input as a leaf: how a batch was made is no part of the step, unless weights went into it. */
function inputOf(x: Tensor | TensorData): Tensor {
  if (!(x instanceof Tensor)) return tensor(x);
  const { node } = x;
  if (inOrder([node]).some(({ slot }) => slot !== null)) return node;
  return node.inputs.length === 0 ? node : constant(node.dataSync(), node.shape, node.dtype);
}

/** A stored step as a traced one again; values that were not stored are computed when they are asked for. Errors: `BAD_FILE`. */
export function openStep(
  stored: StoredStep,
  options: Pick<TraceOptions, "limit"> = {},
): TracedStep {
  checkOptions("openStep", options, { limit: true });
  checkWhole("openStep", "limit", options.limit ?? 1024, 1);
  const { step, names } = rebuild(stored);
  return new TracedStep(() => step, names, options.limit);
}

/** A step that was recorded by `trace`. */
export class TracedStep {
  readonly #step: RecordedStep;
  readonly #ids: ReadonlyMap<Tensor, number>;
  readonly #names: ReadonlyMap<Tensor, string>;
  readonly #values = new Map<Tensor, ShownValues>();
  readonly #look: (node: Tensor) => void;

  /** `record` gives the step and may show nodes while their values are known; `names` are those of inputs. */
  constructor(
    record: (look: (node: Tensor) => void) => RecordedStep,
    names: readonly (readonly [Tensor, string])[],
    limit = 1024,
  ) {
    this.#look = (x) => this.#values.set(x, shownValues(x, limit));
    this.#step = record(this.#look);
    this.#ids = new Map(this.#step.nodes.map((node, id) => [node, id]));
    const states = [...this.#step.reads].map(([slot, leaf]) => [leaf, nameOf(slot)] as const);
    this.#names = new Map([...states, ...names]);
  }

  /** The step as data that `openStep` can make a traced step of, elsewhere and later. */
  store(): StoredStep {
    return { trace: this.toJSON(), leaves: leavesOf(this.#step.nodes) };
  }

  /** What the step writes, by number of the leaf that it read: with these in their place `openStep` opens the step after it. */
  updated(): ReadonlyMap<number, HostTensor> {
    const { nodes, reads, writes } = this.#step;
    const leaves = new Map<Tensor, number[]>(); // one node may be written to several slots
    for (const [slot, after] of writes) {
      const before = reads.get(slot);
      if (before !== undefined) leaves.set(after, [...(leaves.get(after) ?? []), this.#id(before)]);
    }
    const found = new Map<number, HostTensor>();
    // All in one pass: asked for singly, each would have the step computed up to it.
    computeAll(nodes, ({ node, dtype, shape }) => {
      for (const id of leaves.get(node) ?? [])
        found.set(id, { dtype, shape, data: node.value!.slice() });
    });
    return found;
  }

  /** The step as data; large tensors by a sample. */
  toJSON(): StepTrace {
    const { nodes } = this.#step;
    if (this.#values.size < nodes.length) computeAll(nodes, this.#look);
    return this.#answer(() => this.#toJSON());
  }

  #toJSON(): StepTrace {
    const { loss, nodes } = this.#step;
    const { groups, groupOf } = groupsOf(nodes);
    const contributions = this.#contributions();
    const origins = new Map([...this.#step.adjoints].map(([node, adjoint]) => [adjoint, node]));
    return {
      format: "chainrule-trace",
      version: 1,
      loss: { node: this.#id(loss), value: valuesOf(loss)[0] },
      nodes: nodes.map((node) => ({
        ...this.#node(node),
        group: groupOf(this.#step.rules.get(node) ?? node),
        adjointOf: this.#ids.get(origins.get(node)!),
        ruleOf: this.#ids.get(this.#step.rules.get(node)!),
        contributions: contributions.get(node),
      })),
      groups,
      updates: this.#updates(),
    };
  }

  /** Where an element comes from, and what its adjoint is made of; at most `limit` links of each kind. */
  explain(node: number, element: number, limit = 32): ElementExplanation {
    return this.#answer(() => this.#explain(node, element, limit));
  }

  #explain(node: number, element: number, limit: number): ElementExplanation {
    const tensor = this.#at(node, element);
    const sources = sourcesOf(tensor, element).map(({ input, element: from, derivative }) =>
      this.#link(tensor.inputs[input], from, derivative),
    );
    const adjoint = this.#step.adjoints.get(tensor);
    return {
      node,
      element,
      value: valuesOf(tensor)[element],
      formula: elementFormula(tensor, element),
      sources: largest(sources, ({ derivative }) => derivative, limit),
      derivatives: derivativeFormulas(tensor, element),
      adjoint: tensor === this.#step.loss ? 1 : adjoint && valuesOf(adjoint)[element],
      terms: largest(this.#terms(tensor, element), ({ product }) => product, limit),
    };
  }

  /** The paths from an element to the loss with the largest products of local derivatives, found best first. */
  paths(node: number, element: number, count = 5): GradientPath[] {
    return this.#answer(() => this.#paths(this.#at(node, element), element, count));
  }

  #paths(start: Tensor, from: number, count: number): GradientPath[] {
    const open: { path: GradientPath; at: Tensor; element: number }[] = [
      { path: { steps: [], product: 0 }, at: start, element: from },
    ];
    const found: GradientPath[] = [];
    while (open.length > 0 && found.length < count) {
      open.sort((a, b) => Math.abs(b.path.product) - Math.abs(a.path.product));
      const { path, at, element: here } = open.shift()!;
      if (at === this.#step.loss) {
        found.push(path);
        continue;
      }
      const before = path.steps.reduce((product, { derivative }) => product * derivative, 1);
      for (const { product, adjoint: _, ...link } of this.#terms(at, here)) {
        const steps = [...path.steps, link];
        const next = { steps, product: before * product };
        open.push({ path: next, at: this.#step.nodes[link.node], element: link.element });
      }
      // Where there are very many ways, those of small products are given up.
      if (open.length > 1000) {
        open.sort((a, b) => Math.abs(b.path.product) - Math.abs(a.path.product));
        open.length = 500;
      }
    }
    return found;
  }

  /** `∂loss/∂(element)` by central differences in float64, for comparison with the adjoint. */
  numericDerivative(node: number, element: number): number {
    const tensor = this.#at(node, element);
    return this.#answer(() => numericDerivative(this.#step.loss, tensor, element));
  }

  /** Elements of a node in row-major order: all, or so many from number `from` on. */
  values(node: number, from = 0, count?: number): number[] {
    checkWhole("trace", "from", from, 0);
    if (count !== undefined) checkWhole("trace", "count", count, 0);
    const end = count === undefined ? undefined : from + count;
    return this.#answer(() => Array.from(valuesOf(this.#at(node)).subarray(from, end)));
  }

  /** Computes an answer; large values that it needed are let go of again. */
  #answer<T>(answer: () => T): T {
    const own = unknownOf(this.#step.nodes);
    try {
      return answer();
    } finally {
      letGo(own, this.#step.nodes);
    }
  }

  /** Each product of adjoint and local derivative that ends at an element. */
  #terms(tensor: Tensor, element: number): AdjointTerm[] {
    return this.#step.contributions.flatMap(({ node: user, parts, cotangent }) => {
      if (cotangent === undefined) return [];
      const derivatives = new Map<number, number>(); // x · x takes x twice, and changes by both
      for (const [k, input] of user.inputs.entries()) {
        if (input !== tensor || parts[k] === null) continue;
        for (const { element: to, derivative } of usesOf(user, k, element))
          derivatives.set(to, (derivatives.get(to) ?? 0) + derivative);
      }
      return Array.from(derivatives, ([to, derivative]) => {
        const adjoint = valuesOf(cotangent)[to];
        return { ...this.#link(user, to, derivative), adjoint, product: adjoint * derivative };
      });
    });
  }

  #contributions(): Map<Tensor, TraceContribution[]> {
    const found = new Map<Tensor, TraceContribution[]>();
    for (const { node: user, parts } of this.#step.contributions) {
      for (const [input, part] of parts.entries()) {
        const id = part === null ? undefined : this.#ids.get(part);
        if (id === undefined) continue;
        const to = user.inputs[input];
        const list = found.get(to) ?? [];
        found.set(to, list);
        list.push({ user: this.#id(user), input, part: id });
      }
    }
    return found;
  }

  #node(node: Tensor): TraceNode {
    const { definition, inputs, attributes, shape, dtype } = node;
    const adjoint = this.#step.adjoints.get(node);
    return {
      id: this.#id(node),
      op: definition.name,
      phase: this.#step.phases.get(node)!,
      inputs: inputs.map((input) => this.#id(input)),
      ...{ attributes, shape, dtype },
      name: this.#names.get(node),
      formula: definition.formula,
      derivatives: definition.derivatives ?? [],
      ...this.#values.get(node)!,
      adjoint: adjoint && this.#ids.get(adjoint),
    };
  }

  #updates(): TraceUpdate[] {
    return [...this.#step.writes].flatMap(([slot, after]) => {
      const before = this.#step.reads.get(slot);
      if (before === undefined) return [];
      const gradient = this.#step.adjoints.get(before);
      return {
        name: this.#names.get(before) ?? nameOf(slot),
        before: this.#id(before),
        after: this.#id(after),
        gradient: gradient && this.#ids.get(gradient),
        ratio: this.#answer(() => relativeChange(valuesOf(before), valuesOf(after))),
      };
    });
  }

  #link(tensor: Tensor, element: number, derivative: number): ElementLink {
    return { node: this.#id(tensor), element, value: valuesOf(tensor)[element], derivative };
  }

  #id(node: Tensor): number {
    return this.#ids.get(node)!;
  }

  /** A node; where an element is named, it has it. */
  #at(node: number, element?: number): Tensor {
    const tensor = this.#step.nodes[node];
    const isThere = element === undefined || (element >= 0 && element < tensor?.size);
    if (tensor !== undefined && isThere) return tensor;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "trace",
      problem:
        tensor === undefined
          ? `there is no node ${node}; the step has ${this.#step.nodes.length}`
          : `node ${node} has no element ${element}; it has ${tensor.size}`,
      fix: "Use ids of nodes and numbers of elements as in the step's data.",
      detail: { node, element },
    });
  }
}

/** What the data holds of a node's value. */
type ShownValues = Pick<TraceNode, "statistics" | "values" | "sampled">;

function shownValues(node: Tensor, limit: number): ShownValues {
  const data = valuesOf(node);
  const sampled = sampleOf(node.size, limit);
  const values = sampled === undefined ? Array.from(data) : sampled.map((k) => data[k]);
  return { statistics: statisticsOf(data), values, sampled };
}

/** The `count` items of largest magnitude, largest first. */
function largest<T>(items: readonly T[], of: (item: T) => number, count: number): T[] {
  return items.toSorted((a, b) => Math.abs(of(b)) - Math.abs(of(a))).slice(0, count);
}

function relativeChange(before: ArrayLike<number>, after: ArrayLike<number>): number {
  let [change, size] = [0, 0];
  for (let k = 0; k < before.length; k++) {
    change += (after[k] - before[k]) ** 2;
    size += before[k] ** 2;
  }
  return size === 0 ? 0 : Math.sqrt(change / size);
}

/** Path of a parameter, `model.layers.0.weight`; of other state its shape. */
function nameOf(slot: Slot): string {
  const { owner, dtype, shape } = slot;
  const label = `${dtype}[${shape.join(", ")}]`;
  if (owner === null) return label;
  return describeRegion({ owner, label })!.replace(` (${label})`, "");
}
