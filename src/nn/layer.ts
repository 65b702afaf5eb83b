// What a layer is: any object with `forward`. There is no base class; parameters are found by walking fields, and mode is
// an argument, never hidden state.

import { bytesOf, type DType } from "../core/dtype.ts";
import { ChainruleError, type ErrorCode } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { checkWords, type OptionNames } from "../core/option-names.ts";
import { checkShape, type Shape, showShape, sizeOf } from "../core/shape.ts";
import { checkOptions, checkTensor } from "../ir/arguments.ts";
import { currentRegion, describeRegion } from "../ir/region.ts";
import { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type Generator, random } from "../ops/random.ts";
import type { Initializer } from "./init.ts";

/** How a forward pass is meant; the default is inference. */
export interface Context {
  /** Whether dropout drops and batch norm uses and records batch statistics. */
  readonly training?: boolean;
  /** Source of random masks; default: `random`. */
  readonly generator?: Generator;
}

const contextNames: OptionNames<Context> = { training: true, generator: true };

/**
 * Checks that a context is an object, and does not say in other words what a layer looks for, such as `{ train: true }`.
 * Names that mean nothing to the layer are left alone: containers pass one context to all of their layers.
 */
export function checkContext(
  layer: string,
  context: unknown,
  known: Readonly<Record<string, true>> = contextNames,
): void {
  if (typeof context !== "object" || context === null) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: layer,
      problem: `a forward pass takes its context as an object; received ${showValue(context)}`,
      fix: "Write forward(x, { training: true }).",
    });
  }
  checkWords(layer, context, known);
}

/** Anything that maps a tensor to a tensor; its parameters are its fields. */
export interface Layer {
  forward(x: Tensor, context?: Context): Tensor;
}

/** Options that every layer with parameters takes. */
export interface LayerOptions {
  /** Element type of the parameters; default float32. */
  readonly dtype?: DType;
  /** Source of the initial values; default: `random`, so that `seed(n)` determines weights. */
  readonly generator?: Generator;
}

/** Names of the options that every layer with parameters takes. */
export const layerNames: OptionNames<LayerOptions> = { dtype: true, generator: true };

/** Makes a parameter with initial values. Shape: `shape`. */
export function initialized(shape: Shape, initial: Initializer, options: LayerOptions): Parameter {
  const { dtype = "float32", generator = random } = options;
  checkFloat(dtype);
  checkRoom(shape, dtype);
  return new Parameter(initial(shape, generator.stream), shape, dtype);
}

/**
 * Makes a parameter for a layer of your own, with initial values from `random` as the layers here have them; what is in a field
 * of the layer is found, trained and saved. `readonly weight = nn.parameter([out, in], nn.init.heNormal());`
 * Shape: `→ shape`. Errors: `BAD_ARGUMENT` where `initial` is no initial value of `nn.init`, or a function like them.
 */
export function parameter(
  shape: Shape,
  initial: Initializer,
  options: LayerOptions = {},
): Parameter {
  checkOptions("parameter", options, layerNames);
  checkShape("parameter", shape);
  if (typeof initial === "function") return initialized([...shape], initial, options);
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "parameter",
    problem: `initial values come from a function of the shape; received ${showValue(initial)}`,
    fix: "Pass e.g. nn.init.zeros or nn.init.xavierUniform().",
  });
}

/** What is trained moves by small amounts. */
function checkFloat(dtype: DType): void {
  if (dtype === "float32" || dtype === "float64") return;
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    op: "layer",
    problem: `parameters are floats; received { dtype: ${JSON.stringify(dtype)} }`,
    fix: 'Use { dtype: "float32" } or { dtype: "float64" }.',
    detail: { dtype },
  });
}

/** Refuses, before it is filled with numbers, what can never be in 4 GiB of WebAssembly memory. */
function checkRoom(shape: Shape, dtype: DType): void {
  const gibibytes = (sizeOf(shape) * bytesOf(dtype)) / 2 ** 30;
  if (gibibytes < 4) return;
  throw new ChainruleError({
    code: "OUT_OF_MEMORY",
    op: "layer",
    problem: `a parameter of shape ${showShape(shape)} takes ${Math.round(gibibytes).toLocaleString("en")} GiB; there are less than 4 for everything`,
    fix: "Use smaller sizes.",
    detail: { shape, dtype },
  });
}

/** Checks that constructor sizes are whole numbers ≥ 1. */
export function checkSizes(layer: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (Number.isInteger(size) && size >= 1) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: layer,
      problem: `${name} must be a whole number ≥ 1; received ${showValue(size)}`,
      fix: "Pass sizes as integers.",
      detail: { [name]: size },
    });
  }
}

/** Checks that constructor arguments are finite numbers, and at least `least` or above `above` where given. */
export function checkNumbers(
  layer: string,
  values: Readonly<Record<string, number>>,
  { least, above }: { readonly least?: number; readonly above?: number } = {},
): void {
  const bound = least !== undefined ? ` ≥ ${least}` : above !== undefined ? ` > ${above}` : "";
  for (const [name, value] of Object.entries(values)) {
    const inside =
      value >= (least ?? Number.NEGATIVE_INFINITY) && !(value <= (above ?? Number.NaN));
    if (Number.isFinite(value) && inside) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: layer,
      problem: `${name} must be a finite number${bound}; received ${showValue(value)}`,
      fix: `Pass ${name} as a number${bound}.`,
      detail: { [name]: value },
    });
  }
}

/** Checks that constructor arguments are shares or probabilities, from 0 to 1. */
export function checkProbabilities(layer: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "number" && value >= 0 && value <= 1) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: layer,
      problem: `${name} is a probability from 0 to 1; received ${showValue(value)}`,
      fix: "Pass a share, e.g. 0.1 for one in ten.",
      detail: { [name]: value },
    });
  }
}

/** Checks that constructor arguments name axes, which are whole numbers, negative ones counted from the end. */
export function checkAxes(layer: string, axes: Readonly<Record<string, number>>): void {
  for (const [name, axis] of Object.entries(axes)) {
    if (Number.isInteger(axis)) continue;
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: layer,
      problem: `${name} must be a whole number; received ${showValue(axis)}`,
      fix: "Number axes from 0, or from the end with -1 for the last.",
      detail: { [name]: axis },
    });
  }
}

/** Checks that `x` ends in `trailing` and has the parameters' element type. */
export function checkInput(layer: string, x: Tensor, trailing: Shape, like: Tensor): void {
  checkTensor(layer, "the input", x);
  const tail = x.shape.slice(Math.max(0, x.rank - trailing.length));
  if (showShape(tail) !== showShape(trailing)) {
    throw inputError("SHAPE_MISMATCH", layer, x, {
      expected: `[..., ${trailing.join(", ")}]`,
      fix: adviceFor(x, trailing),
    });
  }
  if (x.dtype !== like.dtype) throw wrongType(layer, x, like.dtype);
}

/** The error of an input with another element type than the parameters'. */
export function wrongType(layer: string, x: Tensor, dtype: DType): ChainruleError {
  return inputError("DTYPE_MISMATCH", layer, x, {
    expected: `${dtype} like the layer's parameters`,
    fix: `Convert it with .cast("${dtype}"), or give the layer { dtype: "${x.dtype}" }.`,
  });
}

/** The error of an input that a layer cannot take. */
export function inputError(
  code: ErrorCode,
  layer: string,
  x: Tensor,
  { expected, fix }: { readonly expected: string; readonly fix: string },
): ChainruleError {
  checkTensor(layer, "the input", x);
  return new ChainruleError({
    code,
    op: layer,
    problem: `expected ${expected}; received ${x.dtype}${showShape(x.shape)}`,
    fix,
    detail: { expected, received: x.shape, dtype: x.dtype },
    path: describeRegion(currentRegion()),
  });
}

function adviceFor(x: Tensor, trailing: Shape): string {
  const features = sizeOf(trailing);
  if (x.rank > 2 && sizeOf(x.shape.slice(1)) === features) {
    return "Put new nn.Flatten() before the layer.";
  }
  if (x.rank > 3) {
    const flat = sizeOf(x.shape.slice(1));
    return `Put new nn.Flatten() before the layer, and make it for ${flat} features.`;
  }
  const last = x.shape.at(-1);
  return last === undefined
    ? "A scalar has no features; reshape the input to [batch, features]."
    : `Make the layer for ${last} features, or give it an input whose last axis is ${trailing.at(-1)}.`;
}
