// brain.js 1: float64 loops, one sample at a time, mean squared error, one activation for all layers. On W7 that is the
// same mathematics; its gradient lacks the factor 2 of the square, which the learning rate makes up for.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export function load() {
  return { brain: require("brain.js"), version: require("brain.js/package.json").version };
}

export function build({ brain }, { sizes, optimizer, parameters, batches }) {
  const net = new brain.NeuralNetwork({ hiddenLayers: sizes.slice(1, -1), activation: "sigmoid" });
  net.sizes = sizes;
  net.initialize();
  net.setActivation?.("sigmoid");
  Object.assign(net.trainOpts, { learningRate: 2 * optimizer.learningRate, momentum: 0 });
  for (let k = 1; k < sizes.length; k++) {
    const weight = parameters[`weight${k - 1}`].data; // [in, out]
    for (let row = 0; row < sizes[k]; row++) {
      net.biases[k][row] = parameters[`bias${k - 1}`].data[row];
      for (let i = 0; i < sizes[k - 1]; i++) net.weights[k][row][i] = weight[i * sizes[k] + row];
    }
  }
  const samples = batches.map(({ x, y }) => ({ input: Array.from(x), output: Array.from(y) }));
  let loss;
  return {
    step(k) {
      loss = net.trainPattern(samples[k], true);
    },
    loss: () => loss,
  };
}
