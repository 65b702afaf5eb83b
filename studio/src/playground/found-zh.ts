// What a diagnosis found, as a Chinese sentence with its numbers; undefined where there is none for that name.

import type { Finding, FindingName } from "chainrule/inspect";
import { shown } from "../explorer/numbers.ts";

type Numbers = Readonly<Record<string, number>>;

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const n = (x: number): string => shown(x, 3);

const sentences: Partial<Readonly<Record<FindingName, (numbers: Numbers) => string>>> = {
  "nan-in-data": ({ count, elements }) => `${elements} 个数里有 ${count} 个不是有限数。`,
  "inputs-not-normalised": ({ rms, largest }) =>
    `输入的均方根为 ${n(rms)}，最大的 |x| 为 ${n(largest)}，通常应在 1 左右。`,
  "constant-inputs": ({ constant, features, records }) =>
    constant === features
      ? `${records} 条记录的输入全都相同。`
      : `${features} 个输入里有 ${constant} 个在全部 ${records} 条记录中都相同。`,
  "class-imbalance": ({ ratio, share }) =>
    `最常见的类别占 ${percent(share)}，是最少类别的 ${n(ratio)} 倍。`,
  "not-shuffled": ({ classes, expected, size }) =>
    `${size} 条记录里只有 ${classes} 个类别，本该约有 ${n(expected)} 个。`,
  leakage: ({ leaked, records }) => `${records} 条测试记录里有 ${leaked} 条也在训练数据中。`,
  "targets-not-scaled": ({ rms }) => `目标的大小约为 ${n(rms)}，通常应在 1 左右。`,
  "high-initial-loss": ({ loss, expected }) =>
    `损失为 ${n(loss)}；输出全为 0 时只有 ${n(expected)}。`,
  "squared-error-on-classes": ({ loss }) => `目标是类别，损失却是平方误差（${n(loss)}）。`,
  "non-finite": ({ loss }) => `损失或梯度不是有限数（损失为 ${loss}）。`,
  "nothing-to-train": () => "没有任何参数在训练。",
  "unused-parameters": ({ unused }) => `${unused} 个参数没有梯度。`,
  "symmetric-units": () => "所有单元的权重相同，梯度也相同。",
  "dead-relu": ({ share, units }) => `${units} 个单元中有 ${percent(share)} 对整批记录都输出 0。`,
  saturated: ({ share, units }) =>
    `${units} 个元素中有 ${percent(share)} 处在导数不到最大值 4 % 的地方。`,
  "vanishing-gradients": ({ first, last }) =>
    `梯度的范数从最后一层的 ${n(last)} 降到第一层的 ${n(first)}。`,
  "exploding-gradients": ({ first, last, gradientNorm }) =>
    gradientNorm === undefined
      ? `梯度的范数从最后一层的 ${n(last)} 增到第一层的 ${n(first)}。`
      : `全部梯度的范数为 ${n(gradientNorm)}，通常在 0.01 到 10 之间。`,
  "learning-rate-too-high": ({ updateRatio }) =>
    `每一步改变权重的 ${percent(updateRatio)}，通常约为 0.1 %。`,
  "learning-rate-too-low": ({ updateRatio }) =>
    `每一步只改变权重的 ${n(100 * updateRatio)} %，通常约为 0.1 %。`,
  "dropout-too-strong": ({ p }) => `每一步有 ${percent(p)} 的单元被置零。`,
  "small-norm-batch": ({ records }) => `统计量只来自 ${records} 条记录。`,
};

/** The sentence, with the finding's numbers put in. */
export function foundInChinese({ name, numbers }: Finding): string | undefined {
  return sentences[name]?.(numbers);
}
