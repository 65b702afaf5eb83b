// Transposed convolution layers; the functions of the same names compute them.

import type { OptionNames } from "../core/option-names.ts";
import type { MapsChannels } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
} from "../ops/compose/convolution.ts";
import { checkExtra, type PerAxis, perAxis } from "../ops/compose/convolution-checks.ts";
import { checkGroups, imageError } from "./conv.ts";
import { type Initializer, uniform } from "./init.ts";
import { checkSizes, initialized, type LayerOptions, layerNames, wrongType } from "./layer.ts";

/** Options of the transposed convolution layers. */
export interface ConvTransposeLayerOptions
  extends LayerOptions,
    Omit<ConvTransposeOptions, "bias"> {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
  /** Initial weight; default U(±1/√n), where n is output channels per group times places of the kernel, as in PyTorch. */
  readonly init?: Initializer;
  /** Initial bias; default U(±1/√n). */
  readonly biasInit?: Initializer;
}

const names: OptionNames<ConvTransposeLayerOptions> = {
  ...layerNames,
  stride: true,
  padding: true,
  outputPadding: true,
  dilation: true,
  groups: true,
  bias: true,
  init: true,
  biasInit: true,
};

/** How the kernel runs over the output: stride, padding, output padding, dilation, groups. */
export type ConvTransposeGeometry = Omit<ConvTransposeOptions, "bias">;

/** Fields and construction of the layers of all ranks. */
abstract class ConvTranspose<const In extends number = number, const Out extends number = number> {
  declare readonly maps?: MapsChannels<In, Out>;
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly geometry: ConvTransposeGeometry;

  constructor(
    layer: TransposedLayer,
    inChannels: In,
    outChannels: Out,
    kernel: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    const made = makeTransposed(layer, [inChannels, outChannels], kernel, options);
    this.weight = made.weight;
    this.bias = made.bias;
    this.geometry = made.geometry;
  }
}

/** Transposed convolution of sequences. Shape: `[B, C, L] → [B, O, L']`; weight `[C, O/groups, k]`, bias `[O]`. */
export class ConvTranspose1d<
  const In extends number = number,
  const Out extends number = number,
> extends ConvTranspose<In, Out> {
  constructor(
    inChannels: In,
    outChannels: Out,
    kernel: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super("ConvTranspose1d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyTransposed("ConvTranspose1d", this, x);
  }
}

/**
 * Transposed convolution of images, with `n' = (n − 1)s − 2p + d(k−1) + outputPadding + 1`.
 * Shape: `[B, C, H, W] → [B, O, H', W']`; weight `[C, O/groups, kh, kw]`, bias `[O]`.
 */
export class ConvTranspose2d<
  const In extends number = number,
  const Out extends number = number,
> extends ConvTranspose<In, Out> {
  constructor(
    inChannels: In,
    outChannels: Out,
    kernel: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super("ConvTranspose2d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyTransposed("ConvTranspose2d", this, x);
  }
}

/** Transposed convolution of volumes. Shape: `[B, C, D, H, W] → [B, O, D', H', W']`; weight `[C, O/groups, kd, kh, kw]`, bias `[O]`. */
export class ConvTranspose3d<
  const In extends number = number,
  const Out extends number = number,
> extends ConvTranspose<In, Out> {
  constructor(
    inChannels: In,
    outChannels: Out,
    kernel: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super("ConvTranspose3d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyTransposed("ConvTranspose3d", this, x);
  }
}

/** What the layers of all ranks have. */
interface TransposedParts {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly geometry: ConvTransposeGeometry;
}

/** By layer: the spatial axes, and the function that computes it. */
const kinds = {
  ConvTranspose1d: { rank: 1, apply: convTranspose1d },
  ConvTranspose2d: { rank: 2, apply: convTranspose2d },
  ConvTranspose3d: { rank: 3, apply: convTranspose3d },
} as const;

type TransposedLayer = `ConvTranspose${1 | 2 | 3}d`;

function applyTransposed(layer: TransposedLayer, parts: TransposedParts, x: Tensor): Tensor {
  const { weight, bias, geometry } = parts;
  const { groups = 1 } = geometry;
  const label = `${layer} ${weight.shape[0]}→${weight.shape[1] * groups}, ${weight.shape.slice(2).join("×")}`;
  return inRegion(parts, label, () => {
    if (x.rank !== weight.rank || x.shape[1] !== weight.shape[0]) {
      throw imageError(layer, x, weight.shape[0], weight.rank - 2);
    }
    if (x.dtype !== weight.dtype) throw wrongType(layer, x, weight.dtype);
    return kinds[layer].apply(x, weight, { ...geometry, bias });
  });
}

function makeTransposed(
  layer: TransposedLayer,
  [inChannels, outChannels]: readonly [number, number],
  size: PerAxis,
  options: ConvTransposeLayerOptions,
): TransposedParts {
  checkOptions(layer, options, names);
  const { rank } = kinds[layer];
  const kernel = perAxis(layer, "kernel", size, rank);
  const stride = perAxis(layer, "stride", options.stride ?? 1, rank);
  const dilation = perAxis(layer, "dilation", options.dilation ?? 1, rank);
  const padding = perAxis(layer, "padding", options.padding ?? 0, rank, 0);
  const outputPadding = perAxis(layer, "outputPadding", options.outputPadding ?? 0, rank, 0);
  const { groups = 1 } = options;
  checkExtra(layer, outputPadding, stride);
  checkSizes(layer, { inChannels, outChannels, groups });
  checkGroups(layer, groups, inChannels, outChannels);
  const shape = [inChannels, outChannels / groups, ...kernel];
  const bound = 1 / Math.sqrt(kernel.reduce((n, length) => n * length, outChannels / groups));
  const byFan = uniform(-bound, bound);
  const weight = initialized(shape, options.init ?? byFan, options);
  const withBias = options.bias ?? true;
  const bias = withBias ? initialized([outChannels], options.biasInit ?? byFan, options) : null;
  return { weight, bias, geometry: { stride, padding, outputPadding, dilation, groups } };
}
