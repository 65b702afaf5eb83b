// A run that ends in time: after so many seconds, counted from its start or continuation.

import { checkFinite } from "../../core/checks.ts";
import { checkOptionNames } from "../../core/option-names.ts";
import type { Callback } from "../callback.ts";

/** Stops a run after so many seconds, validation and callbacks included; a continued run has them anew. */
export function timeBudget(options: { readonly seconds: number }): Callback {
  checkOptionNames("timeBudget", options, { seconds: true });
  const { seconds } = options;
  checkFinite("timeBudget", { seconds }, 0);
  let end = Number.POSITIVE_INFINITY;
  return {
    onStart() {
      end = performance.now() + 1000 * seconds;
    },
    onStep(_, run) {
      if (performance.now() >= end) run.stop(`the budget of ${seconds} s is used up`);
    },
  };
}
