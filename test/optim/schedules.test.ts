// Schedules at points worked out by hand; the golden values cover whole curves.

import { describe, expect, it } from "vitest";
import { optim } from "../../src/index.ts";

const at = (schedule: optim.Schedule, steps: readonly number[]): number[] => steps.map(schedule);
const near = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [k, value] of actual.entries()) expect(value).toBeCloseTo(expected[k], 12);
};

describe("schedules", () => {
  it("step, multiStep, exponential, constant, polynomial", () => {
    near(at(optim.step(1, { stepSize: 2, gamma: 0.5 }), [0, 1, 2, 4]), [1, 1, 0.5, 0.25]);
    near(at(optim.multiStep(1, { milestones: [2, 3] }), [1, 2, 3]), [1, 0.1, 0.01]);
    near(at(optim.exponential(2, { gamma: 0.5 }), [0, 3]), [2, 0.25]);
    near(at(optim.constant(1, { steps: 2, factor: 0.5 }), [1, 2]), [0.5, 1]);
    near(at(optim.constant(1), [0, 9]), [1, 1]);
    near(at(optim.polynomial(1, { steps: 4, power: 2 }), [0, 2, 4, 9]), [1, 0.25, 0, 0]);
  });

  it("cosine, with and without restarts", () => {
    near(at(optim.cosine(1, { steps: 10, end: 0.2 }), [0, 5, 10]), [1, 0.6, 0.2]);
    near(
      at(optim.cosineWarmRestarts(1, { steps: 2, factor: 2 }), [0, 1, 2, 4, 6]),
      [1, 0.5, 1, 0.5, 1],
    );
    near(at(optim.cosineWarmRestarts(1, { steps: 4 }), [2, 4, 1002]), [0.5, 1, 0.5]);
  });

  it("linear warm-up, inverse root, and one after another", () => {
    const warm = optim.linear(1, { steps: 4, startFactor: 0 });
    near(at(warm, [0, 2, 4, 8]), [0, 0.5, 1, 1]);
    near(at(optim.inverseSqrtWarmup(1, { warmup: 4 }), [0, 3, 15]), [0.25, 1, 0.5]);
    const both = optim.sequential([warm, optim.exponential(1, { gamma: 0.5 })], {
      milestones: [4],
    });
    near(at(both, [3, 4, 5]), [0.75, 1, 0.5]);
  });

  it("cyclic, and one cycle with its momentum", () => {
    const triangle = { max: 1, stepsUp: 2, stepsDown: 4 };
    near(at(optim.cyclic(0, triangle), [0, 1, 2, 4, 6, 8]), [0, 0.5, 1, 0.5, 0, 1]);
    near(at(optim.cyclic(0, { ...triangle, mode: "triangular2" }), [2, 8, 14]), [1, 0.5, 0.25]);
    const options = { steps: 11, upShare: 6 / 11, startDivisor: 10, endDivisor: 10 };
    near(at(optim.oneCycle(1, options), [0, 5, 10, 99]), [0.1, 1, 0.01, 0.01]);
    near(at(optim.oneCycleMomentum({}, options), [0, 5, 10]), [0.95, 0.85, 0.95]);
  });

  it("plateau waits, reduces, cools down and stops at its minimum", () => {
    const plateau = new optim.Plateau(1, { factor: 0.1, patience: 1, cooldown: 1, minimum: 0.05 });
    const rates = [5, 4, 4, 4, 4, 4, 4, 3].map((metric) => plateau.report(metric));
    near(rates, [1, 1, 1, 0.1, 0.1, 0.1, 0.05, 0.05]);
    const rising = new optim.Plateau(1, {
      mode: "max",
      patience: 0,
      threshold: 0.5,
      thresholdMode: "absolute",
    });
    near(
      [1, 1.4, 2].map((metric) => rising.report(metric)),
      [1, 0.1, 0.1],
    );
  });
});
