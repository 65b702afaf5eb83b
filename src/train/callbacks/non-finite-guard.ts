// What a run does about a loss or gradients that are not finite numbers: end with an error, leave the step out, or go back
// to how it was some steps ago with a lower learning rate. In the last two cases the step itself is undone in the compiled
// step, so that neither weights nor running statistics ever hold what is not finite.

import { checkChoice, checkFinite } from "../../core/checks.ts";
import type { HostTensor } from "../../core/host.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { checkWhole } from "../../data/order.ts";
import type { Callback } from "../callback.ts";
import { captureWeights, restoreWeights } from "../checkpoints/capture.ts";

/** Options of `nonFiniteGuard`. */
export interface NonFiniteGuardOptions {
  /** `throw`: the error of a run without the guard, for gradients as well; `skip`: the step is left out; `restore`: so are those since the last copy. Default "skip". */
  readonly policy?: "throw" | "skip" | "restore";
  /** Steps in a row (with `restore`: times in the run) that are put up with before the run ends with an error; default 10. */
  readonly limit?: number;
  /** With `restore`: steps between two copies; default 100. */
  readonly every?: number;
  /** With `restore`: what the learning rate is multiplied by, which then takes the place of a schedule; default 0.5. */
  readonly factor?: number;
}

const names: OptionNames<NonFiniteGuardOptions> = {
  policy: true,
  limit: true,
  every: true,
  factor: true,
};

/** Keeps a run going over steps whose loss or gradients are not finite. Errors: `NON_FINITE` when there are too many. */
export function nonFiniteGuard(options: NonFiniteGuardOptions = {}): Callback {
  checkOptionNames("nonFiniteGuard", options, names);
  const { policy = "skip", limit = 10, every = 100, factor = 0.5 } = options;
  checkChoice("nonFiniteGuard", "policy", policy, ["throw", "skip", "restore"]);
  checkWhole("nonFiniteGuard", "limit", limit, 1);
  checkWhole("nonFiniteGuard", "every", every, 1);
  checkFinite("nonFiniteGuard", { factor }, 0);
  if (policy === "throw") return { undoNonFinite: true };
  let count = 0;
  let good: ReadonlyMap<string, HostTensor> = new Map();
  const common: Callback = {
    name: "nonFiniteGuard",
    undoNonFinite: true,
    state: () => ({ data: { count }, tensors: good }),
    restore({ data, tensors = new Map() }) {
      ({ count } = data as { readonly count: number });
      good = tensors;
    },
  };
  if (policy === "skip")
    return {
      ...common,
      onStart({ done }) {
        if (done.steps === 0) count = 0;
      },
      onStep() {
        count = 0;
      },
      onNonFinite: () => (++count <= limit ? "continue" : undefined),
    };
  return {
    ...common,
    onStart(run) {
      if (run.done.steps === 0) count = 0;
      if (run.done.steps === 0 || good.size === 0) good = captureWeights(run);
    },
    onStep({ step }, run) {
      if (step % every === 0) good = captureWeights(run);
    },
    onNonFinite(_, run) {
      if (++count > limit) return undefined;
      const rate = run.learningRate * factor; // the copy has the rate of its time
      restoreWeights(run, good);
      run.learningRate = rate;
      return "continue";
    },
  };
}
