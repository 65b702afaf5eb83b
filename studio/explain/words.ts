// The words of the page of one step, in both languages.

import type { Both } from "../src/language/language.ts";

export const words = {
  about: {
    en: "One training step, with every number: what each operation computed, its local derivative, the gradient that came back to it, and the update. Choose a node of the graph; step through time below it.",
    zh: "一次完整的训练步，每个数字都在：每个运算算出了什么、它的局部导数、传回来的梯度，以及参数的更新。选择图中的一个节点；用图下的控件沿时间前后移动。",
  },
  offline: {
    en: "This page holds the whole step and computes in your browser. It loads nothing and sends nothing.",
    zh: "整个训练步都在这个页面里，计算在浏览器中进行。它不加载任何东西，也不发送任何东西。",
  },
  sample: { en: "sample", zh: "样本" },
  weights: { en: "weights", zh: "权重" },
  saved: { en: "those of the saved run", zh: "取自保存的训练结果" },
  fresh: { en: "fresh, before any training", zh: "刚初始化，尚未训练" },
  optimizer: { en: "optimizer", zh: "优化器" },
  anew: { en: "as at its first step", zh: "如同它的第一步" },
  parameters: { en: "parameters", zh: "参数个数" },
  actual: { en: "it is", zh: "实际类别" },
  predicted: { en: "the model says", zh: "模型认为" },
  picture: { en: "the sample", zh: "样本图像" },
  after: (updates: number): Both => ({
    en: `as after ${updates.toLocaleString("en")} ${updates === 1 ? "update" : "updates"}`,
    zh: `如同 ${updates.toLocaleString("en")} 次更新之后`,
  }),
} as const satisfies Readonly<Record<string, Both | ((count: number) => Both)>>;
