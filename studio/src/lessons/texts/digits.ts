// Ten classes of handwritten digits.

import type { Lesson } from "../lessons.ts";

export const digits: Lesson = {
  program: "digits",
  settings: { batch: "ten", learningRate: 0.02 },
  controls: [
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
        en: "How do 760 numbers, all random at first, come to read handwriting?",
        zh: "760 个数，起初全是随机的，怎样变得能认手写数字？",
      },
    },
    {
      kind: "text",
      text: {
        en: "The network of every first tutorial: pixels in, ten hidden ReLU units, ten classes with softmax and cross-entropy, and Adam. On MNIST it is 784-10-10, with 7,960 weights. The digits here come with the page: 1,797 real handwritten ones of 8 × 8 pixels. So it is 64-10-10, with 760 weights, small enough to look at each.",
        zh: "这是每篇入门教程里的网络：像素输入，十个 ReLU 隐藏单元，十个类别用 softmax 和交叉熵，优化器是 Adam。在 MNIST 上它是 784-10-10，共 7,960 个权重。这里用的数字图片随页面提供：1,797 张真实的手写数字，8 × 8 像素。所以网络是 64-10-10，共 760 个权重，小到可以逐个查看。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The graph holds ten images, one of each digit, so that every number can be seen. The first product has 10 × 64 inputs and 64 × 10 weights; each of its hundred results is a sum of 64 terms.",
        zh: "图中有十张图片，每个数字一张，这样每一个数都看得见。第一个乘积有 10 × 64 个输入和 64 × 10 个权重；它的一百个结果各是 64 项之和。",
      },
    },
    { kind: "controls" },
    { kind: "step" },
    {
      kind: "widget",
      widget: "digits",
      caption: {
        en: "Rows are images, columns what the network says, in per cent; the largest is framed, in green where it is right. Before training every row is close to 10 % each, and the loss is near $\\ln 10 = 2.303$. Press “Next update” a few times.",
        zh: "每行是一张图片，每列是网络给出的概率（百分比），最大的加了框，答对的是绿框。训练之前每行都接近各 10 %，损失接近 $\\ln 10 = 2.303$。按几次“下一次更新”看看。",
      },
    },
    {
      kind: "text",
      text: {
        en: "The adjoint of a pixel's weight is the pixel times the adjoint of its unit, summed over the images. Choose the first weight matrix: it is ten pictures, one per hidden unit. Switch to its adjoint, and strokes of digits show through. A pixel that is blank in all ten images has gradient exactly 0: look at the corners. And where a whole picture is blank, ReLU is off for all ten images and passes nothing back.",
        zh: "像素权重的伴随值，是像素值乘以所连单元的伴随值，再对图片求和。选择第一个权重矩阵：它是十张小图，每个隐藏单元一张。切换到伴随值，数字的笔画就透了出来。一个像素如果在十张图片里都是空白，它的梯度就恰好是 0：看看四个角。如果整张小图都是空白，那就是这个单元的 ReLU 对十张图片都关着，什么也没有传回来。",
      },
    },
    {
      kind: "heading",
      text: { en: "Learning, and not only by heart", zh: "学会，而不只是背下来" },
    },
    {
      kind: "text",
      text: {
        en: "Ten images can be learnt by heart: after 60 updates on them alone the loss is 0.04, but of 360 images that it has never seen the network reads only 48 % rightly. With 1,437 images it has to find what digits have in common.",
        zh: "十张图片可以死记硬背：只在它们上面更新 60 次，损失就降到 0.04，但在 360 张从未见过的图片上，网络只认对了 48 %。有了 1,437 张图片，它才不得不找出数字的共同之处。",
      },
    },
    {
      kind: "widget",
      widget: "digits-training",
      caption: {
        en: "200 updates on all 1,437 images at once, at the learning rate chosen above, measured on the 360 others. At 0.02 it reads 96 % of them.",
        zh: "用上面选择的学习率，在全部 1,437 张图片上更新 200 次，并在另外 360 张上检验。取 0.02 时能认对 96 %。",
      },
    },
    {
      kind: "table",
      table: {
        caption: { en: "What the tutorials say about this network", zh: "教程对这个网络的说法" },
        columns: [
          { en: "printed", zh: "教程写的" },
          { en: "right", zh: "正确的" },
          { en: "why", zh: "原因" },
        ],
        rows: [
          [
            "`CategoricalCrossentropy`",
            {
              en: "`SparseCategoricalCrossentropy`, or one-hot targets",
              zh: "`SparseCategoricalCrossentropy`，或 one-hot 目标",
            },
            {
              en: "MNIST's labels are class numbers, 0 to 9.",
              zh: "MNIST 的标签是类别编号 0 到 9。",
            },
          ],
          [
            { en: "`train_step` is defined", zh: "定义了 `train_step`" },
            { en: "call it in a loop over batches", zh: "在批次的循环中调用它" },
            {
              en: "The program has no data and no loop: nothing is trained.",
              zh: "程序里没有数据，也没有循环：什么也没训练。",
            },
          ],
          [
            {
              en: "softmax in the model, logarithm in the loss",
              zh: "模型里有 softmax，损失里有对数",
            },
            { en: "a loss that takes logits", zh: "接受 logits 的损失" },
            {
              en: "Small probabilities round to 0, and their logarithm is −∞.",
              zh: "很小的概率会舍入成 0，它的对数是 −∞。",
            },
          ],
        ],
      },
    },
    {
      kind: "question",
      ask: {
        en: "Try the learning rates 0.001, 0.1 and 0.3 and look at the two curves.",
        zh: "试试学习率 0.001、0.1 和 0.3，看看两条曲线。",
      },
      answer: {
        en: "At 0.001 it is on its way but needs more updates: 79 % after 200. At 0.1 it learns as fast as at 0.02 but ends a little lower, 94 %. At 0.3 most hidden units die, and it stays near 33 %.",
        zh: "取 0.001 时方向对了，但需要更多次更新：200 次后是 79 %。取 0.1 时学得和 0.02 一样快，但最后略低，94 %。取 0.3 时大多数隐藏单元死掉了，停在 33 % 左右。",
      },
    },
  ],
};
