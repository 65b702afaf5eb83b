// One training step as data: every node with its value, its adjoint and what was added up to it. This is the form that
// pages, files and other programs read; it is plain JSON, and its fields are stable within a version.

import type { DType } from "../../core/dtype.ts";
import type { Shape } from "../../core/shape.ts";
import type { Attributes } from "../../ir/op.ts";

/** What a node is for. `backward` nodes compute adjoints, `update` nodes the new values of state. */
export type TracePhase =
  | "input"
  | "constant"
  | "parameter"
  | "state"
  | "forward"
  | "loss"
  | "backward"
  | "update";

/** A training step. Nodes are in the order in which they were recorded: inputs come before users. */
export interface StepTrace {
  readonly format: "chainrule-trace";
  readonly version: 1;
  /** Node of the loss, and its value. */
  readonly loss: { readonly node: number; readonly value: number };
  readonly nodes: readonly TraceNode[];
  readonly groups: readonly TraceGroup[];
  readonly updates: readonly TraceUpdate[];
}

/** One tensor of the step. */
export interface TraceNode {
  readonly id: number;
  readonly op: string;
  readonly phase: TracePhase;
  readonly inputs: readonly number[];
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The layer call that recorded it. */
  readonly group?: number;
  /** Path of a parameter, or name of an input. */
  readonly name?: string;
  /** The op's formula and the local derivative for each input, in LaTeX. */
  readonly formula: string;
  readonly derivatives: readonly string[];
  readonly statistics: TraceStatistics;
  /** Elements in row-major order: all of them, or where there are many, those at `sampled`. */
  readonly values: readonly number[];
  readonly sampled?: readonly number[];
  /** The node that holds ∂loss/∂(this node). */
  readonly adjoint?: number;
  /** The forward node that this one is the adjoint of. */
  readonly adjointOf?: number;
  /** For backward nodes: the forward node whose derivative rule recorded this one. */
  readonly ruleOf?: number;
  /** What the users of this node handed back; their sum is its adjoint. */
  readonly contributions?: readonly TraceContribution[];
}

/** The product of an adjoint and a local derivative: `part = adjoint(user) · ∂user/∂(input number k)`. */
export interface TraceContribution {
  readonly user: number;
  readonly input: number;
  readonly part: number;
}

/** Numbers about the elements of a node that are numbers; NaN and infinities are counted. */
export interface TraceStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly std: number;
  /** Share of elements that are 0. */
  readonly zeros: number;
  readonly nonFinite: number;
  /** Counts in bins of equal width from `min` to `max`. */
  readonly histogram: readonly number[];
}

/** A call of a layer or of a named function. */
export interface TraceGroup {
  readonly id: number;
  /** `Linear 784→128`, or the name of a function such as `crossEntropy`. */
  readonly label: string;
  /** `model.layers.0`, where the layer's place is known. */
  readonly path?: string;
  /** The group of the layer that contains this one. */
  readonly parent?: number;
}

/** A change of a parameter or of other state. */
export interface TraceUpdate {
  /** Path of the parameter, or of the optimizer's state. */
  readonly name: string;
  /** Nodes with the value before and after. */
  readonly before: number;
  readonly after: number;
  /** Node of the gradient, for parameters. */
  readonly gradient?: number;
  /** `‖after − before‖₂ / ‖before‖₂`; about 10⁻³ in a healthy run. */
  readonly ratio: number;
}
