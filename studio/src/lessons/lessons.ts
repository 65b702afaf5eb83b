// The lessons: texts in both languages around a live program. What a page shows of one is a list of sections; its text is
// fetched when it is opened. In paragraphs `$…$` holds a formula, `*…*` what
// is stressed, `[words](lesson)` a link, and backticks hold code.

import type { Both } from "../language/language.ts";
import type { ProgramName, Settings } from "../worker/protocol.ts";

/** A setting that the reader may change. */
export type Control = NumberControl | ChoiceControl;

export interface NumberControl {
  readonly kind: "number";
  readonly name: string;
  readonly label: Both;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export interface ChoiceControl {
  readonly kind: "choice";
  readonly name: string;
  readonly label: Both;
  readonly choices: readonly { readonly value: string; readonly label: Both }[];
}

/** Pictures beside the graph, by name. */
export type WidgetName =
  | "boundary"
  | "clipping"
  | "descent"
  | "digits"
  | "digits-training"
  | "gradient-norms"
  | "logits"
  | "race";

/** A table; cells that are the same in both languages are plain. */
export interface Table {
  readonly caption: Both;
  readonly columns: readonly Both[];
  readonly rows: readonly (readonly (string | Both)[])[];
}

export type Section =
  /** A lead is the question that the lesson answers; it comes first. */
  | { readonly kind: "lead" | "text" | "heading"; readonly text: Both }
  /** The lesson's controls; and the live graph that they set. */
  | { readonly kind: "controls" | "step" }
  | { readonly kind: "widget"; readonly widget: WidgetName; readonly caption: Both }
  | { readonly kind: "table"; readonly table: Table }
  /** Something to try; the answer opens on demand. */
  | { readonly kind: "question"; readonly ask: Both; readonly answer: Both };

/** What a lesson's page shows. */
export interface Lesson {
  readonly program: ProgramName;
  readonly settings: Settings;
  readonly controls: readonly Control[];
  readonly sections: readonly Section[];
}

/** A lesson as the list knows it. */
export interface LessonEntry {
  readonly id: string;
  readonly title: Both;
  readonly summary: Both;
  load(): Promise<Lesson>;
}

export const lessons: readonly LessonEntry[] = [
  {
    id: "chain-rule",
    title: { en: "The chain rule on one expression", zh: "一个表达式上的链式法则" },
    summary: {
      en: "Five small operations, one derivative each, and their product.",
      zh: "五个小运算，每个一个导数，再把它们相乘。",
    },
    load: async () => (await import("./texts/chain-rule.ts")).chainRule,
  },
  {
    id: "two-three-one",
    title: { en: "2-3-1: a network to check by hand", zh: "2-3-1：可以手算的网络" },
    summary: {
      en: "Nine weights, one update, every number; and what a tutorial printed instead.",
      zh: "九个权重，一次更新，每一个数字；以及某篇教程写错的数。",
    },
    load: async () => (await import("./texts/two-three-one.ts")).twoThreeOne,
  },
  {
    id: "linear-regression",
    title: {
      en: "Linear regression: the smallest model that learns",
      zh: "线性回归：能学习的最小模型",
    },
    summary: {
      en: "Two weights, a bias, one sample: gradients that you can check in your head.",
      zh: "两个权重、一个偏置、一个样本：可以心算验证的梯度。",
    },
    load: async () => (await import("./texts/linear-regression.ts")).linearRegression,
  },
  {
    id: "relu-bce",
    title: { en: "Two classes: ReLU and binary cross-entropy", zh: "两个类别：ReLU 与二元交叉熵" },
    summary: {
      en: "A hidden layer, a probability, and why the last activation must fit the loss.",
      zh: "一个隐藏层、一个概率，以及最后的激活函数为什么必须与损失相配。",
    },
    load: async () => (await import("./texts/relu-bce.ts")).reluBce,
  },
  {
    id: "multi-class",
    title: { en: "Many classes: softmax and p − y", zh: "多个类别：softmax 与 p − y" },
    summary: {
      en: "One output per class; a long chain of derivatives shrinks to a subtraction.",
      zh: "每个类别一个输出；一长串导数最后缩成一次减法。",
    },
    load: async () => (await import("./texts/multi-class.ts")).multiClass,
  },
  {
    id: "digits",
    title: { en: "Reading digits: 64-10-10", zh: "识别手写数字：64-10-10" },
    summary: {
      en: "The network of every first tutorial, on digits small enough to see whole.",
      zh: "每篇入门教程里的网络，用小到能一眼看全的数字图片。",
    },
    load: async () => (await import("./texts/digits.ts")).digits,
  },
  {
    id: "activations",
    title: { en: "Why networks need activations", zh: "网络为什么需要激活函数" },
    summary: {
      en: "Two linear layers are one linear layer, and XOR is out of its reach.",
      zh: "两个线性层等于一个线性层，而它学不会异或。",
    },
    load: async () => (await import("./texts/activations.ts")).activations,
  },
  {
    id: "learning-rate",
    title: { en: "Choosing the learning rate", zh: "怎样选择学习率" },
    summary: {
      en: "Too small crawls, too large flies off: on a parabola the border is a number.",
      zh: "太小爬不动，太大飞出去：在抛物线上，界限是一个确定的数。",
    },
    load: async () => (await import("./texts/learning-rate.ts")).learningRate,
  },
  {
    id: "optimizers",
    title: { en: "Optimizers racing", zh: "优化器赛跑" },
    summary: {
      en: "SGD, momentum, RMSprop and Adam on a valley, a banana and a saddle.",
      zh: "SGD、动量、RMSprop、Adam，在山谷、香蕉谷与鞍点上。",
    },
    load: async () => (await import("./texts/optimizers.ts")).optimizers,
  },
  {
    id: "vanishing-gradients",
    title: { en: "Why gradients vanish, and what helps", zh: "梯度为什么消失，怎样解决" },
    summary: {
      en: "Up to thirty layers: sigmoid, tanh, ReLU, batch norm, residual connections.",
      zh: "最多三十层：sigmoid、tanh、ReLU、批归一化、残差连接。",
    },
    load: async () => (await import("./texts/vanishing.ts")).vanishing,
  },
  {
    id: "exploding-gradients",
    title: { en: "Exploding gradients, and clipping them", zh: "梯度爆炸与梯度裁剪" },
    summary: {
      en: "One update from 17.5 to 13,300, then to infinity; and the line that prevents it.",
      zh: "一次更新从 17.5 到 13,300，再到无穷大；以及防住它的一行代码。",
    },
    load: async () => (await import("./texts/exploding.ts")).exploding,
  },
];
