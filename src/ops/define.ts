// Builders for rows of the scalar vocabulary: one call enters the scalar function, its op definition, and gives back the
// function that users call.

import { type DType, isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { type Shape, sameShape, showShape } from "../core/shape.ts";
import type { AnyShape, Broadcast, Fits, Known } from "../core/shape-types.ts";
import { checkTensor } from "../ir/arguments.ts";
import {
  defineOp,
  type OpDefinition,
  record,
  type SampleInput,
  type TensorType,
  type VjpRule,
} from "../ir/op.ts";
import { defineScalar, type ScalarFunction } from "../ir/scalar.ts";
import { Tensor } from "../ir/tensor.ts";
import { cast } from "./cast.ts";
import { align, toFloat, toNumber } from "./operand.ts";

/** A function of one tensor, element by element. */
export type Unary = <S extends Shape = AnyShape>(x: Tensor<S>) => Tensor<S>;
/** A function of two operands, element by element, with broadcasting; numbers are weakly typed. */
export type Binary = <A extends Shape = AnyShape, B extends Shape = []>(
  a: Tensor<A>,
  b: number | (Tensor<B> & Fits<Broadcast<A, B>>),
) => Tensor<Known<Broadcast<A, B>>>;

interface RowFacts extends Omit<ScalarFunction, "arity"> {
  /** One sentence for the reference page. */
  readonly doc: string;
  readonly formula: string;
  /** LaTeX of the local derivatives, one per operand. */
  readonly derivatives?: readonly string[];
  readonly vjp?: VjpRule;
  /** Interval(s) that samples are drawn from; default −2 … 2. */
  readonly domain?: readonly (readonly [number, number])[];
}

interface UnaryFacts extends RowFacts {
  /** A literal input and its value, from an independent source. */
  readonly example: readonly [x: number, y: number];
  /** Whether int32 input becomes float32 first (the default) or stays. */
  readonly keepsIntegers?: boolean;
  /** Whether whole numbers are returned as they are. */
  readonly fixesIntegers?: boolean;
  /** Operand type of samples where it is not a float. */
  readonly sampleType?: DType;
}

/** Defines a function of one operand. */
export function unary(facts: UnaryFacts): Unary {
  defineScalar({ ...facts, arity: 1 });
  const [low, high] = facts.domain?.[0] ?? [-2, 2];
  const input = (shape: number[]): SampleInput => ({ shape, low, high, dtype: facts.sampleType });
  const definition = defineOp({
    ...opFacts(facts),
    samples: [{ inputs: [input([7])] }, { inputs: [input([2, 3])] }],
    example: {
      inputs: [{ shape: [1], values: [facts.example[0]], dtype: facts.sampleType }],
      output: { shape: [1], values: [facts.example[1]] },
    },
  });
  return (x) => {
    if (!(x instanceof Tensor)) checkTensor(facts.name, "the operand", x);
    if (facts.fixesIntegers && !isFloat(x.dtype)) return x.node;
    if (!facts.keepsIntegers) return record(definition, [toFloat(x)]);
    return record(definition, [facts.sampleType === "bool" ? x : toNumber(x)]);
  };
}

interface BinaryFacts extends RowFacts {
  readonly example: readonly [a: number, b: number, y: number];
  readonly commutative?: boolean;
  /** Whether whole numbers become float32 first. */
  readonly floatsOnly?: boolean;
  readonly sampleType?: DType;
}

/** Defines a function of two operands with broadcasting. */
export function binary(facts: BinaryFacts): Binary {
  defineScalar({ ...facts, arity: 2 });
  const input = (shape: number[], k: number): SampleInput => {
    const [low, high] = facts.domain?.[k] ?? [-2, 2];
    return { shape, low, high, dtype: facts.sampleType };
  };
  const definition = defineOp({
    ...opFacts(facts),
    commutative: facts.commutative ?? false,
    samples: [
      { inputs: [input([7], 0), input([7], 1)] },
      { inputs: [input([2, 3], 0), input([2, 3], 1)] },
    ],
    errors: [{ inputs: [input([2], 0), input([3], 1)], code: "SHAPE_MISMATCH" }],
    example: {
      inputs: [0, 1].map((k) => ({
        shape: [1],
        values: [facts.example[k]],
        dtype: facts.sampleType,
      })),
      output: { shape: [1], values: [facts.example[2]] },
    },
  });
  return (a, b) => {
    const operands = align(facts.name, [a, b]);
    if (facts.floatsOnly) return record(definition, operands.map(toFloat));
    return record(definition, facts.sampleType === "bool" ? operands : operands.map(toNumber));
  };
}

/** Defines a function of two bool operands. */
export function logical(facts: Omit<BinaryFacts, "sampleType">): Binary {
  const compute = binary({ ...facts, result: "bool", sampleType: "bool", vjp: () => [null, null] });
  return (a, b) => compute(cast(a, "bool"), typeof b === "number" ? b : cast(b, "bool"));
}

/** The op-definition part of a row. */
export function opFacts(
  facts: RowFacts,
): Pick<OpDefinition, "name" | "doc" | "formula" | "derivatives" | "vjp" | "body" | "type"> {
  return {
    name: facts.name,
    doc: facts.doc,
    formula: facts.formula,
    derivatives: facts.derivatives,
    vjp: facts.vjp,
    body: { kind: "scalar", fn: facts.name },
    type: (inputs) => elementwiseType(facts, inputs),
  };
}

function elementwiseType(
  { name, result = "same" }: RowFacts,
  inputs: readonly TensorType[],
): TensorType {
  const { shape, dtype } = inputs[inputs.length - 1];
  for (const input of inputs) {
    if (sameShape(input.shape, shape)) continue;
    throw new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: name,
      problem: `operands differ in shape: ${inputs.map((t) => showShape(t.shape)).join(" and ")}`,
      fix: "Broadcast them to one shape.",
      detail: { shapes: inputs.map((t) => t.shape) },
    });
  }
  return { shape, dtype: result === "same" ? dtype : result };
}
