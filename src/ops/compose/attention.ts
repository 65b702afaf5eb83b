// Scaled dot-product attention (Vaswani et al. 2017). Heads are axes that contractions run over where they lie: with
// queries, keys and values as [B, T, H, D], no head is copied. Packed self-attention has a derivative of its own, which
// lays the three gradients side by side instead of padding each to the size of all.

import { ChainruleError } from "../../core/errors.ts";
import type { OptionNames } from "../../core/option-names.ts";
import { showShape } from "../../core/shape.ts";
import { checkOptions } from "../../ir/arguments.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { stack } from "../concatenate.ts";
import { contract } from "../contract.ts";
import { iota } from "../leaf.ts";

/** Options of attention. */
export interface AttentionOptions {
  /** Where bool: true for keys that a query sees; else added to the scores. Broadcasts to the scores `[…, T, S]`. */
  readonly mask?: Tensor | null;
  /** Whether query i sees only keys 0 … i; default false. */
  readonly causal?: boolean;
  /** Multiplies the scores; default 1/√D. */
  readonly scale?: number;
  /** Multiplies the probabilities: 0 where dropped, 1/(1 − p) elsewhere; a constant. Broadcasts to `[…, T, S]`. */
  readonly dropout?: Tensor | null;
}

/** Options of `scaledDotProductAttention`. */
export interface ProductAttentionOptions extends AttentionOptions {
  /** Whether keys and values have fewer heads (axis −3), each for a group of the queries' heads; default false. */
  readonly enableGqa?: boolean;
}

const productAttentionNames: OptionNames<ProductAttentionOptions> = {
  mask: true,
  causal: true,
  scale: true,
  dropout: true,
  enableGqa: true,
};

/**
 * `softmax(q kᵀ / √D + mask) v` (Vaswani et al. 2017). A query that sees no key gets NaN.
 * Shape: `[..., T, D], [..., S, D], [..., S, E] → [..., T, E]`.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: ProductAttentionOptions = {},
): Tensor {
  checkOptions("scaledDotProductAttention", options, productAttentionNames);
  checkOperands(q, k, v);
  checkMask(options.mask);
  const [keys, values] = options.enableGqa ? [k, v].map((x) => headsLike(q, x, -3)) : [k, v];
  const scores = q.matmul(keys.transpose(-2, -1)); // [..., T, S]
  const p = probabilitiesOf(scores, q.shape[q.rank - 1], options);
  return withDropout(p, options.dropout).matmul(values);
}

/** Repeats the heads of keys or values for the groups of the queries' heads (Ainslie et al. 2023). */
export function headsLike(q: Tensor, x: Tensor, axis: number): Tensor {
  const [heads, own] = [q, x].map((t) => t.shape.at(axis) ?? 1);
  if (heads === own) return x;
  if (heads % own === 0) return x.repeatInterleave(heads / own, axis);
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "scaledDotProductAttention",
    problem: `${own} heads of keys and values do not divide ${heads} heads of queries`,
    fix: "Use a number of key heads that divides the number of query heads.",
    detail: { heads, keyHeads: own },
  });
}

/** Probabilities of keys for each query and head. Shape: `[B, T, H, D], [B, S, H, D] → [B, H, T, S]`. */
export function attentionProbabilities(q: Tensor, k: Tensor, options: AttentionOptions): Tensor {
  return probabilitiesOf(scoresOf(q, k), q.shape[3], options);
}

/** Values weighed by probabilities. Shape: `[B, H, T, S], [B, S, H, E] → [B, T, H, E]`. */
export function weighedValues(p: Tensor, v: Tensor): Tensor {
  return contract(p, v, {
    batch: [
      [0, 0],
      [1, 2],
    ],
    contract: [[3, 1]],
  }).permute([0, 2, 1, 3]);
}

/** Probabilities with what is dropped. Shape: `[B, H, T, S] → [B, H, T, S]`. */
export function withDropout(p: Tensor, dropout: Tensor | null = null): Tensor {
  return dropout === null ? p : p.mul(dropout);
}

/** Self-attention of queries, keys and values in one tensor. Shape: `[B, T, 3, H, D] → [B, T, H, D]`. */
export function packedAttention(qkv: Tensor, options: AttentionOptions = {}): Tensor {
  const { mask = null, dropout = null, causal = false, scale = qkv.shape[4] ** -0.5 } = options;
  const form = { causal, scale, masked: mask !== null, drops: dropout !== null };
  const key = Object.values(form).join(" ");
  const made = known.get(key) ?? makePacked(form);
  known.set(key, made);
  return made(...[qkv, mask, dropout].filter((input) => input !== null));
}

/** What is fixed in a rule of packed attention. */
interface PackedForm {
  readonly causal: boolean;
  readonly scale: number;
  readonly masked: boolean;
  readonly drops: boolean;
}

/** Rules are made once for each form: the name of a rule is part of a graph's structure. */
const known = new Map<string, (...inputs: Tensor[]) => Tensor>();

function makePacked(form: PackedForm): (...inputs: Tensor[]) => Tensor {
  const partsOf = ([qkv, ...others]: readonly Tensor[]) => {
    const mask = form.masked ? others[0] : null;
    const dropout = form.drops ? others[others.length - 1] : null;
    const options = { causal: form.causal, scale: form.scale, mask };
    const p = attentionProbabilities(qkv.select(2, 0), qkv.select(2, 1), options);
    return { mask, dropout, p };
  };
  return customVjp(
    "attention",
    (...inputs) => {
      const { p, dropout } = partsOf(inputs);
      return weighedValues(withDropout(p, dropout), inputs[0].select(2, 2));
    },
    (g, inputs) => {
      const [q, k, v] = inputs[0].unbind(2); // [B, T, H, D]
      const { mask, dropout, p } = partsOf(inputs);
      const dp = withDropout(scoresOf(g, v), dropout);
      const weighted = dp.mul(p);
      const ds = weighted.sub(p.mul(weighted.sum({ axis: 3, keepDims: true })));
      const scaled = ds.mul(form.scale); // [B, H, T, S]
      const dq = weighedValues(scaled, k);
      const dk = weighedValues(scaled.transpose(2, 3), q);
      const dv = weighedValues(withDropout(p, dropout).transpose(2, 3), g);
      const ofMask = mask === null ? [] : [maskGradient(ds, mask)];
      return [stack([dq, dk, dv], 2), ...ofMask, ...(dropout === null ? [] : [null])];
    },
  );
}

/** Shape: `[B, T, H, D], [B, S, H, D] → [B, H, T, S]`. */
function scoresOf(q: Tensor, k: Tensor): Tensor {
  return contract(q, k, {
    batch: [
      [0, 0],
      [2, 2],
    ],
    contract: [[3, 3]],
  });
}

function probabilitiesOf(scores: Tensor, features: number, options: AttentionOptions): Tensor {
  const { mask = null, causal = false, scale = features ** -0.5 } = options;
  const scaled = scores.mul(scale);
  const masked = mask === null ? scaled : withMask(scaled, mask);
  return (causal ? withMask(masked, causalMask(scores)) : masked).softmax(-1);
}

function withMask(scores: Tensor, mask: Tensor): Tensor {
  return mask.dtype === "bool" ? mask.where(scores, Number.NEGATIVE_INFINITY) : scores.add(mask);
}

/** Whether a query's position reaches a key's. Shape: `[T, S]`. */
function causalMask(scores: Tensor): Tensor {
  const shape = scores.shape.slice(-2);
  return iota(shape, 1).lessEqual(iota(shape, 0));
}

/** The gradient of a mask that is added. */
function maskGradient(ds: Tensor, mask: Tensor): Tensor | null {
  if (mask.dtype === "bool") return null;
  const extra = ds.rank - mask.rank;
  const axes = ds.shape.flatMap((n, k) => (k < extra || mask.shape[k - extra] !== n ? [k] : []));
  return ds.sum({ axis: axes, keepDims: true }).reshape(mask.shape);
}

function checkOperands(q: Tensor, k: Tensor, v: Tensor): void {
  const fits =
    Math.min(q.rank, k.rank, v.rank) >= 2 &&
    q.shape.at(-1) === k.shape.at(-1) &&
    k.shape.at(-2) === v.shape.at(-2);
  if (fits) return;
  throw new ChainruleError({
    code: "SHAPE_MISMATCH",
    op: "scaledDotProductAttention",
    problem: `queries ${showShape(q.shape)}, keys ${showShape(k.shape)} and values ${showShape(v.shape)} do not fit`,
    fix: "Queries [..., T, D] and keys [..., S, D] share their features, keys and values [..., S, E] their length.",
    detail: { shapes: [q.shape, k.shape, v.shape] },
  });
}

/** Ones and zeros that were meant as a bool mask would be added to the scores. */
function checkMask(mask: Tensor | null = null): void {
  if (mask?.dtype !== "int32") return;
  throw new ChainruleError({
    code: "DTYPE_MISMATCH",
    op: "scaledDotProductAttention",
    problem: `a mask is bool (true: seen) or float (added to the scores); received int32${showShape(mask.shape)}`,
    fix: 'Make it bool by .cast("bool") if it says what is seen.',
    detail: { shape: mask.shape },
  });
}
