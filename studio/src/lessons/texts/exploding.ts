// Gradients that grow on the way down, and clipping.

import type { Lesson } from "../lessons.ts";

export const exploding: Lesson = {
  program: "deep",
  settings: {
    depth: 10,
    activation: "relu",
    variant: "plain",
    gain: 4,
    learningRate: 0.05,
    clip: "off",
  },
  controls: [
    {
      name: "clip",
      label: { en: "clipping", zh: "裁剪" },
      kind: "choice",
      choices: [
        { value: "off", label: { en: "off", zh: "关" } },
        { value: "1", label: { en: "to norm 1", zh: "到范数 1" } },
        { value: "0.1", label: { en: "to norm 0.1", zh: "到范数 0.1" } },
      ],
    },
    {
      name: "gain",
      label: { en: "size of the weights ×", zh: "权重的大小 ×" },
      kind: "number",
      min: 1,
      max: 5,
      step: 0.25,
    },
    { name: "depth", label: { en: "depth", zh: "深度" }, kind: "number", min: 1, max: 20, step: 1 },
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0.005,
      max: 0.2,
      step: 0.005,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "How can a single update ruin a network? And how does one line of code prevent it?",
        zh: "仅仅一次更新，怎么会毁掉整个网络？一行代码又怎样防住它？",
      },
    },
    {
      kind: "text",
      text: {
        en: "The same product that makes gradients vanish makes them explode when its factors are larger than 1. Here ten ReLU layers have weights four times as large as usual. Values grow on the way up, gradients on the way down.",
        zh: "让梯度消失的那个乘积，当因子大于 1 时，就会让梯度爆炸。这里十个 ReLU 层的权重是通常的四倍。前向时数值变大，反向时梯度变大。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The loss begins at 17.5, and the norm of all gradients together is 271. At learning rate 0.05 the first update moves the weights by 13.5 and the loss is 13,260; the second brings it to $1.7 \\cdot 10^{30}$; the third is not a number, and no later step brings it back.",
        zh: "损失从 17.5 开始，全部梯度合起来的范数是 271。学习率 0.05 时，第一次更新把权重移动了 13.5，损失变成 13,260；第二次达到 $1.7 \\cdot 10^{30}$；第三次就不是数了，之后再也回不来。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "*Clipping* keeps the direction and limits the length: all gradients are multiplied by $\\min(1, c / \\lVert g \\rVert)$. With $c = 1$ a step moves the weights by no more than the learning rate, however steep the place is.",
        zh: "*裁剪*保持方向、限制长度：所有梯度都乘以 $\\min(1, c / \\lVert g \\rVert)$。取 $c = 1$ 时，一步最多把权重移动学习率那么远，不论那里有多陡。",
      },
    },
    {
      kind: "widget",
      widget: "clipping",
      caption: {
        en: "30 updates with the settings above, with and without clipping; the number is the loss at the end. A line that stops has left the picture for good.",
        zh: "用上面的设置更新 30 次，分别裁剪与不裁剪；数字是最后的损失。中断的线已经冲出图外，再也没有回来。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Clipped to norm 1, the loss is 1.49 after three updates. It then shakes a little, because each step has full length although the goal is near; clipped to 0.1 it is slower and smoother.",
        zh: "裁剪到范数 1，三次更新之后损失是 1.49。之后它有些抖动，因为目标已近，每一步却仍是满长；裁剪到 0.1 则更慢，也更平稳。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Clipping is a guard, not a cure: it is common in recurrent networks and transformers, where a single steep step in ten thousand would ruin a long run. The cure is weights of the right size, and normalisation.",
        zh: "裁剪治标不治本：它在循环网络和 Transformer 中很常见，因为一万步里只要有一步过陡，就会毁掉一次漫长的训练。真正治本的，是大小合适的权重，以及归一化。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "Make the weights smaller, step by step. At which size does training survive without clipping?",
        zh: "把权重一点点调小。到多大时，不裁剪也能训练？",
      },
      answer: {
        en: "At 3.5 the loss still jumps from 2.48 to 1.40 and back to 1.68 but stays finite; the norm of the gradients is 17 there, against 271 at 4 and 1.3 at 3. Ten layers turn 14 % more weight into sixteen times more gradient.",
        zh: "在 3.5 时，损失从 2.48 到 1.40 又回到 1.68，有起伏但没有溢出；那里梯度的范数是 17，而在 4 时是 271，在 3 时是 1.3。经过十层，权重增大 14 %，梯度就增大十六倍。",
      },
    },
  ],
};
