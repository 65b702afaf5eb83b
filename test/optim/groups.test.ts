// Parameter groups: rules with rates and decays of their own, by path, kind or parameter; and a schedule over all of them.

import { beforeAll, describe, expect, it } from "vitest";
import { compile, optim, Parameter, setTarget, targets, tensor } from "../../src/index.ts";

interface Model {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

const make = (): Model => ({
  weight: new Parameter(Float64Array.of(1, 2), [1, 2], "float64"),
  bias: new Parameter(Float64Array.of(3), [1], "float64"),
});

/** One step on a loss whose gradients are all 1. */
function step(model: Model, optimizer: optim.Optimizer): void {
  optimizer.step(model.weight.sum().add(model.bias.sum()).backward());
}

const near = (x: Parameter, expected: readonly number[]): void => {
  for (const [k, value] of x.dataSync().entries()) expect(value).toBeCloseTo(expected[k], 12);
};

describe.each(targets)("parameter groups on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("keeps biases and norms from decay with one rule", () => {
    const model = make();
    const rules = [optim.noDecayOfVectors];
    step(model, new optim.SGD(model, { learningRate: 0.1, weightDecay: 0.5, rules }));
    near(model.weight, [1 - 0.1 * 1.5, 2 - 0.1 * 2]);
    near(model.bias, [2.9]);
  });

  it("matches parameters themselves, and tests of path and parameter", () => {
    for (const match of [
      (model: Model) => [model.bias],
      (model: Model) => new Set([model.bias]),
      () => "bias",
      () => /^b/,
      () =>
        (path: string, { size }: Parameter) =>
          path === "bias" && size === 1,
    ]) {
      const model = make();
      const rules = [{ match: match(model), learningRate: 0 }];
      step(model, new optim.SGD(model, { learningRate: 0.1, rules }));
      near(model.bias, [3]);
      near(model.weight, [0.9, 1.9]);
    }
  });

  it("keeps the proportion of rates when the learning rate changes", () => {
    const model = make();
    const rules = [{ match: "bias", learningRate: 0.4 }];
    const optimizer = new optim.SGD(model, { learningRate: 0.1, rules });
    step(model, optimizer);
    near(model.bias, [2.6]);
    optimizer.learningRate = 0.05;
    step(model, optimizer);
    near(model.bias, [2.4]);
    near(model.weight, [0.85, 1.85]);
  });

  const makers: Readonly<Record<string, (model: object, options: object) => optim.Optimizer>> = {
    Adam: (model, options) => new optim.Adam(model, options),
    NAdam: (model, options) => new optim.NAdam(model, options),
    RAdam: (model, options) => new optim.RAdam(model, options),
    Adamax: (model, options) => new optim.Adamax(model, options),
    Lion: (model, options) => new optim.Lion(model, options),
    ASGD: (model, options) => new optim.ASGD(model, { ...options, lambda: 0 }),
    Rprop: (model, options) => new optim.Rprop(model, options),
    Muon: (model, options) => new optim.Muon(model, { ...options, weightDecay: 0 }),
  };
  it.each(Object.entries(makers))("%s moves a group by its own rate", (_, create) => {
    const moved = (options: object): number[] => {
      const model = make();
      const optimizer = create(model, options);
      for (let k = 0; k < 2; k++) step(model, optimizer);
      return [model.weight.dataSync()[0] - 1, model.bias.dataSync()[0] - 3];
    };
    const [weight, bias] = moved({ learningRate: 0.01 });
    const rules = [{ match: "bias", learningRateFactor: 3 }];
    const [sameWeight, fasterBias] = moved({ learningRate: 0.01, rules });
    expect(sameWeight).toBe(weight);
    expect(fasterBias / bias).toBeCloseTo(3, 9);
  });
});

describe("state of optimizers", () => {
  beforeAll(() => setTarget("reference"));

  const names = (optimizer: optim.Optimizer): string[] => [...optimizer.stateTensors().keys()];
  it("NAdam keeps its product of momenta for each parameter that takes part", () => {
    const model = make();
    const optimizer = new optim.NAdam(model);
    expect(names(optimizer)).toContain("momentumProduct");
    optimizer.step(model.bias.sum().backward());
    const [weight, bias] = optimizer.stateTensors().get("momentumProduct")!.dataSync();
    expect(weight).toBe(1);
    expect(bias).toBeCloseTo(0.9 * (1 - 0.5 * 0.96 ** 0.004), 12);
  });

  it("Adafactor keeps rows and columns of matrices, Muon a second mean of vectors only", () => {
    const model = make();
    const shapes = new Map(
      [...new optim.Adafactor(model).stateTensors()].map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes.get("row.weight")).toEqual([1, 1]);
    expect(shapes.get("column.weight")).toEqual([1, 2]);
    expect(shapes.has("v.weight")).toBe(false);
    expect(shapes.get("v.bias")).toEqual([1]);
    const muon = new optim.Muon(model, { applies: (path) => path !== "weight" });
    expect(names(muon)).toContain("v.weight");
    expect(names(new optim.Muon(model))).not.toContain("v.weight");
  });

  it("Muon makes the singular values of an update nearly equal", () => {
    const start = Float64Array.of(1, 0, 0, 0.01, 0, 0);
    const p = new Parameter(start, [3, 2], "float64");
    const step = compile(() => {
      const c = tensor([1, 0, 0, 0.05, 0, 0], { dtype: "float64", shape: [3, 2] });
      optimizer.step(p.mul(c).sum().backward());
      return p.sum();
    });
    const optimizer = new optim.Muon([p], { learningRate: 1, weightDecay: 0 });
    step();
    const moved = p.dataSync().map((value, k) => (start[k] - value) / Math.sqrt(1.5));
    for (const k of [0, 3]) expect(Math.abs(moved[k] - 0.95)).toBeLessThan(0.3);
    for (const k of [1, 2, 4, 5]) expect(Math.abs(moved[k])).toBeLessThan(1e-9);
  });
});
