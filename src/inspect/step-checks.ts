// What one measured step says: parameters without gradients, gradients that fade or grow on their way back, units that are
// dead, saturated or alike, and updates that are far too large or small for the weights.

import type { ActivationMeasure } from "./activations.ts";
import { type Finding, finding, percent, type Said, short } from "./finding.ts";
import type { Measurements, ParameterMeasure } from "./measure.ts";

/** First layers whose gradient is 10⁴ times smaller than the last one's learn nothing while the others learn (Glorot & Bengio 2010). */
const vanishing = 1e-4;
/** Well-made networks keep gradients within a factor of 10 from layer to layer and in all (He et al. 2015); 10³ is no accident. */
const exploding = 1e3;
/** Norms of 1 to 10 are usual limits for clipping (Pascanu et al. 2013). */
const largestNorm = 1e3;
/** With so much of a layer gone, its width is not what was meant; behind bottlenecks up to half is idle at first. */
const mostDead = 0.65;
/** Half of the elements near the ends: the layer passes little gradient (Glorot & Bengio 2010, §3). */
const mostSaturated = 0.5;
/** Records from which a unit that is 0 for all of them is called dead. */
const enoughRecords = 8;
/** An update half as large as the weights throws away what they have learned; 1e-3 is usual, the first of Adam may be 0.1. */
const largestUpdate = 0.5;
/** Weights that change by a millionth take a million steps to become others. */
const smallestUpdate = 1e-6;

/** Everything that the numbers of one step say; `factor` is that of `firstStepFactor`. */
export function checkStep(measured: Measurements, records: number, factor: number): Finding[] {
  const trained = measured.parameters.filter(({ trainable }) => trainable);
  if (trained.length === 0) {
    const numbers = { parameters: measured.parameters.length };
    const found = {
      en: `None of the ${numbers.parameters} parameters is trainable.`,
      zh: `${numbers.parameters} 个参数中没有一个参与训练。`,
    };
    return [finding("nothing-to-train", "error", found, numbers)];
  }
  if (!areFinite(measured)) return nonFinite(measured);
  return [
    ...unused(trained),
    ...symmetric(trained),
    ...signals(measured),
    ...measured.activations.flatMap((one) => idle(one, records)),
    ...updates(trained, factor),
  ];
}

function areFinite({ loss, gradientNorm }: Measurements): boolean {
  return Number.isFinite(loss) && Number.isFinite(gradientNorm);
}

function nonFinite({ loss, parameters }: Measurements): Finding[] {
  const bad = parameters.find(({ gradientNorm = 0 }) => !Number.isFinite(gradientNorm));
  const found = Number.isFinite(loss)
    ? {
        en: `The loss is ${short(loss)}, but the gradient of ${bad?.path} is ${bad?.gradientNorm}.`,
        zh: `损失为 ${short(loss)}，但 ${bad?.path} 的梯度为 ${bad?.gradientNorm}。`,
      }
    : { en: `The loss is ${loss}.`, zh: `损失为 ${loss}。` };
  return [finding("non-finite", "error", found, { loss }, bad?.path)];
}

function unused(trained: readonly ParameterMeasure[]): Finding[] {
  const without = trained.filter(({ gradientNorm }) => gradientNorm === undefined);
  if (without.length === 0) return [];
  const names = without.map(({ path }) => path);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(", ")}, …` : names.join(", ");
  const severity = without.length === trained.length ? "error" : "warning";
  const found = {
    en: `The loss does not depend on ${names.length} of ${trained.length} trained parameters: ${shown}.`,
    zh: `${trained.length} 个参与训练的参数中有 ${names.length} 个与损失无关：${shown}。`,
  };
  return [finding("unused-parameters", severity, found, { unused: names.length }, names[0])];
}

function symmetric(trained: readonly ParameterMeasure[]): Finding[] {
  return trained
    .filter((one) => one.symmetric)
    .map(({ path, weightNorm }) => {
      const found = {
        en: `All units of ${path} have the same weights${weightNorm === 0 ? " (0)" : ""} and the same gradients.`,
        zh: `${path} 的所有单元权重相同${weightNorm === 0 ? "（都是 0）" : ""}，梯度也相同。`,
      };
      return finding("symmetric-units", "warning", found, { weightNorm }, path);
    });
}

/** The gradient of the first layer's output against that of the last layer's. */
function signals({ signals: all, gradientNorm }: Measurements): Finding[] {
  const [first, last] = [all[0], all.at(-1)];
  const ratio = all.length < 2 || first === undefined ? 1 : first.gradientNorm / last!.gradientNorm;
  const numbers = { first: first?.gradientNorm ?? 0, last: last?.gradientNorm ?? 0, ratio };
  const factor = short(Math.max(ratio, 1 / ratio));
  const text = (word: string, wordZh: string): Said => ({
    en: `The gradient ${word} on the way from the last layer (${short(numbers.last)}) to the first (${short(numbers.first)}) by a factor of ${factor}, over ${all.length} layers.`,
    zh: `梯度从最后一层（${short(numbers.last)}）传到第一层（${short(numbers.first)}），经过 ${all.length} 层${wordZh} ${factor} 倍。`,
  });
  // A gradient of exactly 0 is cut, not faded: other findings say where.
  if (ratio > 0 && ratio < vanishing)
    return [
      finding("vanishing-gradients", "warning", text("falls", "缩小了"), numbers, first.path),
    ];
  if (ratio > exploding)
    return [
      finding("exploding-gradients", "warning", text("grows", "放大了"), numbers, first.path),
    ];
  if (gradientNorm <= largestNorm) return [];
  const found = {
    en: `The norm of all gradients together is ${short(gradientNorm)}; 0.01 to 10 is usual.`,
    zh: `全部梯度的范数为 ${short(gradientNorm)}；通常在 0.01 到 10 之间。`,
  };
  return [finding("exploding-gradients", "warning", found, { ...numbers, gradientNorm })];
}

function idle({ kind, units, idle: share, path }: ActivationMeasure, records: number): Finding[] {
  const numbers = { share, units };
  if (kind === "relu") {
    if (share < mostDead || units < 2 || records < enoughRecords) return [];
    const found = {
      en: `${percent(share)} of ${units} units are 0 for all ${records} records of the batch.`,
      zh: `${units} 个单元中有 ${percent(share)} 对这一批全部 ${records} 条记录都输出 0。`,
    };
    return [finding("dead-relu", share === 1 ? "error" : "warning", found, numbers, path)];
  }
  if (share < mostSaturated) return [];
  const found = {
    en: `${percent(share)} of ${units} elements of ${kind} are where its derivative is below 4 % of the largest.`,
    zh: `${kind} 的 ${units} 个元素中有 ${percent(share)} 处在导数不到最大值 4 % 的地方。`,
  };
  return [finding("saturated", "warning", found, numbers, path)];
}

/** Updates against weights: the median over all but biases, which often start near 0. */
function updates(trained: readonly ParameterMeasure[], factor: number): Finding[] {
  const ratios = trained.flatMap(({ updateRatio, gradientNorm = 0, rank }) =>
    updateRatio === undefined || gradientNorm === 0 || rank < 2 ? [] : [updateRatio],
  );
  if (ratios.length === 0) return [];
  const ratio = [...ratios].sort((a, b) => a - b)[ratios.length >> 1];
  const found = {
    en: `A step changes weights by ${short(ratio)} ${ratio < 1 ? "of" : "times"} their size (median over ${ratios.length} weights); about 0.001 is usual.`,
    zh: `一步使权重改变自身大小的 ${short(ratio)} 倍（${ratios.length} 个权重的中位数）；通常约为 0.001。`,
  };
  if (ratio > largestUpdate * factor)
    return [finding("learning-rate-too-high", "warning", found, { updateRatio: ratio })];
  if (ratio < smallestUpdate * factor)
    return [finding("learning-rate-too-low", "warning", found, { updateRatio: ratio })];
  return [];
}
