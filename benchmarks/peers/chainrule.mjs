// This library, as built in ../../dist, or the build whose index.js CHAINRULE_LIBRARY names, to compare two of them.
// The whole step is one compiled function.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

export async function load() {
  const other = process.env.CHAINRULE_LIBRARY;
  const built = other === undefined ? "../../dist/index.js" : pathToFileURL(resolve(other)).href;
  const library = await import(built);
  library.setTarget("wasm");
  const manifest = new URL("../../package.json", import.meta.url);
  return { library, version: JSON.parse(readFileSync(manifest, "utf8")).version };
}

export function build({ library }, workload) {
  const model = perceptron(library, workload);
  const optimizer = makeOptimizer(library, model, workload.optimizer);
  const lossOf = library.losses[workload.loss];
  const step = library.compile((x, target) => {
    const loss = lossOf(model.forward(x, { training: true }), target);
    optimizer.step(loss.backward());
    return loss;
  });
  const batches = workload.batches.map((batch) => asTensors(library, workload, batch));
  let loss;
  return {
    step(k) {
      loss = step(batches[k].x, batches[k].target);
    },
    loss: () => loss.item(),
  };
}

function perceptron({ nn }, { sizes, layers, activation, outputActivation }) {
  const activations = { relu: nn.ReLU, sigmoid: nn.Sigmoid };
  const stack = [];
  layers.forEach(({ inputs, outputs, weight, bias }, k) => {
    const linear = new nn.Linear(inputs, outputs);
    linear.weight.set(transposed(weight, inputs, outputs));
    linear.bias.set(bias);
    stack.push(linear);
    const after = k < sizes.length - 2 ? activation : outputActivation;
    if (after !== undefined) stack.push(new activations[after]());
  });
  return new nn.Sequential(...stack);
}

/** From `[in, out]` to this library's `[out, in]`. */
function transposed(weight, inputs, outputs) {
  const result = new Float32Array(weight.length);
  for (let row = 0; row < inputs; row++) {
    for (let column = 0; column < outputs; column++) {
      result[column * inputs + row] = weight[row * outputs + column];
    }
  }
  return result;
}

function makeOptimizer({ optim }, model, { kind, ...options }) {
  if (kind === "adam") return new optim.Adam(model, options);
  return new optim.SGD(model, options);
}

function asTensors({ tensor }, { sizes, batch }, { x, y, labels }) {
  const target =
    labels === undefined ? tensor(y, { shape: [batch, sizes.at(-1)] }) : tensor(labels);
  return { x: tensor(x, { shape: [batch, sizes[0]] }), target };
}
