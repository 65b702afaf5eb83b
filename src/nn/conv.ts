// Convolution layers; the functions of the same names compute them.

import { ChainruleError } from "../core/errors.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { MapsChannels } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  type ConvOptions,
  conv1d,
  conv2d,
  conv3d,
  resolvePadding,
} from "../ops/compose/convolution.ts";
import { type PerAxis, perAxis } from "../ops/compose/convolution-checks.ts";
import { type Initializer, uniform } from "./init.ts";
import {
  checkSizes,
  initialized,
  inputError,
  type LayerOptions,
  layerNames,
  wrongType,
} from "./layer.ts";

/** Options of the convolution layers. */
export interface ConvLayerOptions extends LayerOptions, Omit<ConvOptions, "bias"> {
  /** Whether there is a bias; default true. */
  readonly bias?: boolean;
  /** Initial weight; default U(±1/√fanIn), where fanIn is channels per group times places of the kernel. */
  readonly init?: Initializer;
  /** Initial bias; default U(±1/√fanIn). */
  readonly biasInit?: Initializer;
}

const names: OptionNames<ConvLayerOptions> = {
  ...layerNames,
  stride: true,
  padding: true,
  dilation: true,
  groups: true,
  bias: true,
  init: true,
  biasInit: true,
};

/** How the kernel runs over the image: stride, padding, dilation, groups. */
export type ConvGeometry = Omit<ConvOptions, "bias">;

/** Fields and construction of the layers of all ranks. */
abstract class Conv<const In extends number = number, const Out extends number = number> {
  declare readonly maps?: MapsChannels<In, Out>;
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly geometry: ConvGeometry;

  constructor(
    layer: ConvLayer,
    inChannels: In,
    outChannels: Out,
    kernel: PerAxis,
    options: ConvLayerOptions = {},
  ) {
    const made = makeConv(layer, [inChannels, outChannels], kernel, options);
    this.weight = made.weight;
    this.bias = made.bias;
    this.geometry = made.geometry;
  }
}

/** Convolves sequences. Shape: `[B, C, L] → [B, O, L']`; weight `[O, C/groups, k]`, bias `[O]`. */
export class Conv1d<
  const In extends number = number,
  const Out extends number = number,
> extends Conv<In, Out> {
  constructor(inChannels: In, outChannels: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv1d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyConv("Conv1d", this, x);
  }
}

/** Convolves images. Shape: `[B, C, H, W] → [B, O, H', W']`; weight `[O, C/groups, kh, kw]`, bias `[O]`. */
export class Conv2d<
  const In extends number = number,
  const Out extends number = number,
> extends Conv<In, Out> {
  constructor(inChannels: In, outChannels: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv2d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyConv("Conv2d", this, x);
  }
}

/** Convolves volumes. Shape: `[B, C, D, H, W] → [B, O, D', H', W']`; weight `[O, C/groups, kd, kh, kw]`, bias `[O]`. */
export class Conv3d<
  const In extends number = number,
  const Out extends number = number,
> extends Conv<In, Out> {
  constructor(inChannels: In, outChannels: Out, kernel: PerAxis, options: ConvLayerOptions = {}) {
    super("Conv3d", inChannels, outChannels, kernel, options);
  }

  forward(x: Tensor): Tensor {
    return applyConv("Conv3d", this, x);
  }
}

/** What the layers of all ranks have. */
interface ConvParts {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly geometry: ConvGeometry;
}

/** By layer: the spatial axes, and the function that computes it. */
const kinds = {
  Conv1d: { rank: 1, apply: conv1d },
  Conv2d: { rank: 2, apply: conv2d },
  Conv3d: { rank: 3, apply: conv3d },
} as const;

type ConvLayer = `Conv${1 | 2 | 3}d`;

function applyConv(layer: ConvLayer, parts: ConvParts, x: Tensor): Tensor {
  const { weight, bias, geometry } = parts;
  return inRegion(parts, label(layer, weight), () => {
    checkImage(layer, x, weight, geometry);
    return kinds[layer].apply(x, weight, { ...geometry, bias });
  });
}

function makeConv(
  layer: ConvLayer,
  [inChannels, outChannels]: readonly [number, number],
  size: PerAxis,
  options: ConvLayerOptions,
): ConvParts {
  checkOptions(layer, options, names);
  const kernel = perAxis(layer, "kernel", size, kinds[layer].rank);
  const { stride, padding, dilation, groups = 1 } = options;
  checkGeometry(layer, kernel, options);
  checkSizes(layer, { inChannels, outChannels, groups });
  checkGroups(layer, groups, inChannels, outChannels);
  const shape = [outChannels, inChannels / groups, ...kernel];
  const bound = 1 / Math.sqrt(kernel.reduce((n, size) => n * size, inChannels / groups));
  const byFanIn = uniform(-bound, bound);
  const weight = initialized(shape, options.init ?? byFanIn, options);
  const withBias = options.bias ?? true;
  const bias = withBias ? initialized([outChannels], options.biasInit ?? byFanIn, options) : null;
  return { weight, bias, geometry: { stride, padding, dilation, groups } };
}

function label(layer: string, { shape }: Parameter): string {
  return `${layer} ${shape[1]}→${shape[0]}, ${shape.slice(2).join("×")}`;
}

function checkImage(
  layer: string,
  x: Tensor,
  weight: Parameter,
  { groups = 1 }: ConvGeometry,
): void {
  const channels = weight.shape[1] * groups;
  if (x.rank !== weight.rank || x.shape[1] !== channels) {
    throw imageError(layer, x, channels, weight.rank - 2);
  }
  if (x.dtype !== weight.dtype) throw wrongType(layer, x, weight.dtype);
}

/** The error of an input that is no batch of images of so many channels and spatial axes. */
export function imageError(
  layer: string,
  x: Tensor,
  channels: number,
  rank: number,
): ChainruleError {
  const space = ["length", "height, width", "depth, height, width"][rank - 1];
  return inputError("SHAPE_MISMATCH", layer, x, {
    expected: `[batch, ${channels}, ${space}]`,
    fix: "Channels are axis 1; permute channels-last images, and give a single image a batch axis with .unsqueeze(0).",
  });
}

/** Checks that groups divide the channels on both sides. */
export function checkGroups(
  layer: string,
  groups: number,
  inChannels: number,
  outChannels: number,
): void {
  if (inChannels % groups === 0 && outChannels % groups === 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: layer,
    problem: `${groups} groups do not divide ${inChannels} input and ${outChannels} output channels`,
    fix: "Choose a number of groups that divides both.",
    detail: { inChannels, outChannels, groups },
  });
}

/** Checks what the function would check at the first call. */
function checkGeometry(layer: ConvLayer, kernel: readonly number[], options: ConvGeometry): void {
  const { rank } = kinds[layer];
  const stride = perAxis(layer, "stride", options.stride ?? 1, rank);
  const dilation = perAxis(layer, "dilation", options.dilation ?? 1, rank);
  resolvePadding(layer, options.padding ?? 0, { kernel, stride, dilation });
}
