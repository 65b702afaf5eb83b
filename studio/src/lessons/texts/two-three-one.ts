// The network that tutorials work by hand, with what one of them printed and what is right (docs/errata.md, N1 to N9).

import type { Lesson } from "../lessons.ts";

export const twoThreeOne: Lesson = {
  program: "two-three-one",
  settings: { learningRate: 0.1 },
  controls: [
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 50,
      step: 0.1,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "Can a whole training step be followed with a pocket calculator? And do the numbers that a tutorial prints survive it?",
        zh: "一次完整的训练步骤，能不能用计算器从头跟到尾？教程里写着的数字，经得起这样的核对吗？",
      },
    },
    {
      kind: "text",
      text: {
        en: "Two inputs, 0.5 and 0.8, a hidden layer of three units, one output, and a target of 0.7. There are nine weights and no biases: small enough to do with a pocket calculator, large enough to have everything that matters.",
        zh: "两个输入 0.5 和 0.8，三个单元的隐藏层，一个输出，目标是 0.7。一共九个权重，没有偏置：小到可以用计算器手算，却又五脏俱全。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Each hidden unit adds up its weighted inputs and squashes the sum: $z_1 = W_1 x$, $a_1 = \\sigma(z_1)$. The output does the same with the three: $y = \\sigma(W_2 a_1)$. The loss is $J = \\tfrac12 (y - t)^2$.",
        zh: "每个隐藏单元把加权的输入相加，再压缩这个和：$z_1 = W_1 x$，$a_1 = \\sigma(z_1)$。输出单元对这三个值做同样的事：$y = \\sigma(W_2 a_1)$。损失是 $J = \\tfrac12 (y - t)^2$。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    { kind: "heading", text: { en: "What a tutorial printed", zh: "某篇教程写下的数" } },
    {
      kind: "text",
      text: {
        en: "This example comes from a tutorial in Chinese that circulates in several copies. Almost every number it prints is wrong, and readers who follow it with a calculator doubt themselves. Here are its numbers beside those of the graph above.",
        zh: "这个例子来自一篇流传了好几个版本的中文教程。它写下的数几乎都是错的，拿着计算器跟着算的读者只会怀疑自己。下面把它的数字和上图中的数字并排列出。",
      },
    },
    {
      kind: "table",
      table: {
        caption: { en: "Printed, right, and why", zh: "教程写的、正确的，以及原因" },
        columns: [
          { en: "quantity", zh: "量" },
          { en: "printed", zh: "教程写的" },
          { en: "right", zh: "正确的" },
          { en: "why", zh: "原因" },
        ],
        rows: [
          [
            "$z_1 = W_1 x$",
            "0.47, 0.74, 1.01",
            "0.37, 0.50, 0.63",
            {
              en: "$0.5 \\cdot 0.1 + 0.8 \\cdot 0.4 = 0.37$, and so on.",
              zh: "$0.5 \\cdot 0.1 + 0.8 \\cdot 0.4 = 0.37$，其余类推。",
            },
          ],
          [
            "$a_1 = \\sigma(z_1)$",
            "0.615, 0.677, 0.734",
            "0.591459, 0.622459, 0.652489",
            {
              en: "Follows the wrong $z_1$; and $\\sigma(1.01)$ is 0.733.",
              zh: "沿用了错误的 $z_1$；而且 $\\sigma(1.01)$ 是 0.733。",
            },
          ],
          [
            "$z_2 = W_2 a_1$",
            "1.716",
            "1.499229",
            {
              en: "Even from its own $a_1$ it would be 1.6327.",
              zh: "即使用它自己的 $a_1$，也应是 1.6327。",
            },
          ],
          [
            "$y = \\sigma(z_2)$",
            "0.845",
            "0.817459",
            { en: "$\\sigma(1.716)$ would be 0.8476.", zh: "$\\sigma(1.716)$ 应是 0.8476。" },
          ],
          [
            "$J$",
            "0.011",
            "0.006898",
            { en: "$\\tfrac12 \\cdot 0.117459^2$.", zh: "$\\tfrac12 \\cdot 0.117459^2$。" },
          ],
          [
            "$\\delta_2 = (y - t)\\, y (1 - y)$",
            "0.013",
            "0.017527",
            { en: "$0.117459 \\cdot 0.149219$.", zh: "$0.117459 \\cdot 0.149219$。" },
          ],
          [
            "$\\delta_1 = W_2 \\delta_2 \\odot a_1 (1 - a_1)$",
            "0.004, 0.006, 0.008",
            "0.002965, 0.003295, 0.003577",
            {
              en: "Its own numbers would give 0.0022, 0.0023, 0.0023.",
              zh: "用它自己的数应得 0.0022、0.0023、0.0023。",
            },
          ],
          [
            { en: "$W_1$ afterwards, input by unit", zh: "更新后的 $W_1$，按输入排列" },
            "0.099, 0.198, 0.297; 0.396, 0.495, 0.594",
            "0.099852, 0.199835, 0.299821; 0.399763, 0.499736, 0.599714",
            {
              en: "Each printed weight is 0.99 times the old one. A step is not a percentage of the weight.",
              zh: "教程里的每个权重都是原来的 0.99 倍。更新的步长并不是权重的百分比。",
            },
          ],
          [
            { en: "$W_2$ afterwards", zh: "更新后的 $W_2$" },
            "0.700, 0.799, 0.898",
            "0.698963, 0.798909, 0.898856",
            {
              en: "$0.7 - 0.1 \\cdot 0.010367$ rounds to 0.699.",
              zh: "$0.7 - 0.1 \\cdot 0.010367$ 四舍五入是 0.699。",
            },
          ],
        ],
      },
    },
    {
      kind: "text",
      text: {
        en: "The right changes of $W_1$ are small, between 0.00015 and 0.00029: learning rate 0.1, times $\\delta_1$ of the unit, times the input. The loss after the update is 0.006860, and after 1,000 more it is $8.92 \\cdot 10^{-7}$.",
        zh: "$W_1$ 的正确变化很小，在 0.00015 与 0.00029 之间：学习率 0.1，乘以该单元的 $\\delta_1$，再乘以输入。更新之后损失是 0.006860；再更新 1,000 次，是 $8.92 \\cdot 10^{-7}$。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "A learning rate of 0.1 is slow here. What happens at 20, and at 50?",
        zh: "0.1 的学习率在这里很慢。取 20 会怎样？取 50 呢？",
      },
      answer: {
        en: "At 20 three updates are enough: 0.0069, 0.00097, 0.000015, 0.000000006. The gradients are tiny because two sigmoids have flattened them, so a large rate is right. At 50 the steps jump over the minimum and back: 0.0039, 0.0084, 0.0022. What is a good rate depends on the size of the gradients; see [choosing the learning rate](learning-rate).",
        zh: "取 20 时三次更新就够了：0.0069、0.00097、0.000015、0.000000006。梯度经过两个 sigmoid 变得很小，所以大的学习率才合适。取 50 时步子在最小值两边跳来跳去：0.0039、0.0084、0.0022。学习率多大合适，取决于梯度的大小；见[怎样选择学习率](learning-rate)。",
      },
    },
  ],
};
