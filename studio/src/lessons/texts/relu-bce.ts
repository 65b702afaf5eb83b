// A network that tells two classes apart: ReLU inside, sigmoid and binary cross-entropy at the end.

import type { Lesson } from "../lessons.ts";

export const reluBce: Lesson = {
  program: "relu-bce",
  settings: { learningRate: 0.1 },
  controls: [
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 2,
      step: 0.05,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "How does a network learn to answer yes or no? And why must its last layer not be a ReLU?",
        zh: "网络怎样学会回答“是”或“否”？它的最后一层为什么不能是 ReLU？",
      },
    },
    {
      kind: "text",
      text: {
        en: "Four points, two classes: (1, 2) and (2, 3) are class 0, (3, 4) and (4, 5) are class 1. The network has three hidden units with ReLU, $h = \\max(0, z)$, and one output that says how probable class 1 is.",
        zh: "四个点，两个类别：(1, 2) 和 (2, 3) 属于类别 0，(3, 4) 和 (4, 5) 属于类别 1。网络有三个 ReLU 隐藏单元，$h = \\max(0, z)$，以及一个输出，表示属于类别 1 的概率。",
      },
    },
    {
      kind: "text",
      text: {
        en: "A probability lies between 0 and 1, so the last activation is a sigmoid. The loss is the binary cross-entropy $-\\frac14 \\sum \\left( t \\ln y + (1 - t) \\ln (1 - y) \\right)$: for each point the logarithm of the probability that was given to its true class.",
        zh: "概率在 0 和 1 之间，所以最后的激活函数是 sigmoid。损失是二元交叉熵 $-\\frac14 \\sum \\left( t \\ln y + (1 - t) \\ln (1 - y) \\right)$：对每个点，取分给其真实类别的概率的对数。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "At first the network says 0.786, 0.870, 0.924 and 0.957: class 1 for all. The loss is 0.925837. Choose the node before the sigmoid: its adjoints are $(y - t)/4$. The logarithm, the division and the sigmoid's slope have cancelled to a subtraction.",
        zh: "开始时网络给出 0.786、0.870、0.924 和 0.957：全都判为类别 1。损失是 0.925837。选择 sigmoid 之前的节点：它的伴随值是 $(y - t)/4$。对数、除法和 sigmoid 的斜率互相抵消，只剩下一次减法。",
      },
    },
    {
      kind: "text",
      text: {
        en: "ReLU passes a gradient on unchanged where $z > 0$ and stops it where $z < 0$. In the first step all twelve values of $z$ are positive, so it changes nothing; after 465 updates at rate 0.1 the first unit is off for the point (1, 2).",
        zh: "ReLU 在 $z > 0$ 处原样传递梯度，在 $z < 0$ 处把它截断。第一步中十二个 $z$ 全是正的，所以它什么也没改变；学习率 0.1 时，更新 465 次之后，第一个单元才对点 (1, 2) 关闭。",
      },
    },
    {
      kind: "widget",
      widget: "boundary",
      caption: {
        en: "The same network trained 1,000 times, at the learning rate chosen above. At 0.1 the loss ends at 0.010571 and the border passes between the second and the third point. Circles are class 0, squares class 1.",
        zh: "同一个网络，用上面选择的学习率训练 1,000 次。取 0.1 时，损失最后是 0.010571，分界线穿过第二个点与第三个点之间。圆圈是类别 0，方块是类别 1。",
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
            { en: "ReLU on the output, then cross-entropy", zh: "输出用 ReLU，再求交叉熵" },
            { en: "a sigmoid on the output", zh: "输出用 sigmoid" },
            {
              en: "With the tutorial's own seed the outputs are 2.95 to 5.87; $\\ln(1 - y)$ of them does not exist, and the loss is NaN from the first epoch on.",
              zh: "用教程自己的随机种子，输出是 2.95 到 5.87；$\\ln(1 - y)$ 不存在，损失从第一轮起就是 NaN。",
            },
          ],
          [
            {
              en: "derivative of the cross-entropy by $\\hat y$: $y - \\hat y$",
              zh: "交叉熵对 $\\hat y$ 的导数：$y - \\hat y$",
            },
            "$-y / \\hat y$",
            {
              en: "$\\hat y - y$ is the derivative by $z$, before the sigmoid or softmax, and with the other sign.",
              zh: "$\\hat y - y$ 是对 $z$ 的导数，即在 sigmoid 或 softmax 之前，而且符号相反。",
            },
          ],
          [
            { en: "derivative of ReLU: $\\sigma(z)$", zh: "ReLU 的导数：$\\sigma(z)$" },
            { en: "1 for $z > 0$, 0 for $z < 0$", zh: "$z > 0$ 时为 1，$z < 0$ 时为 0" },
            {
              en: "At $z = 2$ it is 1; $\\sigma(2)$ is 0.8808.",
              zh: "$z = 2$ 时是 1；而 $\\sigma(2)$ 是 0.8808。",
            },
          ],
          [
            "`np.sum(dz1, axis=1)`",
            "`np.sum(dz1, axis=0)`",
            {
              en: "A bias is used once per sample; its gradient is the sum over samples, not over units.",
              zh: "偏置对每个样本用一次；它的梯度是对样本求和，而不是对单元求和。",
            },
          ],
          [
            "`m = targets.shape[1]`",
            "`targets.shape[0]`",
            {
              en: "There are 4 samples; `shape[1]` counts columns.",
              zh: "样本有 4 个；`shape[1]` 数的是列。",
            },
          ],
        ],
      },
    },
    {
      kind: "question",
      ask: {
        en: "Set the learning rate to 1. The loss stops at 0.6931. What is that number, and what happened?",
        zh: "把学习率设为 1。损失停在 0.6931。这个数是什么？发生了什么？",
      },
      answer: {
        en: "It is $\\ln 2$: the network says ½ for every point. The first step was so long (the loss jumped to 6.08) that all hidden units went below 0 for all points. ReLU then stops every gradient, only the last bias still learns, and ½ is the best it can do. Such units are called *dead*. Follow the orange numbers: they are 0 behind the ReLU.",
        zh: "它是 $\\ln 2$：网络对每个点都输出 ½。第一步太长（损失跳到 6.08），所有隐藏单元对所有点都掉到了 0 以下。于是 ReLU 截断了全部梯度，只剩最后的偏置还能学习，而它最好也只能输出 ½。这样的单元叫作*死亡*单元。看橙色的数字：过了 ReLU，它们都是 0。",
      },
    },
  ],
};
