// Padding as a layer, for what the padding of convolutions and poolings does not do: mirrored, repeated or wrapped edges.

import { ChainruleError } from "../core/errors.ts";
import { inRegion } from "../ir/region.ts";
import type { Tensor } from "../ir/tensor.ts";
import { type PadOptions, pad } from "../ops/compose/padding.ts";
import { inputError } from "./layer.ts";

/** One number for all spatial axes and sides, or for each axis a number or `[before, after]`. */
export type Padding = number | readonly (number | readonly [number, number])[];

const modes = ["constant", "reflect", "replicate", "circular"];

/**
 * Pads space and leaves batch and channels alone; with zeros unless `mode` or `value` say otherwise. It does what
 * PyTorch's `ZeroPad2d`, `ReflectionPad2d`, `ReplicationPad2d`, … do. Shape: `[B, C, …lengths] → [B, C, …padded]`.
 */
export class Pad {
  readonly padding: Padding;
  readonly options: PadOptions;

  constructor(padding: Padding, options: PadOptions = {}) {
    for (const amount of [padding].flat(2)) checkAmount(padding, amount);
    if (!modes.includes(options.mode ?? "constant")) throw unknownMode(String(options.mode));
    this.padding = padding;
    this.options = options;
  }

  forward(x: Tensor): Tensor {
    return inRegion(this, `Pad ${JSON.stringify(this.padding)}`, () => {
      const { padding } = this;
      const list = typeof padding === "number" ? x.shape.slice(2).map(() => padding) : padding;
      if (x.rank < 3 || list.length !== x.rank - 2) {
        const axes = typeof padding === "number" ? "1 or more" : String(padding.length);
        throw inputError("SHAPE_MISMATCH", "Pad", x, {
          expected: `[batch, channels, …space] with ${axes} spatial axes`,
          fix: "Give padding for each spatial axis, or one number for all.",
        });
      }
      const pairs = list.map((entry): readonly [number, number] => {
        return typeof entry === "number" ? [entry, entry] : entry;
      });
      return pad(x, [[0, 0], [0, 0], ...pairs], this.options);
    });
  }
}

function checkAmount(given: Padding, amount: unknown): void {
  const lists = Array.isArray(given) ? given.filter((entry) => Array.isArray(entry)) : [];
  const pairs = lists.every((entry) => entry.length === 2);
  if (Number.isInteger(amount) && (amount as number) >= 0 && pairs) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Pad",
    problem: `padding must be whole numbers ≥ 0 or pairs of them; received ${JSON.stringify(given)}`,
    fix: "Pass one number, or for each spatial axis a number or [before, after].",
    detail: { padding: given },
  });
}

function unknownMode(mode: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "Pad",
    problem: `there is no mode ${JSON.stringify(mode)}`,
    fix: `The modes are ${modes.join(", ")}.`,
    detail: { mode },
  });
}
