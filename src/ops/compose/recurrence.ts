// Recurrences of one hidden state, unrolled over time: the plain one and the gated one. Each takes what the inputs of all
// steps add to the gates, so that only the product with the hidden state is left in the loop.

import type { Tensor } from "../../ir/tensor.ts";
import { concatenate } from "../concatenate.ts";
import { contract } from "../contract.ts";

/** What the hidden state adds to the gates: a weight `[G·H, H]` and a bias `[G·H]`. */
export interface Recurrence {
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** `h ← f(x_t + U h + b)`, from `hidden` (null: zeros). Shape: `[B, T, H] → [B, T, H]`. */
export function rnn(
  x: Tensor,
  recurrence: Recurrence,
  hidden: Tensor | null,
  activation: "tanh" | "relu",
): Tensor {
  return unrolled(x, hidden, (gates, h) => {
    const sum = sumOf(gates, fromHidden(recurrence, h));
    return activation === "tanh" ? sum.tanh() : sum.relu();
  });
}

/**
 * Gated recurrent unit (Cho et al. 2014): `r = σ(x_r + (U h + b)_r)`, `z = σ(x_z + (U h + b)_z)`,
 * `n = tanh(x_n + r (U h + b)_n)`, `h ← (1 − z) n + z h`. Shape: `[B, T, 3H] → [B, T, H]`.
 */
export function gru(x: Tensor, recurrence: Recurrence, hidden: Tensor | null): Tensor {
  return unrolled(x, hidden, (gates, h) => {
    const [xr, xz, xn] = gates.chunk(3, 1);
    const [hr, hz, hn] = fromHidden(recurrence, h)?.chunk(3, -1) ?? [null, null, null];
    const [r, z] = [sumOf(xr, hr).sigmoid(), sumOf(xz, hz).sigmoid()];
    const n = sumOf(xn, hn && r.mul(hn)).tanh();
    const fresh = n.sub(z.mul(n));
    return h === null ? fresh : fresh.add(z.mul(h));
  });
}

/** Hidden states of all steps. Shape: `[B, T, G·H] → [B, T, H]`. */
function unrolled(
  x: Tensor,
  hidden: Tensor | null,
  step: (gates: Tensor, h: Tensor | null) => Tensor,
): Tensor {
  const states: Tensor[] = [];
  for (let t = 0; t < x.shape[1]; t++) {
    states.push(step(x.select(1, t), t === 0 ? hidden : states[t - 1]));
  }
  const [batch, features] = states[0].shape;
  return concatenate(states, 1).reshape([batch, states.length, features]);
}

/** `U h + b`; null where there is neither. */
function fromHidden({ weight, bias }: Recurrence, h: Tensor | null): Tensor | null {
  if (h === null) return bias;
  const product = contract(h, weight, { batch: [], contract: [[1, 1]] });
  return sumOf(product, bias);
}

function sumOf(a: Tensor, b: Tensor | null): Tensor {
  return b === null ? a : a.add(b);
}
