// ConvNetJS 0.3: float64 loops, one sample at a time, gradients summed over a batch. Perceptrons only here.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export function load() {
  return {
    convnet: require("convnetjs"),
    version: require("convnetjs/package.json").version,
  };
}

export function build({ convnet }, workload) {
  const net = perceptron(convnet, workload);
  const trainer = makeTrainer(convnet, net, workload);
  const batches = workload.batches.map((batch) => samplesOf(convnet, workload, batch));
  const scale = workload.loss === "meanSquaredError" ? 0.5 / workload.sizes.at(-1) : 1; // it reports 2 (p − y)²
  let loss;
  return {
    step(k) {
      let sum = 0;
      for (const { volume, target } of batches[k]) sum += trainer.train(volume, target).cost_loss;
      loss = (sum * scale) / workload.batch;
    },
    loss: () => loss,
  };
}

function perceptron(convnet, { sizes, activation, outputActivation, loss, parameters }) {
  const net = new convnet.Net();
  const layers = [new convnet.InputLayer({ out_sx: 1, out_sy: 1, out_depth: sizes[0] })];
  const before = () => {
    const { out_sx: in_sx, out_sy: in_sy, out_depth: in_depth } = layers.at(-1);
    return { in_sx, in_sy, in_depth };
  };
  const activations = { relu: convnet.ReluLayer, sigmoid: convnet.SigmoidLayer };
  for (let k = 1; k < sizes.length; k++) {
    const layer = new convnet.FullyConnLayer({ ...before(), num_neurons: sizes[k] });
    fill(layer, parameters[`weight${k - 1}`], parameters[`bias${k - 1}`]);
    layers.push(layer);
    const after = k < sizes.length - 1 ? activation : outputActivation;
    if (after !== undefined) layers.push(new activations[after](before()));
  }
  const Loss = loss === "meanSquaredError" ? convnet.RegressionLayer : convnet.SoftmaxLayer;
  layers.push(new Loss({ ...before(), num_classes: sizes.at(-1) }));
  net.layers = layers;
  return net;
}

function fill(layer, { shape: [inputs, outputs], data }, bias) {
  layer.filters.forEach((filter, row) => {
    for (let i = 0; i < inputs; i++) filter.w[i] = data[i * outputs + row];
    layer.biases.w[row] = bias.data[row];
  });
}

/** Its gradient of a squared error is p − y. */
function makeTrainer(convnet, net, { loss, sizes, batch, optimizer }) {
  const factor = loss === "meanSquaredError" ? 2 / sizes.at(-1) : 1;
  return new convnet.Trainer(net, {
    method: "sgd",
    learning_rate: optimizer.learningRate * factor,
    momentum: optimizer.momentum,
    batch_size: batch,
    l2_decay: 0,
  });
}

function samplesOf(convnet, { sizes, batch }, { x, y, labels }) {
  const [features] = sizes;
  return Array.from({ length: batch }, (_, row) => {
    const volume = new convnet.Vol(1, 1, features, 0);
    for (let k = 0; k < features; k++) volume.w[k] = x[row * features + k];
    return { volume, target: labels === undefined ? Array.from(y) : labels[row] };
  });
}
