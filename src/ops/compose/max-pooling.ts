// Max pooling and its gradient. Places of a window are slices of one padded image, so the forward pass is one kernel.
// What the backward pass needs to know, which place won, is found by comparing the places with the maximum, in the same
// kernel; where windows tile the image, it spreads the gradient by comparing again, in one kernel too, and else it adds
// into the image by index.

import { isFloat } from "../../core/dtype.ts";
import { sizeOf, stridesOf } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { scatterAdd } from "../gather.ts";
import { iota } from "../leaf.ts";
import { literal } from "../operand.ts";
import { type Geometry, outputLengths } from "./correlation.ts";

/** Kernels of more places are reduced in loops instead of place by place. */
const mostPlaces = 16;

/** Rules are made once per geometry: the name of a rule is part of a graph's structure. */
const known = new Map<string, (x: Tensor) => Tensor>();

/** The largest element of each window; the first of equal ones gets the gradient. Shape: `[B, C, …lengths] → [B, C, …outputs]`. */
export function maxPool(geometry: Geometry, x: Tensor): Tensor {
  const key = JSON.stringify(geometry);
  const made = known.get(key) ?? makeMaxPool(geometry);
  known.set(key, made);
  return made(x);
}

/** Where the maxima `y` are in their images, as int32 indices counted row by row. Shape: that of `y`. */
export function indicesOf(geometry: Geometry, x: Tensor, y: Tensor): Tensor {
  const { lengths, stride, padding } = geometry;
  const plane = stridesOf(lengths);
  const corner = lengths.map((_, k) => {
    return iota(y.shape, k + 2)
      .mul(stride[k])
      .sub(padding[k][0])
      .mul(plane[k]);
  });
  return corner.reduce((sum, part) => sum.add(part), offsetsOf(geometry, x, y));
}

function makeMaxPool(geometry: Geometry): (x: Tensor) => Tensor {
  return customVjp(
    "maxPool",
    (x) => largestOf(geometry, x),
    (g, [x], y) => [spread(geometry, g, x, y)],
  );
}

function largestOf(geometry: Geometry, x: Tensor): Tensor {
  const padded = padLow(geometry, x);
  if (sizeOf(geometry.kernel) > mostPlaces) {
    return windowsOf(geometry, padded).max({ axis: lastAxes(geometry, x.rank) });
  }
  const places = placesOf(geometry).map((place) => sliceAt(geometry, padded, place));
  return places.reduce((best, place) => best.maximum(place));
}

/** How far the first maximum of each window is from the window's corner, in elements of the image. */
function offsetsOf(geometry: Geometry, x: Tensor, y: Tensor): Tensor {
  const padded = padLow(geometry, x);
  if (sizeOf(geometry.kernel) > mostPlaces) return offsetsByLoops(geometry, padded, y);
  const places = placesOf(geometry);
  const offset = (place: readonly number[]): number => {
    const steps = stridesOf(geometry.lengths);
    return place.reduce((sum, k, axis) => sum + k * geometry.dilation[axis] * steps[axis], 0);
  };
  const last = places[places.length - 1];
  return places.slice(0, -1).reduceRight(
    (later, place) =>
      sliceAt(geometry, padded, place)
        .equal(y)
        .where(literal(offset(place), "int32"), later),
    literal(offset(last), "int32").broadcastTo(y.shape),
  );
}

function offsetsByLoops(geometry: Geometry, padded: Tensor, y: Tensor): Tensor {
  const windows = windowsOf(geometry, padded);
  const axes = lastAxes(geometry, y.rank);
  const ones = geometry.kernel.map(() => 1);
  const hit = windows.equal(y.reshape([...y.shape, ...ones]));
  const offsets = kernelOffsets(geometry, geometry.kernel);
  return hit.where(offsets, sizeOf(geometry.lengths)).min({ axis: axes });
}

/** The offset of each place of the kernel; `shape` is the kernel's, with axes of length 1 put in between. */
function kernelOffsets({ kernel, dilation, lengths }: Geometry, shape: readonly number[]): Tensor {
  const every = (shape.length + 1) / kernel.length;
  const steps = stridesOf(lengths);
  const parts = kernel.map((_, k) => {
    return iota(shape, Math.floor(k * every)).mul(dilation[k] * steps[k]);
  });
  return parts.reduce((sum, part) => sum.add(part));
}

/** The gradient for x: each element of g at the place of the maximum. */
function spread(geometry: Geometry, g: Tensor, x: Tensor, y: Tensor): Tensor {
  if (tiles(geometry)) return spreadInTiles(geometry, g, offsetsOf(geometry, x, y));
  const [batch, channels] = x.shape;
  const count = sizeOf(geometry.lengths);
  const rows = [batch * channels, sizeOf(g.shape.slice(2))];
  const index = indicesOf(geometry, x, y).reshape(rows);
  return scatterAdd(g.reshape(rows), index, 1, count).reshape(x.shape);
}

/** Whether each element of the image is in at most one window, and windows lie side by side from the start. */
function tiles({ kernel, stride, dilation, padding }: Geometry): boolean {
  return kernel.every((size, k) => stride[k] === size && dilation[k] === 1 && padding[k][0] === 0);
}

function spreadInTiles(geometry: Geometry, g: Tensor, offsets: Tensor): Tensor {
  const { kernel, lengths } = geometry;
  const outputs = g.shape.slice(2);
  const corners = [...g.shape.slice(0, 2), ...outputs.flatMap((n) => [n, 1])];
  const places = kernelOffsets(
    geometry,
    kernel.flatMap((size, k) => (k === 0 ? [size] : [1, size])),
  );
  const hit = offsets.reshape(corners).equal(places); // [B, C, H', kh, W', kw]
  const whole = outputs.map((n, k) => n * kernel[k]);
  const image = hit.where(g.reshape(corners), 0).reshape([...g.shape.slice(0, 2), ...whole]);
  return image.pad([[0, 0], [0, 0], ...lengths.map((n, k) => [0, n - whole[k]] as const)]);
}

/** The image with the lowest number around it. */
function padLow({ padding }: Geometry, x: Tensor): Tensor {
  const value = isFloat(x.dtype) ? Number.NEGATIVE_INFINITY : -(2 ** 31);
  return x.pad([[0, 0], [0, 0], ...padding], { value });
}

/** All places of the kernel, row by row. */
function placesOf({ kernel }: Geometry): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (places, size) => places.flatMap((p) => Array.from({ length: size }, (_, k) => [...p, k])),
    [[]],
  );
}

/** What all windows hold at one place of the kernel. Shape: `[B, C, …outputs]`. */
function sliceAt(geometry: Geometry, padded: Tensor, place: readonly number[]): Tensor {
  const { stride, dilation } = geometry;
  const outputs = outputLengths(geometry);
  const ranges = place.map((k, axis) => {
    const start = k * dilation[axis];
    return { start, end: start + (outputs[axis] - 1) * stride[axis] + 1, step: stride[axis] };
  });
  return padded.slice([null, null, ...ranges]);
}

/** Windows of the padded image. Shape: `[B, C, …outputs, …kernel]`. */
function windowsOf({ kernel, stride, dilation }: Geometry, padded: Tensor): Tensor {
  return kernel.reduce((x, size, k) => x.unfold(k + 2, size, stride[k], dilation[k]), padded);
}

function lastAxes({ kernel }: Geometry, first: number): number[] {
  return kernel.map((_, k) => first + k);
}
