// End to end: small networks trained from given parameters, with batches, schedule and clipping.

import { compile, losses, nn, type Tensor } from "../../../src/index.ts";
import type { Attributes } from "../attributes.ts";
import { type Entry, type Float, feeds, loadAll, Unsupported } from "../entry.ts";
import { scheduleOf } from "./schedules.ts";
import { clipping, dataOf, makeOptimizer, Rows } from "./training.ts";

type Loss = (output: Tensor, target: Tensor) => Tensor;

const lossNamed: Readonly<Record<string, Loss>> = {
  mse: (output, target) => losses.meanSquaredError(output, target),
  cross_entropy: (output, target) => losses.crossEntropy(output, target),
  bce_with_logits: (output, target) => losses.binaryCrossEntropyWithLogits(output, target),
};

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  tanh: (x) => x.tanh(),
  relu: (x) => x.relu(),
  gelu: (x) => x.gelu(),
};

/** Linear layers l0, l1, … with an activation between them. */
class Perceptron {
  readonly layers: Readonly<Record<string, nn.Linear>>;
  readonly activation: (x: Tensor) => Tensor;

  constructor(a: Attributes, dtype: Float) {
    const sizes = a.numbers("sizes");
    const pairs = sizes.slice(1).map((out, k) => {
      return [`l${k}`, new nn.Linear(sizes[k], out, { dtype })] as const;
    });
    this.layers = Object.fromEntries(pairs);
    this.activation = activations[a.text("activation")];
  }

  forward(x: Tensor): Tensor {
    const [first, ...others] = Object.values(this.layers);
    return others.reduce((y, layer) => layer.forward(this.activation(y)), first.forward(x));
  }
}

export const training: Readonly<Record<string, Entry>> = {
  train: async (golden, dtype) => {
    const { attributes: a } = golden;
    const kind = a.record("model").text("kind");
    if (kind !== "mlp") throw new Unsupported(`network ${kind}`);
    const model = new Perceptron(a.record("model"), dtype);
    loadAll(model.layers, feeds(golden, dtype, ["param"]));
    const optimizer = makeOptimizer(model.layers, a.record("optimizer"));
    const clip = clipping(a);
    const loss = lossNamed[a.text("loss")];
    const { x, target } = dataOf(golden, dtype);
    const step = compile((rows: Tensor) => {
      const value = loss(model.forward(x.take(rows)), target.take(rows));
      const gradients = value.backward();
      optimizer.step(clip(gradients));
      const named = [...optimizer.parameters].map(
        ([path, p]) => [path, gradients.get(p)!] as const,
      );
      return { loss: value, gradients: Object.fromEntries(named) };
    });

    const results = new Rows();
    const batches = a.has("batches") ? a.lists("batches") : [Array.from(Array(x.shape[0]).keys())];
    const rate = a.has("schedule")
      ? scheduleOf(a.record("schedule"), a.record("optimizer").number("lr"))
      : null;
    for (let k = 0; k < a.number("steps"); k++) {
      if (rate !== null) optimizer.learningRate = rate(k);
      const { loss: value, gradients } = step(Int32Array.from(batches[k % batches.length]));
      await results.add("losses", value);
      if (k > 0) continue;
      for (const [path, g] of Object.entries(gradients)) await results.set(`grad1.${path}`, g);
    }
    for (const [path, p] of nn.parameters(model.layers)) await results.set(`final.${path}`, p);
    await results.set("final_loss", loss(model.forward(x), target));
    return results.results();
  },
};
