// Four optimizers on three surfaces.

import type { Lesson } from "../lessons.ts";

export const optimizers: Lesson = {
  program: "surface",
  settings: { surface: "valley", optimizer: "momentum", learningRate: 0.02 },
  controls: [
    {
      name: "surface",
      label: { en: "graph of", zh: "计算图" },
      kind: "choice",
      choices: [
        { value: "valley", label: { en: "valley", zh: "山谷" } },
        { value: "rosenbrock", label: { en: "banana (Rosenbrock)", zh: "香蕉谷（Rosenbrock）" } },
        { value: "saddle", label: { en: "saddle", zh: "鞍点" } },
      ],
    },
    {
      name: "optimizer",
      label: { en: "optimizer", zh: "优化器" },
      kind: "choice",
      choices: [
        { value: "sgd", label: { en: "SGD", zh: "SGD" } },
        { value: "momentum", label: { en: "momentum", zh: "动量" } },
        { value: "rmsprop", label: { en: "RMSprop", zh: "RMSprop" } },
        { value: "adam", label: { en: "Adam", zh: "Adam" } },
      ],
    },
    {
      name: "learningRate",
      label: { en: "learning rate", zh: "学习率" },
      kind: "number",
      min: 0.001,
      max: 0.3,
      step: 0.001,
    },
  ],
  sections: [
    {
      kind: "lead",
      text: {
        en: "Four optimizers get the same gradients. Why do they take such different ways?",
        zh: "四个优化器拿到同样的梯度，走出的路为什么这样不同？",
      },
    },
    {
      kind: "text",
      text: {
        en: "Backpropagation says which way is down. How far to go, and whether to trust the last step alone, is the *optimizer's* business. All four here see the same gradient $g$; they differ in what they remember.",
        zh: "反向传播告诉我们哪边是下坡。走多远、是否只相信最近一步，则是*优化器*的事。这里四个优化器看到的是同一个梯度 $g$；区别只在于它们记住了什么。",
      },
    },
    {
      kind: "table",
      table: {
        caption: { en: "What each does with a gradient", zh: "各自怎样使用梯度" },
        columns: [
          { en: "optimizer", zh: "优化器" },
          { en: "update", zh: "更新" },
          { en: "idea", zh: "想法" },
        ],
        rows: [
          ["SGD", "$w \\leftarrow w - \\eta g$", { en: "remembers nothing", zh: "什么也不记" }],
          [
            { en: "momentum", zh: "动量" },
            "$v \\leftarrow 0.9\\, v + g, \\; w \\leftarrow w - \\eta v$",
            {
              en: "a ball that rolls: what points to and fro cancels, what points the same way adds up",
              zh: "像滚动的球：来回的分量相互抵消，同向的分量不断积累",
            },
          ],
          [
            "RMSprop",
            "$s \\leftarrow 0.99\\, s + 0.01\\, g^2, \\; w \\leftarrow w - \\eta g / \\sqrt{s}$",
            {
              en: "divides by the usual size of the gradient: steep and flat directions get steps of one size",
              zh: "除以梯度通常的大小：陡的和平的方向走同样大的步子",
            },
          ],
          [
            "Adam",
            "$w \\leftarrow w - \\eta\\, \\hat m / \\sqrt{\\hat s}$",
            {
              en: "both: the mean $\\hat m$ of the gradients over their size",
              zh: "两者兼有：梯度的平均 $\\hat m$ 除以梯度的大小",
            },
          ],
        ],
      },
    },
    {
      kind: "widget",
      widget: "race",
      caption: {
        en: "Darker is higher; ✕ marks a minimum. Click into the picture, or use the sliders, to start elsewhere. The learning rates are chosen so that each optimizer does well on the surface.",
        zh: "颜色越深越高；✕ 标出最小值。点击图面或用滑块可以换一个起点。各优化器的学习率都按曲面选得合适。",
      },
    },
    {
      kind: "text",
      text: {
        en: "*Valley*, $\\tfrac12 (x^2 + 25 y^2)$: SGD jumps from wall to wall, as its rate is near the limit of the steep direction, 0.08. Double all rates and it flies off, while RMSprop and Adam do not care how steep the walls are.",
        zh: "*山谷*，$\\tfrac12 (x^2 + 25 y^2)$：SGD 的学习率接近陡峭方向的上限 0.08，所以在两壁之间跳来跳去。把所有学习率加倍，它就飞出去了；而 RMSprop 和 Adam 不在乎谷壁有多陡。",
      },
    },
    {
      kind: "text",
      text: {
        en: "*Banana*, $(1 - x)^2 + 100 (y - x^2)^2$: falling into the valley is easy, following its floor to $(1, 1)$ is not. After 300 updates SGD has barely turned the corner; momentum has the goal in sight.",
        zh: "*香蕉谷*，$(1 - x)^2 + 100 (y - x^2)^2$：掉进谷里容易，沿着谷底走到 $(1, 1)$ 却难。更新 300 次后，SGD 几乎还没有转过弯；动量法已经望见目标。",
      },
    },
    {
      kind: "text",
      text: {
        en: "*Saddle*, $\\tfrac12 (x^2 - y^2) + \\tfrac1{16} y^4$: from a start almost on the ridge SGD runs to the middle, where the gradient is nearly 0, and needs 126 updates to get below −0.1. RMSprop and Adam divide by the usual size of each derivative, so a tiny slope along $y$ counts as much as a steep one along $x$: they are there after 4 and 29. A small gradient does not mean a minimum.",
        zh: "*鞍点*，$\\tfrac12 (x^2 - y^2) + \\tfrac1{16} y^4$：从几乎正在脊线上的起点出发，SGD 先跑到中间，那里的梯度几乎为 0，要 126 次更新才降到 −0.1 以下。RMSprop 和 Adam 把每个导数除以它通常的大小，所以 $y$ 方向微小的坡度与 $x$ 方向的陡坡同样算数：它们只用了 4 次和 29 次。梯度小，并不意味着到了最小值。",
      },
    },
    { kind: "heading", text: { en: "One update in numbers", zh: "一次更新的数字" } },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "question",
      ask: {
        en: "On the valley, set all learning rates to double. Who survives? And on the saddle, put the start exactly on $y = 0$: who finds a minimum?",
        zh: "在山谷上，把所有学习率加倍。谁能幸存？在鞍点上，把起点放到恰好 $y = 0$：谁能找到最小值？",
      },
      answer: {
        en: "SGD leaves the picture, as 0.14 is above its limit of 0.08; the three others arrive. On the ridge nobody finds a minimum: the gradient along $y$ is exactly 0 there, and no optimizer makes something of nothing. In training, the noise of the batches pushes them off.",
        zh: "SGD 飞出图外，因为 0.14 超过了它的上限 0.08；其余三个都能到达。恰好在脊线上时，谁也找不到最小值：那里 $y$ 方向的梯度正好是 0，没有哪个优化器能无中生有。真正训练时，批次的噪声会把它们推下脊线。",
      },
    },
  ],
};
