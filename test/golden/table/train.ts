// End to end: small networks trained from given parameters, with batches, schedule and clipping.

import { compile, losses, nn, type Tensor } from "../../../src/index.ts";
import { type Entry, feeds, loadAll } from "../entry.ts";
import { pathOf } from "./names.ts";
import { networkOf } from "./networks.ts";
import { scheduleOf } from "./schedules.ts";
import { clipping, dataOf, makeOptimizer, Rows } from "./training.ts";

type Loss = (output: Tensor, target: Tensor) => Tensor;

const lossNamed: Readonly<Record<string, Loss>> = {
  mse: (output, target) => losses.meanSquaredError(output, target),
  cross_entropy: (output, target) => losses.crossEntropy(output, target),
  bce_with_logits: (output, target) => losses.binaryCrossEntropyWithLogits(output, target),
};

export const training: Readonly<Record<string, Entry>> = {
  train: async (golden, dtype) => {
    const { attributes: a } = golden;
    const model = networkOf(golden, dtype);
    const names = golden.params.map(({ name }) => name);
    loadAll(model.parts, feeds(golden, dtype, ["param"]), pathOf);
    const optimizer = makeOptimizer(model.parts, a.record("optimizer"));
    const clip = clipping(a);
    const loss = lossNamed[a.text("loss")];
    const lossOf = (x: Tensor, target: Tensor): Tensor => loss(model.forward(x), target);
    const { x, target } = dataOf(golden, dtype);
    const step = compile((rows: Tensor) => {
      const value = lossOf(x.take(rows), target.take(rows));
      const gradients = value.backward();
      optimizer.step(clip(gradients));
      const named = names.map((name) => {
        return [name, gradients.get(optimizer.parameters.get(pathOf(name))!)!] as const;
      });
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
      for (const [name, g] of Object.entries(gradients)) await results.set(`grad1.${name}`, g);
    }
    const state = nn.namedState(model.parts);
    for (const { name } of golden.outputs) {
      const own = name.startsWith("final.") && state.get(pathOf(name.slice("final.".length)));
      if (own) await results.set(name, own);
    }
    await results.set("final_loss", lossOf(x, target));
    return results.results();
  },
};
