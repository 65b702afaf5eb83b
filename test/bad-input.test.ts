// Bad input to functions, losses and layers. A table of mistakes that people make, with what the error must say; and every
// public function called with each of its arguments spoiled in turn, which must give the library's own error or a tensor,
// never a foreign error. Constructors of layers and optimizers have tables of their own.

import { describe, expect, test } from "vitest";
import {
  audio,
  ChainruleError,
  compile,
  concatenate,
  einsum,
  full,
  grad,
  jacobian,
  linspace,
  losses,
  metrics,
  nn,
  optim,
  type Tensor,
  tensor,
  vmap,
  zeros,
} from "../src/index.ts";
import { caught, type Mistake, refuses } from "./mistakes.ts";
import { type Call, goodCalls, isTensor, spoiled } from "./ops/calls.ts";

const x: Tensor = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
const image: Tensor = zeros([1, 2, 4, 4]);
const ints = (...data: number[]): Tensor => tensor(data, { dtype: "int32" });
const linear = new nn.Linear(3, 1);
/** What TypeScript would refuse. */
const any = (value: unknown): never => value as never;
const nan = Number.NaN;

const mistakes: readonly Mistake[] = [
  // --- shapes and ranks ---
  ["inner sizes", () => x.matmul(x), "SHAPE_MISMATCH", /^matmul: .*\[2, 3\] × \[2, 3\].*3 ≠ 2/],
  [
    "shapes that do not broadcast",
    () => x.add(zeros([2])),
    "SHAPE_MISMATCH",
    /^add: .*\[2, 3\].*\[2\]/,
  ],
  ["elements that do not fit", () => x.reshape([4, 2]), "SHAPE_MISMATCH", /^reshape: .*\[2, 3\]/],
  [
    "an axis too many",
    () => x.sum({ axis: 2 }),
    "SHAPE_MISMATCH",
    /^sum: axis 2 .* rank 2\. Use an axis from -2 to 1/,
  ],
  [
    "images without channels",
    () => x.conv2d(zeros([1, 2, 2, 2])),
    "SHAPE_MISMATCH",
    /^conv2d: .*\[2, 3\]/,
  ],
  ["other channels", () => image.conv2d(zeros([1, 3, 2, 2])), "SHAPE_MISMATCH", /^conv2d: /],
  ["a kernel beyond the image", () => image.maxPool2d(9), "SHAPE_MISMATCH", /^maxPool2d: .*9/],
  [
    "parts of two types",
    () => concatenate([x, ints(1)]),
    "SHAPE_MISMATCH",
    /^concatenate: .*int32\[1\]/,
  ],
  [
    "a vector as a matrix",
    () => ints(1, 2).cast("float32").cholesky(),
    "SHAPE_MISMATCH",
    /^cholesky: .*\[2\]/,
  ],
  [
    "an equation for other axes",
    () => einsum("ijk->i", x),
    "SHAPE_MISMATCH",
    /^einsum: .*\[2, 3\]/,
  ],
  ["half an axis", () => zeros([2.5]), "SHAPE_MISMATCH", /^zeros: .*\[2\.5\]/],
  [
    "a size for a shape",
    () => zeros(any(3)),
    "SHAPE_MISMATCH",
    /^zeros: .*received 3\. .*\[2, 3\]/,
  ],
  // --- types ---
  [
    "an index of floats",
    () => x.take(tensor([0, 1])),
    "DTYPE_MISMATCH",
    /^take: .*int32; received float32\[2\]/,
  ],
  [
    "a type that is none",
    () => x.cast(any("float16")),
    "DTYPE_MISMATCH",
    /^cast: .*"float16"\. Use one of/,
  ],
  [
    "a type that is none, of new data",
    () => tensor([1], { dtype: any("float") }),
    "DTYPE_MISMATCH",
    /^tensor: .*"float"/,
  ],
  [
    "ids as floats",
    () => new nn.Embedding(5, 2).forward(x),
    "DTYPE_MISMATCH",
    /^Embedding.*int32.*float32\[2, 3\]/,
  ],
  // --- indices in data of the host ---
  [
    "an index too large",
    () => x.take(ints(0, 2)),
    "BAD_ARGUMENT",
    /^take: index 2 at position 1 .* length 2/,
  ],
  [
    "a negative index",
    () => x.gather(tensor([[-1]], { dtype: "int32" }), 1),
    "BAD_ARGUMENT",
    /^gather: index -1/,
  ],
  [
    "a word that is not in the table",
    () => new nn.Embedding(5, 2).forward(ints(5)),
    "BAD_ARGUMENT",
    /5/,
  ],
  [
    "a class that is none",
    () => losses.crossEntropy(x, ints(0, 3)),
    "BAD_ARGUMENT",
    /^crossEntropy: class 3 at position 1/,
  ],
  ["a one for a class that is none", () => ints(3).oneHot(3), "BAD_ARGUMENT", /^oneHot: .*3/],
  ["a slice by an element that is not there", () => x.select(1, 3), "SHAPE_MISMATCH", /3/],
  // --- options ---
  [
    "an axis in place of options",
    () => x.sum(any(0)),
    "BAD_ARGUMENT",
    /^sum: takes options.*received 0\. .*sum\(/,
  ],
  [
    "a reduction in place of options",
    () => losses.huber(x, x, any("sum")),
    "BAD_ARGUMENT",
    /^huber: takes options.*"sum"/,
  ],
  [
    "steps in place of options",
    () => optim.cosine(0.1, any(100)),
    "BAD_ARGUMENT",
    /^cosine: takes options.*100/,
  ],
  [
    "a stride in place of options",
    () => image.conv2d(zeros([1, 2, 2, 2]), any(2)),
    "BAD_ARGUMENT",
    /^conv2d: takes options.*2/,
  ],
  [
    "a reduction that is none",
    () => losses.huber(x, x, { reduction: any("avg") }),
    "BAD_ARGUMENT",
    /"avg".*"mean"/,
  ],
  [
    "an approximation that is none",
    () => x.gelu({ approximate: any("sigmoid") }),
    "BAD_ARGUMENT",
    /^gelu: .*"sigmoid".*"tanh"/,
  ],
  ["a stride of 0", () => image.avgPool2d(2, { stride: 0 }), "BAD_ARGUMENT", /^avgPool2d: .*0/],
  [
    "padding below 0",
    () => image.maxPool2d(2, { padding: -1 }),
    "BAD_ARGUMENT",
    /^maxPool2d: .*-1/,
  ],
  ["NaN as a slope", () => x.leakyRelu(nan), "BAD_ARGUMENT", /^leakyRelu: slope .*NaN/],
  [
    "NaN as a margin",
    () => losses.hinge(x, x.sign(), { margin: nan }),
    "BAD_ARGUMENT",
    /^hinge: margin .*NaN/,
  ],
  ["NaN as an end", () => linspace(0, nan, 5), "BAD_ARGUMENT", /^linspace: end .*NaN/],
  ["text as a value", () => full([2], any("1")), "BAD_ARGUMENT", /^full: .*"1"/],
  ["half a count", () => x.chunk(1.5), "BAD_ARGUMENT", /^chunk: .*1\.5/],
  ["a diagonal between two", () => x.tril(0.5), "BAD_ARGUMENT", /^tril: diagonal .*0\.5/],
  [
    "no frames",
    () => audio.stft(zeros([8]), any(undefined)),
    "BAD_ARGUMENT",
    /^stft: takes options.*undefined/,
  ],
  // --- what is no tensor ---
  [
    "an array as an operand",
    () => x.add(any([1, 2, 3])),
    "BAD_ARGUMENT",
    /^add: .*an array.*tensor\(\[\.\.\.\]\)/,
  ],
  [
    "an array as a matrix",
    () => x.matmul(any([[1], [2]])),
    "BAD_ARGUMENT",
    /^matmul: .*\[\[1\], \[2\]\].*tensor\(\[\.\.\.\]\)/,
  ],
  ["nothing as a matrix", () => x.matmul(any(undefined)), "BAD_ARGUMENT", /^matmul: .*undefined/],
  [
    "an array as an input",
    () => new nn.Linear(2, 1).forward(any([1, 2])),
    "BAD_ARGUMENT",
    /^Linear: the input must be a tensor; received \[1, 2\]/,
  ],
  [
    "an array as a target",
    () => losses.crossEntropy(x, any([0, 1])),
    "BAD_ARGUMENT",
    /^crossEntropy: the target must be a tensor; received \[0, 1\]/,
  ],
  [
    "numbers to be joined",
    () => concatenate(any([x, 3])),
    "BAD_ARGUMENT",
    /^concatenate: entry 1 must be a tensor; received 3/,
  ],
  [
    "tensors one by one",
    () => concatenate(any(x)),
    "BAD_ARGUMENT",
    /^concatenate: takes a list of tensors; received float32\[2, 3\]/,
  ],
  // --- options that there are not ---
  ...(
    [
      [
        "a learning rate by PyTorch's name",
        () => new optim.Adam(linear, any({ lr: 0.1 })),
        /^Adam: there is no option "lr"\. Use learningRate\. The options are learningRate, /,
      ],
      [
        "a learning rate in place of options",
        () => new optim.Adam(linear, any(0.1)),
        /^Adam: takes options.*received 0\.1/,
      ],
      [
        "two rates in one",
        () => new optim.AdamW(linear, any({ betas: [0.9, 0.9] })),
        /"betas"\. Use beta1 and beta2/,
      ],
      [
        "small letters",
        () => new optim.SGD(linear, any({ weight_decay: 0.1 })),
        /"weight_decay"\. Use weightDecay/,
      ],
      [
        "an option of another optimizer",
        () => new optim.SGD(linear, any({ amsgrad: true })),
        /^SGD: .*"amsgrad"\. The options/,
      ],
      [
        "a setting that rules have not",
        () => new optim.SGD(linear, { rules: [any({ match: "w", lr: 1 })] }),
        /^optimizer\.rules: .*"lr"\. Use learningRate/,
      ],
      [
        "a slip of the pen",
        () => new nn.Linear(4, 2, any({ biass: false })),
        /^Linear: .*"biass"\. Use bias\./,
      ],
      [
        "a bias in place of options",
        () => new nn.Linear(4, 2, any(false)),
        /^Linear: takes options.*received false/,
      ],
      [
        "a number of layers",
        () => new nn.LSTM(4, 2, any({ num_layers: 2 })),
        /^LSTM: .*Use layers/,
      ],
      [
        "strides",
        () => new nn.Conv2d(1, 2, 3, any({ strides: 2 })),
        /^Conv2d: .*"strides"\. Use stride/,
      ],
      [
        "an axis by PyTorch's name",
        () => x.sum(any({ dim: 0 })),
        /^sum: .*"dim"\. Use axis\. The options are axis, keepDims/,
      ],
      [
        "other capitals",
        () => x.mean(any({ axis: 0, keepdim: true })),
        /^mean: .*"keepdim"\. Use keepDims/,
      ],
      [
        "a shape in numbers",
        () => Reflect.apply(x.reshape, x, [3, 2]),
        /^reshape: .*one list; received 3\. Write reshape\(\[3, 2\]\)/,
      ],
      [
        "axes in numbers",
        () => Reflect.apply(x.permute, x, [1, 0]),
        /^permute: .*permute\(\[1, 0\]\)/,
      ],
      ["an axis to sort by", () => x.sort(any({ dim: 0 })), /^sort: .*Use axis/],
      [
        "an interpolation that is none",
        () => x.quantile(0.5, { interpolation: any("lin") }),
        /^quantile: .*"lin"\. Use "linear"/,
      ],
      [
        "bounds as numbers",
        () => x.clamp(any(0)),
        /^clamp: takes options.*received 0.*\{ min: value \}/,
      ],
      ["a range that stops", () => x.slice([any({ stop: 1 })]), /"stop"\. Use end/],
      ["an index that stops", () => x.index([any({ stop: 1 })]), /"stop"\. Use end/],
      ["a range as numbers", () => x.slice(any(0)), /^slice: takes one list.*received 0/],
      ["an index as a number", () => x.index(any(1)), /^index: takes one list.*received 1/],
      [
        "a mode that is none",
        () => jacobian((y: Tensor) => y, { mode: any("fwd") }),
        /^jacobian: .*"fwd"\. Use "forward"/,
      ],
      [
        "an argument by JAX's name",
        () => grad((y: Tensor) => y, any({ argnums: 1 })),
        /^grad: .*Use argument/,
      ],
      [
        "an axis by JAX's name",
        () => vmap((y: Tensor) => y, any({ in_axes: 1 })),
        /^vmap: .*Use in\./,
      ],
      [
        "a name of another kind",
        () => compile((y: Tensor) => y, any({ names: "f" })),
        /^compile: .*Use name\./,
      ],
      [
        "training by another word",
        () => new nn.Dropout().forward(x, any({ train: true })),
        /^Dropout: .*"train"\. Use training/,
      ],
      [
        "training as a flag",
        () => new nn.Dropout().forward(x, any(true)),
        /^Dropout: .*received true.*\{ training: true \}/,
      ],
      [
        "a mask that means the opposite",
        () =>
          new nn.MultiHeadAttention(4, 2).forward(zeros([1, 2, 4]), any({ keyPaddingMask: null })),
        /Use keyMask, true for keys that count/,
      ],
      [
        "a smoothing by PyTorch's name",
        () => losses.crossEntropy(x, ints(0, 1), any({ label_smoothing: 0.1 })),
        /^crossEntropy: .*Use labelSmoothing/,
      ],
      [
        "an option of another loss",
        () => losses.dice(x, x, any({ alpha: 1 })),
        /^dice: .*"alpha"\. The options are reduction, smooth/,
      ],
      [
        "an axis in an object",
        () => x.softmax(any({ axis: 0 })),
        /^softmax: the axis is a number here; received \{ axis: 0 \}/,
      ],
      ["a size as text", () => new nn.Linear(any("4"), 2), /received "4"/],
      [
        "layers in a list",
        () => Reflect.construct(nn.Sequential, [[linear]]),
        /^Sequential: takes layers one by one.*\.\.\.layers/,
      ],
      [
        "a function as a layer",
        () => Reflect.construct(nn.Sequential, [(y: Tensor) => y]),
        /function.*\{ forward: f \}/,
      ],
      [
        "a number in the place of options",
        () => new metrics.TopKAccuracy(any(3)),
        /^TopKAccuracy: .*received 3/,
      ],
      ["the same of a metric by class", () => new metrics.FScore(any(2)), /^FScore: .*received 2/],
      [
        "a parameter of numbers",
        () => nn.parameter([2], any([1, 2])),
        /^parameter: .*received .*nn\.init\.zeros/,
      ],
      [
        "a parameter of another option",
        () => nn.parameter([2], nn.init.zeros, any({ trainable: false })),
        /^parameter: there is no option "trainable"/,
      ],
    ] as const
  ).map(
    ([what, call, text]): Mistake => [
      what,
      call,
      what === "an axis in an object" ? "SHAPE_MISMATCH" : "BAD_ARGUMENT",
      text,
    ],
  ),
];

refuses(mistakes);

test("what a context says to other layers is left alone", () => {
  const context = { training: false, temperature: 2 };
  expect(new nn.Sequential(linear, new nn.Dropout()).forward(x, context).shape).toEqual([2, 1]);
});

test("an error of the user's own function stays as it is", () => {
  const mine = new TypeError("mine");
  const throwing = (): never => {
    throw mine;
  };
  const distance = { distance: throwing };
  expect(() => losses.tripletMargin(x, x, x, distance)).toThrow(mine);
  expect(() => new nn.Sequential({ forward: throwing }).forward(x)).toThrow(mine);
});

test("an error of the library keeps what it came from", () => {
  const thrown = caught(() => x.matmul(any(null)));
  expect((thrown as ChainruleError).cause).toBeInstanceOf(TypeError);
});

describe("every public function, with each argument spoiled in turn,", () => {
  const calls = goodCalls();

  test("gives an error of the library or a tensor", () => {
    expect(calls.length).toBeGreaterThan(400);
    expect(calls.flatMap((call) => badCalls(call).flatMap((args) => foreign(call, args)))).toEqual(
      [],
    );
  });

  test("takes no text, object or nested array for a tensor", () => {
    const taken = calls.filter((call) =>
      call.args.some(
        (arg, k) =>
          isTensor(arg) &&
          ["1, 2", [["a"]], { rows: 2 }].some(
            (bad) => result(call, call.args.with(k, bad)) === undefined,
          ),
      ),
    );
    expect(taken.map(({ name }) => name)).toEqual([]);
  });
});

/** Arguments that are wrong in one place, or too few. */
function badCalls({ args }: Call): unknown[][] {
  return [
    ...args.flatMap((arg, k) => spoiled(arg).map((bad) => args.with(k, bad))),
    ...args.map((_, k) => args.slice(0, k)),
  ];
}

/** What a call throws. */
function result({ f }: Call, args: readonly unknown[]): unknown {
  try {
    const y = [f(...(args as never[]))].flat().filter(isTensor);
    return y.every(({ shape }) => shape.every((n) => Number.isInteger(n) && n >= 0))
      ? undefined
      : new Error(`a tensor of shape [${y.map((t) => t.shape)}]`);
  } catch (error) {
    return error;
  }
}

/** What is wrong with a call's end: an error that is not the library's, or says that the library is at fault. */
function foreign(call: Call, args: readonly unknown[]): string[] {
  const error = result(call, args);
  if (error === undefined) return [];
  const own = error instanceof ChainruleError && error.code !== "INTERNAL";
  return own && error.op !== undefined ? [] : [`${call.name}: ${String(error)}`];
}
