// The seven workloads: what is trained, on how much, and with which optimizer. Weights and batches are made from a seed
// (parameters.mjs, batches.mjs), so every library in its own process computes with the same numbers.

import { batchesOf } from "./batches.mjs";
import { parametersOf } from "./parameters.mjs";
import { SeededNumbers } from "./random.mjs";

const adam = { kind: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-7 };

/** What is trained, by id. `batches`: how many different ones; `steps`: caps where steps are very short. */
export const workloads = {
  W1: {
    title: "perceptron 784-10-10, ReLU, cross-entropy, Adam 1e-3, batch 32",
    kind: "mlp",
    seed: 11,
    sizes: [784, 10, 10],
    activation: "relu",
    loss: "crossEntropy",
    optimizer: adam,
    batch: 32,
    batches: 8,
    data: "classes",
  },
  W2: {
    title: "perceptron 784-128-64-10, ReLU, cross-entropy, SGD 0.01 momentum 0.9, batch 64",
    kind: "mlp",
    seed: 12,
    sizes: [784, 128, 64, 10],
    activation: "relu",
    loss: "crossEntropy",
    optimizer: { kind: "sgd", learningRate: 0.01, momentum: 0.9 },
    batch: 64,
    batches: 8,
    data: "classes",
  },
  W3: {
    title:
      "28×28×1 → conv 3×3×32, ReLU, max-pool 2 → conv 3×3×64, ReLU, max-pool 2 → 128 ReLU → 10, no padding, cross-entropy, Adam 1e-3, batch 64",
    kind: "cnn",
    seed: 13,
    /** Side of the image, then of every feature map: convolved, pooled, convolved, pooled. */
    sides: [28, 26, 13, 11, 5],
    channels: [1, 32, 64],
    sizes: [1600, 128, 10],
    pixels: 784,
    loss: "crossEntropy",
    optimizer: adam,
    batch: 64,
    batches: 4,
    data: "classes",
  },
  W4: {
    title:
      "vocabulary 65, embedding 64, LSTM 128 over 64 time steps, dense 65, cross-entropy per time step, Adam 2e-3, batch 32",
    kind: "lstm",
    seed: 14,
    vocabulary: 65,
    embedding: 64,
    hidden: 128,
    time: 64,
    loss: "crossEntropy",
    optimizer: { ...adam, learningRate: 2e-3 },
    batch: 32,
    batches: 4,
    data: "characters",
  },
  W5: {
    title:
      "transformer of 4 blocks, width 128, 4 heads, 64 positions, vocabulary 65, pre-norm, MLP 4× GELU (tanh form), learned positions, AdamW 1e-3, batch 16",
    kind: "gpt",
    seed: 15,
    vocabulary: 65,
    width: 128,
    depth: 4,
    heads: 4,
    time: 64,
    loss: "crossEntropy",
    optimizer: {
      kind: "adamw",
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      weightDecay: 0.01,
    },
    batch: 16,
    batches: 4,
    data: "characters",
  },
  W6: {
    title: "perceptron 1024-4096-4096-1024, ReLU, mean squared error, SGD 2, batch 256",
    kind: "mlp",
    seed: 16,
    sizes: [1024, 4096, 4096, 1024],
    activation: "relu",
    loss: "meanSquaredError",
    optimizer: { kind: "sgd", learningRate: 2, momentum: 0 },
    batch: 256,
    batches: 1,
    data: "teacher",
  },
  W7: {
    title: "perceptron 2-3-1, sigmoid, mean squared error, SGD 1, batch 1 (exclusive or)",
    kind: "mlp",
    seed: 17,
    sizes: [2, 3, 1],
    activation: "sigmoid",
    outputActivation: "sigmoid",
    loss: "meanSquaredError",
    optimizer: { kind: "sgd", learningRate: 1, momentum: 0 },
    batch: 1,
    batches: 4,
    steps: { warmUp: 50_000, block: 10_000 },
    data: "exclusiveOr",
  },
};

/**
 * One workload with its numbers: `parameters` by name as `{ shape, data }` (dense [in, out], convolution [out, in, y, x]),
 * `batches` of `{ x, y }` or, for classes, `{ x, labels }`. `changes` replaces facts, for instance the batch size.
 */
export function makeWorkload(id, changes = {}) {
  const facts = { ...workloads[id], ...changes };
  const numbers = new SeededNumbers(facts.seed);
  const parameters = parametersOf(facts, numbers);
  return { id, ...facts, flops: flopsOf(facts), parameters, batches: batchesOf(facts, numbers) };
}

/** Operations of the matrix products of one step, two per multiply-add: forward, weight gradient, and input gradient except of the first layer. */
export function flopsOf(facts) {
  const { first, rest } = multiplyAdds[facts.kind](facts);
  return 4 * first + 6 * rest;
}

/** Multiply-adds of a forward pass, split into those whose input needs no gradient and the rest. */
const multiplyAdds = {
  mlp({ sizes, batch }) {
    const [first, ...others] = sizes.slice(1).map((outputs, k) => batch * sizes[k] * outputs);
    return { first, rest: total(others) };
  },
  cnn({ sides, channels, sizes, batch }) {
    const [c0, c1, c2] = channels;
    const dense = sizes.slice(1).map((outputs, k) => batch * sizes[k] * outputs);
    const second = batch * sides[3] ** 2 * 9 * c1 * c2;
    return { first: batch * sides[1] ** 2 * 9 * c0 * c1, rest: second + total(dense) };
  },
  lstm({ vocabulary, embedding, hidden, time, batch }) {
    const perStep = 4 * hidden * (embedding + hidden) + hidden * vocabulary;
    return { first: 0, rest: batch * time * perStep };
  },
  gpt({ vocabulary, width, depth, time, batch }) {
    const tokens = batch * time;
    const linear = depth * 12 * width * width + width * vocabulary;
    return { first: 0, rest: tokens * (linear + depth * 2 * time * width) };
  },
};

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
