// jax-js, backend `wasm`. The whole step is one `jit`. Its arrays are counted by hand: every use but the last takes
// `.ref`. It queues work, and its bookkeeping grows with the queue, so waiting each step is its fastest way here.
// `wasm-1t` is what it is in Node; `wasm-2t` gives it the workers that it finds in a browser.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { models } from "./jax-models.mjs";
import { updateRule } from "./jax-optimizers.mjs";
import { provideWorkers } from "./jax-workers.mjs";

export async function load(variant) {
  const threaded = variant === "wasm-2t";
  if (threaded) provideWorkers(2);
  const jax = await import("@jax-js/jax");
  const devices = await jax.init("wasm");
  if (!devices.includes("wasm")) throw new Error(`no device wasm: got ${devices}`);
  jax.defaultDevice("wasm");
  const entry = createRequire(import.meta.url).resolve("@jax-js/jax");
  const manifest = new URL("../package.json", `file://${entry}`);
  return { jax, threaded, version: JSON.parse(readFileSync(manifest, "utf8")).version };
}

export function build({ jax, threaded }, workload) {
  const { jit, tree } = jax;
  const model = models[workload.kind](jax, workload);
  let { parameters } = model;
  const batches = workload.batches.map(({ x, y, labels }) => ({
    x: model.input(x),
    target: model.target(y, labels),
  }));
  const rule = updateRule(jax, workload.optimizer);
  let state = rule.begin(parameters);
  const differentiate = jax.valueAndGrad((p, x, target) =>
    lossOf(jax, workload, model.forward(p, x), target),
  );
  const train = jit((p, s, x, target) => {
    const [loss, gradients] = differentiate(tree.ref(p), x, target);
    return [loss, ...rule.update(p, s, gradients)];
  });
  let loss;
  const queue = (k) => {
    loss?.dispose();
    [loss, parameters, state] = train(parameters, state, batches[k].x.ref, batches[k].target.ref);
  };
  return {
    step: threaded
      ? async (k) => {
          queue(k);
          await jax.blockUntilReady(parameters);
        }
      : (k) => {
          queue(k);
          loss.ref.dataSync();
        },
    async loss() {
      await jax.blockUntilReady(parameters);
      return (await loss.ref.data())[0];
    },
  };
}

/** Mean over rows of the cross-entropy with one-hot targets, or the mean square. */
function lossOf({ numpy: np, nn }, { loss }, y, target) {
  if (loss === "meanSquaredError") return np.square(y.sub(target)).mean();
  const rows = y.shape[0];
  return nn
    .logSoftmax(y)
    .mul(target)
    .sum()
    .mul(-1 / rows);
}
