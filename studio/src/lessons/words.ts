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
  notANumber: { en: "not a number", zh: "不是数" },
} as const satisfies Readonly<Record<string, Both>>;
