// The words of the page of runs, in both languages.

import { useContext } from "react";
import { LanguageContext } from "../language/language.ts";
import type { Flow } from "./gradient-flow.ts";

/** What is said of gradients that flow in some way: in a word, and with the numbers. */
type FlowWords = Readonly<
  Record<Flow["kind"], readonly [name: string, say: (facts: FlowFacts) => string]>
>;

/** The first and last layer, the size of the gradient at the first, and what that is beside the one at the last. */
interface FlowFacts {
  readonly first: string;
  readonly last: string;
  readonly norm: string;
  readonly ratio: string;
}

const en = {
  title: "Runs",
  lead: "Training runs on this machine: live ones as they learn, finished ones side by side. Nothing leaves the machine.",
  loading: "Looking for runs…",
  noServer: "Runs lie on your disk, which a web page cannot read by itself.",
  noServerHelp: "Start Studio from a terminal and open the address that it prints:",
  noKey: "The key is missing.",
  noKeyHelp:
    "Runs are shown only to whoever has the address that chainrule studio printed, key included. Open that address again:",
  lost: "The server does not answer. What was read stays here; it goes on when chainrule studio runs again.",
  noRuns: "No runs yet.",
  noRunsHelp: "Train a model in a second terminal; the run appears here by itself:",
  table: "All runs",
  show: "Show",
  filterRuns: "filter runs",
  filterExample: "digits accuracy>0.95 learningRate<=0.01",
  allSettings: "settings that are the same, too",
  showFirst: "Show the first in the table",
  showNone: "Show none",
  noneFits: "No run fits the filter.",
  moreRuns: (count: number) => `Show ${count} more`,
  run: "run",
  recipe: "recipe",
  status: "status",
  when: "written",
  progress: "epochs",
  statuses: {
    live: "training",
    paused: "paused",
    stopping: "stopping",
    finished: "finished",
    interrupted: "interrupted",
    stopped: "stopped",
    training: "broken off",
    failed: "failed",
    damaged: "damaged",
    events: "event files",
  } as Record<string, string>,
  live: "In training",
  step: "step",
  epoch: "epoch",
  pause: "Pause",
  resume: "Go on",
  stop: "Stop and save",
  stopSure: "Stop now",
  cancel: "Not yet",
  rate: "learning rate",
  set: "Set",
  unheard: "The run did not hear that; it may just have ended.",
  tabs: {
    curves: "Curves",
    layers: "Layers",
    distributions: "Distributions",
    log: "Log",
    pictures: "Images and text",
    details: "Model and machine",
  },
  of: "of",
  over: "over",
  axes: { step: "steps", time: "time", epoch: "epochs" },
  smoothing: "smoothing",
  logarithmic: "log y",
  logarithmicX: "log x",
  filter: "curves whose name contains",
  hint: "Drag across a curve to look closer, then drag to move; double click shows all. With the keyboard: arrows move, + and − zoom, 0 shows all.",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  reset: "Show all",
  chartKeys: "arrow keys move, plus and minus zoom, 0 shows all",
  charts: {
    loss: "loss",
    accuracy: "accuracy",
    learningRate: "learning rate",
    gradientNorm: "norm of all gradients",
  } as Record<string, string>,
  parts: {
    train: "training",
    validation: "validation",
    epoch: "training, mean of the epoch",
  } as Record<string, string>,
  nothingShown: "Tick a run in the table to see it here.",
  noCurves: "No curves have been recorded yet.",
  reading: "Reading…",
  notShown: "Something in the files of these runs cannot be shown. Untick the one that it may be.",
  readingBytes: (name: string, done: string, all: string) => `Reading ${name}: ${done} of ${all}`,
  noneCalled: (text: string) => `No curve has “${text}” in its name.`,
  notAlong: (count: number, axis: string) =>
    `${count === 1 ? "One curve is" : `${count} curves are`} not shown: nothing was recorded that places ${count === 1 ? "it" : "them"} along “${axis}”. Event files of other frameworks know steps and time only.`,
  allCharts: (count: number) => `Show all ${count} charts`,
  damagedRecord: (name: string, file: string, byte: string) =>
    `${name}: the event file${file === "" ? "" : ` in ${file}`} is damaged or cut from byte ${byte} on; what comes before is shown.`,
  damagedLine: (name: string, file: string, byte: string) =>
    `${name}: ${file} has no readable line from byte ${byte} on; what comes before is shown.`,
  oddLines: (name: string, count: string) =>
    `${name}: ${count} ${count === "1" ? "line" : "lines"} of its log could not be read and were left out.`,
  thinned: (name: string) =>
    `${name}: curves with more than 500,000 points are drawn from every second, fourth, … point.`,
  nothingRecorded: (name: string) =>
    `${name}: no log and no event file, or empty ones, so there are no curves.`,
  gradientsLead:
    "How large the gradient of each parameter is, ‖∂L/∂w‖, before clipping, layer by layer from input (top) to output. The backward pass goes from the bottom row to the top one: where rows fade upwards, the gradient vanishes on its way; where they grow stronger, it explodes.",
  flows: {
    vanishes: [
      "vanishes",
      ({ first, last, ratio }) =>
        `In the newest steps the gradient at ${first} is ${ratio} times that at ${last}: the first layers hardly learn. ReLU in place of sigmoid and tanh, normalisation, residual connections or other initial weights help.`,
    ],
    explodes: [
      "explodes",
      ({ first, last, ratio }) =>
        `In the newest steps the gradient at ${first} is ${ratio} times that at ${last}: the first layers are thrown about. Clipping, normalisation or smaller initial weights help.`,
    ],
    large: [
      "too large",
      ({ first, last, norm, ratio }) =>
        `In the newest steps the gradient at ${first} is ${norm}, ${ratio} times that at ${last}: it is evenly spread, but far too large everywhere. Smaller initial weights, inputs of usual size or clipping help.`,
    ],
    arrives: [
      "arrives",
      ({ first, last, ratio }) =>
        `In the newest steps the gradient at ${first} is ${ratio} times that at ${last}: it reaches the first layers.`,
    ],
    none: [
      "no gradient",
      ({ first, last }) =>
        `In the newest steps the gradients at ${first} and at ${last} are 0: no weight learns anything.`,
    ],
  } as FlowWords,
  layersShow: "show",
  asGradients: "gradients, ‖∂L/∂w‖",
  asUpdates: "updates, ‖Δw‖ ÷ ‖w‖",
  besideLast: "÷ last layer",
  layersLead:
    "How far each update moves a parameter, ‖Δw‖ ÷ ‖w‖, layer by layer from input (top) to output. Around 10⁻³ a layer learns steadily; a row that stays faint learns nothing, since hardly any gradient reaches it, and a strong one is thrown about.",
  layersNone:
    "Sizes of gradients and updates are recorded by chainrule train and runRecorder; this run has none.",
  parameter: "parameter",
  firstUpdate: "first",
  lastUpdate: "last",
  verdict: "verdict",
  still: "stands still",
  low: "learns slowly",
  high: "jumps",
  good: "learns",
  distributionsLead:
    "How the values of each parameter are spread, from the first step (back) to the last (front).",
  distributionsNone: "This run has recorded no histograms.",
  asRidges: "ridges",
  asHeat: "heat map",
  look: "drawn as",
  values: "value",
  logNone: "No epoch is done yet.",
  seconds: "seconds",
  picturesNone: "This run has recorded no images and no text.",
  worst: "The model's worst mistakes",
  worstLead: "Samples it has not learnt from, with the largest loss.",
  says: "taken for",
  isReally: "is",
  atStep: "at step",
  settings: "Settings",
  machine: "Machine and software",
  model: "Model",
  layer: "layer",
  output: "output",
  parameters: "parameters",
  checkpoints: "Checkpoints",
  checkpointsNone: "none kept",
  confusion: "What is taken for what",
  confusionLead: "Rows are what it is, columns what the model says.",
  findings: "What the diagnosis found before the first step",
  findingsNone: "nothing",
  help: "What helps",
  size: "size",
  folder: "folder",
  ascending: "ascending",
  descending: "descending",
};

/** The words of this page. */
export type RunWords = typeof en;

const zh: RunWords = {
  title: "训练记录",
  lead: "本机上的训练：正在进行的随学随看，已完成的并排比较。任何数据都不会离开本机。",
  loading: "正在查找训练记录…",
  noServer: "训练记录保存在磁盘上，网页无法直接读取。",
  noServerHelp: "请在终端启动 Studio，并打开它打印的地址：",
  noKey: "缺少密钥。",
  noKeyHelp:
    "只有打开 chainrule studio 打印的完整地址（包含密钥）才能查看训练记录。请重新打开该地址：",
  lost: "服务器没有响应。已读取的内容会保留；chainrule studio 重新运行后会继续。",
  noRuns: "还没有训练记录。",
  noRunsHelp: "在另一个终端训练一个模型，记录会自动出现在这里：",
  table: "全部记录",
  show: "显示",
  filterRuns: "筛选记录",
  filterExample: "digits accuracy>0.95 learningRate<=0.01",
  allSettings: "也列出相同的设置",
  showFirst: "显示表中前几条",
  showNone: "全部不显示",
  noneFits: "没有符合筛选条件的记录。",
  moreRuns: (count) => `再显示 ${count} 条`,
  run: "记录",
  recipe: "配方",
  status: "状态",
  when: "写入时间",
  progress: "轮数",
  statuses: {
    live: "训练中",
    paused: "已暂停",
    stopping: "正在停止",
    finished: "已完成",
    interrupted: "已中断",
    stopped: "已停止",
    training: "意外终止",
    failed: "失败",
    damaged: "已损坏",
    events: "事件文件",
  },
  live: "正在训练",
  step: "步",
  epoch: "轮",
  pause: "暂停",
  resume: "继续",
  stop: "停止并保存",
  stopSure: "确认停止",
  cancel: "再等等",
  rate: "学习率",
  set: "设定",
  unheard: "该训练没有收到指令，可能刚刚结束。",
  tabs: {
    curves: "曲线",
    layers: "各层",
    distributions: "分布",
    log: "日志",
    pictures: "图像与文本",
    details: "模型与机器",
  },
  of: "/",
  over: "横轴",
  axes: { step: "步数", time: "时间", epoch: "轮数" },
  smoothing: "平滑",
  logarithmic: "纵轴对数",
  logarithmicX: "横轴对数",
  filter: "筛选曲线名称",
  hint: "在曲线上拖动可放大一段，放大后拖动可平移，双击恢复全部。键盘：方向键平移，+ 和 − 缩放，0 恢复全部。",
  zoomIn: "放大",
  zoomOut: "缩小",
  reset: "显示全部",
  chartKeys: "方向键平移，加减键缩放，0 恢复全部",
  charts: {
    loss: "损失",
    accuracy: "准确率",
    learningRate: "学习率",
    gradientNorm: "梯度的总范数",
  },
  parts: { train: "训练", validation: "验证", epoch: "训练（每轮平均）" },
  nothingShown: "在表格中勾选一条记录，即可在此查看。",
  noCurves: "尚未记录任何曲线。",
  reading: "正在读取…",
  notShown: "这些记录的文件中有无法显示的内容。请取消勾选可能有问题的那一条。",
  readingBytes: (name, done, all) => `正在读取 ${name}：${done} / ${all}`,
  noneCalled: (text) => `没有名称包含“${text}”的曲线。`,
  notAlong: (count, axis) =>
    `有 ${count} 条曲线未显示：记录中没有按“${axis}”排列它们所需的信息。其他框架的事件文件只有步数和时间。`,
  allCharts: (count) => `显示全部 ${count} 张图`,
  damagedRecord: (name, file, byte) =>
    `${name}：${file === "" ? "" : `${file} 中的`}事件文件从第 ${byte} 字节起损坏或不完整，这里显示之前的内容。`,
  damagedLine: (name, file, byte) =>
    `${name}：${file} 从第 ${byte} 字节起没有可读的行，这里显示之前的内容。`,
  oddLines: (name, count) => `${name}：日志中有 ${count} 行无法读取，已略过。`,
  thinned: (name) => `${name}：超过 50 万个点的曲线会按每 2、4、8… 个点取一个来绘制。`,
  nothingRecorded: (name) => `${name}：没有日志和事件文件，或文件为空，因此没有曲线。`,
  gradientsLead:
    "各参数的梯度范数 ‖∂L/∂w‖（裁剪之前），自上而下从输入层到输出层。反向传播从最下面一行走向最上面一行：颜色越往上越淡，说明梯度在途中逐渐消失；越往上越浓，说明梯度在途中不断放大。",
  flows: {
    vanishes: [
      "梯度消失",
      ({ first, last, ratio }) =>
        `在最近的步中，${first} 处的梯度只有 ${last} 处的 ${ratio} 倍：靠近输入的层几乎学不到东西。用 ReLU 代替 sigmoid 和 tanh、加入归一化或残差连接、改变权重的初始化，都会有帮助。`,
    ],
    explodes: [
      "梯度爆炸",
      ({ first, last, ratio }) =>
        `在最近的步中，${first} 处的梯度是 ${last} 处的 ${ratio} 倍：靠近输入的层被更新抛来抛去。梯度裁剪、归一化或更小的初始权重会有帮助。`,
    ],
    large: [
      "梯度过大",
      ({ first, last, norm, ratio }) =>
        `在最近的步中，${first} 处的梯度为 ${norm}，是 ${last} 处的 ${ratio} 倍：各层大小相近，但都过大。减小初始权重、把输入缩放到常见范围或裁剪梯度会有帮助。`,
    ],
    arrives: [
      "传播正常",
      ({ first, last, ratio }) =>
        `在最近的步中，${first} 处的梯度是 ${last} 处的 ${ratio} 倍：梯度能够传到靠近输入的层。`,
    ],
    none: [
      "没有梯度",
      ({ first, last }) => `在最近的步中，${first} 和 ${last} 处的梯度都是 0：没有任何权重在学习。`,
    ],
  },
  layersShow: "显示",
  asGradients: "梯度 ‖∂L/∂w‖",
  asUpdates: "更新 ‖Δw‖ ÷ ‖w‖",
  besideLast: "与末层之比",
  layersLead:
    "每次更新使参数移动多远，即 ‖Δw‖ ÷ ‖w‖，自上而下从输入层到输出层。在 10⁻³ 左右，该层学得平稳；始终很淡的一行几乎没有梯度到达，学不到东西；很浓的一行则被更新抛来抛去。",
  layersNone: "梯度和更新的大小由 chainrule train 和 runRecorder 记录；这条记录没有。",
  parameter: "参数",
  firstUpdate: "起初",
  lastUpdate: "最近",
  verdict: "判断",
  still: "静止不动",
  low: "学得很慢",
  high: "跳动过大",
  good: "正常学习",
  distributionsLead: "各参数取值的分布，从最早的一步（后）到最近的一步（前）。",
  distributionsNone: "这条记录没有直方图。",
  asRidges: "山脊图",
  asHeat: "热力图",
  look: "画法",
  values: "取值",
  logNone: "还没有完成任何一轮。",
  seconds: "秒",
  picturesNone: "这条记录没有图像和文本。",
  worst: "模型错得最厉害的样本",
  worstLead: "未参与训练、损失最大的样本。",
  says: "被认作",
  isReally: "实为",
  atStep: "步数",
  settings: "设置",
  machine: "机器与软件",
  model: "模型",
  layer: "层",
  output: "输出",
  parameters: "参数量",
  checkpoints: "检查点",
  checkpointsNone: "未保留",
  confusion: "混淆矩阵",
  confusionLead: "行为真实类别，列为模型的判断。",
  findings: "训练开始前的诊断结果",
  findingsNone: "没有问题",
  help: "解决办法",
  size: "大小",
  folder: "目录",
  ascending: "升序",
  descending: "降序",
};

const words = { en, zh };

/** The words of this page in the language that is chosen. */
export function useRunWords(): RunWords {
  return words[useContext(LanguageContext)];
}
