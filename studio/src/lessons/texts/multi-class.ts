// One output per class: softmax, cross-entropy, and the gradient p − y.

import type { Lesson } from "../lessons.ts";

export const multiClass: Lesson = {
  program: "softmax",
  settings: { form: "steps", label: "1", learningRate: 0.5 },
  controls: [
    {
      name: "label",
      label: { en: "true class", zh: "真实类别" },
      kind: "choice",
      choices: ["0", "1", "2"].map((value) => ({ value, label: { en: value, zh: value } })),
    },
    {
      name: "form",
      label: { en: "loss", zh: "损失" },
      kind: "choice",
      choices: [
        { value: "steps", label: { en: "written out", zh: "逐步写出" } },
        { value: "loss", label: { en: "as one function", zh: "作为一个函数" } },
      ],
    },
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 2,
      step: 0.1,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "The loss of a classifier is full of exponentials, sums and logarithms. Why is its gradient nothing but a subtraction?",
        zh: "分类器的损失里满是指数、求和与对数。为什么它的梯度却只是一次减法？",
      },
    },
    {
      kind: "text",
      text: {
        en: "With several classes, a network has one output per class. The outputs $z$ are called *logits* and may be any numbers. Softmax makes probabilities of them: $p_i = e^{z_i} / \\sum_k e^{z_k}$. All are positive, and they sum to 1.",
        zh: "有多个类别时，网络为每个类别设一个输出。这些输出 $z$ 叫作 *logits*，可以是任何数。softmax 把它们变成概率：$p_i = e^{z_i} / \\sum_k e^{z_k}$。它们都是正数，加起来等于 1。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Here the logits are 0.1, 0.7 and 0.8, and the probabilities 0.2068, 0.3768 and 0.4164. The target $y$ is 1 for the true class and 0 for the others. The cross-entropy $L = -\\sum y_i \\ln p_i$ is what is left of it: $-\\ln 0.3768 = 0.9761$.",
        zh: "这里 logits 是 0.1、0.7、0.8，概率是 0.2068、0.3768、0.4164。目标 $y$ 在真实类别处是 1，其余是 0。交叉熵 $L = -\\sum y_i \\ln p_i$ 只剩下一项：$-\\ln 0.3768 = 0.9761$。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "widget",
      widget: "logits",
      caption: {
        en: "The last two columns are the same numbers: one is a subtraction, the other went through logarithm, division, sum and exponential of the graph. Press “Next update” and watch them shrink together.",
        zh: "最后两列是相同的数：一列是一次减法，另一列穿过了图中的对数、除法、求和与指数。按“下一次更新”，看它们一同变小。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Why $p - y$? Each $e^{z_i}$ is used twice: above the fraction bar for its own class, below it for all. Its adjoint is therefore a *sum of two terms*. The first gives $-y_i$, the second $+p_i$. Choose the node $e^x$ to see the sum.",
        zh: "为什么是 $p - y$？每个 $e^{z_i}$ 被用了两次：在分子上为自己的类别，在分母上为所有类别。因此它的伴随值是*两项之和*。第一项给出 $-y_i$，第二项给出 $+p_i$。选择节点 $e^x$，就能看到这个和。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The signs say it all: the logit of the true class has a negative gradient and will be raised; all others are lowered, in proportion to the probability that they wrongly received.",
        zh: "符号说明了一切：真实类别的 logit 梯度为负，会被抬高；其余的都被压低，压低的多少与它们误得的概率成正比。",
      },
    },
    {
      kind: "text",
      text: {
        en: "In practice the loss takes logits and does all of it as one function. That is not only shorter: for the logits 0 and 200 the smaller probability is $e^{-200}$, which float32 rounds to 0, and its logarithm is $-\\infty$. From the logits the loss is simply 200.",
        zh: "实际使用时，损失直接接受 logits，作为一个函数完成全部计算。这不仅更短：当 logits 是 0 和 200 时，较小的概率是 $e^{-200}$，float32 会把它舍入成 0，它的对数就是 $-\\infty$。而由 logits 计算，损失就是 200。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "The three gradients always sum to the same number. Which, and why?",
        zh: "三个梯度之和总是同一个数。是多少？为什么？",
      },
      answer: {
        en: "To 0, because $p$ and $y$ both sum to 1. Adding the same number to all logits changes no probability, so the loss does not change in that direction.",
        zh: "是 0，因为 $p$ 与 $y$ 的和都是 1。给所有 logits 加上同一个数，概率都不变，所以损失在这个方向上没有变化。",
      },
    },
  ],
};
