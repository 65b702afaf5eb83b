// The three products behind convolution. y = x ⋆ w is bilinear, so ⟨g, x ⋆ w⟩ is linear in each of x, w and g, and its
// gradients for two of them are again products of the other two: `output` (x, w), `input` (g, w) and `weight` (x, g)
// are each other's derivatives, to any order. Each is one contraction over a view of windows, and what reads the windows
// decides whether they ever exist in memory; only for the input, adding columns back into an image may be cheaper.

import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { contract } from "../contract.ts";
import { unslice } from "../slice.ts";
import { fold } from "./fold.ts";

/** How a kernel runs over an image; lists have an entry for each spatial axis. */
export interface Geometry {
  /** Lengths of the image. */
  readonly lengths: readonly number[];
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly groups: number;
}

/** Products of x `[B, C, …lengths]`, w `[O, C/groups, …kernel]` and g `[B, O, …outputs]`. */
export interface Correlation {
  /** `y[b, o, i] = Σ x[b, c, i·stride + k·dilation − padding] w[o, c, k]`. */
  readonly output: (x: Tensor, w: Tensor) => Tensor;
  /** The gradient for x, given that for y. */
  readonly input: (g: Tensor, w: Tensor) => Tensor;
  /** The gradient for w, given x and the gradient for y. */
  readonly weight: (x: Tensor, g: Tensor) => Tensor;
}

/** Rules are made once per geometry: the name of a rule is part of a graph's structure. */
const known = new Map<string, Correlation>();

/** The products of a geometry, each with the other two as its derivatives. */
export function correlation(geometry: Geometry): Correlation {
  const key = JSON.stringify(geometry);
  const made = known.get(key) ?? makeCorrelation(geometry);
  known.set(key, made);
  return made;
}

/** Lengths of the output; an entry below 1 means that the kernel does not fit there. */
export function outputLengths(geometry: Geometry): number[] {
  const { lengths, kernel, stride, dilation, padding } = geometry;
  return lengths.map((length, k) => {
    const [before, after] = padding[k];
    const span = (kernel[k] - 1) * dilation[k] + 1;
    return Math.floor((length + before + after - span) / stride[k]) + 1;
  });
}

function makeCorrelation(geometry: Geometry): Correlation {
  const products: Correlation = {
    output: customVjp(
      "convolution",
      (x, w) => outputOf(geometry, x, w),
      (u, [x, w]) => [products.input(u, w), products.weight(x, u)],
    ),
    input: customVjp(
      "convolution for its input",
      (g, w) => inputOf(geometry, g, w),
      (u, [g, w]) => [products.output(u, w), products.weight(u, g)],
    ),
    weight: customVjp(
      "convolution for its weight",
      (x, g) => weightOf(geometry, x, g),
      (u, [x, g]) => [products.input(g, u), products.output(x, u)],
    ),
  };
  return products;
}

function outputOf(geometry: Geometry, x: Tensor, w: Tensor): Tensor {
  const kernel = splitGroups(geometry, withoutSingles(geometry, w), 0); // [G, O/G, C/G, k…]
  return overChannels(
    geometry,
    kernel,
    kernel.rank - wide(geometry).length - 1,
    windowsOf(geometry, x),
  );
}

/** Which of two ways multiplies and moves less follows from the shape. */
function inputOf(geometry: Geometry, g: Tensor, w: Tensor): Tensor {
  return prefersFold(geometry, w) ? foldedInputOf(geometry, g, w) : flippedInputOf(geometry, g, w);
}

/** Places of the kernel up to which one loop adds them all up. */
const mostPlaces = 32;
/** Multiplications in the time in which a place under one element of g is written, read and added. */
const foldCost = 8;

/**
 * Flipped windows multiply at each element of x, a product with a fold at each element of the output: fewer where
 * there is a stride or little padding, but then what each place of the kernel gives has to be stored and added up.
 */
function prefersFold(geometry: Geometry, w: Tensor): boolean {
  const { lengths, kernel, groups } = geometry;
  const size = (list: readonly number[]): number => list.reduce((n, length) => n * length, 1);
  const spared = size(lengths) / size(outputLengths(geometry)) - 1;
  return size(kernel) <= mostPlaces && (w.shape[0] / groups) * spared > foldCost;
}

/** Every place of x meets each place of the kernel once, in reverse: the flipped kernel over g spread by the stride. */
function flippedInputOf(geometry: Geometry, g: Tensor, w: Tensor): Tensor {
  const axes = wide(geometry);
  const thin = withoutSingles(geometry, w);
  const flipped = axes.length === 0 ? thin : thin.flip(axes.map((_, k) => k + 2));
  const kernel = splitGroups(geometry, flipped, 0); // [G, O/G, C/G, k…]
  return overChannels(geometry, kernel, kernel.rank - axes.length - 2, spreadWindows(geometry, g));
}

/** What each place of the kernel gives to the element of x that it was over, added up there. */
function foldedInputOf(geometry: Geometry, g: Tensor, w: Tensor): Tensor {
  const { kernel, groups } = geometry;
  const lead = groups === 1 ? 0 : 1;
  const product = contract(splitGroups(geometry, w, 0), splitGroups(geometry, g, 1), {
    batch: groups === 1 ? [] : [[0, 1]],
    contract: [[lead, 1 + lead]],
  }); // [G, C/G, k…, B, outputs…]
  const columns = product
    .moveAxis(lead + 1 + kernel.length, 0)
    .reshape([g.shape[0], groups * product.shape[lead], ...kernel, ...outputLengths(geometry)]);
  return fold(geometry, columns);
}

function weightOf(geometry: Geometry, x: Tensor, g: Tensor): Tensor {
  const { lengths, kernel, groups } = geometry;
  const lead = groups === 1 ? 0 : 1;
  const product = contract(splitGroups(geometry, g, 1), windowsOf(geometry, x), {
    batch: groups === 1 ? [] : [[1, 1]],
    contract: [[0, 0], ...lengths.map((_, k) => [2 + lead + k, 2 + lead + k] as const)],
  }); // [G, O/G, C/G, k…]
  const channels = product.shape[lead + 1];
  return product.reshape([g.shape[1], channels, ...kernel]);
}

/** Contracts channels and kernel places; batch and groups are put in front. Shape: `[B, channels, …places]`. */
function overChannels(
  geometry: Geometry,
  kernel: Tensor,
  channels: number,
  windows: Tensor,
): Tensor {
  const { lengths, groups } = geometry;
  const lead = groups === 1 ? 0 : 1;
  const firstPlace = kernel.rank - wide(geometry).length;
  const product = contract(kernel, windows, {
    batch: groups === 1 ? [] : [[0, 1]],
    contract: [
      [channels, 1 + lead],
      ...wide(geometry).map((_, k) => [firstPlace + k, 2 + lead + lengths.length + k] as const),
    ],
  }); // [G, channels/G, B, places…]
  const places = product.shape.slice(2 + lead);
  const images = product.moveAxis(1 + lead, 0); // [B, G, channels/G, places…]
  return groups === 1
    ? images
    : images.reshape([images.shape[0], groups * images.shape[2], ...places]);
}

/** Windows of the padded image under each place of the output. Shape: `[B, (groups), C/groups, …outputs, …kernel]`. */
function windowsOf(geometry: Geometry, x: Tensor): Tensor {
  const image = splitGroups(geometry, x, 1);
  const around = image.rank - geometry.lengths.length;
  const none = Array.from({ length: around }, () => [0, 0] as const);
  const padded = image.pad([...none, ...geometry.padding]);
  return unfoldAll(geometry, padded, geometry.stride);
}

/** Windows of the gradient, spread by the stride, under each place of the image. */
function spreadWindows(geometry: Geometry, g: Tensor): Tensor {
  const { lengths, kernel, stride, dilation, padding } = geometry;
  const image = splitGroups(geometry, g, 1);
  const around = image.shape.slice(0, image.rank - lengths.length);
  const reach = kernel.map((size, k) => (size - 1) * dilation[k]);
  const spread = unslice(image, [...around, ...lengths.map((n, k) => n + reach[k])], {
    starts: [...around.map(() => 0), ...reach.map((n, k) => n - padding[k][0])],
    steps: [...around.map(() => 1), ...stride],
  });
  return unfoldAll(
    geometry,
    spread,
    stride.map(() => 1),
  );
}

/** A window along each spatial axis; where the kernel has one place, only every stride-th element is taken. */
function unfoldAll({ kernel, dilation }: Geometry, x: Tensor, stride: readonly number[]): Tensor {
  const first = x.rank - kernel.length;
  return kernel.reduce((windows, size, k) => {
    const axis = first + k;
    if (size > 1) return windows.unfold(axis, size, stride[k], dilation[k]);
    return windows.slice([...Array<null>(axis).fill(null), { step: stride[k] }]);
  }, x);
}

/** Spatial axes along which the kernel has more than one place. */
function wide({ kernel }: Geometry): number[] {
  return kernel.flatMap((size, k) => (size === 1 ? [] : [k]));
}

/** The weight with only those spatial axes. */
function withoutSingles(geometry: Geometry, w: Tensor): Tensor {
  const { kernel } = geometry;
  return w.reshape([w.shape[0], w.shape[1], ...wide(geometry).map((k) => kernel[k])]);
}

/** Cuts an axis of channels into groups: `[n] → [groups, n / groups]`; one group is left as it is. */
function splitGroups({ groups }: Geometry, x: Tensor, axis: number): Tensor {
  if (groups === 1) return x;
  const { shape } = x;
  return x.reshape([
    ...shape.slice(0, axis),
    groups,
    shape[axis] / groups,
    ...shape.slice(axis + 1),
  ]);
}
