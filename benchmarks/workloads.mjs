// The workloads: architecture, loss, optimizer, initial weights and batches, made from a seed. Every peer gets the same
// numbers. A further workload is one more entry with a `kind` that the peers know how to build.

import { SeededNumbers } from "./random.mjs";

/** What is trained, by id. `batches`: how many different ones; `steps`: caps where steps are very short. */
export const workloads = {
  W1: {
    title: "perceptron 784-10-10, ReLU, cross-entropy, Adam 1e-3, batch 32",
    kind: "mlp",
    seed: 11,
    sizes: [784, 10, 10],
    activation: "relu",
    loss: "crossEntropy",
    optimizer: { kind: "adam", learningRate: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-7 },
    batch: 32,
    batches: 32,
    make: classBatches,
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
    batches: 32,
    make: classBatches,
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
    make: teacherBatches,
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
    make: exclusiveOr,
  },
};

/** One workload with its numbers: `layers` of `{ weight: [in, out], bias }`, `batches` of `{ x, y }` or `{ x, labels }`. */
export function makeWorkload(id) {
  const facts = workloads[id];
  const numbers = new SeededNumbers(facts.seed);
  const { sizes } = facts;
  const layers = sizes.slice(1).map((outputs, k) => denseLayer(numbers, sizes[k], outputs));
  return { id, ...facts, layers, batches: facts.make(numbers, facts) };
}

/** Xavier-uniform weight `[in, out]`, row-major, and zero bias. */
function denseLayer(numbers, inputs, outputs) {
  const bound = Math.sqrt(6 / (inputs + outputs));
  const weight = new Float32Array(inputs * outputs);
  for (let k = 0; k < weight.length; k++) weight[k] = (2 * numbers.uniform() - 1) * bound;
  return { inputs, outputs, weight, bias: new Float32Array(outputs) };
}

/** Operations of the matrix products of one step: forward, weight gradient, input gradient of all layers but the first. */
export function flopsOf(id) {
  const { sizes, batch } = workloads[id];
  const products = sizes.slice(1).map((outputs, k) => 2 * batch * sizes[k] * outputs);
  return products.reduce((sum, flops, k) => sum + flops * (k === 0 ? 2 : 3), 0);
}

/** Images around one sparse prototype per class, with noise; one label in ten is drawn anew, so the loss stays above 0. */
function classBatches(numbers, { sizes, batch, batches }) {
  const features = sizes[0];
  const classes = sizes.at(-1);
  const sparse = () => (numbers.uniform() < 0.2 ? numbers.uniform() : 0);
  const prototypes = Array.from({ length: classes }, () =>
    Float32Array.from({ length: features }, sparse),
  );
  return Array.from({ length: batches }, () => {
    const x = new Float32Array(batch * features);
    const labels = new Int32Array(batch);
    for (let row = 0; row < batch; row++) {
      const label = numbers.integer(classes);
      labels[row] = numbers.uniform() < 0.1 ? numbers.integer(classes) : label;
      for (let k = 0; k < features; k++) {
        const pixel = 0.6 * prototypes[label][k] + 0.25 * numbers.normal();
        x[row * features + k] = Math.min(1, Math.max(0, pixel));
      }
    }
    return { x, labels };
  });
}

/** Normal inputs; each target is a fixed difference of two inputs. */
function teacherBatches(numbers, { sizes, batch, batches }) {
  const features = sizes[0];
  const outputs = sizes.at(-1);
  return Array.from({ length: batches }, () => {
    const x = Float32Array.from({ length: batch * features }, () => numbers.normal());
    const y = Float32Array.from({ length: batch * outputs }, (_, k) => {
      const column = k % outputs;
      const row = ((k - column) / outputs) * features;
      return 0.5 * (x[row + ((column + 1) % features)] - x[row + ((column + 511) % features)]);
    });
    return { x, y };
  });
}

function exclusiveOr() {
  return [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ].map(([a, b]) => ({
    x: Float32Array.of(a, b),
    y: Float32Array.of(a === b ? 0 : 1),
  }));
}
