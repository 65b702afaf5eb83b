// Whether outputs, targets and loss fit together. What a loss takes is asked of the loss itself, by calling it with other
// outputs, so that losses of the user's own are understood as well: one of logits does not change when all logits of a
// record are moved by the same amount, and a squared error grows fourfold with twice the distance.

import { isFloat } from "../core/dtype.ts";
import type { HostTensor } from "../core/host.ts";
import { type Shape, sizeOf } from "../core/shape.ts";
import type { Tensor } from "../ir/tensor.ts";
import { constant } from "../ops/leaf.ts";
import { type Finding, finding, short } from "./finding.ts";

type Score = (outputs: Tensor, targets: Tensor) => Tensor;

/** A batch with what the model made of it. */
export interface Outcome {
  readonly outputs: HostTensor;
  readonly targets: HostTensor;
  readonly loss: number;
  readonly score: Score;
  /** The scalar function that the model ends with. */
  readonly last: string;
}

/** Checks that labels are classes that the model has outputs for, or that the loss leaves them out. */
export function checkLabels(outputs: Shape, targets: HostTensor, score: Score): Finding[] {
  const axis = areLabels(targets) ? classAxis(outputs, targets.shape) : undefined;
  if (axis === undefined) return [];
  const classes = outputs[axis];
  let [count, example] = [0, 0];
  for (const label of targets.data) {
    if (label >= 0 && label < classes) continue;
    if (count++ === 0) example = label;
  }
  if (count === 0 || isLeftOut(example, axis, outputs, targets, score)) return [];
  const found = {
    en: `${count} of ${targets.data.length} labels are outside 0 to ${classes - 1}, for example ${example}; the model has ${classes} outputs.`,
    zh: `${targets.data.length} 个标签中有 ${count} 个不在 0 到 ${classes - 1} 之间，例如 ${example}；模型有 ${classes} 个输出。`,
  };
  return [finding("labels-out-of-range", "error", found, { count, example, classes })];
}

/** Where the outputs per label are: on axis 1, as losses have them, or on the last, as models of sequences do before they are reshaped. */
function classAxis(outputs: Shape, labels: Shape): number | undefined {
  return [1, outputs.length - 1].find(
    (axis) => String(outputs.filter((_, k) => k !== axis)) === String(labels),
  );
}

/**
 * Whether all labels that are no class are the one `mark` of what does not count, such as −100, or are masked: the loss takes
 * them, and does not depend on the outputs there.
 */
function isLeftOut(
  mark: number,
  axis: number,
  outputs: Shape,
  targets: HostTensor,
  score: Score,
): boolean {
  const classes = outputs[axis];
  const isClass = (label: number): boolean => label >= 0 && label < classes;
  if (targets.data.some((label) => !isClass(label) && label !== mark)) return false;
  const inner = sizeOf(outputs.slice(axis + 1));
  const labelAt = (k: number): number =>
    targets.data[Math.floor(k / (inner * classes)) * inner + (k % inner)];
  const zeros = {
    dtype: "float32",
    shape: outputs,
    data: new Float32Array(sizeOf(outputs)),
  } as const;
  const trial = { outputs: zeros, targets, score };
  const plain = lossOf(trial, () => 0);
  const moved = lossOf(trial, (_, k) => (isClass(labelAt(k)) ? 0 : Math.sin(k)));
  return Number.isFinite(plain) && near(plain, moved);
}

/** A loss above twice that of equal outputs (ln C for C classes) is no matter of chance. */
const muchLoss = 2;
/** The squared error of targets that are not centred may be larger. */
const muchError = 10;

/** Checks outputs and loss. */
export function checkLoss(outcome: Outcome): Finding[] {
  if (!Number.isFinite(outcome.loss)) return [];
  return [
    ...checkTwice(outcome),
    ...checkBounds(outcome),
    ...checkSquared(outcome),
    ...checkInitial(outcome),
  ];
}

/** Labels are class numbers; other targets are numbers. */
export function areLabels({ dtype }: HostTensor): boolean {
  return !isFloat(dtype);
}

/** Evaluates the loss for other outputs; NaN where it refuses them. */
function lossOf(
  { outputs, targets, score }: Pick<Outcome, "outputs" | "targets" | "score">,
  change: (y: number, k: number) => number,
): number {
  const changed = outputs.data.map(change) as Float32Array;
  try {
    const y = constant(changed, outputs.shape, outputs.dtype);
    return score(y, constant(targets.data, targets.shape, targets.dtype)).itemSync();
  } catch {
    return Number.NaN;
  }
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-3 * Math.max(1, Math.abs(b));

/** Probabilities given to a loss that takes logits. */
function checkTwice(outcome: Outcome): Finding[] {
  const { outputs, targets, loss, last } = outcome;
  const distribution = areDistributions(outputs);
  const shares =
    (distribution || last === "sigmoid") && outputs.data.every((y) => y >= 0 && y <= 1);
  if (!shares) return [];
  const kind = distribution ? "softmax" : "sigmoid";
  const moved = lossOf(outcome, (y) => y + 1);
  const ofClasses = areLabels(targets) && outputs.shape.length > 1 && outputs.shape[1] > 1;
  const ofLogits = distribution || ofClasses ? near(moved, loss) : nearLogistic(outcome);
  if (!ofLogits || constantLoss(outcome)) return [];
  const unmoved = distribution || ofClasses;
  const found = {
    en: `The outputs are probabilities (of ${kind}), and the loss takes logits: it ${unmoved ? "does not change when 1 is added to every output" : "is ln 2 for outputs of 0"}.`,
    zh: `输出已经是概率（来自 ${kind}），而损失函数需要 logits：${unmoved ? "给每个输出都加 1，损失不变" : "输出为 0 时损失是 ln 2"}。`,
  };
  return [finding("softmax-twice", "warning", found, { loss, moved })];
}

/** Whether the loss is `ln 2` where all outputs are 0, and finite far outside of probabilities. */
function nearLogistic(outcome: Outcome): boolean {
  return (
    near(
      lossOf(outcome, () => 0),
      Math.LN2,
    ) && Number.isFinite(lossOf(outcome, (y) => 20 * y - 10))
  );
}

/** Whether the loss is the same whatever the outputs. */
function constantLoss(outcome: Outcome): boolean {
  return [50, -50].every((factor) =>
    near(
      lossOf(outcome, (y) => factor * y),
      outcome.loss,
    ),
  );
}

/** Whether numbers add up to 1 along axis 1 or the last one. */
function areDistributions({ shape, data }: HostTensor): boolean {
  return [1, shape.length - 1].some((axis) => {
    const classes = shape[axis] ?? 0;
    if (axis < 1 || classes < 2) return false;
    const sums = new Float64Array(data.length / classes);
    const inner = sizeOf(shape.slice(axis + 1));
    for (let k = 0; k < data.length; k++)
      sums[Math.floor(k / (inner * classes)) * inner + (k % inner)] += data[k];
    return sums.every((sum) => Math.abs(sum - 1) < 1e-3);
  });
}

/** Values that the last activation can give. */
const ranges: Readonly<Record<string, readonly [number, number]>> = {
  relu: [0, Number.POSITIVE_INFINITY],
  sigmoid: [0, 1],
  tanh: [-1, 1],
};

/** Targets that the last activation cannot reach; logits need the whole line. */
function checkBounds({ targets, last }: Outcome): Finding[] {
  const range = ranges[last];
  if (range === undefined) return [];
  const [low, high] = range;
  const top = high === Number.POSITIVE_INFINITY ? "∞" : high;
  const ends = `${last} gives ${low} to ${top}`;
  const endsZh = `${last} 只能给出 ${low} 到 ${top}`;
  if (areLabels(targets)) {
    if (last === "sigmoid") return []; // softmax-twice says it better
    const found = {
      en: `The model ends with ${last}, and the targets are classes, for which logits of any size are needed: ${ends}.`,
      zh: `模型以 ${last} 结尾，而目标是类别，需要取任意值的 logits：${endsZh}。`,
    };
    return [finding("bounded-outputs", "warning", found, { low, high })];
  }
  let outside = 0;
  for (const y of targets.data) if (y < low || y > high) outside++;
  if (outside === 0) return [];
  const found = {
    en: `${outside} of ${targets.data.length} targets are out of reach: ${ends}.`,
    zh: `${targets.data.length} 个目标中有 ${outside} 个够不到：${endsZh}。`,
  };
  return [finding("bounded-outputs", "warning", found, { outside, low, high })];
}

/** The squared error of probabilities of classes: one probability, or rows with a single 1. */
function checkSquared(outcome: Outcome): Finding[] {
  const { outputs, targets, last } = outcome;
  if (areLabels(targets) || !targets.data.every((y) => y === 0 || y === 1)) return [];
  const single = targets.shape.length < 2 || targets.shape[1] === 1;
  const oneHot = areDistributions(targets);
  const distribution = areDistributions(outputs);
  const both = targets.data.some((y) => y === 1) && targets.data.some((y) => y === 0);
  if (!both || !(single || oneHot) || !(last === "sigmoid" || distribution)) return [];
  if (targets.data.length !== outputs.data.length) return [];
  const apart = (distance: number): number => {
    const { data } = targets;
    let k = 0;
    return lossOf(outcome, () => data[k++] + distance);
  };
  const [none, one, two] = [apart(0), apart(1), apart(2)];
  if (!near(none, 0) || !(one > 0) || !near(two / one, 4)) return [];
  const found = {
    en: "The targets are classes (0 and 1), the outputs probabilities, and the loss grows with the square of their distance.",
    zh: "目标是类别（0 和 1），输出是概率，而损失随两者距离的平方增长。",
  };
  return [finding("squared-error-on-classes", "warning", found, { loss: outcome.loss })];
}

/** The loss against that of outputs that are all 0: of C classes ln C. */
function checkInitial(outcome: Outcome): Finding[] {
  const { loss, targets, outputs } = outcome;
  const expected = lossOf(outcome, () => 0);
  if (!Number.isFinite(expected) || expected <= 0) return [];
  const limit = areLabels(targets) || near(expected, Math.LN2) ? muchLoss : muchError;
  if (loss <= limit * expected) return [];
  const classes = areLabels(targets) ? outputs.shape[1] : 0;
  const isLog = classes > 1 && near(expected, Math.log(classes));
  const sure = isLog ? ` (ln ${classes} for ${classes} equally likely classes)` : "";
  const sureZh = isLog ? `（${classes} 个类别机会均等时为 ln ${classes}）` : "";
  const found = {
    en: `The loss is ${short(loss)}; outputs of 0 would have ${short(expected)}${sure}.`,
    zh: `损失为 ${short(loss)}；输出全为 0 时只有 ${short(expected)}${sureZh}。`,
  };
  return [finding("high-initial-loss", "warning", found, { loss, expected })];
}
