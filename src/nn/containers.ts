// Layers made of layers.

import { ChainruleError } from "../core/errors.ts";
import { sameShape, showShape } from "../core/shape.ts";
import { currentRegion, describeRegion, inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { Context, Layer } from "./layer.ts";

/** Applies layers one after another: `y = layersₙ(… layers₀(x))`. */
export class Sequential<const Layers extends readonly Layer[] = readonly Layer[]> {
  readonly layers: Layers;

  constructor(...layers: Layers) {
    layers.forEach(checkLayer);
    this.layers = layers;
  }

  forward(x: Tensor, context?: Context): Tensor {
    return inRegion(this, `Sequential of ${this.layers.length}`, () => {
      let y = x;
      for (const layer of this.layers) y = layer.forward(y, context);
      return y;
    });
  }
}

/** Adds the input to what a layer makes of it: `y = x + body(x)` (He et al. 2016). Shape: `[...] → [...]`. */
export class Residual<Body extends Layer = Layer> {
  readonly body: Body;

  constructor(body: Body) {
    checkLayer(body, 0);
    this.body = body;
  }

  forward(x: Tensor, context?: Context): Tensor {
    return inRegion(this, "Residual", () => {
      const change = this.body.forward(x, context);
      if (sameShape(change.shape, x.shape)) return x.add(change);
      throw new ChainruleError({
        code: "SHAPE_MISMATCH",
        op: "Residual",
        problem: `the body turns ${showShape(x.shape)} into ${showShape(change.shape)}, which cannot be added to its input`,
        fix: "Let the body keep the shape of its input.",
        detail: { expected: x.shape, received: change.shape },
        path: describeRegion(currentRegion()),
      });
    });
  }
}

function checkLayer(layer: unknown, index: number): void {
  if (typeof (layer as Layer | null)?.forward === "function") return;
  const received =
    typeof layer === "function" ? `the function or class ${layer.name}` : String(layer);
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Sequential",
    problem: `layer ${index} has no forward method: received ${received}`,
    fix: "Pass objects, e.g. new nn.ReLU(), not classes or functions.",
    detail: { index },
  });
}
