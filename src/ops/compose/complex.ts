// Complex numbers as pairs: a last axis of length 2 holds real and imaginary part, as PyTorch's `view_as_real` gives them.

import { ChainruleError } from "../../core/errors.ts";
import { showShape } from "../../core/shape.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { stack } from "../concatenate.ts";
import { iota } from "../leaf.ts";
import { toFloat } from "../operand.ts";

/** Complex numbers of a real and an imaginary part (default 0). Shape: `[...], [...] → [..., 2]`. */
export function complex(re: Tensor, im?: Tensor): Tensor {
  const real = toFloat(re);
  if (im === undefined) {
    const none = real.shape.map(() => [0, 0] as const);
    return real.unsqueeze(-1).pad([...none, [0, 1]]);
  }
  return stack([real, toFloat(im)], -1);
}

/** Real parts. Shape: `[..., 2] → [...]`. */
export function realPart(z: Tensor): Tensor {
  checkPairs("realPart", z);
  return z.select(-1, 0);
}

/** Imaginary parts. Shape: `[..., 2] → [...]`. */
export function imaginaryPart(z: Tensor): Tensor {
  checkPairs("imaginaryPart", z);
  return z.select(-1, 1);
}

/** Sizes `√(re² + im²)`; the derivative at 0 is 0. Shape: `[..., 2] → [...]`. */
export function complexAbs(z: Tensor): Tensor {
  checkPairs("complexAbs", z);
  return z.norm({ axis: -1 });
}

/** Squares of sizes, `re² + im²`. Shape: `[..., 2] → [...]`. */
export function complexSquare(z: Tensor): Tensor {
  checkPairs("complexSquare", z);
  return z.square().sum({ axis: -1 });
}

/** Conjugates, `re − i im`. Shape: `[..., 2] → [..., 2]`. */
export function conjugate(z: Tensor): Tensor {
  checkPairs("conjugate", z);
  return z.mul(signs(z).neg());
}

/**
 * Products of complex numbers, with broadcasting. Computed with all real parts of `b` in front of all imaginary ones, where
 * neighbours in memory are neighbours along the other axes. Shape: `[..., 2], [..., 2] → [..., 2]`.
 */
export function complexMul(a: Tensor, b: Tensor): Tensor {
  checkPairs("complexMul", a);
  checkPairs("complexMul", b);
  const missing = Array<number>(Math.max(0, a.rank - b.rank)).fill(1);
  const parts = b.reshape([...missing, ...b.shape]).moveAxis(-1, 0);
  const turned = parts.flip(0).mul(signs(parts).reshape([2, ...parts.shape.slice(1).map(() => 1)])); // i b
  return parts
    .mul(realPart(a))
    .add(turned.mul(imaginaryPart(a)))
    .moveAxis(0, -1);
}

/** −1 for real parts and 1 for imaginary ones, computed where they are used. */
function signs(z: Tensor): Tensor {
  return iota([2], 0).mul(2).sub(1).cast(z.dtype);
}

/** Refuses what does not end in pairs. */
export function checkPairs(op: string, z: Tensor): void {
  if (z.rank >= 1 && z.shape[z.rank - 1] === 2) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op,
    problem: `takes complex numbers as pairs in the last axis; received ${showShape(z.shape)}`,
    fix: "Make them with complex(re, im), or use rfft for real input.",
    detail: { shape: z.shape },
  });
}
