// TensorFlow.js 4, backends `cpu` (plain JavaScript) and `wasm` (SIMD; one thread, as it comes in Node). Core ops with
// `optimizer.minimize`, which is its fastest way to write a step; both backends compute synchronously.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export async function load(backend) {
  const { log, warn } = console;
  console.log = console.warn = () => {}; // it advertises other packages on import
  const tf = require("@tensorflow/tfjs");
  if (backend === "wasm") require("@tensorflow/tfjs-backend-wasm");
  const accepted = await tf.setBackend(backend);
  await tf.ready();
  Object.assign(console, { log, warn });
  if (!accepted || tf.getBackend() !== backend)
    throw new Error(`no backend ${backend}: got ${tf.getBackend()}`);
  return { tf, version: tf.version.tfjs };
}

export function build({ tf }, workload) {
  const { batch, sizes, optimizer } = workload;
  const layers = workload.layers.map(({ inputs, outputs, weight, bias }) => ({
    weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    bias: tf.variable(tf.tensor1d(bias)),
  }));
  const batches = workload.batches.map(({ x, y, labels }) => ({
    x: tf.tensor2d(x, [batch, sizes[0]]),
    target: labels ? oneHot(tf, labels, sizes.at(-1)) : tf.tensor2d(y, [batch, sizes.at(-1)]),
  }));
  const update = makeOptimizer(tf, optimizer);
  let loss;
  return {
    step(k) {
      const next = update.minimize(() => lossOf(tf, workload, layers, batches[k]), true);
      loss?.dispose();
      loss = next;
    },
    loss: async () => (await loss.data())[0],
  };
}

function lossOf(tf, { activation, outputActivation, loss }, layers, { x, target }) {
  let y = x;
  layers.forEach(({ weight, bias }, k) => {
    y = tf.fused.matMul({ a: y, b: weight, bias, activation: "linear" });
    const after = k < layers.length - 1 ? activation : outputActivation;
    if (after !== undefined) y = tf[after](y);
  });
  if (loss === "crossEntropy") return tf.losses.softmaxCrossEntropy(target, y);
  return tf.losses.meanSquaredError(target, y);
}

function oneHot(tf, labels, classes) {
  return tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat());
}

function makeOptimizer(tf, { kind, learningRate, momentum, beta1, beta2, eps }) {
  if (kind === "adam") return tf.train.adam(learningRate, beta1, beta2, eps);
  return momentum > 0 ? tf.train.momentum(learningRate, momentum) : tf.train.sgd(learningRate);
}
