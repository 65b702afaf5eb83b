// Reshaping between layers.

import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";

/** Merges axes `start … end` (inclusive). Shape: `[B, C, H, W] → [B, C·H·W]`. */
export class Flatten {
  readonly start: number;
  readonly end: number;

  constructor(start = 1, end = -1) {
    this.start = start;
    this.end = end;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, "Flatten", () => x.flatten(this.start, this.end));
  }
}
