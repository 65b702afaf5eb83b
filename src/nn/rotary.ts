// Rotary positions: queries and keys are turned by angles that grow with their position, so that their product depends on
// the distance alone.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { checkTensor } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import { concatenate, stack } from "../ops/concatenate.ts";
import { iota, tensor } from "../ops/leaf.ts";

/** Options of rotary positions. */
export interface RotaryOptions {
  /** Angles per step are `base^{−2i/D}`; default 10 000. */
  readonly base?: number;
  /**
   * Whether pairs are neighbours (0, 1), (2, 3), … as in the paper and Meta's weights of Llama, or lie half the features
   * apart, (0, D/2), (1, D/2 + 1), …, as in GPT-NeoX and Hugging Face's; default false, the latter.
   */
  readonly interleaved?: boolean;
}

/**
 * Turns pairs of features by their position, `(a, b) → (a cos pθ − b sin pθ, b cos pθ + a sin pθ)` with
 * `θ_i = base^{−2i/D}` (Su et al. 2021, RoFormer). Positions are int32 `[T]` or `[B, T]`, 0 … T − 1 by default.
 * Shape: `[B, T, H, D] → [B, T, H, D]`, D even.
 */
export function rotary(
  x: Tensor,
  options: RotaryOptions & { readonly positions?: Tensor | null } = {},
): Tensor {
  const { base = 10_000, interleaved = false } = options;
  checkTensor("rotary", "the input", x);
  if (options.positions) checkTensor("rotary", "positions", options.positions);
  checkRotary(x, base, options.positions ?? null);
  const [, time, , features] = x.shape;
  const positions = options.positions ?? iota([time], 0);
  const rates = Float64Array.from(
    { length: features / 2 },
    (_, k) => base ** ((-2 * k) / features),
  );
  const angles = positions
    .cast(x.dtype)
    .reshape([...positions.shape, 1, 1])
    .mul(tensor(rates, { dtype: x.dtype })); // [T, 1, D/2] or [B, T, 1, D/2]
  const [cos, sin] = [angles.cos(), angles.sin()];
  const pairs = interleaved ? x.reshape([...x.shape.slice(0, 3), features / 2, 2]) : x;
  const [a, b] = interleaved ? pairs.unbind(4) : pairs.chunk(2, 3);
  const turned = [a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))];
  return interleaved ? stack(turned, 4).reshape(x.shape) : concatenate(turned, 3);
}

/** Whether angles of this base fall from feature to feature. */
export function isRotaryBase(base: number): boolean {
  return base > 1 && Number.isFinite(base);
}

function checkRotary(x: Tensor, base: number, positions: Tensor | null): void {
  const wrong =
    x.rank !== 4 || x.shape[3] % 2 !== 0
      ? `expected [batch, time, heads, an even number of features]; received ${x.dtype}${showShape(x.shape)}`
      : !isRotaryBase(base)
        ? `base is a number above 1; received ${base}`
        : positions !== null && !fits(positions, x)
          ? `positions are int32[${x.shape[1]}] or int32[${x.shape[0]}, ${x.shape[1]}]; received ${positions.dtype}${showShape(positions.shape)}`
          : null;
  if (wrong === null) return;
  throw new ChainruleError({
    code: x.rank === 4 && x.shape[3] % 2 === 0 ? "BAD_ARGUMENT" : "SHAPE_MISMATCH",
    op: "rotary",
    problem: wrong,
    fix: "Turn queries and keys by head, [B, T, H, D], before their product.",
    detail: { shape: x.shape, base, positions: positions?.shape },
  });
}

function fits({ dtype, shape }: Tensor, x: Tensor): boolean {
  const own = showShape(shape);
  return (
    dtype === "int32" && [x.shape.slice(1, 2), x.shape.slice(0, 2)].map(showShape).includes(own)
  );
}
