// TensorFlow.js 4, backends `cpu` (plain JavaScript) and `wasm` (SIMD; one thread, as it comes in Node). Core ops with
// `optimizer.minimize`, which is its fastest way to write a step; both backends compute synchronously. The variant
// `wasm-patched` adds the kernels without which the backend cannot train W3 to W5.

import { createRequire } from "node:module";
import { addMissingKernels } from "./tfjs-kernels.mjs";
import { models } from "./tfjs-models.mjs";

const require = createRequire(import.meta.url);

export async function load(variant) {
  const backend = variant.split("-")[0];
  const { log, warn } = console;
  console.log = console.warn = () => {}; // it advertises other packages on import
  const tf = require("@tensorflow/tfjs");
  if (backend === "wasm") require("@tensorflow/tfjs-backend-wasm");
  const accepted = await tf.setBackend(backend);
  await tf.ready();
  Object.assign(console, { log, warn });
  if (!accepted || tf.getBackend() !== backend)
    throw new Error(`no backend ${backend}: got ${tf.getBackend()}`);
  if (variant === "wasm-patched") addMissingKernels(tf);
  return { tf, version: tf.version.tfjs };
}

export function build({ tf }, workload) {
  const { forward, input } = models[workload.kind](tf, workload);
  const batches = workload.batches.map(({ x, y, labels }) => ({
    x: input(x),
    target: labels
      ? oneHot(tf, labels, classesOf(workload))
      : tf.tensor2d(y, outputShape(workload)),
  }));
  const lossOf = losses(tf)[workload.loss];
  const update = updateRule(tf, workload.optimizer);
  let loss;
  return {
    step(k) {
      const next = update(() => lossOf(batches[k].target, forward(batches[k].x)));
      loss?.dispose();
      loss = next;
    },
    loss: async () => (await loss.data())[0],
  };
}

const losses = (tf) => ({
  crossEntropy: tf.losses.softmaxCrossEntropy,
  meanSquaredError: tf.losses.meanSquaredError,
});

function classesOf({ vocabulary, sizes }) {
  return vocabulary ?? sizes.at(-1);
}

function outputShape({ batch, sizes }) {
  return [batch, sizes.at(-1)];
}

function oneHot(tf, labels, classes) {
  return tf.tidy(() => tf.oneHot(tf.tensor1d(labels, "int32"), classes).toFloat());
}

/** A function that takes a loss closure, updates, and gives the loss. */
function updateRule(tf, { kind, learningRate, momentum, beta1, beta2, eps, weightDecay }) {
  const optimizer = {
    adam: () => tf.train.adam(learningRate, beta1, beta2, eps),
    adamw: () => tf.train.adam(learningRate, beta1, beta2, eps),
    sgd: () =>
      momentum > 0 ? tf.train.momentum(learningRate, momentum) : tf.train.sgd(learningRate),
  }[kind]();
  if (kind !== "adamw") return (f) => optimizer.minimize(f, true);
  return (f) => {
    const { value, grads } = tf.variableGrads(f);
    decay(tf, Object.keys(grads), 1 - learningRate * weightDecay);
    optimizer.applyGradients(grads);
    tf.dispose(grads);
    return value;
  };
}

/** It has no AdamW: weights decay by hand between gradient and update. */
function decay(tf, names, factor) {
  tf.tidy(() => {
    for (const name of names) {
      const variable = tf.engine().registeredVariables[name];
      variable.assign(variable.mul(factor));
    }
  });
}
