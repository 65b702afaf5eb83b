// Layers without parameters that pass elements on: reshaping between layers, and nothing at all.

import { ChainruleError } from "../core/errors.ts";
import { normalizeAxis, type Shape, sizeOf } from "../core/shape.ts";
import type { Flattens, KeepsShape } from "../core/shape-types.ts";
import { checkTensor } from "../ir/arguments.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { checkAxes, checkSizes, inputError } from "./layer.ts";

/** Merges axes `start … end` (inclusive). Shape: `[B, C, H, W] → [B, C·H·W]`. */
export class Flatten<const Start extends number = 1, const End extends number = -1> {
  declare readonly maps?: Flattens<Start, End>;
  readonly start: number;
  readonly end: number;

  constructor(start: Start = 1 as Start, end: End = -1 as End) {
    checkAxes("Flatten", { start, end });
    this.start = start;
    this.end = end;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "Flatten", () => x.flatten(this.start, this.end));
  }
}

/** Cuts an axis into several of the given lengths. Shape: `[B, C·H·W] → [B, C, H, W]` for axis 1 and `[C, H, W]`. */
export class Unflatten {
  readonly axis: number;
  readonly shape: Shape;

  constructor(axis: number, shape: Shape) {
    checkAxes("Unflatten", { axis });
    for (const [k, length] of shape.entries()) checkSizes("Unflatten", { [`length ${k}`]: length });
    if (shape.length === 0) throw noLengths();
    this.axis = axis;
    this.shape = [...shape];
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `Unflatten ${this.shape.join("×")}`, () => {
      const at = normalizeAxis("Unflatten", this.axis, x.rank);
      if (x.shape[at] !== sizeOf(this.shape)) {
        throw inputError("SHAPE_MISMATCH", "Unflatten", x, {
          expected: `${sizeOf(this.shape)} elements along axis ${at}`,
          fix: "The product of the lengths must be the length of the axis.",
        });
      }
      return x.reshape([...x.shape.slice(0, at), ...this.shape, ...x.shape.slice(at + 1)]);
    });
  }
}

/** Passes its input on: stands where a layer is asked for and none is meant. Shape: `[...] → [...]`. */
export class Identity {
  declare readonly maps?: KeepsShape;
  forward(x: Tensor): Tensor {
    checkTensor("Identity", "the input", x);
    return x;
  }
}

function noLengths(): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Unflatten",
    problem: "received an empty shape",
    fix: "Pass the lengths that the axis is cut into, e.g. [3, 8, 8].",
  });
}
