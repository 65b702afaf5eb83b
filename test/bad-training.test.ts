// Mistakes in data, in derivatives and in training, and what the error must say.

import { compile, customVjp, nn, optim, random, type Tensor, tensor } from "../src/index.ts";
import { refuses } from "./mistakes.ts";

const x: Tensor = tensor([1, 2, 3, 4, 5, 6], { shape: [2, 3] });
const linear = new nn.Linear(3, 1);
/** The gradient by a rule of the user's own. */
const custom = (rule: Parameters<typeof customVjp>[2]): Tensor =>
  customVjp(
    "mine",
    (u) => u.mul(2),
    rule,
  )(x)
    .sum()
    .gradient(x);
/** What TypeScript would refuse. */
const any = (value: unknown): never => value as never;

refuses([
  // --- data ---
  [
    "rows of several lengths that fill a rectangle",
    () => tensor([[1, 2], [3, 4, 5], [6]]),
    "SHAPE_MISMATCH",
    /^tensor: rows differ: data\[1\] has length 3, data\[0\] has length 2/,
  ],
  [
    "rows of several lengths, deeper",
    () =>
      tensor(
        [
          [[1], [2]],
          [[3], [4, 5]],
        ],
        { shape: [5] },
      ),
    "SHAPE_MISMATCH",
    /^tensor: rows differ: data\[1\]\[1\] has length 2, data\[0\]\[0\] has length 1/,
  ],
  [
    "a number in place of a row",
    () => tensor([[1, 2], 3]),
    "SHAPE_MISMATCH",
    /^tensor: .*data\[1\] is 3/,
  ],
  [
    "a row in place of a number",
    () => tensor([1, [2, 3]]),
    "BAD_ARGUMENT",
    /^tensor: .*received \[2, 3\] at data\[1\]/,
  ],
  [
    "a hole in the data",
    () => tensor([[1, 2], any([3, null])]),
    "BAD_ARGUMENT",
    /^tensor: .*received null at data\[1\]\[1\]/,
  ],
  [
    "a tensor as the elements of a parameter",
    () => linear.weight.set(any(x)),
    "BAD_ARGUMENT",
    /^set: .*float32\[2, 3\].*assign/,
  ],
  ["a size for a random shape", () => random.normal(any(3)), "SHAPE_MISMATCH", /normal: .*3/],
  // --- derivatives and training ---
  [
    "a loss as its gradients",
    () => new optim.SGD(linear).step(any(linear.forward(x).mean())),
    "BAD_ARGUMENT",
    /^optimizer\.step: takes gradients; received float32\[\]\. .*loss\.backward\(\)/,
  ],
  [
    "a step without gradients",
    () => new optim.SGD(linear).step(any(undefined)),
    "BAD_ARGUMENT",
    /^optimizer\.step: takes gradients; received undefined/,
  ],
  [
    "a loss that no parameter is in",
    () => new optim.SGD(linear).step(tensor(1).backward()),
    "PARAMETER_NOT_FOUND",
    /^optimizer\.step: .*no trainable parameter/,
  ],
  [
    "a loss to be clipped",
    () => optim.clipByGlobalNorm(any(tensor(1)), 1),
    "BAD_ARGUMENT",
    /^clipByGlobalNorm: takes gradients; received float32\[\]/,
  ],
  [
    "a rule that gives a gradient too many",
    () => custom((g) => [g, g]),
    "SHAPE_MISMATCH",
    /^mine: .*\[2, 3\], \[2, 3\] for inputs \[2, 3\]/,
  ],
  [
    "a rule that gives no list",
    () => custom((g) => any(g)),
    "BAD_ARGUMENT",
    /^mine: .*received float32\[2, 3\]\. Return a list, \[g\]/,
  ],
  [
    "a rate in place of a schedule",
    () => optim.warmUp(any(0.1), { steps: 3 }),
    "BAD_ARGUMENT",
    /^warmUp: .*received 0\.1.*optim\.constant/,
  ],
  [
    "a model to be compiled",
    () => compile(any(linear)),
    "BAD_ARGUMENT",
    /^compile: takes a function/,
  ],
  [
    "a summary for no input",
    () => nn.summary(linear, any(undefined)),
    "BAD_ARGUMENT",
    /^summary: needs the shape of an input.*undefined/,
  ],
  [
    "freezing without a pattern",
    () => nn.freeze(linear, any(undefined)),
    "BAD_ARGUMENT",
    /^freeze: .*undefined/,
  ],
]);
