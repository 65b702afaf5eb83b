// Padding: with a constant (a view), or with the tensor's own elements (slices joined along each axis).

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { pad as padConstant } from "../view.ts";
import { along } from "./move.ts";

/** What stands around the tensor. */
export interface PadOptions {
  /** `constant` (default); `reflect` mirrors without repeating the edge; `replicate` repeats it; `circular` wraps around. */
  readonly mode?: "constant" | "reflect" | "replicate" | "circular";
  /** The constant; default 0. */
  readonly value?: number;
}

const padNames: OptionNames<PadOptions> = { mode: true, value: true };

/** Pads each axis by `[before, after]` elements; negative amounts of mode `constant` crop. Shape: `[n] → [before + n + after]`. */
export function pad(
  x: Tensor,
  padding: readonly (readonly [number, number])[],
  options: PadOptions = {},
): Tensor {
  checkOptions("pad", options, padNames);
  const { mode = "constant", value = 0 } = options;
  if (mode === "constant" || padding.length !== x.rank) return padConstant(x, padding, value);
  if (!Object.hasOwn(edges, mode)) {
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op: "pad",
      problem: `there is no mode ${JSON.stringify(mode)}`,
      fix: `Use "constant", ${Object.keys(edges)
        .map((name) => `"${name}"`)
        .join(", ")}.`,
      detail: { mode },
    });
  }
  return padding.reduce((y, [before, after], axis) => {
    checkAmounts(y, mode, before, after, axis);
    return before + after === 0 ? y : edges[mode](y, before, after, axis);
  }, x.node);
}

type Edges = (x: Tensor, before: number, after: number, axis: number) => Tensor;

const edges: Record<"reflect" | "replicate" | "circular", Edges> = {
  reflect: (x, before, after, axis) => {
    const n = x.shape[axis];
    const left = x.slice(along(x, axis, { start: 1, end: before + 1 })).flip(axis);
    const right = x.slice(along(x, axis, { start: n - 1 - after, end: n - 1 })).flip(axis);
    return joined([left, x, right], axis);
  },
  replicate: (x, before, after, axis) => {
    const copies = (edge: Tensor, count: number): Tensor =>
      edge.broadcastTo(x.shape.map((n, k) => (k === axis ? count : n)));
    const first = x.slice(along(x, axis, { end: 1 }));
    const last = x.slice(along(x, axis, { start: -1 }));
    return joined([copies(first, before), x, copies(last, after)], axis);
  },
  circular: (x, before, after, axis) => {
    const n = x.shape[axis];
    const left = x.slice(along(x, axis, { start: n - before }));
    const right = x.slice(along(x, axis, { end: after }));
    return joined([left, x, right], axis);
  },
};

function joined(parts: readonly Tensor[], axis: number): Tensor {
  return concatenate(
    parts.filter((part) => part.shape[axis] > 0),
    axis,
  );
}

function checkAmounts(
  x: Tensor,
  mode: keyof typeof edges,
  before: number,
  after: number,
  axis: number,
): void {
  const most = {
    reflect: x.shape[axis] - 1,
    replicate: x.shape[axis] > 0 ? Number.POSITIVE_INFINITY : 0,
    circular: x.shape[axis],
  };
  const fits = (amount: number): boolean =>
    Number.isInteger(amount) && amount >= 0 && amount <= Math.max(0, most[mode]);
  if (fits(before) && fits(after)) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "pad",
    problem: `mode ${mode} cannot pad axis ${axis} of ${showShape(x.shape)} by [${before}, ${after}]`,
    fix: "Amounts are ≥ 0 and at most the length (reflect: the length less 1).",
    detail: { mode, axis, padding: [before, after], shape: x.shape },
  });
}
