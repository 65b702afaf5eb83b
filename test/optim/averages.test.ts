// What goes with an optimizer: averages of weights, slow weights, accumulated gradients and the learning-rate finder, compiled
// and not.

import { beforeAll, describe, expect, it } from "vitest";
import {
  ChainruleError,
  compile,
  losses,
  nn,
  optim,
  Parameter,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";

const scalar = (value: number): Parameter => new Parameter(Float64Array.of(value), [1], "float64");
const firstOf = (x: Tensor): number => x.dataSync()[0];

/** Runs a function as it is, and compiled. */
const ways: readonly (readonly [string, (f: () => void) => () => void])[] = [
  ["recorded step by step", (f) => f],
  [
    "compiled",
    (f) => {
      const g = compile(() => {
        f();
        return tensor([0]);
      });
      return () => void g();
    },
  ],
];

describe.each(targets)("averages on %s", (target) => {
  beforeAll(() => setTarget(target));

  /** p falls from 8 by 1 a step: 7, 6, 5, 4. */
  const trained = (
    average: (p: Parameter) => optim.ExponentialMovingAverage | optim.StochasticWeightAverage,
    wrap: (f: () => void) => () => void,
  ): number => {
    const p = scalar(8);
    const optimizer = new optim.SGD([p], { learningRate: 1 });
    const kept = average(p);
    const step = wrap(() => {
      optimizer.step(p.sum().backward());
      kept.update();
    });
    for (let k = 0; k < 4; k++) step();
    expect(firstOf(p)).toBe(4);
    expect(kept.updates.itemSync()).toBe(4);
    return firstOf([...kept.averages.values()][0]);
  };

  it.each(ways)("exponential and equal, %s", (_, wrap) => {
    const decay = 0.5;
    const ema = trained((p) => new optim.ExponentialMovingAverage([p], { decay }), wrap);
    expect(ema).toBeCloseTo(((7 + 6) / 2 + 5) / 4 + 4 / 2, 12);
    expect(trained((p) => new optim.StochasticWeightAverage([p]), wrap)).toBeCloseTo(5.5, 6);
    const warm = trained((p) => new optim.ExponentialMovingAverage([p], { warmUp: true }), wrap);
    const expected = [6, 5, 4].reduce((a, p, n) => a + (p - a) * (9 / (11 + n)), 7);
    expect(warm).toBeCloseTo(expected, 6);
  });

  it("stands in the model for an evaluation, and goes", async () => {
    const p = scalar(8);
    const average = new optim.ExponentialMovingAverage({ p }, { decay: 0.5 });
    expect(() => average.apply()).toThrow(/no average yet/);
    average.update();
    p.set([4]);
    average.update();
    const twice = compile(() => p.mul(2));
    expect(await average.during(() => firstOf(twice()))).toBe(12);
    expect(firstOf(p)).toBe(4);
    expect(firstOf(twice())).toBe(8);
    expect(firstOf(average.averages.get("p")!)).toBe(6);
    await expect(
      average.during(() => {
        throw new Error("in the evaluation");
      }),
    ).rejects.toThrow("in the evaluation");
    expect(firstOf(p)).toBe(4);
    average.apply();
    expect(() => average.update()).toThrow(ChainruleError);
    expect(() => average.apply()).toThrow(/already/);
    average.restore();
    expect(() => average.restore()).toThrow(ChainruleError);
    expect([...average.stateTensors().keys()]).toEqual(["updates", "average.p"]);
  });

  it.each(ways)("Lookahead moves slow weights every k steps, %s", (_, wrap) => {
    const p = scalar(8);
    const inner = new optim.SGD([p], { learningRate: 1 });
    const optimizer = new optim.Lookahead(inner, { steps: 2, alpha: 0.25 });
    const step = wrap(() => optimizer.step(p.sum().backward()));
    const seen: number[] = [];
    for (let k = 0; k < 5; k++) {
      step();
      seen.push(firstOf(p));
    }
    expect(seen).toEqual([7, 7.5, 6.5, 7, 6]); // slow: 8, then 8 + (6 − 8)/4, then 7.5 + (5.5 − 7.5)/4
    expect([...optimizer.stateTensors().keys()]).toEqual(["learningRate", "since", "slow.0"]);
    optimizer.learningRate = 0.5;
    expect(inner.learningRate).toBe(0.5);
  });
});

describe.each(targets)("accumulated gradients on %s", (target) => {
  beforeAll(() => setTarget(target));

  const inputs = Array.from({ length: 6 }, (_, k) => [Math.sin(k), Math.cos(k)]);
  const batch = (from: number, to: number): Tensor =>
    tensor(inputs.slice(from, to), { dtype: "float64" });
  const makeModel = (): { readonly w: Parameter; readonly unused: Parameter } => ({
    w: new Parameter(Float64Array.of(0.5, -1), [2, 1], "float64"),
    unused: scalar(1),
  });
  const lossOf = (w: Tensor, x: Tensor): Tensor => x.matmul(w).square().mean();

  it.each(ways)("act as one large batch, %s", (_, wrap) => {
    const whole = makeModel();
    const reference = new optim.Adam(whole, { learningRate: 0.1 });
    const parts = makeModel();
    const optimizer = new optim.Adam(parts, { learningRate: 0.1 });
    const accumulator = new optim.Accumulator(parts);
    const adds = [
      wrap(() => accumulator.add(lossOf(parts.w, batch(0, 4)).backward(), 4)),
      wrap(() => accumulator.add(lossOf(parts.w, batch(4, 6)).backward(), 2)),
    ];
    const update = wrap(() => optimizer.step(accumulator.take()));
    for (let k = 0; k < 3; k++) {
      reference.step(lossOf(whole.w, batch(0, 6)).backward());
      for (const add of adds) add();
      update();
    }
    for (const [k, value] of whole.w.dataSync().entries())
      expect(parts.w.dataSync()[k]).toBeCloseTo(value, 12);
    expect(firstOf(parts.unused)).toBe(1);
    expect(accumulator.stateTensors().get("sum.w")!.dataSync()).toEqual(Float64Array.of(0, 0));
  });

  it("refuses a parameter that a compiled step would leave out", () => {
    const model = makeModel();
    const accumulator = new optim.Accumulator(model);
    const optimizer = new optim.SGD(model);
    const update = compile(() => {
      optimizer.step(accumulator.take());
      return tensor([0]);
    });
    accumulator.add(lossOf(model.w, batch(0, 3)).backward());
    update();
    expect(() => accumulator.add(model.unused.sum().backward())).toThrow(/compiled step/);
  });

  it("gives the mean loss, and refuses what it cannot give", () => {
    const model = makeModel();
    const accumulator = new optim.Accumulator(model);
    expect(() => accumulator.take()).toThrow(/nothing has been added/);
    const first = lossOf(model.w, batch(0, 3));
    const second = lossOf(model.w, batch(3, 6));
    const mean = (firstOf(first) + firstOf(second)) / 2;
    accumulator.add(first.backward());
    accumulator.add(second.backward());
    expect(accumulator.take().loss.itemSync()).toBeCloseTo(mean, 6);
    const stranger = scalar(1);
    expect(() => accumulator.add(stranger.sum().backward())).toThrow(ChainruleError);
    expect(() => accumulator.add(lossOf(model.w, batch(0, 1)).backward(), 0)).toThrow(/weight/);
  });
});

describe("findLearningRate", () => {
  beforeAll(() => setTarget("reference"));

  it("finds a rate that trains, and puts model and optimizer back", async () => {
    seed(3);
    const model = new nn.Linear(2, 1);
    const optimizer = new optim.SGD(model, { learningRate: 0.123, momentum: 0.5 });
    const x = tensor(Array.from({ length: 16 }, (_, k) => [Math.sin(k), Math.cos(3 * k)]));
    const y = x.slice([null, 0]).mul(4).unsqueeze(1);
    const train = (): Tensor => {
      const loss = losses.meanSquaredError(model.forward(x), y);
      optimizer.step(loss.backward());
      return loss;
    };
    const before = model.weight.dataSync();
    const { curve, suggestion, atMinimum } = await optim.findLearningRate(model, optimizer, train, {
      from: 1e-4,
      to: 1e3,
      steps: 60,
      smoothing: 0.5,
    });
    expect(model.weight.dataSync()).toEqual(before);
    expect(optimizer.learningRate).toBe(0.123);
    expect(optimizer.stateTensors().get("b.weight")!.dataSync()).toEqual(Float32Array.of(0, 0));
    expect(curve.length).toBeLessThan(60); // it ended when the loss grew
    expect(suggestion).toBeGreaterThan(3e-3);
    expect(suggestion).toBeLessThanOrEqual(atMinimum);
    expect(atMinimum).toBeLessThan(10);
    const first = train().itemSync();
    optimizer.learningRate = suggestion;
    for (let k = 0; k < 50; k++) train();
    expect(train().itemSync()).toBeLessThan(first / 100);
  });

  it("is not misled by batches that differ", async () => {
    const model = { p: scalar(1) };
    const optimizer = new optim.SGD(model, { learningRate: 0.5 });
    for (let trial = 0; trial < 10; trial++) {
      const noise = (k: number): number => 0.2 * Math.sin(12.9898 * k + 78.233 * trial * trial);
      const fallen = (rate: number): number => 0.4 / (1 + (rate / 0.03) ** 2) + 0.02 * rate ** 2;
      const step = (k: number): number => 1 + noise(k) + fallen(optimizer.learningRate);
      const { suggestion } = await optim.findLearningRate(model, optimizer, step);
      expect(suggestion, `trial ${trial}`).toBeGreaterThan(0.003);
      expect(suggestion, `trial ${trial}`).toBeLessThan(0.5);
    }
  });

  it("restores what it changed when a step throws, and refuses a loss without numbers", async () => {
    const model = { p: scalar(1) };
    const optimizer = new optim.SGD(model, { learningRate: 0.5 });
    const failing = optim.findLearningRate(model, optimizer, (k) => {
      model.p.set([9]);
      if (k === 3) throw new Error("no more data");
      return 1;
    });
    await expect(failing).rejects.toThrow("no more data");
    expect(firstOf(model.p)).toBe(1);
    expect(optimizer.learningRate).toBe(0.5);
    const broken = optim.findLearningRate(model, optimizer, () => Number.NaN);
    await expect(broken).rejects.toThrow(/diverged after 0 steps/);
    const narrow = optim.findLearningRate(model, optimizer, () => 1, { from: 1, to: 1 });
    await expect(narrow).rejects.toThrow(/above from/);
  });
});
