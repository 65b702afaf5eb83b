// The linear model of the tutorials: one sample, three unknowns.

import type { Lesson } from "../lessons.ts";

export const linearRegression: Lesson = {
  program: "linear-regression",
  settings: { data: "one", learningRate: 0.01 },
  controls: [
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 0.4,
      step: 0.01,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "What is the least that a model needs in order to learn? And which answer does it find where there are many?",
        zh: "一个模型要能学习，最少需要什么？答案不止一个时，它会找到哪一个？",
      },
    },
    {
      kind: "text",
      text: {
        en: "The smallest model that learns is $y = w_1 x_1 + w_2 x_2 + b$. It has one sample to learn from: for the inputs 1 and 2 the answer is 3. It starts at $w = (0.1, 0.2)$, $b = 0.3$ and says 0.8.",
        zh: "能学习的最小模型是 $y = w_1 x_1 + w_2 x_2 + b$。它只有一个样本：输入为 1 和 2 时，答案是 3。模型从 $w = (0.1, 0.2)$、$b = 0.3$ 开始，给出 0.8。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The loss is half the squared error, $L = \\tfrac12 (y - 3)^2 = 2.42$. Its derivative by $y$ is the error itself, $y - 3 = -2.2$. By $w_1$ it is the error times $x_1$, by $w_2$ the error times $x_2$, by $b$ the error times 1: the gradient is $(-2.2, -4.4, -2.2)$.",
        zh: "损失是平方误差的一半，$L = \\tfrac12 (y - 3)^2 = 2.42$。它对 $y$ 的导数就是误差本身，$y - 3 = -2.2$。对 $w_1$ 是误差乘以 $x_1$，对 $w_2$ 是误差乘以 $x_2$，对 $b$ 是误差乘以 1：梯度是 $(-2.2, -4.4, -2.2)$。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "After one update at rate 0.01 the weights are 0.122 and 0.244, the bias is 0.322, and the loss is 2.1383. Each update multiplies the error by $1 - 0.01 \\cdot (1^2 + 2^2 + 1^2) = 0.94$, and so the loss by $0.94^2 = 0.8836$.",
        zh: "学习率 0.01 时，一次更新之后权重是 0.122 和 0.244，偏置是 0.322，损失是 2.1383。每次更新把误差乘以 $1 - 0.01 \\cdot (1^2 + 2^2 + 1^2) = 0.94$，于是损失乘以 $0.94^2 = 0.8836$。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Training ends at $w = (0.4667, 0.9333)$, $b = 0.6667$. That is *a* solution, not *the* solution: one sample gives one equation for three unknowns. Every step goes along $(1, 2, 1)$, so the end is the solution nearest to the start.",
        zh: "训练结束于 $w = (0.4667, 0.9333)$，$b = 0.6667$。这是*一个*解，而不是*唯一*的解：一个样本只给出一个方程，却有三个未知数。每一步都沿着 $(1, 2, 1)$ 的方向走，所以终点是离起点最近的那个解。",
      },
    },
    {
      kind: "table",
      table: {
        caption: {
          en: "Errors in the tutorial that this example comes from",
          zh: "这个例子所出自的教程中的错误",
        },
        columns: [
          { en: "printed", zh: "教程写的" },
          { en: "right", zh: "正确的" },
          { en: "why", zh: "原因" },
        ],
        rows: [
          [
            "$\\partial L / \\partial W = (y - y_{real})\\, x$",
            "$(y - y_{real})\\, x^{\\mathsf T}$",
            {
              en: "A gradient has the shape of its weights: here a row.",
              zh: "梯度与权重形状相同：这里是一行。",
            },
          ],
          [
            {
              en: "the program’s loss lacks the ½ of the formula",
              zh: "程序里的 loss 少了公式中的 ½",
            },
            { en: "2.42, not 4.84", zh: "2.42，不是 4.84" },
            {
              en: "The gradient in the program belongs to the loss with ½.",
              zh: "程序中的梯度属于带 ½ 的损失。",
            },
          ],
          [
            {
              en: "`backward` uses $y$ of another function",
              zh: "`backward` 用了另一个函数里的 $y$",
            },
            { en: "pass $y$ to it", zh: "把 $y$ 传进去" },
            {
              en: "The first call ends with a `NameError`.",
              zh: "第一次调用就以 `NameError` 结束。",
            },
          ],
          [
            "`np.dot(dy, x)`",
            "`np.outer(dy, x)`",
            {
              en: "Vectors of 1 and 2 elements have no inner product.",
              zh: "1 个和 2 个元素的向量没有内积。",
            },
          ],
          [
            { en: "½ Σ(y − t)² called the mean squared error", zh: "把 ½ Σ(y − t)² 叫作均方误差" },
            { en: "the mean is (1/n) Σ(y − t)²", zh: "均方误差是 (1/n) Σ(y − t)²" },
            {
              en: "The same minimum, but gradients that differ by the factor 2/n.",
              zh: "最小值相同，但梯度相差因子 2/n。",
            },
          ],
        ],
      },
    },
    {
      kind: "question",
      ask: {
        en: "Which learning rate solves it in one update? From which rate on does the loss grow?",
        zh: "学习率取多大，一次更新就解出来？从多大开始，损失反而增大？",
      },
      answer: {
        en: "The error is multiplied by $1 - 6\\eta$. That is 0 at $\\eta = 1/6$: try 0.17, the loss falls from 2.42 to 0.00097. Beyond $\\eta = 1/3$ the factor is below −1: at 0.33 the loss still falls, slowly; at 0.34 it grows.",
        zh: "误差每次乘以 $1 - 6\\eta$。$\\eta = 1/6$ 时它是 0：试试 0.17，损失从 2.42 降到 0.00097。超过 $\\eta = 1/3$，因子就小于 −1：取 0.33 时损失还在慢慢下降，取 0.34 时就上升了。",
      },
    },
  ],
};
