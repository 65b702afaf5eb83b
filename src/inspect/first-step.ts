// How much longer an optimizer's first step is than those after it. RMSprop divides by the root of a mean of squares that
// begins at 0: with gradients that stay alike its first step is 1/√(1 − α) times as long as later ones, 10 times by default,
// which says nothing about the learning rate. Adam, which is RMSprop with the bias taken out, begins as it goes on.

import { RMSprop } from "../optim/index.ts";

/** By what the length of the step that comes next is to be divided to know those after it. */
export function firstStepFactor(optimizer: unknown): number {
  if (!(optimizer instanceof RMSprop)) return 1;
  const moments = [...optimizer.stateTensors()].filter(([name]) => name.startsWith("v."));
  const isNew = moments.every(([, moment]) => moment.slot.peek().every((x) => Number(x) === 0));
  return isNew ? 1 / Math.sqrt(1 - optimizer.alpha) : 1;
}
