// The summary of a model: rows and totals by hand, the printed table, and that looking changes nothing.

import { beforeEach, describe, expect, it } from "vitest";
import { nn, seed, type Tensor, zeros } from "../../src/index.ts";
import { failure } from "./failure.ts";

beforeEach(() => seed(3));

const columns = (summary: nn.Summary, key: keyof nn.SummaryRow): unknown[] =>
  summary.rows.map((row) => row[key]);

describe("summary", () => {
  it("counts parameters, arithmetic and memory of each layer", () => {
    const model = new nn.Sequential(
      new nn.Conv2d(2, 4, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.Dropout(0.5),
      new nn.Flatten(),
      new nn.Linear(100, 10, { bias: false }),
    );
    const summary = nn.summary(model, [8, 2, 5, 5]);
    expect(columns(summary, "path")).toEqual([
      "",
      "layers.0",
      "layers.1",
      "layers.2",
      "layers.3",
      "layers.4",
    ]);
    expect(columns(summary, "layer").slice(1)).toEqual([
      "Conv2d 2→4, 3×3",
      "ReLU",
      "Dropout",
      "Flatten",
      "Linear 100→10",
    ]);
    expect(columns(summary, "depth")).toEqual([0, 1, 1, 1, 1, 1]);
    expect(columns(summary, "parameters")).toEqual([0, 76, 0, 0, 0, 1000]);
    expect(columns(summary, "flops")).toEqual([
      0,
      2 * 8 * 4 * 25 * 2 * 9 + 8 * 4 * 25, // products, and the bias
      8 * 4 * 25,
      0,
      0,
      2 * 8 * 100 * 10,
    ]);
    expect(columns(summary, "activationBytes")).toEqual([0, 3200, 3200, 0, 0, 320]);
    expect(summary.rows[4]).toMatchObject({ inputs: [[8, 4, 5, 5]], outputs: [[8, 100]] });
    expect(summary).toMatchObject({
      parameters: 1076,
      trainable: 1076,
      parameterBytes: 4304,
      state: 0,
      flops: 46_400,
      activationBytes: 6720,
    });
  });

  it("prints a table whose columns add up", () => {
    const model = {
      norm: new nn.BatchNorm1d(1000),
      block: new nn.Residual(new nn.Sequential(new nn.Linear(1000, 1000), new nn.ReLU())),
      head: new nn.Linear(1000, 3),
      forward(x: Tensor, context?: nn.Context): Tensor {
        return this.head.forward(this.block.forward(this.norm.forward(x, context), context));
      },
    };
    nn.freeze(model, "block");
    expect(String(nn.summary(model, [2, 1000], { training: true }))).toBe(
      `Layer                               Path                 Output     Parameters   FLOPs  Activations
───────────────────────────────────────────────────────────────────────────────────────────────────
model                                                    [2, 3]
├─ BatchNorm1d 1000                 norm                 [2, 1000]       2,000  18.0 k     7.81 KiB
├─ Residual                         block                [2, 1000]              2.00 k     7.81 KiB
│  └─ Sequential of 2               block.body           [2, 1000]
│     ├─ Linear 1000→1000 (frozen)  block.body.layers.0  [2, 1000]   1,001,000  4.00 M     7.81 KiB
│     └─ ReLU                       block.body.layers.1  [2, 1000]              2.00 k     7.81 KiB
└─ Linear 1000→3                    head                 [2, 3]          3,003  12.0 k         24 B
───────────────────────────────────────────────────────────────────────────────────────────────────
Input         [2, 1000]
Parameters    1,006,003 (5,003 trained, 1,001,000 frozen), 3.84 MiB
State         2,001 numbers that are not trained
Forward pass  4.04 MFLOP
Activations   31.3 KiB
`,
    );
  });

  it("lists layers at every call, and counts shared and tied weights once", () => {
    const shared = new nn.Linear(4, 4);
    const model = new nn.Sequential(shared, new nn.ReLU(), shared);
    const summary = nn.summary(model, [2, 4]);
    expect(columns(summary, "path")).toEqual(["", "layers.0", "layers.1", "layers.0"]);
    expect(columns(summary, "parameters")).toEqual([0, 20, 0, 0]);
    expect(columns(summary, "flops")).toEqual([0, 72, 8, 72]);
    expect(summary.parameters).toBe(20);
  });

  it("gives what is beside layers to the layer around it", () => {
    const model = {
      unused: new nn.Linear(2, 2),
      scale: new nn.Linear(2, 2).weight,
      forward: (x: Tensor): Tensor => x.mul(2),
    };
    const summary = nn.summary(model, [3, 2]);
    expect(columns(summary, "parameters")).toEqual([4, 6]);
    expect(summary.parameters).toBe(10);
    expect(summary.flops).toBe(6);
  });

  it("names what is called besides by forward, what is not called, and objects without a class", () => {
    const model = {
      decoder: new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 }),
      scale: { forward: (x: Tensor): Tensor => x.mul(2) },
      rest: new nn.Sequential({ forward: (x: Tensor): Tensor => x.neg() }),
      spare: new nn.Sequential(new nn.Linear(2, 2), new nn.Linear(2, 1)),
      lstm: new nn.LSTM(8, 3),
      forward(x: Tensor): Tensor {
        const y = this.rest.forward(this.scale.forward(this.decoder.forward(x, x)));
        return this.lstm.run(y, null).output;
      },
    };
    const summary = nn.summary(model, [1, 4, 8]);
    const named = summary.rows.map(({ layer, path, parameters }) => [path, layer, parameters]);
    expect(named).toContainEqual([
      "decoder.multiheadAttn",
      "MultiHeadAttention 8, 2 heads",
      3 * 8 * 8 + 3 * 8,
    ]);
    expect(named).toContainEqual(["scale", "scale", 0]);
    expect(named).toContainEqual(["rest", "Sequential of 1", 0]);
    expect(named).toContainEqual(["rest.layers.0", "{ forward }", 0]);
    expect(named).toContainEqual(["spare", "Sequential (not called)", 9]);
    expect(named).toContainEqual(["lstm", "LSTM 8→3", 4 * 3 * (8 + 3) + 8 * 3]);
    expect(summary.rows.at(-1)).toMatchObject({ path: "spare", depth: 1, outputs: [] });
    expect(columns(summary, "parameters").reduce((a, b) => Number(a) + Number(b))).toBe(
      summary.parameters,
    );
  });

  it("takes samples, several of them, ids and recurrent layers", () => {
    const bilinear = new nn.Bilinear(2, 3, 4);
    expect(nn.summary(bilinear, [zeros([5, 2]), zeros([5, 3])]).rows[0].outputs).toEqual([[5, 4]]);
    const table = new nn.Embedding(5, 3);
    expect(nn.summary(table, [2, 7], { dtype: "int32" }).rows[0].outputs).toEqual([[2, 7, 3]]);
    const lstm = new nn.LSTM(3, 4);
    // Per element of 2 · 7: 2 · 4 · 4 · (3 + 4) in products, and more for gates.
    expect(nn.summary(lstm, zeros([2, 7, 3])).flops).toBeGreaterThan(14 * 224);
  });

  it("changes neither state nor methods, also when forward fails", () => {
    const model = new nn.Sequential(new nn.BatchNorm1d(2), new nn.Dropout(0.5));
    nn.summary(model, [4, 2], { training: true });
    expect(failure(() => nn.summary(model, [4, 3])).code).toBe("SHAPE_MISMATCH");
    expect([...model.layers[0].runningVariance.dataSync()]).toEqual([1, 1]);
    expect(model.layers[0].numBatchesTracked.itemSync()).toBe(0);
    expect(Object.keys(model.layers[1])).toEqual(["p"]);
    expect(Object.hasOwn(model, "forward")).toBe(false);
    expect(failure(() => nn.summary(nn.Linear as never, [1])).message).toContain(
      "the class Linear",
    );
  });
});
