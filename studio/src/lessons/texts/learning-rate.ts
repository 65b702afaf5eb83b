// The learning rate on a loss that is a parabola, and on one that is a valley.

import type { Lesson } from "../lessons.ts";

export const learningRate: Lesson = {
  program: "linear-regression",
  settings: { data: "slope", learningRate: 0.01 },
  controls: [
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0,
      max: 0.1,
      step: 0.0005,
    },
    {
      name: "data",
      label: { en: "graph of", zh: "计算图" },
      kind: "choice",
      choices: [
        { value: "slope", label: { en: "one weight", zh: "一个权重" } },
        { value: "line", label: { en: "weight and bias", zh: "权重与偏置" } },
      ],
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "How long may a step be? On the simplest loss the answer is a single number, and it explains the others.",
        zh: "步子可以迈多大？在最简单的损失上，答案是一个确定的数；弄懂它，别的情形也就明白了。",
      },
    },
    {
      kind: "text",
      text: {
        en: "Five points lie on the line $2x + 1$. Suppose that the 1 is known and only the slope $w$ is to be found. The mean squared error is then a parabola, $L = 11\\,(w - 2)^2$, and its derivative is $22\\,(w - 2)$.",
        zh: "五个点在直线 $2x + 1$ 上。假设 1 是已知的，只需要求斜率 $w$。这时均方误差是一条抛物线，$L = 11\\,(w - 2)^2$，它的导数是 $22\\,(w - 2)$。",
      },
    },
    {
      kind: "text",
      text: {
        en: "An update is $w \\leftarrow w - \\eta \\cdot 22\\,(w - 2)$. So it multiplies the distance to the goal by $1 - 22\\eta$. Everything about the learning rate is in that factor.",
        zh: "一次更新是 $w \\leftarrow w - \\eta \\cdot 22\\,(w - 2)$。也就是说，它把到目标的距离乘以 $1 - 22\\eta$。关于学习率的一切，都在这个因子里。",
      },
    },
    {
      kind: "table",
      table: {
        caption: { en: "One weight", zh: "一个权重" },
        columns: [
          { en: "learning rate", zh: "学习率" },
          { en: "factor", zh: "因子" },
          { en: "what happens", zh: "会怎样" },
        ],
        rows: [
          ["0.01", "0.78", { en: "creeps towards 2 from one side", zh: "从一侧慢慢靠近 2" }],
          ["1/22 ≈ 0.0455", "0", { en: "is there in one update", zh: "一次更新就到" }],
          [
            "0.08",
            "−0.76",
            {
              en: "jumps over 2 each time, and still gets nearer",
              zh: "每次都跳过 2，但仍越来越近",
            },
          ],
          ["1/11 ≈ 0.0909", "−1", { en: "jumps to and fro for ever", zh: "永远来回跳" }],
          ["0.1", "−1.2", { en: "gets further away with each update", zh: "每次更新都离得更远" }],
        ],
      },
    },
    { kind: "controls" },
    {
      kind: "widget",
      widget: "descent",
      caption: {
        en: "40 updates from $w = 0$ (and $b = 0$) at the learning rate chosen above. Left, the loss over the slope; right, seen from above, the loss over slope and bias.",
        zh: "用上面选择的学习率，从 $w = 0$（和 $b = 0$）更新 40 次。左边是损失随斜率的变化；右边从上往下看，是损失随斜率和偏置的变化。",
      },
    },
    { kind: "step" },
    {
      kind: "text",
      text: {
        en: "With the bias the loss is a long valley: across it the curvature is 23.7, along it 0.34, seventy times less. The steep direction sets the limit, $2 / 23.7 = 0.0845$; above it the loss grows. The flat direction sets the speed: at 0.08 each update removes only 2.7 % of the distance along the floor.",
        zh: "有了偏置，损失是一条长长的山谷：横着的曲率是 23.7，顺着的是 0.34，只有七十分之一。陡的方向决定上限 $2 / 23.7 = 0.0845$，超过它损失就会上升。平的方向决定速度：取 0.08 时，每次更新只消去谷底方向上 2.7 % 的距离。",
      },
    },
    {
      kind: "text",
      text: {
        en: "No single rate suits both directions. That is what momentum and Adam are for; they are in the [next lesson](optimizers). In practice: try 0.001 for Adam or 0.1 for SGD, go up and down in factors of three, and take the largest rate at which the loss falls smoothly.",
        zh: "没有一个学习率同时适合两个方向。动量和 Adam 正是为此而来，见[下一课](optimizers)。实际做法：Adam 从 0.001、SGD 从 0.1 试起，按三倍上下调整，取损失仍平稳下降的最大学习率。",
      },
    },
    {
      kind: "question",
      ask: {
        en: "Set the rate to 0.084, then to 0.085. What changes left, what right?",
        zh: "先把学习率设为 0.084，再设为 0.085。左边有什么变化，右边呢？",
      },
      answer: {
        en: "Left, nothing: one weight converges up to 0.0909. Right, everything: at 0.084 the loss after 40 updates is 21 and falling, at 0.085 it is 140 and rising. A thousandth decides between the two.",
        zh: "左边没有变化：一个权重时，到 0.0909 为止都收敛。右边则完全不同：取 0.084，40 次更新后损失是 21，还在下降；取 0.085，是 140，还在上升。千分之一，就分出了胜负。",
      },
    },
  ],
};
