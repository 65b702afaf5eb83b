// Callbacks that many runs want.

import type { Callback } from "../callback.ts";

/** Prints one line per epoch: `epoch 3  loss 0.2310  accuracy 0.941 · validation loss 0.2502  accuracy 0.936`. */
export function logEpochs(print: (line: string) => void = console.log): Callback {
  return {
    onEpoch({ epoch, train, validation }) {
      const checked = validation === undefined ? "" : ` · validation ${shown(validation)}`;
      print(`epoch ${epoch}  ${shown(train)}${checked}`);
    },
  };
}

function shown(scores: Readonly<Record<string, number>>): string {
  return Object.entries(scores)
    .map(([name, score]) => `${name} ${score.toPrecision(4)}`)
    .join("  ");
}
