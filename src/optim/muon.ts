// Muon: momentum made orthogonal, for weight matrices; AdamW for all other parameters.

import type { OptionNames } from "../core/option-names.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Parameter } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { mix } from "./moments.ts";
import {
  biasCorrection,
  decayed,
  type MomentFacts,
  Optimizer,
  type OptimizerOptions,
  optimizerNames,
  type ParameterFacts,
  type Updated,
  type UpdateFacts,
} from "./optimizer.ts";
import { checkAtLeastZero, checkBetas, checkCounts } from "./options.ts";
import type { Trainable } from "./parameters.ts";

/** Options of `Muon`. */
export interface MuonOptions extends OptimizerOptions {
  /** Default 0.001. */
  readonly learningRate?: number;
  /** Decay of the mean of g; default 0.95. */
  readonly momentum?: number;
  /** Whether to look ahead; default true. */
  readonly nesterov?: boolean;
  /** Newton–Schulz iterations; default 5. */
  readonly iterations?: number;
  /**
   * Factor of the learning rate of an [A, B] matrix: `√max(1, A/B)` ("original", the default), or `0.2·√max(A, B)`
   * ("matchAdamW"), with which AdamW's learning rate and weight decay suit Muon too (Liu et al. 2025).
   */
  readonly scale?: "original" | "matchAdamW";
  /** Whether a parameter is Muon's; default: it has two axes or more. Give embeddings and the last layer to AdamW. */
  readonly applies?: (path: string, parameter: Parameter) => boolean;
  /** Of AdamW: factor of the learning rate; default 1. */
  readonly adamRateFactor?: number;
  /** Of AdamW; default 0.9. */
  readonly beta1?: number;
  /** Of AdamW; default 0.999. */
  readonly beta2?: number;
  /** Of AdamW; default 1e-8. */
  readonly eps?: number;
}

const names: OptionNames<MuonOptions> = {
  ...optimizerNames,
  momentum: true,
  nesterov: true,
  iterations: true,
  scale: true,
  applies: true,
  adamRateFactor: true,
  beta1: true,
  beta2: true,
  eps: true,
};

type Moment = "m" | "v";
type Scalar = "stepSize" | "rootScale";

/**
 * Muon: `m = μm + (1 − μ)g`, `p ← p − ηλp − η·scale·orthogonal((1 − μ)g + μm)`; λ 0.1 (Jordan et al. 2024). Parameters with
 * more than two axes count as `[A, rest]`. Others (biases, norms, those that `applies` refuses) are AdamW's.
 */
export class Muon extends Optimizer<Moment, Scalar> {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly iterations: number;
  readonly scale: "original" | "matchAdamW";
  readonly adamRateFactor: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;

  constructor(model: Trainable, options: MuonOptions = {}) {
    checkOptions("Muon", options, names);
    const { learningRate = 1e-3, momentum = 0.95, nesterov = true, iterations = 5 } = options;
    const { scale = "original", applies = () => true, adamRateFactor = 1 } = options;
    const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options;
    checkBetas("Muon", { momentum, beta1, beta2 });
    checkAtLeastZero("Muon", { adamRateFactor, eps });
    checkCounts("Muon", { iterations });
    const v = ({ path, parameter }: ParameterFacts): MomentFacts | null => {
      const isMatrix = parameter.shape.length > 1 && applies(path, parameter);
      return isMatrix ? null : { shape: parameter.shape, initial: 0 };
    };
    super(model, options, { learningRate, weightDecay: 0.1, moments: { m: 0, v }, counted: true });
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.iterations = iterations;
    this.scale = scale;
    this.adamRateFactor = adamRateFactor;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
  }

  protected override update(
    p: Tensor,
    g: Tensor,
    facts: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    if (facts.moments.v !== undefined) return this.#adamW(p, g, facts);
    const { moments, rate, weightDecay } = facts;
    const m = mix(moments.m, g, this.momentum);
    const ahead = this.nesterov ? g.mul(1 - this.momentum).add(m.mul(this.momentum)) : m;
    const rows = p.shape[0];
    const matrix = ahead.reshape([rows, p.size / rows]);
    const u = orthogonal(matrix, this.iterations).reshape(p.shape);
    const step = rate.mul(scaleOf(matrix, this.scale));
    return {
      parameter: decayed(p, rate, weightDecay).sub(u.mul(step)),
      moments: { ...moments, m },
    };
  }

  #adamW(
    p: Tensor,
    g: Tensor,
    { moments, rate, scalars, weightDecay }: UpdateFacts<Moment, Scalar>,
  ): Updated<Moment> {
    const m = mix(moments.m, g, this.beta1);
    const v = mix(moments.v, g.mul(g), this.beta2);
    const root = v.sqrt().mul(scalars.rootScale).add(this.eps);
    const kept = decayed(p, rate.mul(this.adamRateFactor), weightDecay);
    return { parameter: kept.sub(m.mul(scalars.stepSize).div(root)), moments: { m, v } };
  }

  protected override scalars(t: Tensor, rate: Tensor): Record<Scalar, Tensor> {
    return {
      stepSize: rate.mul(this.adamRateFactor).div(biasCorrection(this.beta1, t)),
      rootScale: biasCorrection(this.beta2, t).sqrt().reciprocal(),
    };
  }

  protected override get proportional(): readonly Scalar[] {
    return ["stepSize"];
  }
}

/** Coefficients of the quintic that pulls singular values towards 1, steepest at 0 (Jordan et al. 2024). */
const [a, b, c] = [3.4445, -4.775, 2.0315];

/**
 * A matrix with the singular vectors of x and singular values near 1 (0.7 … 1.2 after five iterations), by Newton–Schulz:
 * `x ← ax + (bA + cA²)x`, `A = xxᵀ`. Shape: `[m, n] → [m, n]`.
 */
export function orthogonal(x: Tensor, iterations: number): Tensor {
  const [rows, columns] = x.shape;
  const flat = rows > columns ? x.transpose(0, 1) : x; // the smaller Gram matrix
  let y = flat.div(flat.mul(flat).sum().sqrt().maximum(1e-7));
  for (let k = 0; k < iterations; k++) {
    const gram = y.matmul(y.transpose(0, 1));
    const mixed = gram.mul(b).add(gram.matmul(gram).mul(c));
    y = y.mul(a).add(mixed.matmul(y));
  }
  return rows > columns ? y.transpose(0, 1) : y;
}

function scaleOf({ shape: [rows, columns] }: Tensor, scale: "original" | "matchAdamW"): number {
  if (scale === "matchAdamW") return 0.2 * Math.sqrt(Math.max(rows, columns));
  return Math.sqrt(Math.max(1, rows / columns));
}
