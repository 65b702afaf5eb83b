// Connectionist temporal classification (Graves et al. 2006): the likelihood of a label sequence, summed over all ways to
// spread it over time with blanks between. The sums run over time in the log domain, unrolled, one row [B, S] a step; the
// derivative is the posterior of each state, from a forward and a backward pass, so that it costs about one more forward.

import { isFloat } from "../core/dtype.ts";
import type { OptionNames } from "../core/option-names.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { customVjp } from "../ops/alias.ts";
import { stack } from "../ops/concatenate.ts";
import { full, iota, tensor } from "../ops/leaf.ts";
import { type LossOptions, lossError, lossNames, lossRegion, reduce } from "./reduction.ts";

/** Lengths of the sequences of a batch. Shape: `int32 [B]`. */
export type Lengths = Tensor | readonly number[];

/** Options of `ctc`. */
export interface CTCOptions extends LossOptions {
  /** Time steps of each input, from 1; default all. */
  readonly inputLengths?: Lengths;
  /** Labels of each target; what follows them is ignored. Default all. */
  readonly targetLengths?: Lengths;
  /** The class that says nothing; default 0. */
  readonly blank?: number;
  /** Whether samples without any alignment (too few time steps) count 0 instead of infinity; default false. */
  readonly zeroInfinity?: boolean;
}

const ctcNames: OptionNames<CTCOptions> = {
  ...lossNames,
  inputLengths: true,
  targetLengths: true,
  blank: true,
  zeroInfinity: true,
};

/** Logarithm of an impossible event: finite, so that differences of two stay numbers. */
const never = -1e30;

/**
 * CTC loss of logits, `−log Σ_π Π_t softmax(x_t)_{π_t}` over all paths π that give the target when repetitions are merged
 * and blanks dropped. Log-probabilities are logits too. The mean divides each loss by its target's length (at least 1)
 * first, as PyTorch. Shape: `[B, T, C], int32 [B, L] → []`. Source: Graves et al. 2006.
 */
export function ctc(logits: Tensor, targets: Tensor, options: CTCOptions = {}): Tensor {
  return lossRegion("ctc", options, ctcNames, () => {
    const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
    checkOperands(logits, targets, blank);
    const [batch, times] = logits.shape;
    const longest = targets.shape[1];
    const inputLengths = lengthsOf("inputLengths", options.inputLengths, batch, [1, times]);
    const targetLengths = lengthsOf("targetLengths", options.targetLengths, batch, [0, longest]);
    checkLabels(targets, options.targetLengths && targetLengths, logits.shape[2], blank);
    const states = statesOf(targets, targetLengths, blank); // [B, S]
    const index = states.unsqueeze(1).broadcastTo([batch, times, states.shape[1]]);
    const e = logits.logSoftmax(2).gather(index, 2); // [B, T, S]
    const facts = [penalty(mayPass(states), e), penalty(mayEnd(states, targetLengths), e)];
    const likelihood = logLikelihood(e, ...facts, inputLengths);
    const possible = likelihood.greater(never / 2);
    const values = possible.where(likelihood.neg(), zeroInfinity ? 0 : Number.POSITIVE_INFINITY);
    if (reduction !== "mean") return reduce(values, reduction);
    return values.div(targetLengths.maximum(1).cast(values.dtype)).mean();
  });
}

// --- sums over alignments ---

/**
 * Logarithm of the summed probability of all alignments, from log-probabilities e of the states at each time, penalties for
 * passing over a blank into a state and for ending in it, and the number of time steps. Shape: `[B, T, S], [B, S], [B, S], [B] → [B]`.
 */
const logLikelihood = customVjp(
  "ctc",
  (e, pass, end, lengths) => {
    const rows = forwardRows(e, pass, lengths);
    return rows[rows.length - 1].add(end).logSumExp({ axis: 1 });
  },
  (g, [e, pass, end, lengths], y) => {
    const before = stack(forwardRows(e, pass, lengths), 1);
    const after = stack(backwardRows(e, pass, end, lengths), 1);
    const total = y
      .greater(never / 2)
      .where(y, 0)
      .reshape([-1, 1, 1]);
    const posterior = before.add(after).sub(e).sub(total).exp(); // of each state at each time
    const counts = y
      .greater(never / 2)
      .reshape([-1, 1, 1])
      .logicalAnd(iota(e.shape, 1).less(lengths.reshape([-1, 1, 1])));
    return [counts.where(posterior, 0).mul(g.reshape([-1, 1, 1])), null, null, null];
  },
);

/** α: the probability of the labels up to a state and the time t, for each t; constant after the sample's last. */
function forwardRows(e: Tensor, pass: Tensor, lengths: Tensor): Tensor[] {
  const [batch, times, states] = e.shape;
  const starts = iota([batch, states], 1).less(2);
  let row = e.slice([null, 0]).add(penalty(starts, e));
  const rows = [row];
  for (let t = 1; t < times; t++) {
    const reached = logSum(row, shifted(row, 1), shifted(row, 2).add(pass));
    const next = e.slice([null, t]).add(reached);
    row = lengths.greater(t).unsqueeze(1).where(next, row);
    rows.push(row);
  }
  return rows;
}

/** β: the probability of the labels from a state and the time t on, for each t. */
function backwardRows(e: Tensor, pass: Tensor, end: Tensor, lengths: Tensor): Tensor[] {
  const times = e.shape[1];
  let row = e.slice([null, times - 1]).add(end);
  const rows = [row];
  for (let t = times - 2; t >= 0; t--) {
    const left = logSum(row, shifted(row, -1), shifted(row.add(pass), -2));
    const goesOn = lengths.greater(t + 1).unsqueeze(1);
    row = e.slice([null, t]).add(goesOn.where(left, end));
    rows.unshift(row);
  }
  return rows;
}

/** `log(eᵃ + eᵇ + eᶜ)`, shifted by the maximum, whose value is a constant for the derivative. */
function logSum(a: Tensor, b: Tensor, c: Tensor): Tensor {
  const max = a.maximum(b).maximum(c).stopGradient();
  const terms = [a, b, c].map((x) => x.sub(max).exp());
  return terms[0].add(terms[1]).add(terms[2]).log().add(max);
}

/** Moves states by k places along the last axis; what comes in is impossible. */
function shifted(row: Tensor, k: number): Tensor {
  return row.pad(
    [
      [0, 0],
      [k, -k],
    ],
    { value: never },
  );
}

// --- states: the labels with a blank before, between and after ---

/** The class of each state; S = 2L + 1. Shape: `[B, L] → [B, S]`. */
function statesOf(targets: Tensor, lengths: Tensor, blank: number): Tensor {
  const [batch, longest] = targets.shape;
  const blanks = full([batch, 2 * longest + 1], blank, "int32");
  if (longest === 0) return blanks;
  const given = iota(targets.shape, 1).less(lengths.unsqueeze(1));
  const labels = given.where(targets, blank);
  const nearest = Int32Array.from({ length: 2 * longest + 1 }, (_, s) => {
    return Math.min(s >> 1, longest - 1);
  });
  const spread = labels.take(tensor(nearest), 1);
  const isLabel = iota(spread.shape, 1).remainder(2).equal(1);
  return isLabel.where(spread, blanks);
}

/** Whether a path may come from two states before: into a label that differs from the last one. */
function mayPass(states: Tensor): Tensor {
  const before = states.pad([
    [0, 0],
    [2, -2],
  ]);
  const isLabel = iota(states.shape, 1).remainder(2).equal(1);
  return isLabel.logicalAnd(states.notEqual(before));
}

/** Whether a path may end in a state: the last label or the blank after it. */
function mayEnd(states: Tensor, lengths: Tensor): Tensor {
  const last = lengths.mul(2).unsqueeze(1);
  const at = iota(states.shape, 1);
  return at.equal(last).logicalOr(at.equal(last.sub(1)));
}

/** Logarithm of a condition, of the type of e. */
function penalty(allowed: Tensor, e: Tensor): Tensor {
  return allowed.where(full(allowed.shape, 0, e.dtype), never);
}

// --- checks ---

function checkOperands(logits: Tensor, targets: Tensor, blank: number): void {
  const fits = logits.rank === 3 && targets.rank === 2 && logits.shape[0] === targets.shape[0];
  if (!isFloat(logits.dtype) || targets.dtype !== "int32") {
    throw lossError("DTYPE_MISMATCH", "ctc", {
      problem: `needs float logits and int32 targets; received ${logits.dtype} and ${targets.dtype}`,
      fix: 'Make labels with tensor(labels, { dtype: "int32" }).',
      detail: { logits: logits.dtype, targets: targets.dtype },
    });
  }
  if (!fits || logits.shape[1] === 0) {
    throw lossError("SHAPE_MISMATCH", "ctc", {
      problem: `needs logits [batch, time, classes] and targets [batch, labels]; received ${showShape(logits.shape)} and ${showShape(targets.shape)}`,
      fix: "Pad the targets to one length and pass { targetLengths }; permute time-first logits with .permute([1, 0, 2]).",
      detail: { logits: logits.shape, targets: targets.shape },
    });
  }
  if (Number.isInteger(blank) && blank >= 0 && blank < logits.shape[2]) return;
  throw lossError("BAD_ARGUMENT", "ctc", {
    problem: `blank is class ${blank} of ${logits.shape[2]}`,
    fix: `Pass a class from 0 to ${logits.shape[2] - 1}.`,
    detail: { blank, classes: logits.shape[2] },
  });
}

/** Lengths as a tensor; those known on the host must lie in the range. */
function lengthsOf(
  name: string,
  given: Lengths | undefined,
  batch: number,
  [least, most]: readonly [number, number],
): Tensor {
  if (given === undefined) return full([batch], most, "int32");
  const lengths = Array.isArray(given) ? tensor(given, { dtype: "int32" }) : (given as Tensor);
  if (lengths.dtype !== "int32" || !sameShape(lengths.shape, [batch])) {
    throw lossError("SHAPE_MISMATCH", "ctc", {
      problem: `${name} must be int32[${batch}], one per sample; received ${lengths.dtype}${showShape(lengths.shape)}`,
      fix: "Pass one whole number per sample of the batch.",
      detail: { [name]: lengths.shape },
    });
  }
  const wrong = lengths.node.value?.find((length) => !(length >= least && length <= most));
  if (wrong === undefined) return lengths;
  throw lossError("BAD_ARGUMENT", "ctc", {
    problem: `${name} must lie from ${least} to ${most}; received ${wrong}`,
    fix: "Pass the lengths before padding.",
    detail: { [name]: wrong },
  });
}

/** Labels known on the host must be classes other than blank. */
function checkLabels(
  targets: Tensor,
  lengths: Tensor | undefined,
  classes: number,
  blank: number,
): void {
  const [batch, longest] = targets.shape;
  const labels = targets.node.value;
  const counts = lengths === undefined ? new Array(batch).fill(longest) : lengths.node.value;
  if (labels === null || counts === null) return;
  const at = labels.findIndex((label, k) => {
    const isPadding = k % longest >= counts[Math.floor(k / longest)];
    return !isPadding && (label < 0 || label >= classes || label === blank);
  });
  if (at < 0) return;
  throw lossError("BAD_ARGUMENT", "ctc", {
    problem: `label ${labels[at]} of sample ${Math.floor(at / longest)} is ${labels[at] === blank ? "the blank" : `not among ${classes} classes`}`,
    fix: `Labels count from 0 to ${classes - 1} without the blank, ${blank}; pass { targetLengths } where targets are padded.`,
    detail: { label: labels[at], sample: Math.floor(at / longest), position: at % longest, blank },
  });
}
