// The definition of an op, and the registry. A definition is the one place that knows an op: its documentation, type
// rule, meaning, derivative, samples and example. Passes and targets ask its properties (`kind` above all), never its name.

import type { DType } from "../core/dtype.ts";
import { ChainruleError, unreachable } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import type { Shape } from "../core/shape.ts";
import { checkTensor } from "./arguments.ts";
import { engine } from "./engine.ts";
import type { Combine } from "./loops.ts";
import { Tensor } from "./tensor.ts";

/** Plain JSON data that, with the inputs, defines a node. */
export type Attribute =
  | null
  | boolean
  | number
  | string
  | readonly Attribute[]
  | { readonly [key: string]: Attribute };
export type Attributes = { readonly [key: string]: Attribute };

/** A number as an attribute: JSON has no infinities, NaN or −0, so those are text. `Number` reads both back. */
export function numberAttribute(value: number): number | string {
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) ? value : String(value);
}

/** Shape and element type of a tensor. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Gradient rule: `g` is the gradient of the output `y`; one gradient, or null for none, per input. */
export type VjpRule = (
  g: Tensor,
  inputs: readonly Tensor[],
  y: Tensor,
  attributes: Attributes,
) => readonly (Tensor | null)[];

/** Tangent rule: the tangent of the output `y` from those of the inputs, null where there is none; undefined: as follows from `vjp`. */
export type JvpRule = (
  tangents: readonly (Tensor | null)[],
  inputs: readonly Tensor[],
  y: Tensor,
  attributes: Attributes,
) => Tensor | null | undefined;

/** What `vmap` tells a batching rule. */
export interface Batch {
  /** Number of examples: the length of the new axis 0. */
  readonly size: number;
  /** Whether each input has the new axis 0; one that has not is the same for all examples. */
  readonly varies: readonly boolean[];
  /** The tensor with the new axis; repeated along it where it does not vary. */
  all(x: Tensor, varies: boolean): Tensor;
  /** Applies a function of one example to all; each result has the new axis. */
  map(
    f: (...xs: Tensor[]) => readonly (Tensor | null)[],
    xs: readonly Tensor[],
    varies: readonly boolean[],
  ): readonly (Tensor | null)[];
  /** The same of a batching that knows no tensor yet. */
  anew(): Batch;
}

/** Batching rule: records the op for all examples at once; the result has the new axis 0. */
export type BatchRule = (inputs: readonly Tensor[], attributes: Attributes, batch: Batch) => Tensor;

/** Gradient rule of an op that gives one of several results of one computation, as `attributes.output` says. */
export interface JointRule {
  /** Text that is equal for the results of one computation. */
  readonly key: (node: Tensor) => string;
  /** The gradients of the inputs of `node`, one of the results, from those of all results that have one. */
  readonly vjp: (
    gs: ReadonlyMap<number, Tensor>,
    node: Tensor,
    /** The inputs whose gradients are of use. */
    wanted: readonly boolean[],
  ) => readonly (Tensor | null)[];
}

/** One coordinate of the input as an affine function of output coordinates: `offset + Σ scale · out[axis]`. */
export interface ViewCoordinate {
  readonly offset: number;
  readonly terms: readonly { readonly axis: number; readonly scale: number }[];
}

/** How a view reads its input: a coordinate per input axis; where one lies outside the input, the element is `fill`. */
export interface View {
  readonly coordinates: readonly ViewCoordinate[];
  /** Set where coordinates may lie outside the input (padding). */
  readonly fill?: number;
}

/** A sample for the generic tests: inputs drawn from `low … high` (default −2 … 2), or given literally. */
export interface SampleInput {
  readonly shape: Shape;
  readonly dtype?: DType;
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly number[];
}
export interface Sample {
  readonly inputs: readonly SampleInput[];
  readonly attributes?: Attributes;
}
/** A refused sample with the error code it must raise. */
export interface ErrorSample extends Sample {
  readonly code: string;
}
/** Literal inputs and the literal output, computed independently of the definition. */
export interface Example {
  readonly inputs: readonly {
    readonly shape: Shape;
    readonly dtype?: DType;
    readonly values: readonly number[];
  }[];
  readonly attributes?: Attributes;
  readonly output: { readonly shape: Shape; readonly values: readonly number[] };
}

/** How a contraction pairs axes: `batch` and `contract` list [axis of a, axis of b]. The output has batch axes, then free axes of a, then of b. */
export interface ContractAxes {
  readonly batch: readonly (readonly [number, number])[];
  readonly contract: readonly (readonly [number, number])[];
}

/**
 * Fills `out` from `inputs`: row-major arrays, on some targets views of the memory that a plan computes on, which must not
 * be kept. There are no bool operands, whose storage differs. It may throw a `ChainruleError`, which the run then throws.
 */
export type HostKernel = (
  out: HostTensor,
  inputs: readonly HostTensor[],
  attributes: Attributes,
) => void;

/** What an op computes, by kind; the only thing that lowering and targets dispatch on. */
export type OpBody =
  /** A value that comes from outside the graph: argument, constant, state. */
  | { readonly kind: "leaf" }
  /** A number in the attributes (`value`). */
  | { readonly kind: "literal" }
  /** Element by element; `fn` names the scalar function. */
  | { readonly kind: "scalar"; readonly fn: string }
  | { readonly kind: "cast" }
  /** Reads its input at affine coordinates. */
  | {
      readonly kind: "view";
      readonly view: (input: TensorType, output: TensorType, attributes: Attributes) => View;
    }
  /** The same elements in row-major order. */
  | { readonly kind: "reshape" }
  /** Combines over `attributes.axes`, which stay with length 1. */
  | { readonly kind: "reduce"; readonly combine: Combine }
  /** Inputs one after another along `attributes.axis`. */
  | { readonly kind: "concatenate" }
  | { readonly kind: "contract"; readonly axes: (attributes: Attributes) => ContractAxes }
  /** out[…, i, …] = x[…, index[…, i, …], …] along `attributes.axis`; inputs x, index. */
  | { readonly kind: "gather" }
  /**
   * zeros, then out[…, index[…, i, …], …] += src[…, i, …] along `attributes.axis` of length `attributes.size`; inputs src, index.
   * Where it keeps the last, = instead of +=, in the order of the axis.
   */
  | { readonly kind: "scatterAdd"; readonly keeps?: "sum" | "last" }
  /** The coordinate along `attributes.axis` of a tensor of shape `attributes.shape`, as int32. */
  | { readonly kind: "iota" }
  /** Philox bits; the input is the int32[4] state (key, draw). */
  | { readonly kind: "randomBits" }
  /** A function in TypeScript, on all targets the same. Attributes count no axes, so axes put in front of all inputs are batch. */
  | { readonly kind: "host"; readonly run: HostKernel }
  /** One result of a loop over a graph of its own; see `ir/scan.ts`. */
  | { readonly kind: "scan" }
  /** The value of its first input, computed anew, and not before the others are there. */
  | { readonly kind: "barrier" }
  /** The value of its first input under another derivative or name. */
  | { readonly kind: "alias" };

export type OpKind = OpBody["kind"];

/** Everything the library knows about one op. */
export interface OpDefinition {
  readonly name: string;
  /** One sentence for the reference page. */
  readonly doc: string;
  /** The formula in LaTeX. */
  readonly formula: string;
  readonly body: OpBody;
  /** Output type from input types, or a typed error. */
  readonly type: (inputs: readonly TensorType[], attributes: Attributes) => TensorType;
  /** Missing: the op is not differentiable (piecewise constant ops return nulls instead). */
  readonly vjp?: VjpRule;
  /** In place of `vjp`, where one computation has several results. */
  readonly joint?: JointRule;
  /** Where the rule that follows from `kind` and `vjp` is missing or poor. */
  readonly jvp?: JvpRule;
  /** Where the rule does not follow from `kind` and the attributes that the kind names. */
  readonly batch?: BatchRule;
  /** LaTeX of the local derivative with respect to each input. */
  readonly derivatives?: readonly string[];
  readonly commutative?: boolean;
  /** How the generic tests call it; leaves have none. */
  readonly samples: readonly Sample[];
  readonly errors?: readonly ErrorSample[];
  readonly example?: Example;
}

const registry = new Map<string, OpDefinition>();

/** Enters a definition into the registry. */
export function defineOp(definition: OpDefinition): OpDefinition {
  if (registry.has(definition.name)) unreachable(`op ${definition.name} is defined twice`);
  registry.set(definition.name, definition);
  return definition;
}

/** Finds a definition by the name in printed graphs. */
export function opNamed(name: string): OpDefinition {
  const found = registry.get(name);
  if (found) return found;
  throw new ChainruleError({
    code: "PARSE",
    problem: `no op is named ${JSON.stringify(name)}`,
    fix: `Known ops: ${[...registry.keys()].join(", ")}.`,
  });
}

/** All definitions, in order of definition. */
export function allOps(): readonly OpDefinition[] {
  return [...registry.values()];
}

/** Nodes in a chain that nobody reads before the engine computes it anyway. */
const chainBudget = 10_000;

/** Records a node: checks types by the op's rule and returns the new tensor. */
export function record(
  definition: OpDefinition,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
): Tensor {
  const operands = inputs.map((input) => {
    if (!(input instanceof Tensor)) checkTensor(definition.name, "an operand", input);
    return input.node;
  });
  const tensor = new Tensor(
    definition,
    operands,
    attributes,
    definition.type(operands, attributes),
  );
  if (tensor.depth > chainBudget) engine().recorded(tensor);
  return tensor;
}
