// Layers made of layers. Arrays and records of layers need no container of their own: the walk looks inside plain ones, so
// `this.blocks = [new Block(), new Block()]` has the paths `blocks.0`, `blocks.1`, and a record those of its keys.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { AnyShape, Chains, Fits, Known, Through } from "../core/shape-types.ts";
import { checkOptions } from "../ir/arguments.ts";
import { currentRegion, describeRegion, inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { ShapeIn } from "../ops/shaped.ts";
import type { Context, Layer } from "./layer.ts";

/** Applies layers one after another: `y = layersₙ(… layers₀(x))`. */
export class Sequential<const Layers extends readonly Layer[] = readonly Layer[]> {
  declare readonly maps?: Chains<Layers>;
  readonly layers: Layers;

  constructor(...layers: Layers & Fits<Through<Layers, AnyShape>>) {
    const [first] = layers as readonly unknown[];
    if (Array.isArray(first)) throw listOfLayers();
    for (const [k, layer] of layers.entries()) checkLayer("Sequential", `layer ${k}`, layer);
    this.layers = layers;
  }

  forward<X extends Tensor>(
    x: X & Fits<Through<Layers, ShapeIn<X>>>,
    context?: Context,
  ): Tensor<Known<Through<Layers, ShapeIn<X>>>> {
    return inRegion(this, `Sequential of ${this.layers.length}`, () => {
      let y: Tensor = x;
      for (const layer of this.layers) y = layer.forward(y, context);
      return y;
    });
  }
}

/** Options of `Residual`. */
export interface ResidualOptions<Projection extends Layer = Layer> {
  /** What brings the input to the shape of the body's output; default: the input is added as it is. */
  readonly projection?: Projection | null;
}

/**
 * Adds the input, or a projection of it, to what a layer makes of it: `y = x + body(x)` (He et al. 2016).
 * Shape: that of the body's output.
 */
export class Residual<Body extends Layer = Layer, Projection extends Layer = Layer> {
  declare readonly maps?: Chains<[Body]>;
  readonly body: Body;
  readonly projection: Projection | null;

  constructor(body: Body, options: ResidualOptions<Projection> = {}) {
    checkOptions("Residual", options, { projection: true });
    const { projection = null } = options;
    checkLayer("Residual", "the body", body);
    if (projection !== null) checkLayer("Residual", "the projection", projection);
    this.body = body;
    this.projection = projection;
  }

  forward(x: Tensor, context?: Context): Tensor {
    return inRegion(this, "Residual", () => {
      const change = this.body.forward(x, context);
      const short = this.projection === null ? x : this.projection.forward(x, context);
      if (sameShape(change.shape, short.shape)) return short.add(change);
      throw this.#misfit(x, short, change);
    });
  }

  #misfit(x: Tensor, short: Tensor, change: Tensor): ChainruleError {
    const turns = `the body turns ${showShape(x.shape)} into ${showShape(change.shape)}`;
    const projected = this.projection !== null;
    return new ChainruleError({
      code: "SHAPE_MISMATCH",
      op: "Residual",
      problem: projected
        ? `${turns} and the projection into ${showShape(short.shape)}, which cannot be added`
        : `${turns}, which cannot be added to its input`,
      fix: projected
        ? "Let both give the same shape."
        : "Let the body keep the shape of its input, or pass { projection }, e.g. a 1×1 convolution.",
      detail: { expected: short.shape, received: change.shape },
      path: describeRegion(currentRegion()),
    });
  }
}

function listOfLayers(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Sequential",
    problem: "takes layers one by one; received a list",
    fix: "Spread the list: new nn.Sequential(...layers).",
  });
}

/** Checks that what a container is given is a layer. */
export function checkLayer(container: string, role: string, layer: unknown): void {
  if (typeof (layer as Layer | null)?.forward === "function") return;
  const isFunction = typeof layer === "function";
  const isClass = isFunction && /^class\b/.test(String(layer));
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: container,
    problem: `${role} has no forward method: received ${isFunction ? `the ${isClass ? "class" : "function"} ${layer.name}`.trimEnd() : showValue(layer)}`,
    fix:
      isFunction && !isClass
        ? "Make a function a layer by { forward: f }."
        : "Pass objects, e.g. new nn.ReLU(), not classes.",
    detail: { role },
  });
}
