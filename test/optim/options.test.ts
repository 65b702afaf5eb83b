// Options that no optimizer, schedule or average can work with are refused, with the name of the option.

import { describe, expect, it } from "vitest";
import { ChainruleError, nn, optim, Parameter } from "../../src/index.ts";

const model = { p: new Parameter(Float32Array.of(1, 2), [2], "float32") };
type Constructor = new (model: object, options: object) => object;

/** Classes that take a model, each with options that are wrong one at a time. */
const optimizers: Readonly<Record<string, readonly object[]>> = {
  Adadelta: [{ rho: 1 }, { eps: -1 }],
  Adafactor: [{ beta2Decay: 0.1 }, { eps1: -1 }, { eps2: -1 }, { clip: 0 }],
  Adagrad: [{ initialAccumulator: -1 }, { learningRateDecay: -1 }, { eps: -1 }],
  Adam: [{ beta1: 1 }, { beta2: 1 }, { eps: -1 }, { beta1: Number.NaN }],
  Adamax: [{ beta1: -0.1 }, { beta2: 1.5 }, { eps: -1 }],
  AdamW: [{ beta1: 1 }, { beta2: -1 }, { eps: Number.NaN }],
  ASGD: [{ lambda: -1 }, { alpha: -1 }, { start: -1 }],
  LAMB: [{ beta1: 1 }, { beta2: 1 }, { eps: -1 }],
  Lion: [{ beta1: 1 }, { beta2: 1 }],
  Muon: [{ momentum: 1 }, { iterations: 0 }, { iterations: 1.5 }, { beta1: 1 }, { eps: -1 }],
  NAdam: [{ beta1: 1 }, { beta2: 1 }, { eps: -1 }, { momentumDecay: -1 }],
  RAdam: [{ beta1: 1 }, { beta2: 1 }, { eps: -1 }],
  RMSprop: [{ alpha: 1 }, { momentum: -1 }, { eps: -1 }],
  Rprop: [{ shrink: 1 }, { grow: 1 }, { smallestStep: -1 }, { largestStep: -1 }],
  SGD: [{ momentum: 1 }, { dampening: 2 }],
};
const shared = [
  { learningRate: -1 },
  { learningRate: Number.NaN },
  { learningRate: Number.POSITIVE_INFINITY },
  { weightDecay: -1 },
  { l1: Number.NaN },
];
const others: Readonly<Record<string, readonly object[]>> = {
  ExponentialMovingAverage: [{ decay: 1 }, { decay: -0.1 }],
  LBFGS: [
    { learningRate: -1 },
    { maxIterations: 0 },
    { maxEvaluations: 0.5 },
    { historySize: 0 },
    { toleranceGradient: -1 },
    { toleranceChange: -1 },
  ],
};
const all = [
  ...Object.entries(optimizers).map(([name, wrong]) => [name, [...wrong, ...shared]] as const),
  ...Object.entries(others),
];
const cases = all.flatMap(([name, wrong]) => {
  return wrong.map((options) => [name, JSON.stringify(options), options] as const);
});

const schedules: Readonly<Record<string, () => unknown>> = {
  "step: stepSize 0": () => optim.step(1, { stepSize: 0 }),
  "step: negative base": () => optim.step(-1, { stepSize: 1 }),
  "multiStep: falling milestones": () => optim.multiStep(1, { milestones: [3, 2] }),
  "exponential: negative gamma": () => optim.exponential(1, { gamma: -1 }),
  "cosine: no steps": () => optim.cosine(1, { steps: 0 }),
  "cosineWarmRestarts: factor below 1": () => optim.cosineWarmRestarts(1, { steps: 2, factor: 0 }),
  "linear: negative factor": () => optim.linear(1, { steps: 2, startFactor: -1 }),
  "constant: negative factor": () => optim.constant(1, { factor: -1 }),
  "polynomial: no steps": () => optim.polynomial(1, { steps: 0 }),
  "inverseSqrtWarmup: no warm-up": () => optim.inverseSqrtWarmup(1, { warmup: 0 }),
  "cyclic: no steps": () => optim.cyclic(1, { max: 2, stepsUp: 0 }),
  "oneCycle: no steps": () => optim.oneCycle(1, { steps: 0 }),
  "oneCycle: share above 1": () => optim.oneCycle(1, { steps: 9, upShare: 2 }),
  "oneCycle: divisor 0": () => optim.oneCycle(1, { steps: 9, endDivisor: 0 }),
  "sequential: too few milestones": () => {
    return optim.sequential([optim.constant(1), optim.constant(2)], { milestones: [] });
  },
  "chained: base 0": () => optim.chained(0, []),
  "warmUp: negative steps": () => optim.warmUp(optim.constant(1), { steps: -1 }),
  "Plateau: factor 1": () => new optim.Plateau(1, { factor: 1 }),
  "Plateau: negative patience": () => new optim.Plateau(1, { patience: -1 }),
  "Lookahead: no steps": () => new optim.Lookahead(new optim.SGD(model), { steps: 0 }),
  "Lookahead: alpha above 1": () => new optim.Lookahead(new optim.SGD(model), { alpha: 2 }),
  "SGD: nesterov without momentum": () => new optim.SGD(model, { nesterov: true }),
};

function refusal(body: () => unknown): ChainruleError {
  try {
    body();
  } catch (error) {
    if (error instanceof ChainruleError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("options out of range", () => {
  it.each(cases)("%s %s", (name, _, options) => {
    const create = (optim as unknown as Record<string, Constructor>)[name];
    const { code, message } = refusal(() => new create(model, options));
    expect(code).toBe("BAD_ARGUMENT");
    const [option] = Object.keys(options);
    expect(message).toContain(`${option} must be a number`);
  });

  it.each(Object.entries(schedules))("%s", (_, create) => {
    expect(refusal(create).code).toBe("BAD_ARGUMENT");
  });

  it("covers every optimizer", () => {
    const classes = Object.entries(optim).filter(([, value]) => {
      return typeof value === "function" && value.prototype instanceof optim.Optimizer;
    });
    const names = classes.map(([name]) => name).filter((name) => name !== "MomentOptimizer");
    expect(names.sort()).toEqual(Object.keys(optimizers).sort());
  });
});

describe("rules that cannot be meant", () => {
  const make = (rule: optim.ParameterRule, learningRate = 0.1): optim.SGD =>
    new optim.SGD(new nn.Linear(2, 1), { learningRate, rules: [rule] });

  it("one that finds no parameter, with the paths that there are", () => {
    const { code, message } = refusal(() => make({ match: "*.wieght" }));
    expect(code).toBe("PARAMETER_NOT_FOUND");
    expect(message).toContain("weight, bias");
    expect(refusal(() => make({ match: [model.p] })).code).toBe("PARAMETER_NOT_FOUND");
    expect(make({ match: () => false })).toBeDefined();
  });

  it("one with two rates, a negative one, or a rate beside 0", () => {
    const both = { match: "bias", learningRate: 1, learningRateFactor: 2 };
    expect(refusal(() => make(both)).message).toContain("learningRateFactor 2");
    expect(refusal(() => make({ match: "bias", weightDecay: -1 })).code).toBe("BAD_ARGUMENT");
    expect(refusal(() => make({ match: "bias", learningRate: 1 }, 0)).code).toBe("BAD_ARGUMENT");
    expect(make({ match: "bias", learningRate: 0 }, 0)).toBeDefined();
  });
});
