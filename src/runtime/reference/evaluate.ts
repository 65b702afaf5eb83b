// What each kind of op computes, in plain loops: the oracle that every other target is compared with. It shares no code
// with the compiler and makes nothing fast. Arithmetic is JavaScript's (double); float32 rounds where a value is stored.

import { type DType, type HostArray, hostArray } from "../../core/dtype.ts";
import { unreachable } from "../../core/errors.ts";
import { philoxFill } from "../../core/random.ts";
import { type Shape, sizeOf, stridesOf } from "../../core/shape.ts";
import type { Combine } from "../../ir/loops.ts";
import type { Attributes, OpBody, OpDefinition, OpKind } from "../../ir/op.ts";
import { scalarFunction } from "../../ir/scalar.ts";
import { evaluateScan } from "./scan.ts";

/** A node as the evaluator sees it: what to compute, and the type of the result. */
export interface EvaluatedNode {
  readonly definition: OpDefinition;
  readonly attributes: Attributes;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The value of an input, in row-major order. */
export interface EvaluatedInput {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: HostArray;
}

/** Computes one node from the values of its inputs; returns a fresh array in row-major order. */
export function evaluate(node: EvaluatedNode, inputs: readonly EvaluatedInput[]): HostArray {
  const out = hostArray(node.dtype, sizeOf(node.shape));
  const { body } = node.definition;
  const rule = rules[body.kind] as Rule<OpKind>;
  rule(out, node, inputs, body);
  return out;
}

type Rule<K extends OpKind> = (
  out: HostArray,
  node: EvaluatedNode,
  inputs: readonly EvaluatedInput[],
  body: Extract<OpBody, { kind: K }>,
) => void;

const rules = {
  leaf: (_out, node) => unreachable(`the leaf ${node.definition.name} has no value`),

  literal: (out, node) => {
    out.fill(Number(node.attributes.value));
  },

  scalar: (out, node, inputs, body) => {
    const row = scalarFunction(body.fn);
    const f = node.dtype === "int32" ? (row.jsInt32 ?? row.js) : row.js;
    const [a, b, c] = inputs.map((input) => input.data);
    for (let i = 0; i < out.length; i++) out[i] = f(a[i], b?.[i], c?.[i]);
  },

  cast: (out, node, [x]) => {
    for (let i = 0; i < out.length; i++) out[i] = converted(x.data[i], node.dtype);
  },

  view: (out, node, [x], body) => {
    const { coordinates, fill } = body.view(x, node, node.attributes);
    const strides = stridesOf(x.shape);
    eachPoint(node.shape, (at, i) => {
      let index = 0;
      let inside = true;
      coordinates.forEach(({ offset, terms }, axis) => {
        const coordinate = terms.reduce((sum, term) => sum + term.scale * at[term.axis], offset);
        if (coordinate < 0 || coordinate >= x.shape[axis]) inside = false;
        index += coordinate * strides[axis];
      });
      if (!inside && fill === undefined) unreachable(`${node.definition.name} reads outside`);
      out[i] = inside ? x.data[index] : fill!;
    });
  },

  reshape: (out, _node, [x]) => {
    out.set(x.data);
  },

  reduce: (out, node, [x], body) => {
    const { identity, step } = combines[body.combine];
    const strides = stridesOf(node.shape);
    const sums = new Array<number>(out.length).fill(identity(node.dtype));
    const whole = node.dtype === "int32";
    eachPoint(x.shape, (at, i) => {
      // Reduced axes have length 1 in the output.
      const to = at.reduce(
        (sum, c, axis) => sum + (node.shape[axis] === 1 ? 0 : c * strides[axis]),
        0,
      );
      const next = step(sums[to], x.data[i]);
      sums[to] = whole ? wrapped(next, sums[to], x.data[i], body.combine) : next;
    });
    out.set(sums);
  },

  concatenate: (out, node, inputs) => {
    const axis = node.attributes.axis as number;
    const strides = stridesOf(node.shape);
    let start = 0;
    for (const { shape, data } of inputs) {
      eachPoint(shape, (at, i) => {
        out[dot(at, strides) + start * strides[axis]] = data[i];
      });
      start += shape[axis];
    }
  },

  contract: (out, node, [a, b], body) => {
    const axes = body.axes(node.attributes);
    const paired = [...axes.batch, ...axes.contract];
    const freeA = a.shape.flatMap((_, k) => (paired.some(([i]) => i === k) ? [] : [k]));
    const freeB = b.shape.flatMap((_, k) => (paired.some(([, j]) => j === k) ? [] : [k]));
    const stridesA = stridesOf(a.shape);
    const stridesB = stridesOf(b.shape);
    const outerA = [...axes.batch.map(([i]) => stridesA[i]), ...freeA.map((k) => stridesA[k])];
    const outerB = [...axes.batch.map(([, j]) => stridesB[j]), ...freeA.map(() => 0)];
    const innerShape = axes.contract.map(([i]) => a.shape[i]);
    const innerA = axes.contract.map(([i]) => stridesA[i]);
    const innerB = axes.contract.map(([, j]) => stridesB[j]);
    const whole = node.dtype === "int32";
    eachPoint(node.shape, (at, i) => {
      const fromA = dot(at, [...outerA, ...freeB.map(() => 0)]);
      const fromB = dot(at, [...outerB, ...freeB.map((k) => stridesB[k])]);
      let sum = 0;
      eachPoint(innerShape, (k) => {
        const x = a.data[fromA + dot(k, innerA)];
        const y = b.data[fromB + dot(k, innerB)];
        sum = whole ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
      });
      out[i] = sum;
    });
  },

  gather: (out, node, [x, index]) => {
    const axis = node.attributes.axis as number;
    const strides = stridesOf(x.shape);
    eachPoint(node.shape, (at, i) => {
      const k = index.data[i];
      const inside = k >= 0 && k < x.shape[axis];
      const from = dot(at, strides) + (k - at[axis]) * strides[axis];
      out[i] = inside ? x.data[from] : Number.NaN; // NaN stores 0 in whole numbers
    });
  },

  scatterAdd: (out, node, [source, index], { keeps = "sum" }) => {
    const axis = node.attributes.axis as number;
    const strides = stridesOf(node.shape);
    const sums = new Array<number>(out.length).fill(0);
    eachPoint(source.shape, (at, i) => {
      const k = index.data[i];
      if (k < 0 || k >= node.shape[axis]) return;
      const to = dot(at, strides) + (k - at[axis]) * strides[axis];
      sums[to] = source.data[i] + (keeps === "sum" ? sums[to] : 0);
    });
    out.set(sums);
  },

  iota: (out, node) => {
    eachPoint(node.shape, (at, i) => {
      out[i] = at[node.attributes.axis as number];
    });
  },

  randomBits: (out, _node, [state]) => {
    const [key0, key1, draw0, draw1] = state.data;
    philoxFill(out as Int32Array, [key0, key1, draw0, draw1]);
  },

  host: (out, { shape, dtype, attributes }, inputs, body) => {
    body.run({ shape, dtype, data: out }, inputs, attributes);
  },

  scan: (out, node, inputs) => {
    out.set(evaluateScan(node, inputs, evaluate));
  },

  barrier: (out, _node, [x]) => {
    out.set(x.data);
  },

  alias: (out, _node, [x]) => {
    out.set(x.data);
  },
} satisfies { [K in OpKind]: Rule<K> };

const combines: Record<
  Combine,
  { readonly identity: (dtype: DType) => number; readonly step: (a: number, b: number) => number }
> = {
  add: { identity: () => 0, step: (a, b) => a + b },
  mul: { identity: () => 1, step: (a, b) => a * b },
  max: {
    identity: (dtype) => (dtype === "int32" ? -(2 ** 31) : Number.NEGATIVE_INFINITY),
    step: Math.max,
  },
  min: {
    identity: (dtype) => (dtype === "int32" ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY),
    step: Math.min,
  },
};

/** Whole numbers keep their low 32 bits at each step. */
function wrapped(next: number, a: number, b: number, combine: Combine): number {
  return combine === "mul" ? Math.imul(a, b) : next | 0;
}

/** Float to int32 truncates towards zero and stops at the ends of the range; bool is x ≠ 0. */
function converted(x: number, dtype: DType): number {
  if (dtype === "bool") return x !== 0 ? 1 : 0;
  if (dtype === "int32") return Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1);
  return x;
}

/** Calls `visit` with the coordinates and the number of each element, in row-major order. */
function eachPoint(shape: Shape, visit: (at: readonly number[], index: number) => void): void {
  const size = sizeOf(shape);
  const at = shape.map(() => 0);
  for (let index = 0; index < size; index++) {
    visit(at, index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]++;
      if (at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
}

function dot(at: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < at.length; axis++) sum += at[axis] * strides[axis];
  return sum;
}
