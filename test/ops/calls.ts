// Calls of public functions with good arguments, and the ways to spoil them, for the audit of bad input. Most calls are taken
// from the matrix cases: what a case passes to the method that it is about.

import * as library from "../../src/index.ts";
import { installEngine } from "../../src/ir/engine.ts";
import { Tensor } from "../../src/ir/tensor.ts";
import { eagerEngine } from "../../src/runtime/engine.ts";
import { functionCases } from "./cases/index.ts";

// Some functions read values while they are recorded.
installEngine(eagerEngine);

/** A public function with arguments that it takes. */
export interface Call {
  readonly name: string;
  readonly f: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

const { audio, losses, optim, nn, tensor } = library;
const draw = (...shape: number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(1.7 * (k + 1))),
    { shape },
  );
const x = draw(2, 3);
const p = x.sigmoid();
const classes = tensor([0, 2], { dtype: "int32" });
const signs = tensor([1, -1]);
const wave = draw(40);
const image = draw(1, 2, 3, 3).sigmoid();
const linear = new nn.Linear(3, 2);

/** Functions that are no methods, and losses, audio, schedules. */
const direct: readonly (readonly [string, (...args: never[]) => unknown, ...unknown[]])[] = [
  ["concatenate", library.concatenate, [x, x], 1],
  ["stack", library.stack, [x, x], 1],
  ["hstack", library.hstack, [x, x]],
  ["vstack", library.vstack, [x, x]],
  ["dstack", library.dstack, [x, x]],
  ["columnStack", library.columnStack, [x, x]],
  ["cartesianProd", library.cartesianProd, [signs, signs]],
  ["blockDiag", library.blockDiag, [x, x]],
  ["meshgrid", library.meshgrid, [signs, signs], "ij"],
  ["broadcastTensors", library.broadcastTensors, [x, x]],
  ["einsum", library.einsum, "ij,kj->ik", x, x],
  ["linspace", library.linspace, 0, 1, 5, "float32"],
  ["logspace", library.logspace, 0, 1, 5, { base: 10 }],
  ["arange", library.arange, 0, 5, 1],
  ["eye", library.eye, 3, "float32"],
  ["full", library.full, [2, 3], 1, "float32"],
  ["ones", library.ones, [2, 3], "float32"],
  ["zeros", library.zeros, [2, 3], "float32"],
  ["iota", library.iota, [2, 3], 1],
  ["tensor", library.tensor, [1, 2, 3, 4], { dtype: "float32", shape: [2, 2] }],
  ["trilIndices", library.trilIndices, 3, 3, 0],
  ["triuIndices", library.triuIndices, 3, 3, 0],
  ["audio.stft", audio.stft, wave, { nFft: 8, hopLength: 4, padMode: "reflect" }],
  ["audio.istft", audio.istft, draw(5, 6, 2), { nFft: 8, hopLength: 4, length: 20 }],
  ["audio.spectrogram", audio.spectrogram, wave, { nFft: 8, power: 2 }],
  ["audio.melSpectrogram", audio.melSpectrogram, wave, { nFft: 16, nMels: 4, sampleRate: 8000 }],
  ["audio.mfcc", audio.mfcc, wave, { nFft: 16, nMels: 4, nMfcc: 3 }],
  ["audio.toDecibels", audio.toDecibels, p, { least: 1e-10, topDb: 80 }],
  [
    "audio.melFilterbank",
    audio.melFilterbank,
    9,
    { nMels: 4, sampleRate: 8000, fMin: 0, fMax: 4000 },
  ],
  ["audio.hannWindow", audio.hannWindow, 6, { periodic: true }],
  [
    "losses.crossEntropy",
    losses.crossEntropy,
    x,
    classes,
    { labelSmoothing: 0.1, ignoreIndex: -1, weight: draw(3).abs(), reduction: "mean" },
  ],
  ["losses.nll", losses.nll, x, classes, { ignoreIndex: -1, reduction: "mean" }],
  [
    "losses.ctc",
    losses.ctc,
    draw(2, 6, 4),
    tensor(
      [
        [1, 2],
        [2, 2],
      ],
      { dtype: "int32" },
    ),
    { blank: 0, inputLengths: [6, 6], targetLengths: [2, 2] },
  ],
  [
    "losses.klDivergence",
    losses.klDivergence,
    x.logSoftmax(),
    p.softmax(),
    { reduction: "batchMean" },
  ],
  ["losses.contrastive", losses.contrastive, x, p, signs.relu(), { margin: 1 }],
  ["losses.cosineDistance", losses.cosineDistance, x, p, { reduction: "sum" }],
  ["losses.cosineEmbedding", losses.cosineEmbedding, x, p, signs, { margin: 0.5 }],
  ["losses.infoNCE", losses.infoNCE, x, p, { temperature: 0.1 }],
  ["losses.ntXent", losses.ntXent, x, p, { temperature: 0.1 }],
  ["losses.tripletMargin", losses.tripletMargin, x, p, x.neg(), { margin: 1, p: 2, eps: 1e-6 }],
  ["losses.focal", losses.focal, x, x.greater(0).cast("float32"), { alpha: 0.25, gamma: 2 }],
  ["losses.focalCrossEntropy", losses.focalCrossEntropy, x, classes, { gamma: 2 }],
  ["losses.binaryCrossEntropy", losses.binaryCrossEntropy, p, p, { weight: 2 }],
  [
    "losses.binaryCrossEntropyWithLogits",
    losses.binaryCrossEntropyWithLogits,
    x,
    p,
    { weight: 2, posWeight: 2 },
  ],
  ["losses.multiLabelSoftMargin", losses.multiLabelSoftMargin, x, p],
  ["losses.softMargin", losses.softMargin, x, x.sign()],
  ["losses.hinge", losses.hinge, x, x.sign(), { margin: 1 }],
  ["losses.hingeEmbedding", losses.hingeEmbedding, x, x.sign(), { margin: 1 }],
  ["losses.marginRanking", losses.marginRanking, signs, signs, signs, { margin: 1 }],
  [
    "losses.multiLabelMargin",
    losses.multiLabelMargin,
    x,
    tensor(
      [
        [0, -1, 0],
        [1, 2, -1],
      ],
      { dtype: "int32" },
    ),
  ],
  ["losses.multiMargin", losses.multiMargin, x, classes, { p: 2, margin: 1 }],
  ["losses.dice", losses.dice, image, image, { smooth: 1 }],
  ["losses.iou", losses.iou, image, image, { smooth: 1 }],
  ["losses.tversky", losses.tversky, image, image, { alpha: 0.3, beta: 0.7 }],
  ["losses.gaussianNLL", losses.gaussianNLL, x, x, p, { eps: 1e-6 }],
  ["losses.huber", losses.huber, x, x, { delta: 1 }],
  ["losses.logCosh", losses.logCosh, x, x],
  ["losses.meanAbsoluteError", losses.meanAbsoluteError, x, x, { reduction: "none" }],
  ["losses.meanSquaredError", losses.meanSquaredError, x, x, { reduction: "sum" }],
  ["losses.poissonNLL", losses.poissonNLL, x, p, { eps: 1e-8 }],
  ["losses.smoothL1", losses.smoothL1, x, x, { beta: 1 }],
  [
    "nn.rotary",
    nn.rotary,
    draw(1, 3, 2, 4),
    { base: 100, positions: tensor([0, 1, 2], { dtype: "int32" }) },
  ],
  ["nn.alibiBias", nn.alibiBias, 2, 3, 3],
  ["nn.sinusoidalPositions", nn.sinusoidalPositions, 4, 6, { dtype: "float32" }],
  ["nn.Linear.forward", (...args: [Tensor]) => linear.forward(...args), x],
  [
    "optim.cosine",
    (...args: [number, { steps: number }]) => optim.cosine(...args)(3),
    0.1,
    { steps: 5, end: 0 },
  ],
];

/** All calls: one for each matrix case that calls a method or a layer of its name, and the direct ones. */
export function goodCalls(): Call[] {
  const taken = functionCases.flatMap(([title, f, ...shapes]) => {
    const owner = ownerOf(title.split(" ")[0]);
    if (owner === undefined) return [];
    const args = argumentsOf(owner, () => f(...shapes.map((shape) => draw(...shape))));
    return args === undefined ? [] : [{ ...args, name: title }];
  });
  const others = direct.map(([name, f, ...args]) => ({ name, f, args }));
  return [...taken, ...others];
}

type Method = (...args: unknown[]) => unknown;
type Owner = readonly [object: Record<string, Method>, method: string];

/** Where the method stands that a case is about. */
function ownerOf(name: string): Owner | undefined {
  const tensors = Tensor.prototype as unknown as Record<string, Method>;
  if (name in tensors) return [tensors, name];
  if (!/^nn\.[A-Z]/.test(name)) return undefined;
  const layers = nn as unknown as Record<string, { prototype: Record<string, Method> }>;
  return [layers[name.slice(3)].prototype, "forward"];
}

/** The first call of a method while `body` runs; its receiver stays the same. */
function argumentsOf(
  [owner, name]: Owner,
  body: () => unknown,
): { readonly f: Method; readonly args: readonly unknown[] } | undefined {
  const method = owner[name];
  let found: { readonly f: Method; readonly args: readonly unknown[] } | undefined;
  owner[name] = function (this: unknown, ...args: unknown[]): unknown {
    found ??= { f: (...others) => method.apply(this, others), args };
    return method.apply(this, args);
  };
  try {
    body();
  } finally {
    owner[name] = method;
  }
  return found;
}

/** What may stand for an argument by mistake. */
export function spoiled(value: unknown): readonly unknown[] {
  if (value instanceof Tensor) return [...notTensors, ...otherTensors];
  if (typeof value === "number") return [Number.NaN, 0.5, -1000, 50, "2", null, {}];
  if (typeof value === "string") return ["none such", "", 3, null];
  if (typeof value === "boolean") return ["yes", 2];
  if (Array.isArray(value)) return spoiledList(value);
  if (value !== null && typeof value === "object") return spoiledOptions(value);
  return [];
}

const notTensors = [
  [1, 2, 3],
  [[1, 2]],
  3,
  "1, 2",
  null,
  undefined,
  { shape: [2] },
  new Float32Array(3),
];
const otherTensors = [
  tensor(1),
  draw(5),
  draw(1, 1, 1, 1, 1, 1),
  tensor([], { shape: [0] }),
  tensor([true, false]),
  tensor([9, -9], { dtype: "int32" }),
];

function spoiledList(list: readonly unknown[]): unknown[] {
  const [first] = list;
  return [
    [],
    [...list, ...list],
    ...list.flatMap((entry, k) => spoiled(entry).map((bad) => list.with(k, bad))),
    first,
    3,
    "12",
    null,
  ];
}

function spoiledOptions(options: object): unknown[] {
  return [
    ...Object.entries(options).flatMap(([key, value]) =>
      spoiled(value).map((bad) => ({ ...options, [key]: bad })),
    ),
    3,
    "text",
  ];
}

export function isTensor(value: unknown): value is Tensor {
  return value instanceof Tensor;
}
