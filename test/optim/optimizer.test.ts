// Optimizers: first steps worked by hand, the shared part (rules, penalties, untouched parameters, state, errors), and the
// same result compiled and not.

import { beforeAll, describe, expect, it } from "vitest";
import {
  ChainruleError,
  compile,
  nn,
  optim,
  Parameter,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";

type Model = { readonly p: Parameter; readonly q: Parameter };

const parameter = (...values: number[]): Parameter =>
  new Parameter(Float64Array.from(values), [values.length], "float64");
const make = (): Model => ({ p: parameter(1, -2), q: parameter(3) });

/** A loss whose gradient for p is (0.5, −1) and for q 2. */
const loss = ({ p, q }: Model): Tensor =>
  p
    .mul(tensor([0.5, -1], { dtype: "float64" }))
    .sum()
    .add(q.mul(2).sum());

const valuesOf = (x: Tensor): number[] => Array.from(x.dataSync());
const near = (x: Tensor, expected: readonly number[], digits = 12): void => {
  expect(x.size).toBe(expected.length);
  for (const [k, value] of valuesOf(x).entries()) expect(value).toBeCloseTo(expected[k], digits);
};

function stepped(create: (model: Model) => optim.Optimizer, steps = 1): Model {
  const model = make();
  const optimizer = create(model);
  for (let k = 0; k < steps; k++) optimizer.step(loss(model).backward());
  return model;
}

describe.each(targets)("updates on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("SGD, plain and with penalties", () => {
    near(stepped((m) => new optim.SGD(m, { learningRate: 0.1 })).p, [0.95, -1.9]);
    const l2 = stepped((m) => new optim.SGD(m, { learningRate: 0.1, weightDecay: 0.5 }));
    near(l2.p, [1 - 0.1 * (0.5 + 0.5), -2 - 0.1 * (-1 - 1)]);
    const l1 = stepped((m) => new optim.SGD(m, { learningRate: 0.1, l1: 0.2 }));
    near(l1.p, [1 - 0.1 * 0.7, -2 - 0.1 * (-1 - 0.2)]);
  });

  it("SGD with momentum, dampening and Nesterov's look-ahead", () => {
    // g = 0.5 twice: b = 0.5, then 0.9·0.5 + 0.5 = 0.95.
    near(stepped((m) => new optim.SGD(m, { learningRate: 1, momentum: 0.9 }), 2).p, [
      1 - 0.5 - 0.95,
      0.9,
    ]);
    const damped = { learningRate: 1, momentum: 0.9, dampening: 0.5 };
    near(stepped((m) => new optim.SGD(m, damped), 2).q, [3 - 2 - (1.8 + 1)]);
    const nesterov = { learningRate: 1, momentum: 0.9, nesterov: true };
    near(stepped((m) => new optim.SGD(m, nesterov)).q, [3 - (2 + 0.9 * 2)]);
  });

  it("Adam's first step has the length of the learning rate", () => {
    near(stepped((m) => new optim.Adam(m, { learningRate: 0.1 })).p, [0.9, -1.9], 7);
    const decoupled = stepped((m) => new optim.AdamW(m, { learningRate: 0.1, weightDecay: 0.5 }));
    near(decoupled.p, [1 - 0.05 - 0.1, -2 + 0.1 + 0.1], 7);
    near(
      stepped((m) => new optim.Adam(m, { learningRate: 0.1, amsgrad: true }), 3).p,
      [0.7, -1.7],
      6,
    );
  });

  it("Adagrad and RMSprop", () => {
    near(
      stepped((m) => new optim.Adagrad(m, { learningRate: 0.1 }), 2).q,
      [3 - 0.1 - 0.1 / Math.SQRT2],
      9,
    );
    const decay = { learningRate: 0.1, learningRateDecay: 1 };
    near(stepped((m) => new optim.Adagrad(m, decay), 2).q, [3 - 0.1 - 0.05 / Math.SQRT2], 9);
    near(stepped((m) => new optim.RMSprop(m, { learningRate: 0.1 })).q, [3 - 0.1 / 0.1], 6);
    const centered = stepped((m) => new optim.RMSprop(m, { learningRate: 0.1, centered: true }));
    near(centered.q, [3 - (0.1 * 2) / Math.sqrt(0.04 - 0.0004)], 6);
  });

  it("corrects Adam's bias accurately in float32", () => {
    const p = new Parameter(Float32Array.of(1), [1], "float32");
    const optimizer = new optim.Adam([p], { learningRate: 0.5, beta2: 0.99999 });
    optimizer.step(p.mul(3).sum().backward());
    expect(Math.abs(valuesOf(p)[0] - 0.5)).toBeLessThan(2e-7);
  });
});

describe.each(targets)("the shared part on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("gives the same bits compiled and not, and follows a new learning rate without a new trace", () => {
    const run = (wrap: (f: () => Tensor) => () => Tensor): [number[], number] => {
      const model = make();
      const optimizer = new optim.Adam(model, { learningRate: 0.1 });
      const traced = wrap(() => {
        const value = loss(model).square();
        optimizer.step(value.backward());
        return value;
      });
      for (let k = 0; k < 3; k++) traced();
      optimizer.learningRate = 0.025;
      for (let k = 0; k < 3; k++) traced();
      return [valuesOf(model.p), (traced as { traces?: number }).traces ?? 1];
    };
    const [compiled, traces] = run((f) => compile(f));
    expect(compiled).toEqual(run((f) => f)[0]);
    expect(traces).toBe(1);
    const slow = stepped((m) => new optim.Adam(m, { learningRate: 0.1 }), 6);
    expect(compiled).not.toEqual(valuesOf(slow.p));
  });

  it("keeps the learning rate as given although float32 state rounds it", () => {
    const optimizer = new optim.SGD(new nn.Linear(1, 1), { learningRate: 0.1 });
    expect(optimizer.learningRate).toBe(0.1);
    optimizer.learningRate = 0.3;
    expect(optimizer.learningRate).toBe(0.3);
    expect(optimizer.rate.itemSync()).toBe(Math.fround(0.3));
  });

  it("refuses to read or set the learning rate as a number inside a compiled function", () => {
    const optimizer = new optim.SGD(make());
    expect(() => compile(() => tensor([optimizer.learningRate]))()).toThrow(/optimizer\.rate/);
    const sets = compile(() => {
      optimizer.learningRate = 1;
      return tensor([1]);
    });
    expect(() => sets()).toThrow(ChainruleError);
    expect(optimizer.learningRate).toBe(1e-3); // PyTorch's default
  });

  it("leaves parameters without a gradient, their moments and step counts alone", () => {
    const model = make();
    const optimizer = new optim.Adam(model, { learningRate: 0.1 });
    for (let k = 0; k < 3; k++) optimizer.step(model.p.mul(2).sum().backward());
    near(model.q, [3]);
    expect(optimizer.stateTensors().get("m.q")!.dataSync()).toEqual(Float64Array.of(0));
    near(optimizer.steps!, [3, 0]);
    optimizer.step(model.q.mul(5).sum().backward());
    near(model.q, [2.9], 7); // its first step is corrected as a first step
    near(optimizer.steps!, [3, 1]);
  });

  it("reads what was recorded before a step with the old values, and loses no update for it", () => {
    for (const wrap of [(f: () => Tensor) => f, (f: () => Tensor) => compile(f)]) {
      const model = make();
      const optimizer = new optim.SGD(model, { learningRate: 0.1 });
      const before = model.p.mul(2).detach(); // (2, −4), not computed yet
      optimizer.step(loss(model).backward());
      const step = wrap(() => {
        const value = model.p.mul(before).sum();
        optimizer.step(value.backward());
        return value;
      });
      near(step(), [0.95 * 2 + 1.9 * 4]);
      near(model.p, [0.95 - 0.2, -1.9 + 0.4]);
    }
  });

  it("applies rules by path", () => {
    const rules = [{ match: "q", learningRateFactor: 0.5, weightDecay: 0 }];
    const sgd = stepped((m) => new optim.SGD(m, { learningRate: 0.1, weightDecay: 1, rules }));
    near(sgd.p, [1 - 0.1 * 1.5, -2 + 0.1 * 3]);
    near(sgd.q, [3 - 0.05 * 2]);
    const adam = stepped((m) => new optim.Adam(m, { learningRate: 0.1, rules }));
    near(adam.q, [2.95], 7);
  });

  it("updates a tied weight once, by the sum of its gradients", () => {
    const p = parameter(1);
    const optimizer = new optim.SGD({ a: p, b: p }, { learningRate: 1 });
    expect(optimizer.parameters.size).toBe(1);
    optimizer.step(p.mul(2).add(p.mul(3)).sum().backward());
    near(p, [-4]);
  });

  it("takes models, maps, arrays and generators of parameters", () => {
    const { p, q } = make();
    const sources = [
      { p, q },
      new Map([
        ["p", p],
        ["q", q],
      ]),
      [p, q],
      new Set([p, q]).values(),
    ];
    for (const source of sources) expect(new optim.SGD(source).parameters.size).toBe(2);
    expect(() => new optim.SGD({})).toThrow(/no parameters/);
  });

  it("names a parameter that it did not find", () => {
    const outside = parameter(1, 2, 3);
    nn.named({ outside }, "other");
    const optimizer = new optim.SGD(make());
    try {
      optimizer.step(outside.sum().backward());
      expect.unreachable();
    } catch (error) {
      expect((error as ChainruleError).code).toBe("PARAMETER_NOT_FOUND");
      expect((error as ChainruleError).message).toContain("other.outside");
    }
  });

  it("refuses a gradient of another shape, which would be broadcast", () => {
    const model = make();
    const optimizer = new optim.SGD(model);
    const changed = model.p.square().sum().backward();
    expect(() => optimizer.step(changed.map((g) => g.sum()))).toThrow(
      /the gradient of p \[2\] has the shape \[\]/,
    );
  });

  it("leaves frozen parameters alone", () => {
    const model = make();
    nn.freeze(model, "p");
    new optim.SGD(model, { learningRate: 1 }).step(loss(model).backward());
    near(model.p, [1, -2]);
    near(model.q, [1]);
  });

  it("continues exactly from its saved state", () => {
    const train = (model: Model, optimizer: optim.Optimizer, steps: number): void => {
      for (let k = 0; k < steps; k++) optimizer.step(loss(model).square().backward());
    };
    const whole = make();
    train(whole, new optim.AdamW(whole, { learningRate: 0.1 }), 5);
    const model = make();
    const first = new optim.AdamW(model, { learningRate: 0.1 });
    train(model, first, 2);
    const saved = new Map(
      [...nn.namedState(first)].map(([path, { shape, dtype, slot }]) => {
        return [path, { shape, dtype, data: slot.fetch() }];
      }),
    );
    expect([...saved.keys()]).toEqual(["learningRate", "steps", "m.p", "v.p", "m.q", "v.q"]);
    const second = new optim.AdamW(model, { learningRate: 9 });
    nn.loadState(second, saved);
    expect(second.learningRate).toBe(0.1);
    train(model, second, 3);
    expect(valuesOf(model.p)).toEqual(valuesOf(whole.p));
  });

  it("never leaves subnormal moments behind", () => {
    const p = new Parameter(Float32Array.of(1), [1], "float32");
    const optimizer = new optim.SGD([p], { learningRate: 1, momentum: 0.5 });
    optimizer.step(
      p
        .mul(2 ** -124)
        .sum()
        .backward(),
    );
    const seen: number[] = [];
    for (let k = 0; k < 5; k++) {
      optimizer.step(p.mul(0).sum().backward());
      seen.push(optimizer.stateTensors().get("b.0")!.itemSync());
    }
    expect(seen).toEqual([2 ** -125, 2 ** -126, 0, 0, 0]);
  });
});

describe.each(targets)("clipping on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("by value", () => {
    const model = make();
    const clipped = optim.clipByValue(loss(model).backward(), 0.75);
    near(clipped.get(model.p)!, [0.5, -0.75]);
    near(clipped.get(model.q)!, [0.75]);
  });

  it("by the norm of all gradients together, which it also gives", () => {
    const model = make();
    const before = loss(model).backward(); // norm √(0.25 + 1 + 4)
    const { gradients, norm } = optim.clipByGlobalNorm(before, 1);
    near(norm, [Math.sqrt(5.25)]);
    near(gradients.get(model.q)!, [2 / (Math.sqrt(5.25) + 1e-6)]);
    near(optim.clipByGlobalNorm(before, 10).gradients.get(model.q)!, [2]);
    near(optim.globalNorm(before, { order: 1 }), [3.5]);
    near(optim.globalNorm(before, { order: Number.POSITIVE_INFINITY }), [2]);
    near(optim.globalNorm(before, { order: 3 }), [(0.125 + 1 + 8) ** (1 / 3)]);
  });
});
