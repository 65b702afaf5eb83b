// Differences of neighbours, and areas under samples by the trapezoid rule.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { normalizeAxis } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { toFloat } from "../operand.ts";
import { cumSum } from "./cumulative.ts";
import { along } from "./move.ts";

/** Options of differences. */
export interface DiffOptions {
  /** How often the difference is taken; default 1. */
  readonly n?: number;
  /** Default −1, the last. */
  readonly axis?: number;
  /** Put in front along the axis first. */
  readonly prepend?: Tensor;
  /** Put behind along the axis first. */
  readonly append?: Tensor;
}

const diffNames: OptionNames<DiffOptions> = { n: true, axis: true, prepend: true, append: true };

/** Differences of neighbours along `axis`, `y_i = x_{i+1} − x_i`, `n` times; of bool, whether they differ. Shape: `[m] → [m − n]`. */
export function diff(x: Tensor, options: DiffOptions = {}): Tensor {
  checkOptions("diff", options, diffNames);
  const { n = 1, axis = -1, prepend, append } = options;
  const at = normalizeAxis("diff", axis, x.rank);
  if (!Number.isInteger(n) || n < 0) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "diff",
      problem: `n must be a whole number ≥ 0; received ${n}`,
      fix: "Write x.diff() for differences of neighbours, x.diff({ n: 2 }) for differences of those.",
    });
  }
  const parts = [prepend, x.node, append].filter((part) => part !== undefined);
  let y = concatenate(parts, at);
  for (let k = 0; k < n && y.shape[at] > 0; k++) {
    const [from, to] = neighbours(y, at);
    y = x.dtype === "bool" ? to.logicalXor(from) : to.sub(from);
  }
  return y;
}

/** Where the samples lie. */
export interface TrapezoidOptions {
  /** Their places; default: evenly spaced. */
  readonly x?: Tensor;
  /** Their distance where they are evenly spaced; default 1. */
  readonly dx?: number;
  /** Default −1, the last. */
  readonly axis?: number;
}

const trapezoidNames: OptionNames<TrapezoidOptions> = { x: true, dx: true, axis: true };

/** Area under samples along `axis` by the trapezoid rule, `Σ (x_{i+1} − x_i) (y_i + y_{i+1}) / 2`. Shape: `[2, n] → [2]`. */
export function trapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  checkOptions("trapezoid", options, trapezoidNames);
  return areas("trapezoid", y, options).sum({ axis: options.axis ?? -1 });
}

/** Area under samples up to each one but the first. Shape: `[2, n] → [2, n − 1]`. */
export function cumulativeTrapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  checkOptions("cumulativeTrapezoid", options, trapezoidNames);
  return cumSum(areas("cumulativeTrapezoid", y, options), options.axis ?? -1);
}

function areas(op: string, y: Tensor, { x, dx = 1, axis = -1 }: TrapezoidOptions): Tensor {
  const at = normalizeAxis(op, axis, y.rank);
  const [left, right] = neighbours(toFloat(y), at);
  const heights = left.add(right).mul(0.5);
  if (x === undefined) return heights.mul(dx);
  const steps = diff(x, { axis: x.rank === 1 ? 0 : at });
  if (x.rank !== 1) return heights.mul(steps);
  return heights.mul(steps.reshape(y.shape.map((_, k) => (k === at ? steps.size : 1))));
}

function neighbours(x: Tensor, axis: number): [Tensor, Tensor] {
  const n = x.shape[axis];
  return [
    x.slice(along(x, axis, { end: Math.max(0, n - 1) })),
    x.slice(along(x, axis, { start: 1 })),
  ];
}
