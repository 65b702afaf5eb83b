// Why a network needs something that is not linear between its layers.

import type { Lesson } from "../lessons.ts";

export const activations: Lesson = {
  program: "xor",
  settings: { activation: "none", learningRate: 0.5, start: 4 },
  controls: [
    {
      name: "activation",
      label: { en: "activation", zh: "激活函数" },
      kind: "choice",
      choices: [
        { value: "none", label: { en: "none", zh: "无" } },
        { value: "tanh", label: { en: "tanh", zh: "tanh" } },
        { value: "relu", label: { en: "ReLU", zh: "ReLU" } },
        { value: "sigmoid", label: { en: "sigmoid", zh: "sigmoid" } },
      ],
    },
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 3,
      step: 0.1,
    },
    {
      name: "start",
      label: { en: "random start", zh: "随机起点" },
      kind: "number",
      min: 1,
      max: 12,
      step: 1,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "Why not simply stack linear layers? What do the curves between them add?",
        zh: "为什么不能只把线性层叠起来？夹在中间的那些曲线带来了什么？",
      },
    },
    {
      kind: "text",
      text: {
        en: "Put two linear layers one after the other: $W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\\, x + (W_2 b_1 + b_2)$. That is one linear layer with other weights. A hundred of them are still one.",
        zh: "把两个线性层接在一起：$W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\\, x + (W_2 b_1 + b_2)$。这只是换了权重的一个线性层。一百个接起来，也还是一个。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The smallest task that shows it is XOR: two inputs, each 0 or 1, and the answer is 1 when they differ. Draw the four points: no straight line has the two answers 1 on one side and the two answers 0 on the other.",
        zh: "最能说明这一点的小任务是异或：两个输入各为 0 或 1，不同时答案是 1。把四个点画出来：没有一条直线能把两个答案 1 放在一边，两个答案 0 放在另一边。",
      },
    },
    { kind: "controls" },
    {
      kind: "widget",
      widget: "boundary",
      caption: {
        en: "The network of the graph, trained 400 times. Orange is where it says 1, blue where it says 0, pale where it cannot tell. Circles should be 0, squares should be 1.",
        zh: "图中的网络训练 400 次。橙色区域判为 1，蓝色区域判为 0，颜色浅的地方它分不清。圆圈应为 0，方块应为 1。",
      },
    },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "Without an activation the loss stops at $0.6931 = \\ln 2$. The network has four hidden units and seventeen weights, and the best it can do is say ½ to everything. More units do not help.",
        zh: "没有激活函数，损失停在 $0.6931 = \\ln 2$。网络有四个隐藏单元、十七个权重，而它最好也只能对每个点都输出 ½。增加单元也没有用。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Now choose tanh. It only bends the line a little at each unit, but bent lines can be put together: the loss falls below 0.02, and the border has two parts. With ReLU each unit makes a fold, and the border is made of straight pieces.",
        zh: "现在选择 tanh。它在每个单元处只把直线弯曲一点，但弯曲的线可以拼合起来：损失降到 0.02 以下，分界线有了两部分。用 ReLU，每个单元折出一道折痕，分界线由直线段组成。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "ReLU with the random start 3 stays at 0.6931 although the network could do better. Why? And why is sigmoid so slow?",
        zh: "用 ReLU 和随机起点 3，网络明明可以做得更好，却停在 0.6931。为什么？sigmoid 又为什么这么慢？",
      },
      answer: {
        en: "In start 3 two hidden units soon are off for all four points and get no gradient, and the two others are on for all four, where ReLU is a straight line: the network is linear again. With only four units that happens by bad luck, with more of them hardly ever. The sigmoid's derivative is at most ¼, so the first layer learns at a quarter of the speed; at learning rate 3 it gets there as well. See [why gradients vanish](vanishing-gradients).",
        zh: "在起点 3，有两个隐藏单元很快就对四个点全部关闭，得不到梯度；另外两个对四个点全部打开，而 ReLU 在那里是一条直线：网络又变回线性的了。只有四个单元时，运气不好就会这样；单元多了就很少发生。sigmoid 的导数至多是 ¼，所以第一层的学习速度最多只有四分之一；学习率取 3 时它也能学会。见[梯度为什么消失](vanishing-gradients)。",
      },
    },
  ],
};
