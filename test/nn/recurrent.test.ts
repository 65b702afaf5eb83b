// Recurrent layers beyond the plain run: sequences of different lengths (equal to PyTorch's packed ones), projections,
// dropout with one mask per sequence, single cells, and what they refuse.

import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  Generator,
  gradients,
  nn,
  ones,
  random,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
  zeros,
} from "../../src/index.ts";
import { expectDerivatives } from "../losses/derivatives.ts";
import { failure } from "./failure.ts";
import { expectValues, fill, filled } from "./torch.ts";

beforeEach(() => seed(3));

/** PyTorch's names, layer by layer, forward before backward. */
function namesOf(layers: number, directions: 1 | 2, projection = false): string[] {
  const kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];
  if (projection) kinds.push("weight_hr");
  return Array.from({ length: layers }, (_, k) => k).flatMap((k) =>
    ["", "_reverse"]
      .slice(0, directions)
      .flatMap((end) => kinds.map((kind) => `${kind}_l${k}${end}`)),
  );
}

const x = filled([3, 4, 2], 0.3);
const lengths = tensor([4, 1, 3], { dtype: "int32" });
const mask = tensor([
  [true, true, true, true],
  [true, false, false, false],
  [true, true, true, false],
]);
const dtype = "float64";

describe.each(targets)("sequences of different lengths on %s", (target) => {
  beforeAll(() => setTarget(target));

  const stacked = (): nn.LSTM =>
    fill(new nn.LSTM(2, 1, { layers: 2, bidirectional: true, dtype }), namesOf(2, 2));

  it("may be given as numbers", () => {
    const [a, b] = [lengths, [4, 1, 3]].map((given) => stacked().forward(x, { lengths: given }));
    expect(Array.from(a.dataSync())).toEqual(Array.from(b.dataSync()));
  });

  it("give what PyTorch 2.13 gives for packed ones: LSTM", () => {
    const { output, state } = stacked().run(x, null, { lengths });
    expectValues(
      output,
      [
        0.07267184, 0.00783083, 0.11332799, 0.00397752, 0.13791801, 0.01987697, 0.14985849,
        0.01775212, 0.06952174, 0.02141898, 0, 0, 0, 0, 0, 0, 0.07461953, 0.00403455, 0.11519727,
        0.01767961, 0.13592522, 0.01729994, 0, 0,
      ],
    );
    expectValues(
      state.hidden,
      [
        0.14029474, 0.17685799, 0.16971127, -0.36436622, -0.24411628, -0.43687882, 0.14985849,
        0.06952174, 0.13592522, 0.00783083, 0.02141898, 0.00403455,
      ],
    );
    expectValues(
      state.cell,
      [
        0.19970987, 0.30250222, 0.27366307, -0.88223087, -0.49737457, -0.90771292, 0.49415255,
        0.22189794, 0.45028966, 0.01122998, 0.03096765, 0.00577036,
      ],
    );
  });

  it("give the same gradients as PyTorch 2.13, 0 for padding", () => {
    const rnn = stacked();
    const { output, state } = rnn.run(x, null, { lengths });
    const sum = output
      .mul(filled([3, 4, 2], 2))
      .sum()
      .add(state.hidden.mul(filled([4, 3, 1], 3)).sum())
      .add(state.cell.mul(filled([4, 3, 1], 4)).sum());
    const [dx, dw] = gradients(sum, [x, rnn.reverseLayers[1].weightHidden]);
    expectValues(
      dx,
      [
        -0.07063403, 0.09485474, -0.01644294, 0.02275017, -0.02239822, -0.00057917, -0.05189309,
        0.00489526, -0.08344074, -0.06130617, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.02578828, -0.05283866,
        0.04077774, -0.01891244, 0.08714721, 0.00684315, 0.0, 0.0,
      ],
    );
    expectValues(dw, [-4.596e-5, -3.335e-5, -0.00371027, -3.072e-5]);
  });

  it("give what PyTorch 2.13 gives for packed ones: GRU, and RNN from a state", () => {
    const gru = fill(new nn.GRU(2, 2, { bidirectional: true, dtype }), namesOf(1, 2));
    expectValues(
      gru.run(x, null, { mask }).state,
      [
        -0.31994975, -0.34742925, -0.06795738, -0.21602629, -0.19834327, -0.3886218, 0.7265026,
        -0.28213689, 0.44103387, -0.06413763, 0.53696787, -0.13441476,
      ],
    );
    const options = { bidirectional: true, nonlinearity: "relu", dtype } as const;
    const rnn = fill(new nn.RNN(2, 2, options), namesOf(1, 2));
    const { output, state } = rnn.run(x, filled([2, 3, 2], 5), { lengths });
    expectValues(
      state,
      [
        0, 0, 0.18521812, 0, 0, 0, 0.80411245, 0.05115401, 0.86356516, 0.13806571, 0.39324952,
        0.48594446,
      ],
    );
    expectValues(
      output.select(0, 1),
      [0.18521812, 0, 0.86356516, 0.13806571, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    );
  });

  it("leave the state as it is over padding in front and over empty sequences", () => {
    const rnn = fill(new nn.LSTM(2, 3, { dtype }), namesOf(1, 1));
    const shifted = x.pad([
      [0, 0],
      [2, 0],
      [0, 0],
    ]);
    const late = mask.cast("int32").pad([
      [0, 0],
      [2, 0],
    ]);
    const plain = rnn.run(x, null, { mask });
    const { output, state } = rnn.run(shifted, null, { mask: late.cast("bool") });
    expectValues(state.cell, [...plain.state.cell.dataSync()]);
    expectValues(output.slice([null, { start: 2 }]), [...plain.output.dataSync()]);
    const given = { hidden: filled([1, 3, 3], 1), cell: filled([1, 3, 3], 2) };
    const none = rnn.run(x, given, { lengths: zeros([3], "int32") });
    expectValues(none.state.cell, [...given.cell.dataSync()]);
    expectValues(none.output, Array(36).fill(0));
  });
});

describe("LSTM with a projection", () => {
  it("gives what PyTorch 2.13 gives with proj_size", () => {
    const rnn = fill(new nn.LSTM(2, 3, { layers: 2, projection: 2, dtype }), namesOf(2, 1, true));
    const { output, state } = rnn.run(x, null, { lengths });
    expect(output.shape).toEqual([3, 4, 2]);
    expectValues(
      state.hidden,
      [
        -0.19365623, -0.17426362, -0.16703949, -0.15432647, -0.18121023, -0.14680612, -0.10232434,
        -0.15984731, -0.05974791, -0.0747707, -0.09722639, -0.1439702,
      ],
    );
    expectValues(
      state.cell,
      [
        0.66870469, 0.06446614, -0.57517052, 0.34318411, 0.0559677, -0.4769345, 0.61316644,
        0.01714482, -0.48192636, -0.37239534, 0.57101694, -0.05552496, -0.14455226, 0.27318476,
        -0.05196252, -0.31356628, 0.51861445, -0.05826322,
      ],
    );
    expect(rnn.run(x, state).output.shape).toEqual([3, 4, 2]);
  });
});

describe.each(targets)("masked and projected recurrences on %s", (target) => {
  beforeAll(() => setTarget(target));
  const weights = filled([3, 4, 4], 9);

  it.each(["LSTM", "GRU", "RNN"] as const)("have their derivatives, twice: %s", (name) => {
    const layer = new nn[name](2, 2, { bidirectional: true, dtype });
    const f = (u: Tensor): Tensor => layer.forward(u, { lengths }).mul(weights).sum();
    expectDerivatives(f, [...x.dataSync()], [...x.shape]);
  });

  it("have them with a projection and dropout on the state", () => {
    const options = { projection: 2, bidirectional: true, recurrentDropout: 0.4, dtype } as const;
    const rnn = new nn.LSTM(2, 3, options);
    const f = (u: Tensor): Tensor => {
      const context = { training: true, mask, generator: new Generator(5) };
      return rnn.forward(u, context).mul(weights).sum();
    };
    expectDerivatives(f, [...x.dataSync()], [...x.shape]);
  });
});

describe("dropout in recurrent layers", () => {
  const sequence = ones([2, 6, 8]);

  it("drops inputs at all steps alike", () => {
    const rnn = new nn.RNN(8, 8, { inputDropout: 0.5, nonlinearity: "relu", bias: false });
    const [layer] = rnn.layers;
    layer.weightInput.set(Float32Array.from({ length: 64 }, (_, k) => (k % 9 === 0 ? 1 : 0)));
    layer.weightHidden.set(new Float32Array(64));
    const y = rnn.forward(sequence, { training: true });
    const [first, ...later] = y.select(0, 0).unbind(0);
    for (const step of later) expect(step.dataSync()).toEqual(first.dataSync());
    expect(new Set(first.dataSync())).toEqual(new Set([0, 2]));
    expect(y.slice([1, 0]).dataSync()).not.toEqual(first.dataSync());
    expect(rnn.forward(sequence).dataSync()).toEqual(new Float32Array(96).fill(1));
  });

  it("drops the hidden state at all steps alike, and between layers anew at each", () => {
    // h ← x + h counts the steps where the hidden state is kept (twice as much each time), and stays 1 where it is not.
    const identity = Float32Array.from({ length: 64 }, (_, k) => (k % 9 === 0 ? 1 : 0));
    const options = { recurrentDropout: 0.5, nonlinearity: "relu", bias: false } as const;
    const rnn = new nn.RNN(8, 8, options);
    rnn.layers[0].weightInput.set(identity);
    rnn.layers[0].weightHidden.set(identity);
    const y = rnn.forward(sequence, { training: true }).select(1, -1).dataSync();
    expect(new Set(y)).toEqual(new Set([1, 63]));
    const deep = new nn.RNN(8, 8, { layers: 2, dropout: 0.5, nonlinearity: "relu", bias: false });
    for (const layer of deep.layers) {
      layer.weightInput.set(identity);
      layer.weightHidden.set(new Float32Array(64));
    }
    const [a, b] = deep.forward(sequence, { training: true }).select(0, 0).unbind(0);
    expect(a.dataSync()).not.toEqual(b.dataSync());
    expect(deep.forward(sequence).dataSync()).toEqual(new Float32Array(96).fill(1));
  });
});

describe("cells", () => {
  const [u, h, c] = [filled([2, 2], 0.3), filled([2, 2], 0.5), filled([2, 2], 0.7)];
  const names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"];

  it("give what PyTorch 2.13 gives", () => {
    const lstm = fill(new nn.LSTMCell(2, 2, { dtype }), names);
    const { hidden, cell } = lstm.forward(u, { hidden: h, cell: c });
    expectValues(hidden, [-0.08364586, 0.12454619, -0.30185967, -0.16608254]);
    expectValues(cell, [-0.13998079, 0.18989241, -0.42667236, -0.36433191]);
    const gru = fill(new nn.GRUCell(2, 2, { dtype }), names);
    expectValues(gru.forward(u, h), [-0.04992766, 0.19776547, -0.33048024, -0.38249791]);
  });

  it.each(["LSTM", "GRU", "RNN"] as const)("are the steps of the layer: %s", (name) => {
    const layer = new nn[name](2, 3, { dtype });
    const cell = new nn[`${name}Cell` as const](2, 3, { dtype });
    nn.loadState(
      cell,
      Object.fromEntries(
        Object.entries(layer.layers[0]).map(([key, p]: [string, Tensor]) => [
          key,
          { dtype, shape: p.shape, data: p.dataSync() },
        ]),
      ),
    );
    let state = null;
    for (const step of x.unbind(1)) state = cell.forward(step, state as never);
    const last = name === "LSTM" ? (state as unknown as { hidden: Tensor }).hidden : state!;
    expectValues(last as Tensor, [...layer.forward(x).select(1, -1).dataSync()]);
  });
});

describe("what does not fit", () => {
  const rnn = new nn.LSTM(2, 3);
  const input = random.normal([4, 5, 2]);
  const run = (context: nn.SequenceContext) => failure(() => rnn.forward(input, context));

  it("are lengths and masks of another batch or type", () => {
    expect(run({ lengths: [5, 5] }).message).toContain("expected int32[4]");
    expect(run({ lengths: [5, 5, 5, 2.5] }).message).toContain("whole numbers");
    expect(run({ lengths: 5 as never }).message).toContain("one length per sequence; received 5");
    expect(run({ lengths: tensor([5, 5], { dtype: "int32" }) }).message).toContain(
      "lengths: expected int32[4] for this batch; received int32[2]",
    );
    expect(run({ lengths: tensor([5, 5, 5, 5]) }).code).toBe("DTYPE_MISMATCH");
    const long = run({ lengths: tensor([5, 6, 5, 5], { dtype: "int32" }) });
    expect(long.message).toContain("sequence 1 has length 6 in a batch of 5 steps");
    expect(long.message).toContain("LSTM 2→3");
    expect(run({ mask: ones([4, 4], "bool") }).code).toBe("SHAPE_MISMATCH");
    expect(run({ mask: ones([4, 5]) }).code).toBe("DTYPE_MISMATCH");
    const both = { mask: ones([4, 5], "bool"), lengths: tensor([5, 5, 5, 5], { dtype: "int32" }) };
    expect(run(both).message).toContain("both lengths and mask were given");
  });

  it("are sizes, shares and states", () => {
    for (const make of [
      () => new nn.LSTM(2, 0),
      () => new nn.LSTM(2, 3, { projection: 0 }),
      () => new nn.GRU(2, 3, { layers: 0 }),
      () => new nn.RNN(2.5, 3),
      () => new nn.LSTM(2, 3, { recurrentDropout: 1.5 }),
      () => new nn.GRUCell(2, -1),
      () => new nn.RNN(2, 3, { nonlinearity: "sigmoid" as never }),
      () => new nn.RNNCell(2, 3, { nonlinearity: "sigmoid" as never }),
    ]) {
      expect(failure(make).code).toBe("BAD_ARGUMENT");
    }
    const projected = new nn.LSTM(2, 3, { projection: 1 });
    const state = { hidden: zeros([1, 4, 1]), cell: zeros([1, 4, 1]) };
    expect(failure(() => projected.run(input, state)).message).toContain("[1, 4, 3]");
    const cell = new nn.LSTMCell(2, 3);
    expect(failure(() => cell.forward(input)).message).toContain("expected [batch, 2]");
    const wrong = { hidden: zeros([4, 3]), cell: zeros([4, 2]) };
    expect(failure(() => cell.forward(zeros([4, 2]), wrong)).message).toContain("[4, 3]");
  });
});
