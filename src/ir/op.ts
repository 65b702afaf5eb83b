// The definition of an op, and the registry. A definition is the one place that knows an op: its documentation, type
// rule, meaning, derivative, samples and example. Passes and targets ask its properties (`kind` above all), never its name.

import type { DType } from "../core/dtype.ts";
import { ChainruleError, unreachable } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
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
  /** zeros, then out[…, index[…, i, …], …] += src[…, i, …] along `attributes.axis` of length `attributes.size`; inputs src, index. */
  | { readonly kind: "scatterAdd" }
  /** The coordinate along `attributes.axis` of a tensor of shape `attributes.shape`, as int32. */
  | { readonly kind: "iota" }
  /** Philox bits; the input is the int32[4] state (key, draw). */
  | { readonly kind: "randomBits" }
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
  const operands = inputs.map((input) => input.node);
  const tensor = new Tensor(
    definition,
    operands,
    attributes,
    definition.type(operands, attributes),
  );
  if (tensor.depth > chainBudget) engine().recorded(tensor);
  return tensor;
}
