// Recurrences, unrolled over time: the loop that they share, the plain one and the gated one. Each takes what the inputs of
// all steps add to the gates, so that only the product with the hidden state is left in the loop. A mask leaves the state
// as it is at some steps, which is how sequences of different lengths stand in one batch.

import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { contract } from "../contract.ts";

/** What the hidden state adds to the gates: a weight `[G·H, H]` and a bias `[G·H]`. */
export interface Recurrence {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** What besides inputs and weights decides the steps. */
export interface StepOptions {
  /** Where false, the state stays as it is. Shape: bool `[B, T]`. */
  readonly mask?: Tensor | null;
  /** Multiplies the hidden state before its product, at all steps alike (Gal & Ghahramani 2016). Shape: `[B, H]`. */
  readonly dropout?: Tensor | null;
}

/** Parts of a state, `[B, H]` each; null: zeros. */
type State = readonly Tensor[] | null;

/** `h ← f(x_t + U h + b)`, from `hidden` (null: zeros). Shape: `[B, T, H] → [B, T, H]`. */
export function rnn(
  x: Tensor,
  recurrence: Recurrence,
  hidden: Tensor | null,
  activation: "tanh" | "relu",
  options: StepOptions = {},
): Tensor {
  return hiddenOver(x, hidden, options, (gates, h) =>
    rnnStep(gates, recurrence, h, { ...options, activation }),
  );
}

/** Gated recurrent unit over a sequence; see `gruStep`. Shape: `[B, T, 3H] → [B, T, H]`. */
export function gru(
  x: Tensor,
  recurrence: Recurrence,
  hidden: Tensor | null,
  options: StepOptions = {},
): Tensor {
  return hiddenOver(x, hidden, options, (gates, h) => gruStep(gates, recurrence, h, options));
}

/** One step of the plain recurrence. Shape: `[B, H] → [B, H]`. */
export function rnnStep(
  x: Tensor,
  recurrence: Recurrence,
  h: Tensor | null,
  options: StepOptions & { readonly activation: "tanh" | "relu" },
): Tensor {
  const sum = sumOf(x, fromHidden(recurrence, h, options));
  return options.activation === "tanh" ? sum.tanh() : sum.relu();
}

/**
 * One step of the gated recurrent unit (Cho et al. 2014): `r = σ(x_r + (U h + b)_r)`, `z = σ(x_z + (U h + b)_z)`,
 * `n = tanh(x_n + r (U h + b)_n)`, `h ← (1 − z) n + z h`. Shape: `[B, 3H] → [B, H]`.
 */
export function gruStep(
  x: Tensor,
  recurrence: Recurrence,
  h: Tensor | null,
  options: StepOptions = {},
): Tensor {
  const [xr, xz, xn] = x.chunk(3, 1);
  const [hr, hz, hn] = fromHidden(recurrence, h, options)?.chunk(3, -1) ?? [null, null, null];
  const [r, z] = [sumOf(xr, hr).sigmoid(), sumOf(xz, hz).sigmoid()];
  const n = sumOf(xn, hn && r.mul(hn)).tanh();
  const fresh = n.sub(z.mul(n));
  return h === null ? fresh : fresh.add(z.mul(h));
}

/** The states after each step, from a state; where the mask is false it stays. */
export function statesOver(
  x: Tensor,
  state: State,
  { mask = null }: StepOptions,
  step: (gates: Tensor, state: State) => readonly Tensor[],
): (readonly Tensor[])[] {
  const states: (readonly Tensor[])[] = [];
  for (let t = 0; t < x.shape[1]; t++) {
    const before = t === 0 ? state : states[t - 1];
    const next = step(x.select(1, t), before);
    const runs = mask?.slice([null, { start: t, end: t + 1 }]); // [B, 1]
    states.push(runs ? next.map((part, k) => runs.where(part, before?.[k] ?? 0)) : next);
  }
  return states;
}

/** Tensors of all steps side by side. Shape: T times `[B, H] → [B, T, H]`. */
export function joined(steps: readonly Tensor[]): Tensor {
  const [batch, features] = steps[0].shape;
  return concatenate(steps, 1).reshape([batch, steps.length, features]);
}

/** `U h`, with what dropout leaves of h. Shape: `[B, H], [G·H, H] → [B, G·H]`. */
export function productOf(weight: Tensor, h: Tensor, { dropout = null }: StepOptions): Tensor {
  const kept = dropout === null ? h : h.mul(dropout);
  return contract(kept, weight, { batch: [], contract: [[1, 1]] });
}

/** Hidden states of all steps, where the hidden state is all of it. Shape: `[B, T, G·H] → [B, T, H]`. */
function hiddenOver(
  x: Tensor,
  hidden: Tensor | null,
  options: StepOptions,
  step: (gates: Tensor, h: Tensor | null) => Tensor,
): Tensor {
  const states = statesOver(x, hidden && [hidden], options, (gates, state) => [
    step(gates, state?.[0] ?? null),
  ]);
  return joined(states.map(([h]) => h));
}

/** `U h + b`; null where there is neither. */
function fromHidden(
  { weight, bias }: Recurrence,
  h: Tensor | null,
  options: StepOptions,
): Tensor | null {
  if (h === null) return bias;
  return sumOf(productOf(weight, h, options), bias);
}

function sumOf(a: Tensor, b: Tensor | null): Tensor {
  return b === null ? a : a.add(b);
}
