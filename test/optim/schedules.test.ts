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

  it("chained, warmed up, and cyclic with a falling height, as PyTorch 2.13", () => {
    const rising = optim.linear(1, { steps: 4, startFactor: 0.25 });
    const chained = optim.chained(1, [rising, optim.exponential(1, { gamma: 0.9 })]);
    near(at(chained, [0, 1, 2, 3, 4, 5]), [0.25, 0.39375, 0.50625, 0.5923125, 0.6561, 0.59049]);
    const parts = [
      optim.linear(1, { steps: 2, startFactor: 0.5 }),
      optim.cosine(1, { steps: 4 }),
      optim.constant(1, { steps: 3, factor: 0.1 }),
    ];
    near(at(optim.sequential(parts, { milestones: [2, 5] }), [1, 2, 3, 4, 5, 7, 8]), [
      0.75,
      1,
      (1 + Math.SQRT1_2) / 2,
      0.5,
      0.1,
      0.1,
      1,
    ]);
    const cycle = { max: 0.1, stepsUp: 2, stepsDown: 3, mode: "exponential", gamma: 0.9 } as const;
    near(
      at(optim.cyclic(0.01, cycle), [0, 1, 2, 3, 4, 5, 6]),
      [0.01, 0.0505, 0.0829, 0.05374, 0.029683, 0.01, 0.033914845],
    );
    const warm = optim.warmUp(optim.cosine(0.2, { steps: 10 }), { steps: 4 });
    near(at(warm, [0, 1, 4, 9, 14]), [0, 0.05, 0.2, 0.1, 0]);
  });

  it("a short cycle has no gap", () => {
    const short = optim.oneCycle(1, { steps: 4, upShare: 0.25 });
    expect(at(short, [0, 1, 2, 3]).every((rate) => Number.isFinite(rate))).toBe(true);
    near(at(short, [0]), [1]);
  });

  it("a plateau continues from its state", () => {
    const options = { factor: 0.1, patience: 1 };
    const first = new optim.Plateau(1, options);
    for (const metric of [5, 6]) first.report(metric);
    const second = new optim.Plateau(9, options);
    second.restore(JSON.parse(JSON.stringify(first.state)));
    near([second.report(6), second.learningRate], [0.1, 0.1]);
    const fresh = new optim.Plateau(1, options);
    fresh.restore(new optim.Plateau(1, options).state);
    near([fresh.report(1e9)], [1]);
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
