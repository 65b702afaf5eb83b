// This library with many steps inside one call: the same compiled step, repeated on one batch. It trains on a single
// example for a thousand steps, so its losses are its own.

import { asTensors, load, makeStep } from "./chainrule.mjs";

export { load };

const stepsPerCall = 1000;

export function build({ library }, workload) {
  const { train } = makeStep(library, workload);
  if (typeof train.repeat !== "function") throw new Error("this build has no compile(f).repeat(n)");
  const repeated = train.repeat(stepsPerCall);
  const batches = workload.batches.map((batch) => asTensors(library, workload, batch));
  let loss;
  return {
    stepsPerCall,
    step(k) {
      loss = repeated(batches[k].x, batches[k].target);
    },
    loss: () => loss.item(),
  };
}
