// Scalar functions: the first closed vocabulary. A row says what a function means in JavaScript, how a target spells
// it natively, and, for targets that lack it, how it expands into simpler ones. Rows live in `ops/`;
// everything below ops (lowering, emitters, the reference target) finds them here by name.

import type { DType } from "../core/dtype.ts";
import { unreachable } from "../core/errors.ts";

/** An opaque value inside an expansion; the builder that made it knows what it is. */
export type ScalarValue = { readonly dtype: DType; readonly id: number };

/** Applies scalar functions by name while an expansion is built; `constant` makes a literal. */
export interface ScalarBuilder {
  constant(value: number, dtype?: DType): ScalarValue;
  apply(name: string, ...args: ScalarValue[]): ScalarValue;
}

/** One row of the scalar vocabulary. */
export interface ScalarFunction {
  readonly name: string;
  readonly arity: 1 | 2 | 3;
  /** Meaning in JavaScript; bool is 0 or 1. Integer results are wrapped to 32 bits by the caller. */
  readonly js: (a: number, b: number, c: number) => number;
  /** Meaning for int32 operands where `js` would lose low bits, e.g. `Math.imul`. */
  readonly jsInt32?: (a: number, b: number, c: number) => number;
  /** Element type of the result; default: that of the (last) operand. */
  readonly result?: "same" | "bool" | "int32" | "float32";
  /** Instruction without its lane prefix, e.g. `add` for `f32x4.add`; `f32`, `i32`, `bool` say for which operands it holds. */
  readonly wasm?: string;
  /** Operand types for which the `wasm` spelling holds; default: float32, float64 and int32. */
  readonly wasmTypes?: readonly DType[];
  /** Native spelling in WGSL. */
  readonly wgsl?: string;
  /** The function in terms of natively spelled ones; without it a target calls `js` element by element. */
  readonly expand?: (e: ScalarBuilder, ...args: ScalarValue[]) => ScalarValue;
  /** Operand types for which the expansion holds; default: float32. */
  readonly expandTypes?: readonly DType[];
  /** The first operand is a condition: where it holds, the result is this function of `Math` of the second, else the third. */
  readonly conditional?: "sin" | "cos" | "tan";
}

const table = new Map<string, ScalarFunction>();

/** Enters a row into the vocabulary and returns it. */
export function defineScalar(row: ScalarFunction): ScalarFunction {
  if (table.has(row.name)) unreachable(`scalar function ${row.name} is defined twice`);
  table.set(row.name, row);
  return row;
}

/** Finds a row by name. */
export function scalarFunction(name: string): ScalarFunction {
  return table.get(name) ?? unreachable(`scalar function ${name} is not defined`);
}

/** All rows, in definition order. */
export function scalarFunctions(): readonly ScalarFunction[] {
  return [...table.values()];
}
