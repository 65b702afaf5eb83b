// This library, as built in ../../dist, or the build whose index.js CHAINRULE_LIBRARY names, to compare two of them.
// The whole step is one compiled function; inputs are handed over at each call.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { models } from "./chainrule-models.mjs";

export async function load() {
  const other = process.env.CHAINRULE_LIBRARY;
  const built = other === undefined ? "../../dist/index.js" : pathToFileURL(resolve(other)).href;
  const library = await import(built);
  library.setTarget("wasm");
  const manifest = new URL("../../package.json", import.meta.url);
  return { library, version: JSON.parse(readFileSync(manifest, "utf8")).version };
}

export function build(loaded, workload) {
  const { library } = loaded;
  const { model, train } = makeStep(library, workload);
  const batches = workload.batches.map((batch) => asTensors(library, workload, batch));
  let loss;
  return {
    step(k) {
      loss = train(batches[k].x, batches[k].target);
    },
    loss: () => loss.item(),
    /** All parameters, for comparisons of bits. */
    parameters: () => [...library.nn.parameters(model).values()].map((p) => p.dataSync()),
  };
}

/** The compiled step, not yet run, and its model. */
export function makeStep(library, workload) {
  const model = models[workload.kind](library, workload);
  const optimizer = makeOptimizer(library, model, workload.optimizer);
  const lossOf = library.losses[workload.loss];
  const train = library.compile(
    (x, target) => {
      const loss = lossOf(model.forward(x, { training: true }), target);
      optimizer.step(loss.backward());
      return loss;
    },
    { name: workload.id },
  );
  return { model, train };
}

export function makeOptimizer({ optim }, model, { kind, ...options }) {
  const kinds = { adam: optim.Adam, adamw: optim.AdamW, sgd: optim.SGD };
  return new kinds[kind](model, options);
}

/** A batch in the shapes that the model takes. */
export function asTensors({ tensor }, { kind, sizes, batch, time }, { x, y, labels }) {
  const shapes = { mlp: [batch, sizes?.[0]], cnn: [batch, 1, 28, 28] };
  const input = tensor(x, { shape: shapes[kind] ?? [batch, time] });
  const target =
    labels === undefined ? tensor(y, { shape: [batch, sizes.at(-1)] }) : tensor(labels);
  return { x: input, target };
}
