// Bad input to functions, losses and layers. A table of mistakes that people make, with what the error must say; and every
// public function called with each of its arguments spoiled in turn, which must give the library's own error or a tensor,
// never a foreign error. Constructors of layers and optimizers have tables of their own.

import { describe, expect, test } from "vitest";
import {
  audio,
  ChainruleError,
  concatenate,
  einsum,
  full,
  linspace,
  losses,
  nn,
  optim,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { type Call, goodCalls, isTensor, spoiled } from "./ops/calls.ts";

const x: Tensor = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
const image: Tensor = zeros([1, 2, 4, 4]);
const ints = (...data: number[]): Tensor => tensor(data, { dtype: "int32" });
/** What TypeScript would refuse. */
const any = (value: unknown): never => value as never;
const nan = Number.NaN;

/** A mistake in words, the call, the code, and what the text must say: op, what was received, what is needed. */
type Mistake = readonly [what: string, call: () => unknown, code: string, text: RegExp];

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
  ["half an axis", () => zeros([2.5]), "SHAPE_MISMATCH", /^full: .*\[2\.5\]/],
  ["a size for a shape", () => zeros(any(3)), "SHAPE_MISMATCH", /^full: .*received 3\. .*\[2, 3\]/],
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
];

test.each(mistakes)("%s", (_what, call, code, text) => {
  const thrown = caught(call);
  expect(thrown).toBeInstanceOf(ChainruleError);
  const { code: received, message, op } = thrown as ChainruleError;
  expect(received).toBe(code);
  expect(message).toMatch(text);
  expect(op).toBeDefined();
  // After what is wrong, at least one sentence on what to do.
  expect(message.split(/\. (?=[A-Z`])/).length).toBeGreaterThan(1);
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

function caught(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

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
