// Recurrent layers and attention: shapes, names, states, causality, training, and errors that name the layer.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  compile,
  losses,
  nn,
  optim,
  random,
  seed,
  setTarget,
  type Tensor,
  targets,
  zeros,
} from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

const near = (a: Tensor, b: Tensor, digits = 5): void => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  for (const [k, value] of y.entries()) expect(x[k]).toBeCloseTo(value, digits);
};

/** Steps until the loss has fallen; gives the first and the last loss. */
function train(model: nn.Layer, x: Tensor, y: Tensor, steps: number): [number, number] {
  const optimizer = new optim.Adam(model, { learningRate: 0.02 });
  const step = compile((a: Tensor, b: Tensor) => {
    const loss = losses.meanSquaredError(model.forward(a), b);
    optimizer.step(loss.backward());
    return loss;
  });
  const first = step(x, y).itemSync();
  for (let k = 2; k < steps; k++) step(x, y);
  return [first, step(x, y).itemSync()];
}

describe.each(targets)("LSTM on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("has parameters per layer and direction, gates in rows of four", () => {
    const model = { rnn: new nn.LSTM(3, 2, { layers: 2, bidirectional: true }) };
    const shapes = [...nn.parameters(model)].map(([path, p]) => `${path} ${p.shape}`);
    expect(shapes).toEqual([
      "rnn.layers.0.weightInput 8,3",
      "rnn.layers.0.weightHidden 8,2",
      "rnn.layers.0.biasInput 8",
      "rnn.layers.0.biasHidden 8",
      "rnn.layers.1.weightInput 8,4",
      "rnn.layers.1.weightHidden 8,2",
      "rnn.layers.1.biasInput 8",
      "rnn.layers.1.biasHidden 8",
      ...[0, 1].flatMap((k) => [
        `rnn.reverseLayers.${k}.weightInput 8,${k === 0 ? 3 : 4}`,
        `rnn.reverseLayers.${k}.weightHidden 8,2`,
        `rnn.reverseLayers.${k}.biasInput 8`,
        `rnn.reverseLayers.${k}.biasHidden 8`,
      ]),
    ]);
    expect([...nn.parameters(new nn.LSTM(3, 2, { bias: false })).keys()]).toEqual([
      "layers.0.weightInput",
      "layers.0.weightHidden",
    ]);
  });

  it("goes on from the state that it gave", () => {
    const rnn = new nn.LSTM(3, 4, { layers: 2 });
    const x = random.normal([2, 5, 3]);
    const whole = rnn.run(x);
    const head = rnn.run(x.slice([null, { end: 2 }]));
    const tail = rnn.run(x.slice([null, { start: 2 }]), head.state);
    near(tail.output, whole.output.slice([null, { start: 2 }]));
    near(tail.state.cell, whole.state.cell);
    near(whole.state.hidden.select(0, 1), whole.output.select(1, -1));
    near(rnn.forward(x), whole.output);
  });

  it("reads backwards in the second direction", () => {
    const rnn = new nn.LSTM(3, 2, { bidirectional: true });
    const x = random.normal([2, 4, 3]);
    const { output, state } = rnn.run(x);
    expect(output.shape).toEqual([2, 4, 4]);
    expect(state.hidden.shape).toEqual([2, 2, 2]);
    near(state.hidden.select(0, 1), output.slice([null, 0, { start: 2 }]));
    const changed = x.mul(1).pad([
      [0, 0],
      [0, -1],
      [0, 0],
    ]);
    near(
      rnn.forward(changed).slice([null, null, { end: 2 }]),
      output.slice([null, { end: 3 }, { end: 2 }]),
    );
  });

  it("learns to give back its input one step later", () => {
    const x = random.normal([8, 6, 1]);
    const later = x.pad([
      [0, 0],
      [1, -1],
      [0, 0],
    ]);
    const rnn = new nn.LSTM(1, 8);
    const head = new nn.Linear(8, 1);
    const model = { rnn, head, forward: (u: Tensor): Tensor => head.forward(rnn.forward(u)) };
    const [first, last] = train(model, x, later, 80);
    expect(last).toBeLessThan(first / 3);
  });

  it("says what does not fit", () => {
    const model = nn.named({ rnn: new nn.LSTM(3, 2) });
    const error = failure(() => model.rnn.forward(zeros([4, 3])));
    expect(error.message).toContain("expected [batch, time, 3]");
    expect(error.message).toContain("In model.rnn (LSTM 3→2)");
    expect(failure(() => model.rnn.forward(zeros([4, 0, 3]))).code).toBe("SHAPE_MISMATCH");
    expect(failure(() => model.rnn.forward(zeros([4, 1, 3], "float64"))).code).toBe(
      "DTYPE_MISMATCH",
    );
    const state = { hidden: zeros([1, 3, 2]), cell: zeros([1, 4, 2]) };
    expect(failure(() => model.rnn.run(zeros([4, 1, 3]), state)).message).toContain(
      "a state of shape [1, 4, 2]",
    );
  });
});

describe.each(["GRU", "RNN"] as const)("%s", (name) => {
  it("goes on from the state that it gave, in both directions", () => {
    const layer = new nn[name](3, 4, { layers: 2 });
    const x = random.normal([2, 5, 3]);
    const whole = layer.run(x);
    const head = layer.run(x.slice([null, { end: 2 }]));
    const tail = layer.run(x.slice([null, { start: 2 }]), head.state);
    near(tail.output, whole.output.slice([null, { start: 2 }]));
    near(tail.state, whole.state);
    const both = new nn[name](3, 4, { bidirectional: true }).run(x);
    expect(both.output.shape).toEqual([2, 5, 8]);
    near(both.state.select(0, 1), both.output.slice([null, 0, { start: 4 }]));
  });

  it("learns, and has as many rows of weights as gates", () => {
    const layer = new nn[name](1, 8);
    expect(layer.layers[0].weightHidden.shape).toEqual([name === "GRU" ? 24 : 8, 8]);
    const head = new nn.Linear(8, 1);
    const model = { layer, head, forward: (u: Tensor): Tensor => head.forward(layer.forward(u)) };
    const x = random.normal([8, 6, 1]);
    const later = x.pad([
      [0, 0],
      [1, -1],
      [0, 0],
    ]);
    const [first, last] = train(model, x, later, 80);
    expect(last).toBeLessThan(first / 3);
  });

  it("says what does not fit", () => {
    const layer = new nn[name](3, 2);
    const error = failure(() => layer.forward(zeros([4, 3])));
    expect(error.message).toContain(`${name}: expected [batch, time, 3]`);
    expect(failure(() => layer.run(zeros([4, 1, 3]), zeros([4, 2]))).message).toContain(
      "[1, 4, 2]",
    );
  });
});

describe.each(targets)("MultiHeadAttention on %s", (target) => {
  beforeAll(() => setTarget(target));

  it("gives the same packed and apart", () => {
    for (const causal of [false, true]) {
      const layer = new nn.MultiHeadAttention(6, 3, { causal });
      layer.inProjBias!.set(random.normal([18]).dataSync());
      const x = random.normal([2, 4, 6]);
      const { output, probabilities } = layer.attend(x, x, x);
      near(layer.forward(x), output);
      near(probabilities.sum({ axis: 3 }), zeros([2, 3, 4]).add(1));
      const ahead = probabilities
        .slice([0, 0, 0, { start: 1 }])
        .sum()
        .itemSync();
      if (causal) expect(ahead).toBe(0);
      else expect(ahead).toBeGreaterThan(0);
    }
  });

  it("has one weight for queries, keys and values", () => {
    const names = [...nn.parameters(new nn.MultiHeadAttention(4, 2))].map(
      ([path, p]) => `${path} ${p.shape}`,
    );
    expect(names).toEqual([
      "inProjWeight 12,4",
      "inProjBias 12",
      "outProj.weight 4,4",
      "outProj.bias 4",
    ]);
    expect(new nn.MultiHeadAttention(4, 2, { bias: false }).outProj.bias).toBeNull();
  });

  it("ignores keys that a mask hides", () => {
    const layer = new nn.MultiHeadAttention(4, 2);
    const [query, key] = [random.normal([1, 3, 4]), random.normal([1, 5, 4])];
    const mask = key
      .slice([null, null, 0])
      .mul(0)
      .add(1)
      .cumSum(1)
      .lessEqual(2)
      .reshape([1, 1, 1, 5]);
    const masked = layer.attend(query, key, key, { mask });
    const short = key.slice([null, { end: 2 }]);
    near(masked.output, layer.attend(query, short, short).output);
  });

  it("learns to give each position the mean of those before it", () => {
    const x = random.normal([8, 5, 4]);
    const layer = new nn.MultiHeadAttention(4, 2, { causal: true });
    const counts = zeros([5, 1]).add(1).cumSum(0);
    const [first, last] = train(layer, x, x.cumSum(1).div(counts), 120);
    expect(last).toBeLessThan(first / 4);
  });

  it("says what does not fit", () => {
    expect(failure(() => new nn.MultiHeadAttention(6, 4)).message).toContain(
      "4 heads do not divide 6 features",
    );
    const error = failure(() => new nn.MultiHeadAttention(6, 2).forward(zeros([5, 6])));
    expect(error.message).toContain("expected [batch, time, 6]");
    expect(error.message).toContain("MultiHeadAttention 6, 2 heads");
  });
});

describe("sinusoidalPositions", () => {
  it("are sines and cosines of falling frequency", () => {
    const table = nn.sinusoidalPositions(3, 4, { dtype: "float64" });
    const rows = [0, 1, 2].flatMap((p) => [
      Math.sin(p),
      Math.cos(p),
      Math.sin(p / 100),
      Math.cos(p / 100),
    ]);
    for (const [k, value] of table.dataSync().entries()) expect(value).toBeCloseTo(rows[k], 12);
  });
});
