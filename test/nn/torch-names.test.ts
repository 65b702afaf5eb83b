// Weights under PyTorch's names: the keys of its state_dict for the same layers, and the way there and back.

import { beforeAll, describe, expect, it, test } from "vitest";
import { compile, type HostTensor, nn, type Tensor, tensor } from "../../src/index.ts";
import { setTarget } from "../../src/runtime/target.ts";

beforeAll(() => setTarget("reference"));

const encoder = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"].map(
  (name) => `self_attn.${name}`,
);
const recurrent = (end: string): string[] =>
  ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => `${name}${end}`);
const weightAndBias = (layer: string): string[] => [`${layer}.weight`, `${layer}.bias`];

/** Models, and `list(model.state_dict())` in PyTorch 2.13. */
const models: readonly [string, object, readonly string[]][] = [
  [
    "containers, convolution and batch norm",
    new nn.Sequential(
      new nn.Conv1d(2, 3, 3),
      new nn.BatchNorm1d(3),
      new nn.Sequential(new nn.Linear(4, 2, { bias: false })),
    ),
    [
      ...weightAndBias("0"),
      ...weightAndBias("1"),
      "1.running_mean",
      "1.running_var",
      "1.num_batches_tracked",
      "2.0.weight",
    ],
  ],
  [
    "a recurrent network",
    new nn.LSTM(2, 3, { layers: 2, bidirectional: true }),
    ["_l0", "_l0_reverse", "_l1", "_l1_reverse"].flatMap(recurrent),
  ],
  ["a projection", new nn.LSTM(2, 3, { projection: 2 }), [...recurrent("_l0"), "weight_hr_l0"]],
  [
    "a cell in a container",
    new nn.Sequential(new nn.GRUCell(2, 3) as unknown as nn.Layer),
    recurrent("").map((name) => `0.${name}`),
  ],
  [
    "a Transformer",
    new nn.TransformerEncoder(4, 2, 1, { dimFeedforward: 8 }),
    [...encoder, ...["linear1", "linear2", "norm1", "norm2"].flatMap(weightAndBias)].map(
      (name) => `layers.0.${name}`,
    ),
  ],
];

describe("toTorch", () => {
  test.each(models)("names the state of %s", (_, model, names) => {
    expect([...nn.toTorch(model).keys()].sort()).toEqual([...names].sort());
  });

  test.each(models)("is undone by fromTorch: %s", (_, model) => {
    const back = nn.fromTorch(model, nn.toTorch(model));
    expect(back).toEqual(nn.saveState(model));
  });

  it("gives tied weights all of their names", () => {
    const shared = new nn.Linear(2, 2);
    const names = nn.toTorch(new nn.Sequential(shared, shared));
    expect([...names.keys()].sort()).toEqual(["0", "1"].flatMap(weightAndBias).sort());
    expect(names.get("1.weight")).toEqual(names.get("0.weight"));
  });
});

describe("saveState", () => {
  const train = (model: nn.BatchNorm1d): Tensor =>
    model.forward(
      tensor([
        [1, 2],
        [3, 6],
      ]),
      { training: true },
    );

  it("copies weights and other state, as loadState takes them", () => {
    const model = new nn.BatchNorm1d(2);
    const saved = nn.saveState(model);
    compile(() => train(model))().dataSync();
    expect(model.runningMean?.dataSync()).not.toEqual(saved.get("runningMean")?.data);
    const report = nn.loadState(model, saved);
    expect(report).toEqual({ missing: [], unexpected: [] });
    expect(nn.saveState(model)).toEqual(saved);
  });

  it("gives copies", () => {
    const model = new nn.Linear(2, 1);
    const before = model.weight.dataSync();
    (nn.saveState(model).get("weight") as HostTensor).data.fill(7);
    expect(model.weight.dataSync()).toEqual(before);
  });
});

describe("parameter", () => {
  it("is trained and saved as a field of a layer", () => {
    class Scale {
      readonly weight = nn.parameter([2], nn.init.ones, { dtype: "float64" });
      forward(x: Tensor): Tensor {
        return x.mul(this.weight);
      }
    }
    const layer = new Scale();
    const loss = layer.forward(tensor([3, 4], { dtype: "float64" })).sum();
    expect(loss.backward().get(layer.weight)?.dataSync()).toEqual(Float64Array.of(3, 4));
    expect(nn.saveState(layer).get("weight")).toEqual({
      dtype: "float64",
      shape: [2],
      data: Float64Array.of(1, 1),
    });
  });
});

describe("tensor", () => {
  it("takes what data sets and predictions give", () => {
    const given: HostTensor = { dtype: "bool", shape: [1, 2], data: Uint8Array.of(0, 1) };
    const x = tensor(given);
    given.data.fill(1);
    expect([x.dtype, x.shape]).toEqual(["bool", [1, 2]]);
    expect([...x.dataSync()]).toEqual([0, 1]);
    expect(tensor(given, { dtype: "float32", shape: [2] }).shape).toEqual([2]);
    expect(() => tensor({ ...given, shape: [3] })).toThrow(/2 values do not fill \[3\]/);
  });
});
