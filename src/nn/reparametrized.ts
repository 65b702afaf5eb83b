// What layers have in common that compute another layer's weight anew at each call: the inner layer's own parameter stays
// where it is, is trained and saved, and stands aside while the inner layer runs.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkLayer } from "./containers.ts";
import { ConvTranspose1d, ConvTranspose2d, ConvTranspose3d } from "./conv-transpose.ts";
import type { Context, Layer } from "./layer.ts";

/** Options of the layers that compute another's weight. */
export interface WeightOptions {
  /** Name of the parameter; default `weight`. */
  readonly name?: string;
  /** The axis of the outputs, whose slices are vectors or rows; default 0, and 1 for transposed convolutions. */
  readonly axis?: number;
}

/** The inner layer's parameter, and the axis of its outputs. */
export function weightOf(
  wrapper: string,
  layer: Layer,
  { name = "weight", axis }: WeightOptions,
): { readonly name: string; readonly axis: number; readonly weight: Parameter } {
  checkLayer(wrapper, "the wrapped layer", layer);
  const weight = (layer as unknown as Record<string, unknown>)[name];
  if (!(weight instanceof Parameter) || weight.rank < 2) throw noWeight(wrapper, name, weight);
  const transposed = [ConvTranspose1d, ConvTranspose2d, ConvTranspose3d];
  const outputs = axis ?? (transposed.some((kind) => layer instanceof kind) ? 1 : 0);
  const at = outputs < 0 ? outputs + weight.rank : outputs;
  if (Number.isInteger(at) && at >= 0 && at < weight.rank) return { name, axis: at, weight };
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: wrapper,
    problem: `axis ${outputs} is not one of ${name} ${showShape(weight.shape)}`,
    fix: "Pass the axis of the outputs, 0 for most layers.",
    detail: { axis: outputs, shape: weight.shape },
  });
}

/** Runs a layer with `value` in the place of one of its parameters. */
export function forwardWith(
  layer: Layer,
  name: string,
  value: Tensor,
  x: Tensor,
  context: Context,
): Tensor {
  const fields = layer as unknown as Record<string, Tensor>;
  const own = fields[name];
  fields[name] = value;
  try {
    return layer.forward(x, context);
  } finally {
    fields[name] = own;
  }
}

function noWeight(wrapper: string, name: string, found: unknown): ChainruleError {
  const received = found instanceof Parameter ? `one of shape ${showShape(found.shape)}` : "none";
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: wrapper,
    problem: `needs a layer with a parameter ${name} of two axes or more; received ${received}`,
    fix: "Wrap a layer such as nn.Linear or nn.Conv2d, or pass { name }.",
    detail: { name },
  });
}
