// The chain rule on one expression.

import type { Lesson } from "../lessons.ts";

export const chainRule: Lesson = {
  program: "chain",
  settings: { learningRate: 0.5, w: 2, b: -1 },
  controls: [
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 10,
      step: 0.1,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "Turn the knob $w$ a little: by how much does the loss at the far end move? Nobody has to try. The answer is a product of small derivatives.",
        zh: "把旋钮 $w$ 拧动一点点，另一端的损失会变化多少？不必去试：答案就是几个小导数的乘积。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Take $L = (\\sigma(w x + b) - t)^2$ with $w = 2$, $b = -1$, $x = 1.5$ and $t = 0.2$. A computer does not see one formula here. It sees five operations, one after the other: multiply, add, $\\sigma$, subtract, square. Each knows its own inputs, and so only its own derivative.",
        zh: "取 $L = (\\sigma(w x + b) - t)^2$，其中 $w = 2$，$b = -1$，$x = 1.5$，$t = 0.2$。计算机看到的不是一个公式，而是一个接一个的五个运算：乘、加、$\\sigma$、减、平方。每个运算只认识自己的输入，因此也只知道自己的导数。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The *forward pass* goes from left to right and keeps every value: $z = 2$, then $\\sigma(z) = 0.8808$, then $0.6808$, and at last $L = 0.4635$.",
        zh: "*前向传播*从左到右，记住每一个数值：$z = 2$，然后 $\\sigma(z) = 0.8808$，然后 $0.6808$，最后 $L = 0.4635$。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The *backward pass* goes from right to left. It starts with $\\partial L / \\partial L = 1$, and every operation multiplies what arrives by its local derivative. Press Play, or choose a node and read the two numbers and their product.",
        zh: "*反向传播*从右到左。它从 $\\partial L / \\partial L = 1$ 开始，每个运算把传来的数乘以自己的局部导数。按“播放”，或者选择一个节点，读出这两个数和它们的乘积。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "table",
      table: {
        caption: { en: "The backward pass, line by line", zh: "反向传播，一行一行地看" },
        columns: [
          { en: "operation", zh: "运算" },
          { en: "arrives", zh: "传来" },
          { en: "local derivative", zh: "局部导数" },
          { en: "goes on", zh: "传下去" },
        ],
        rows: [
          ["$L = e^2$", "1", "$2e = 1.3616$", "1.3616"],
          ["$e = y - t$", "1.3616", "1", "1.3616"],
          ["$y = \\sigma(z)$", "1.3616", "$y (1 - y) = 0.1050$", "0.1430"],
          [
            "$z = u + b$",
            "0.1430",
            "1",
            {
              en: "0.1430, which is $\\partial L / \\partial b$",
              zh: "0.1430，即 $\\partial L / \\partial b$",
            },
          ],
          [
            "$u = w x$",
            "0.1430",
            "$x = 1.5$",
            {
              en: "0.2144, which is $\\partial L / \\partial w$",
              zh: "0.2144，即 $\\partial L / \\partial w$",
            },
          ],
        ],
      },
    },
    {
      kind: "text",
      text: {
        en: "Read down the third column: $1.3616 \\cdot 1 \\cdot 0.1050 \\cdot 1 \\cdot 1.5 = 0.2144$. That product is the chain rule, and it is all that backpropagation does, in networks of any size.",
        zh: "从上到下读第三列：$1.3616 \\cdot 1 \\cdot 0.1050 \\cdot 1 \\cdot 1.5 = 0.2144$。这个乘积就是链式法则；反向传播所做的也就是这一件事，不论网络有多大。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Nothing here was approximated. The panel also shows the derivative by finite differences: it moves the value a little to both sides and computes $L$ again. The two agree to many digits, but finite differences need two passes for *each* weight, and backpropagation needs one for all of them.",
        zh: "这里没有任何近似。面板上还有用有限差分求得的导数：把数值向两边各移动一点点，重新计算 $L$。两者许多位都相同；但有限差分对*每一个*权重都要算两遍，而反向传播一遍就得到全部。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "What happens at learning rate 1? And at which rate does the first update bring the loss almost to 0?",
        zh: "学习率为 1 时会怎样？学习率取多大，第一次更新就能把损失降到几乎为 0？",
      },
      answer: {
        en: "At 1 the loss falls from 0.4635 to 0.3879. At 7.3 it falls to 0.0000007 at once: $z$ moves by $7.3 \\cdot 0.1430 \\cdot (x^2 + 1) = 3.39$, from 2 to −1.39, and $\\sigma(-1.39) = 0.2$ is the target. At 10 the step is too long, and the loss is 0.018.",
        zh: "学习率为 1 时，损失从 0.4635 降到 0.3879。取 7.3 时一步就降到 0.0000007：$z$ 移动了 $7.3 \\cdot 0.1430 \\cdot (x^2 + 1) = 3.39$，从 2 到 −1.39，而 $\\sigma(-1.39) = 0.2$ 正是目标。取 10 时步子过大，损失是 0.018。",
      },
    },
  ],
};
