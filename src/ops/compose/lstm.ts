// The recurrence of an LSTM (Hochreiter & Schmidhuber 1997), unrolled over time. The plain form has a derivative of its own:
// the gradients of all steps' gates are laid side by side, so that the gradient of the recurrent weight is one product over
// batch and time instead of a sum over steps, and no gradient of a slice is padded to the length of the sequence. With a
// mask, dropout or a projection it is the loop that all recurrences share.

import type { Tensor } from "../../ir/tensor.ts";
import { customVjp } from "../alias.ts";
import { concatenate } from "../concatenate.ts";
import { contract } from "../contract.ts";
import { full } from "../leaf.ts";
import { joined, productOf, type StepOptions, statesOver } from "./recurrence.ts";

/** Hidden state h and cell c. Shape: `[B, H]` each; the hidden state `[B, P]` where it is projected. */
export interface LstmState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** Options of the recurrence. */
export interface LstmOptions extends StepOptions {
  /** Maps the hidden state to P features (Sak et al. 2014). Shape: `[P, H]`. */
  readonly projection?: Tensor | null;
}

/**
 * Runs `[i, f, g, o] = x_t + h W ᵀ; c ← σ(f) c + σ(i) tanh(g); h ← σ(o) tanh(c)` over the inputs' contributions x to the
 * gates; without a state it starts from zeros. Shape: `[B, T, 4H], [4H, H] → output [B, T, H]`, last cell `[B, H]`.
 */
export function lstm(
  x: Tensor,
  weight: Tensor,
  state: LstmState | null,
  options: LstmOptions = {},
): { readonly output: Tensor; readonly cell: Tensor } {
  if (options.mask || options.dropout || options.projection) {
    const states = statesOver(x, state && [state.hidden, state.cell], options, (gates, parts) => {
      const before = parts && { hidden: parts[0], cell: parts[1] };
      const { hidden, cell } = lstmStep(gates, weight, before, options);
      return [hidden, cell];
    });
    return { output: joined(states.map(([h]) => h)), cell: states[states.length - 1][1] };
  }
  const inputs = state === null ? [x, weight] : [x, weight, state.hidden, state.cell];
  return { output: outputs(...inputs), cell: lastCell(...inputs) };
}

/** One step, from what the input adds to the gates. Shape: `[B, 4H], [4H, H] → [B, H]` each. */
export function lstmStep(
  x: Tensor,
  weight: Tensor,
  state: LstmState | null,
  options: LstmOptions = {},
): LstmState {
  const gates = state === null ? x : x.add(productOf(weight, state.hidden, options));
  const { h, c } = cell(gates, state?.cell);
  const projected = options.projection ? productOf(options.projection, h, {}) : h;
  return { hidden: projected, cell: c };
}

/** Hidden states of all steps. Shape: `[B, T, H]`. */
const outputs: (...inputs: Tensor[]) => Tensor = customVjp(
  "lstm",
  (...inputs) => joined(unroll(inputs).map((step) => step.h)),
  (g, inputs) => backward(inputs, (t) => g.select(1, t), null),
);

/** The cell after the last step. Shape: `[B, H]`. */
const lastCell: (...inputs: Tensor[]) => Tensor = customVjp(
  "lstm cell",
  (...inputs) => unroll(inputs).at(-1)!.c,
  (g, inputs) => backward(inputs, () => null, g),
);

interface Step {
  readonly i: Tensor;
  readonly f: Tensor;
  readonly g: Tensor;
  readonly o: Tensor;
  readonly c: Tensor;
  /** tanh c */
  readonly y: Tensor;
  readonly h: Tensor;
}

/** Unrollings by their first input, so that a backward pass takes up the nodes of the forward pass. */
const unrolled = new WeakMap<
  Tensor,
  { readonly inputs: readonly Tensor[]; readonly steps: Step[] }
>();

function unroll(tensors: readonly Tensor[]): readonly Step[] {
  const inputs = tensors.map((t) => t.node);
  const known = unrolled.get(inputs[0]);
  if (known?.inputs.length === inputs.length && known.inputs.every((t, k) => t === inputs[k])) {
    return known.steps;
  }
  const steps = recordSteps(inputs);
  unrolled.set(inputs[0], { inputs, steps });
  return steps;
}

function recordSteps([x, weight, h0, c0]: readonly Tensor[]): Step[] {
  const steps: Step[] = [];
  let [h, c]: readonly (Tensor | undefined)[] = [h0, c0];
  for (let t = 0; t < x.shape[1]; t++) {
    const own = x.select(1, t);
    const step = cell(h === undefined ? own : own.add(productOf(weight, h, {})), c);
    steps.push(step);
    ({ h, c } = step);
  }
  return steps;
}

/** What a step makes of its gates. Shape: `[B, 4H] → [B, H]` each. */
function cell(gates: Tensor, c: Tensor | undefined): Step {
  const [i, f, g, o] = gates.chunk(4, 1).map((z, k) => (k === 2 ? z.tanh() : z.sigmoid()));
  const kept = i.mul(g);
  const next = c === undefined ? kept : f.mul(c).add(kept);
  const y = next.tanh();
  return { i, f, g, o, c: next, y, h: o.mul(y) };
}

/** Gradients of the inputs, from those of the hidden states (null: none) and of the last cell. */
function backward(
  inputs: readonly Tensor[],
  gradientOf: (t: number) => Tensor | null,
  ofCell: Tensor | null,
): readonly (Tensor | null)[] {
  const [x, weight, h0, c0] = inputs;
  const steps = unroll(inputs);
  const gates: (readonly Tensor[])[] = [];
  let dh: Tensor | null = null;
  let dc: Tensor | null = ofCell;
  for (let t = steps.length - 1; t >= 0; t--) {
    const before: Tensor | undefined = t === 0 ? c0 : steps[t - 1].c;
    const slopes = slopesOf(steps[t], before, sumOf(gradientOf(t), dh), dc);
    gates.unshift(slopes.gates);
    dc = slopes.before;
    const all = t > 0 || h0 !== undefined ? concatenate(slopes.gates, 1) : null;
    dh = all && contract(all, weight, { batch: [], contract: [[1, 0]] });
  }
  const dx = concatenate(gates.flat(), 1).reshape(x.shape); // [B, T, 4H]
  const dw = weightGradient(dx, outputs(...inputs), h0);
  return h0 === undefined ? [dx, dw] : [dx, dw, dh, dc];
}

/** Gradients of a step's gates before their functions, and of the cell before the step. */
function slopesOf(
  { i, f, g, o, y }: Step,
  before: Tensor | undefined,
  dh: Tensor | null,
  dc: Tensor | null,
): { readonly gates: readonly Tensor[]; readonly before: Tensor } {
  const none = full(i.shape, 0, i.dtype);
  const through = dh === null ? null : dh.mul(o).mul(oneLess(y.square()));
  const d = sumOf(through, dc) ?? none;
  const gates = [
    d.mul(g).mul(i).mul(oneLess(i)), // σ' = σ (1 − σ)
    before === undefined ? none : d.mul(before).mul(f).mul(oneLess(f)),
    d.mul(i).mul(oneLess(g.square())), // tanh' = 1 − tanh²
    dh === null ? none : dh.mul(y).mul(o).mul(oneLess(o)),
  ];
  return { gates, before: d.mul(f) };
}

/** Each step's gates meet the hidden state before it. */
function weightGradient(dx: Tensor, hidden: Tensor, h0: Tensor | undefined): Tensor {
  const later = contract(dx.slice([null, { start: 1 }]), hidden.slice([null, { end: -1 }]), {
    batch: [],
    contract: [
      [0, 0],
      [1, 1],
    ],
  });
  if (h0 === undefined) return later;
  return later.add(contract(dx.select(1, 0), h0, { batch: [], contract: [[0, 0]] }));
}

function oneLess(x: Tensor): Tensor {
  return x.neg().add(1);
}

function sumOf(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a === null ? b : b === null ? a : a.add(b);
}
