// Words of the lessons' own pages and pictures.

import type { Both } from "../language/language.ts";

export const words = {
  read: { en: "read", zh: "已读" },
  begun: { en: "begun", zh: "读过一部分" },
  of: { en: "read", zh: "已读" },
  previous: { en: "Previous", zh: "上一课" },
  next: { en: "Next", zh: "下一课" },
  all: { en: "All lessons", zh: "全部课程" },
  answer: { en: "Answer", zh: "答案" },
  tryIt: { en: "Try it", zh: "试一试" },
  settings: { en: "Settings of this lesson", zh: "本课的设置" },
  questions: { en: "Questions people ask", zh: "常见问题" },
  questionsSummary: {
    en: "What the tutorials' readers ask, answered shortly, with the lesson where you can see it.",
    zh: "教程读者常问的问题：简短的回答，以及能亲眼看到答案的课程。",
  },
  update: { en: "update", zh: "更新" },
  updates: { en: "updates", zh: "更新次数" },
  loss: { en: "loss", zh: "损失" },
  layer: { en: "layer", zh: "层" },
  gradientNorm: { en: "gradient norm", zh: "梯度范数" },
  play: { en: "Play", zh: "播放" },
  pause: { en: "Pause", zh: "暂停" },
  surface: { en: "surface", zh: "曲面" },
  start: { en: "start", zh: "起点" },
  optimizer: { en: "optimizer", zh: "优化器" },
  learningRate: { en: "learning rate", zh: "学习率" },
  faster: { en: "all learning rates ×", zh: "所有学习率 ×" },
  homeTitle: { en: "See backpropagation happen", zh: "亲眼看见反向传播" },
  homeLead: {
    en: "Every value, every derivative and every update of a neural network, computed in your browser, with the real numbers.",
    zh: "神经网络的每一个数值、每一个导数、每一次更新，都在你的浏览器里算出来，全是真实的数字。",
  },
  begin: { en: "Begin with the first lesson", zh: "从第一课开始" },
  updateOnce: { en: "Update w and b", zh: "更新 w 和 b" },
  weightOfPicture: { en: "Weight w", zh: "权重 w" },
  neuronPicture: {
    en: "A neuron, y = σ(w x + b), and its loss (y − t)², forwards and backwards. Loss:",
    zh: "一个神经元 y = σ(w x + b) 及其损失 (y − t)²，前向与反向。损失：",
  },
  neuronCaption: {
    en: "Blue runs forward to the loss. Orange (∂) runs back and says how the loss changes with each number. Green are the weights: move w, or let an update do it, and watch the loss fall.",
    zh: "蓝色向前走，直到损失；橙色（∂）往回走，表示每个数变化时损失如何变化；绿色是权重。移动 w，或者做一次更新，看损失下降。",
  },
  firstPart: { en: "Gradients by hand", zh: "亲手算梯度" },
  secondPart: { en: "Telling classes apart", zh: "区分类别" },
  thirdPart: { en: "Making training work", zh: "让训练成功" },
  ownPart: { en: "On your own", zh: "自己动手" },
  playgroundSummary: {
    en: "Build a network, train it on points, digits, your table or your drawing, look inside, and take the code with you.",
    zh: "搭建网络，用点、数字图片、自己的表格或自己画的图来训练，看看里面发生了什么，再把代码带走。",
  },
  explorer: { en: "Explorer", zh: "探索器" },
  explorerSummary: {
    en: "The live graph of every lesson, also for a step of the playground, and for your own model: chainrule explain writes it as a page.",
    zh: "每一课里的计算图，也可以打开实验场里的任意一步，或你自己的模型：chainrule explain 会把它写成一个网页。",
  },
  runsSummary: {
    en: "Curves, histograms and gradient flow of real trainings, live or finished, from a folder of runs or TensorBoard files.",
    zh: "真实训练的曲线、直方图和梯度流动，进行中的或已完成的，来自训练记录文件夹或 TensorBoard 文件。",
  },
  notANumber: { en: "not a number", zh: "不是数" },
} as const satisfies Readonly<Record<string, Both>>;
