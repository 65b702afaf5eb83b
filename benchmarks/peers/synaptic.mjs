// synaptic 1: generated float64 code, one sample at a time. It draws its own weights, and its error at the output is that
// of cross-entropy, so the work of W7 is the same and the losses are not.

import { createRequire } from "node:module";
import { SeededNumbers } from "../random.mjs";

const require = createRequire(import.meta.url);

export function load() {
  return { synaptic: require("synaptic"), version: require("synaptic/package.json").version };
}

export function build({ synaptic }, { sizes, seed, batches }) {
  const numbers = new SeededNumbers(seed);
  Math.random = () => numbers.uniform();
  const net = new synaptic.Architect.Perceptron(...sizes);
  const samples = batches.map(({ x, y }) => ({ x: Array.from(x), y: Array.from(y) }));
  let loss;
  return {
    step(k) {
      const { x, y } = samples[k];
      const [output] = net.activate(x);
      net.propagate(0.3, y);
      loss = (output - y[0]) ** 2;
    },
    loss: () => loss,
  };
}
