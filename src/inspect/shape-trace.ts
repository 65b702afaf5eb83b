// The shapes that go through a model, layer by layer: one forward pass is recorded and not computed. Where a layer refuses
// its input, the trace ends there and says why, which shows where a shape went wrong.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { printAsText } from "../core/print-as-text.ts";
import { checkShape, type Shape, showShape } from "../core/shape.ts";
import { argumentLeaf } from "../ir/argument.ts";
import { Tensor } from "../ir/tensor.ts";
import { type Call, Memory, type Model, watchCalls } from "../nn/calls.ts";
import { Rehearsal } from "./rehearsal.ts";

/** One call of a layer; types are texts such as `float32[32, 10]`. */
export interface ShapeRow {
  /** Path from the model; "" for the model itself. */
  readonly path: string;
  /** How many layers are around it. */
  readonly depth: number;
  /** Class of the layer. */
  readonly layer: string;
  readonly inputs: readonly string[];
  /** Empty where it threw. */
  readonly outputs: readonly string[];
}

/** The calls of a forward pass. Prints as a table. */
export class ShapeTrace {
  readonly rows: readonly ShapeRow[];
  /** What ended the pass, if it did not come to its end. */
  readonly error: Error | undefined;

  constructor(rows: readonly ShapeRow[], error: Error | undefined) {
    this.rows = rows;
    this.error = error;
  }

  toString(): string {
    const names = this.rows.map(
      ({ depth, path, layer }) => `${"  ".repeat(depth)}${path || "model"} (${layer})`,
    );
    const width = Math.max(0, ...names.map(({ length }) => length));
    const lines = this.rows.map(({ inputs, outputs }, k) => {
      const given = outputs.length === 0 ? "✗" : outputs.join(", ");
      return `${names[k].padEnd(width)}  ${inputs.join(", ")} → ${given}`;
    });
    return [...lines, ...(this.error === undefined ? [] : [`✗ ${this.error.message}`])].join("\n");
  }
}

printAsText(ShapeTrace);

/**
 * Traces the shapes of one forward pass, in inference mode, for an input of a shape (float32, batch included), a sample, or
 * a list of samples. Where a layer throws, the trace ends with it and has the error; nothing is thrown and no state changes.
 *
 * `console.log(String(traceShapes(model, [32, 1, 28, 28])));`
 * Errors: `BAD_ARGUMENT` for what is no model or no input.
 */
export function traceShapes(model: Model, input: Shape | Tensor | readonly Tensor[]): ShapeTrace {
  if (typeof model?.forward !== "function") throw notModel(model);
  const inputs = inputsOf(input);
  const calls: Call[] = [];
  let error: Error | undefined;
  try {
    watchCalls(model, calls, new Memory(), () =>
      new Rehearsal().record(() => model.forward(...inputs, { training: false })),
    );
  } catch (caught) {
    error = caught instanceof Error ? caught : new Error(String(caught));
  }
  return new ShapeTrace(calls.map(rowOf), error);
}

function rowOf({ path, depth, owner, inputs, outputs }: Call): ShapeRow {
  const layer = owner.constructor.name;
  return { path, depth, layer, inputs: inputs.map(typeText), outputs: outputs.map(typeText) };
}

const typeText = ({ dtype, shape }: Tensor): string => `${dtype}${showShape(shape)}`;

function inputsOf(input: Shape | Tensor | readonly Tensor[]): readonly Tensor[] {
  if (input instanceof Tensor) return [input];
  if (isTensors(input)) return input;
  checkShape("traceShapes", input);
  return [argumentLeaf({ shape: input, dtype: "float32" })];
}

function isTensors(input: Shape | readonly Tensor[]): input is readonly Tensor[] {
  return Array.isArray(input) && input.length > 0 && input.every((x) => x instanceof Tensor);
}

function notModel(model: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "traceShapes",
    problem: `needs a model with a forward method; received ${showValue(model)}`,
    fix: "Write traceShapes(model, [32, 784]), batch included.",
  });
}
