// Adafactor: the mean of g² of a matrix kept as its row and column means, so that state is small beside the weights.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Tensor } from "../ir/tensor.ts";
import {
  decayed,
  type MomentFacts,
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type ParameterFacts,
  type Updated,
  type UpdateFacts,
} from "./optimizer.ts";
import { badOption, checkAtLeastZero, checkPositive } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Adafactor`. */
export interface AdafactorOptions extends OptimizerOptions {
  /** Largest relative step: the step is `min(η, 1/√t)` of the weights' root mean square. Default 0.01. */
  readonly learningRate?: number;
  /** Exponent of the weight `t^beta2Decay` of fresh g² in the mean, below 0; default −0.8. */
  readonly beta2Decay?: number;
  /** Root of the smallest mean of g² that counts; default the type's spacing at 1 (2⁻²³ or 2⁻⁵²). */
  readonly eps1?: number;
  /** Smallest root mean square of weights that counts; default 1e-3. */
  readonly eps2?: number;
  /** Largest root mean square of the update before its scale; default 1. */
  readonly clip?: number;
}

const names: OptionNames<AdafactorOptions> = {
  ...optimizerNames,
  beta2Decay: true,
  eps1: true,
  eps2: true,
  clip: true,
};

type Moment = "row" | "column" | "v";
type Scalar = "fresh" | "bound";

/**
 * Adafactor: `v ≈ R·C / mean R` from the row and column means of g² (v itself for vectors), `u = g / √v`,
 * `p ← p − max(ε₂, rms p)·min(η, 1/√t)·u / max(1, rms(u) / clip)` (Shazeer & Stern 2018, as in PyTorch).
 * Rows and columns are the last two axes.
 */
export class Adafactor extends Optimizer<Moment, Scalar> {
  readonly beta2Decay: number;
  readonly eps1: number | undefined;
  readonly eps2: number;
  readonly clip: number;

  constructor(model: Trainable, options: AdafactorOptions = {}) {
    checkOptions("Adafactor", options, names);
    const { learningRate = 0.01, beta2Decay = -0.8, eps1, eps2 = 1e-3, clip = 1 } = options;
    if (!(beta2Decay <= 0)) throw badOption("Adafactor", "beta2Decay", beta2Decay, "≤ 0");
    checkAtLeastZero("Adafactor", { eps1: eps1 ?? 0, eps2 });
    checkPositive("Adafactor", { clip });
    const moments = { row: rowMeans, column: columnMeans, v: vectorMeans };
    super(model, options, { learningRate, moments, counted: true });
    this.beta2Decay = beta2Decay;
    this.eps1 = eps1;
    this.eps2 = eps2;
    this.clip = clip;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    { moments, scalars, rate, weightDecay }: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const eps1 = this.eps1 ?? (p.dtype === "float64" ? 2 ** -52 : 2 ** -23);
    const means =
      p.rank > 1 ? factored(g, moments, scalars.fresh) : whole(g, moments, scalars.fresh);
    const v = p.rank > 1 ? product(means, eps1) : means.v;
    const u = g.mul(v.maximum(eps1 * eps1).rsqrt());
    const size = rootMeanSquare(p).maximum(this.eps2);
    const excess = rootMeanSquare(u).div(this.clip).maximum(1);
    const step = size.mul(rate.minimum(scalars.bound)).div(excess);
    return { parameter: decayed(p, rate, weightDecay).sub(u.mul(step)), moments: means };
  }

  protected override scalars(t: Tensor): Record<Scalar, Tensor> {
    return { fresh: t.pow(this.beta2Decay), bound: t.rsqrt() };
  }
}

type Means = Readonly<Record<Moment, Tensor>>;

function factored(g: Tensor, moments: Means, fresh: Tensor): Means {
  const s = g.mul(g);
  const towards = (old: Tensor, now: Tensor): Tensor => old.add(now.sub(old).mul(fresh));
  return {
    ...moments,
    row: towards(moments.row, s.mean({ axis: -1, keepDims: true })), // [..., rows, 1]
    column: towards(moments.column, s.mean({ axis: -2, keepDims: true })), // [..., 1, columns]
  };
}

function whole(g: Tensor, moments: Means, fresh: Tensor): Means {
  return { ...moments, v: moments.v.add(g.mul(g).sub(moments.v).mul(fresh)) };
}

function product({ row, column }: Means, eps1: number): Tensor {
  const mean = row.mean({ axis: -2, keepDims: true }).maximum(eps1);
  return row.mul(column).div(mean);
}

function rootMeanSquare(x: Tensor): Tensor {
  return x.mul(x).mean().sqrt();
}

function rowMeans({ parameter: { shape } }: ParameterFacts): MomentFacts | null {
  return shape.length > 1 ? { shape: [...shape.slice(0, -1), 1], initial: 0 } : null;
}

function columnMeans({ parameter: { shape } }: ParameterFacts): MomentFacts | null {
  const columns = shape[shape.length - 1];
  return shape.length > 1 ? { shape: [...shape.slice(0, -2), 1, columns], initial: 0 } : null;
}

function vectorMeans({ parameter: { shape } }: ParameterFacts): MomentFacts | null {
  return shape.length > 1 ? null : { shape, initial: 0 };
}
