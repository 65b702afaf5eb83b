// What becomes of a gradient in a deep network.

import type { Lesson } from "../lessons.ts";

export const vanishing: Lesson = {
  program: "deep",
  settings: { depth: 10, activation: "sigmoid", variant: "plain", gain: 1, learningRate: 0.1 },
  controls: [
    { name: "depth", label: { en: "depth", zh: "深度" }, kind: "number", min: 1, max: 30, step: 1 },
    {
      name: "activation",
      label: { en: "activation", zh: "激活函数" },
      kind: "choice",
      choices: [
        { value: "sigmoid", label: { en: "sigmoid", zh: "sigmoid" } },
        { value: "tanh", label: { en: "tanh", zh: "tanh" } },
        { value: "relu", label: { en: "ReLU", zh: "ReLU" } },
      ],
    },
    {
      name: "variant",
      label: { en: "layer", zh: "层" },
      kind: "choice",
      choices: [
        { value: "plain", label: { en: "plain", zh: "普通" } },
        { value: "batchNorm", label: { en: "with batch norm", zh: "加批归一化" } },
        { value: "residual", label: { en: "with a residual connection", zh: "加残差连接" } },
      ],
    },
    {
      name: "gain",
      label: { en: "size of the weights ×", zh: "权重的大小 ×" },
      kind: "number",
      min: 0.5,
      max: 4,
      step: 0.05,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "Why was depth a problem for so long? And which small changes solved it?",
        zh: "为什么层数一多，网络曾经长期训练不好？后来又靠哪些小小的改动解决了？",
      },
    },
    {
      kind: "text",
      text: {
        en: "On its way from the loss to the first layer, a gradient is multiplied at each layer: by the weights, and by the slope of the activation. The sigmoid's slope is at most ¼. Ten factors of ¼ are a millionth; thirty are $10^{-18}$.",
        zh: "梯度从损失走到第一层，每经过一层都要相乘：乘以权重，再乘以激活函数的斜率。sigmoid 的斜率至多是 ¼。十个 ¼ 相乘是百万分之一；三十个是 $10^{-18}$。",
      },
    },
    {
      kind: "text",
      text: {
        en: "A gradient of that size changes nothing: the first layers stay as they were drawn at random, and pass noise on to the layers that do learn. That was the reason why networks deeper than a few layers could not be trained before about 2010.",
        zh: "这么小的梯度什么也改变不了：前面几层仍是当初随机抽取的样子，把噪声传给后面能学习的层。大约 2010 年以前，层数一多就训练不了，原因就在这里。",
      },
    },
    { kind: "controls" },
    {
      kind: "widget",
      widget: "gradient-norms",
      caption: {
        en: "The size of the gradient in each layer before the first update; the numbers are those of the first layer. The scale is logarithmic. The thick line is the network in the graph.",
        zh: "第一次更新之前各层梯度的大小；数字是第一层的。纵轴是对数刻度。粗线是图中的网络。",
      },
    },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "At depth 10 the first sigmoid layer has a gradient of $2.2 \\cdot 10^{-9}$, the last one 0.11. At depth 30 it is $3.1 \\cdot 10^{-26}$. *Tanh* has slope 1 in the middle and loses only what the weights take.",
        zh: "深度为 10 时，第一个 sigmoid 层的梯度是 $2.2 \\cdot 10^{-9}$，最后一层是 0.11。深度为 30 时是 $3.1 \\cdot 10^{-26}$。*tanh* 在中间的斜率是 1，只损失权重拿走的部分。",
      },
    },
    {
      kind: "text",
      text: {
        en: "*ReLU* has slope 0 or 1, and yet its gradient vanishes here too: half of the units are off, and PyTorch's default weights are small, which together cost a factor of about 2.4 per layer. Set the weights to 2.45 times their size, as He initialisation does, and the gradient arrives.",
        zh: "*ReLU* 的斜率是 0 或 1，但梯度在这里同样会消失：一半的单元是关闭的，而 PyTorch 默认的权重偏小，合起来每层损失大约 2.4 倍。把权重放大到 2.45 倍（He 初始化正是这样做的），梯度就能到达。",
      },
    },
    {
      kind: "text",
      text: {
        en: "*Batch norm* keeps the values where the activation is steep, and undoes the shrinking of the weights. A *residual connection*, $x + f(x)$, has the derivative $1 + f'$: whatever $f$ does, the 1 carries the gradient on.",
        zh: "*批归一化*让数值停留在激活函数陡峭的地方，并抵消权重造成的缩小。*残差连接* $x + f(x)$ 的导数是 $1 + f'$：不论 $f$ 做什么，那个 1 都会把梯度传下去。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Clipping is often named in the same breath. It only makes gradients shorter, so it helps against [exploding](exploding-gradients) ones and not here.",
        zh: "梯度裁剪常常被一并提到。它只会把梯度变短，所以只对[梯度爆炸](exploding-gradients)有用，在这里没有帮助。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "Could larger weights save the sigmoid? Try size 4 at depth 30. What else would larger weights do?",
        zh: "更大的权重能救 sigmoid 吗？在深度 30 试试大小 4。更大的权重还会带来什么？",
      },
      answer: {
        en: "It helps, from $3 \\cdot 10^{-26}$ to $8 \\cdot 10^{-13}$, but not enough: larger weights also push $z$ to where the sigmoid is flat, and its slope falls below ¼. At the same size ReLU's gradient explodes.",
        zh: "有帮助，从 $3 \\cdot 10^{-26}$ 到 $8 \\cdot 10^{-13}$，但还不够：更大的权重也把 $z$ 推到 sigmoid 平坦的地方，斜率比 ¼ 还小。而同样的大小，ReLU 的梯度已经爆炸了。",
      },
    },
  ],
};
