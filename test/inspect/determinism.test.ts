// Two runs from one state, bit by bit; and the shapes that go through a model.

import { describe, expect, it } from "vitest";
import { compile, nn, optim, random, seed, type Tensor, tensor } from "../../src/index.ts";
import { checkDeterminism, traceShapes } from "../../src/inspect/index.ts";
import { namedState } from "../../src/nn/walk.ts";

function setup(spoil: (loss: Tensor) => Tensor = (loss) => loss): {
  readonly model: nn.Sequential;
  readonly optimizer: optim.Adam;
  readonly step: (x: Tensor) => Tensor;
} {
  seed(3);
  const model = nn.named(
    new nn.Sequential(new nn.Linear(64, 64), new nn.Dropout(0.5), new nn.Linear(64, 2)),
  );
  const optimizer = new optim.Adam(model);
  const step = (x: Tensor): Tensor => {
    const loss = spoil(model.forward(x, { training: true }).square().mean());
    optimizer.step(loss.backward());
    return loss;
  };
  return { model, optimizer, step };
}

const x = tensor(
  Float32Array.from({ length: 64 * 64 }, (_, k) => Math.sin(k)),
  { shape: [64, 64] },
);

describe("checkDeterminism", () => {
  it("compares numbers too, and says where there is nothing to compare", () => {
    let calls = 0;
    const counts = checkDeterminism(() => calls++, []);
    expect([counts.same, counts.compared]).toEqual([false, 1]);
    const growing = (): Tensor => tensor(new Float32Array(++calls));
    expect(checkDeterminism(growing, []).differences[0]).toMatchObject({ count: 1 });
    expect(() => checkDeterminism(() => undefined, [])).toThrow(/nothing to compare/);
    expect(() => checkDeterminism(async () => x, [])).toThrow(/returned a promise/);
    expect(() => checkDeterminism(() => x, [], { runs: 1 })).toThrow(/runs/);
  });

  it("finds the same bits, compiled and not, and puts everything back", () => {
    for (const how of [compile, (f: (x: Tensor) => Tensor) => f]) {
      const { model, optimizer, step } = setup();
      const state = (): unknown => [
        random.state,
        [...namedState([model, optimizer])].map(([path, { slot }]) => [path, [...slot.fetch()]]),
      ];
      const run = how(step);
      const before = state();
      const found = checkDeterminism(run, [x]);
      expect(String(found)).toMatch(/^The same bits in [23] runs: 1[0-9] tensors/);
      expect(found.same).toBe(true);
      expect(state()).toEqual(before);
    }
  });

  it("names the first tensor and element that differs", () => {
    let call = 0;
    const { step } = setup((loss) => loss.add(call++));
    const { differences, same } = checkDeterminism(step, [x]);
    expect(same).toBe(false);
    expect(differences[0]).toMatchObject({
      name: "result 0",
      type: "float32[]",
      element: 0,
      count: 1,
    });
    expect(differences[0].other - differences[0].first).toBeCloseTo(1, 4);
  });

  it("names state by its path, and refuses what is no step", () => {
    let scale = 1;
    const model = nn.named(new nn.Linear(2, 1));
    const step = (): void => {
      scale *= 2;
      model.weight.assign(model.weight.mul(scale));
    };
    expect(checkDeterminism(step, []).differences[0].name).toBe("model.weight");
    expect(() => checkDeterminism(3 as never, [])).toThrow(/takes a function and the list/);
    expect(() => checkDeterminism(step, [], { times: 2 } as never)).toThrow(/no option "times"/);
  });
});

describe("traceShapes", () => {
  const model = (features: number): nn.Sequential =>
    new nn.Sequential(
      new nn.Conv2d(1, 4, 3),
      new nn.ReLU(),
      new nn.Sequential(new nn.MaxPool2d(2), new nn.Flatten()),
      new nn.Linear(features, 10),
    );

  it("lists what each layer is given and gives", () => {
    const trace = traceShapes(model(36), [2, 1, 8, 8]);
    expect(trace.error).toBeUndefined();
    expect(String(trace).split("\n")).toEqual([
      "model (Sequential)                 float32[2, 1, 8, 8] → float32[2, 10]",
      "  layers.0 (Conv2d)                float32[2, 1, 8, 8] → float32[2, 4, 6, 6]",
      "  layers.1 (ReLU)                  float32[2, 4, 6, 6] → float32[2, 4, 6, 6]",
      "  layers.2 (Sequential)            float32[2, 4, 6, 6] → float32[2, 36]",
      "    layers.2.layers.0 (MaxPool2d)  float32[2, 4, 6, 6] → float32[2, 4, 3, 3]",
      "    layers.2.layers.1 (Flatten)    float32[2, 4, 3, 3] → float32[2, 36]",
      "  layers.3 (Linear)                float32[2, 36] → float32[2, 10]",
    ]);
  });

  it("ends at the layer that refuses its input, and says why", () => {
    const trace = traceShapes(model(40), tensor(new Float32Array(128), { shape: [2, 1, 8, 8] }));
    expect(trace.rows.at(-1)).toEqual({
      path: "layers.3",
      depth: 1,
      layer: "Linear",
      inputs: ["float32[2, 36]"],
      outputs: [],
    });
    expect(String(trace)).toMatch(/layers\.3 \(Linear\) +float32\[2, 36\] → ✗\n✗ Linear: expected/);
    expect(() => traceShapes({} as never, [1])).toThrow(/needs a model/);
    expect(() => traceShapes(model(4), "x" as never)).toThrow(/shape/);
  });
});
