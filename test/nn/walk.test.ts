// The parameter walk: paths, order, aliases, cycles; loading, freezing, counting.

import { beforeAll, describe, expect, it } from "vitest";
import {
  ChainruleError,
  compile,
  nn,
  optim,
  Parameter,
  State,
  setTarget,
  type Tensor,
  tensor,
} from "../../src/index.ts";

beforeAll(() => setTarget("reference"));

function host(
  shape: number[],
  value: number,
): { dtype: "float32"; shape: number[]; data: Float32Array } {
  const size = shape.reduce((a, b) => a * b, 1);
  return { dtype: "float32", shape, data: new Float32Array(size).fill(value) };
}

describe("walk", () => {
  it("takes fields in declaration order, through arrays, records and maps", () => {
    const model = {
      first: new nn.Linear(2, 3),
      blocks: [new nn.Sequential(new nn.ReLU(), new nn.LayerNorm(3))],
      heads: new Map([["a", new nn.Linear(3, 1, { bias: false })]]),
    };
    expect([...nn.parameters(model).keys()]).toEqual([
      "first.weight",
      "first.bias",
      "blocks.0.layers.1.weight",
      "blocks.0.layers.1.bias",
      "heads.a.weight",
    ]);
    expect(nn.countParameters(model)).toBe(6 + 3 + 3 + 3 + 3);
  });

  it("lists tied weights once, and further paths as aliases", () => {
    const shared = new nn.Linear(2, 2);
    const model = { a: shared, b: shared, w: shared.weight };
    const found = nn.walk(model);
    expect([...found.state.keys()]).toEqual(["a.weight", "a.bias"]);
    expect([...found.aliases]).toEqual([
      ["b.weight", "a.weight"],
      ["b.bias", "a.bias"],
      ["w", "a.weight"],
    ]);
    expect(nn.countParameters(model)).toBe(6);
  });

  it("ends at cycles, skips getters, private fields, typed arrays and plain tensors", () => {
    class Odd {
      readonly weight = new Parameter(new Float32Array(2), [2], "float32");
      readonly self = this;
      readonly table = new Float32Array(3);
      readonly constant = tensor([1, 2]);
      readonly #hidden = new Parameter(new Float32Array(1), [1], "float32");
      get computed(): Parameter {
        return this.#hidden;
      }
    }
    const odd = new Odd();
    expect([...nn.namedState({ odd, back: odd }).keys()]).toEqual(["odd.weight"]);
    expect(odd.computed.size).toBe(1);
  });

  it("tells trained from untrained state", () => {
    const norm = new nn.BatchNorm1d(2);
    expect([...nn.parameters(norm).keys()]).toEqual(["weight", "bias"]);
    expect([...nn.states(norm).keys()]).toEqual([
      "runningMean",
      "runningVariance",
      "numBatchesTracked",
    ]);
    for (const state of nn.states(norm).values()) expect(state).toBeInstanceOf(State);
    expect(nn.namedState(norm).size).toBe(5);
  });
});

describe("loadState", () => {
  const make = (): nn.Sequential<readonly [nn.Linear]> => new nn.Sequential(new nn.Linear(2, 1));

  it("copies by path and converts float types", () => {
    const model = make();
    const weight = { dtype: "float64" as const, shape: [1, 2], data: Float64Array.of(0.1, 2) };
    nn.loadState(model, { "layers.0.weight": weight, "layers.0.bias": host([1], 5) });
    expect(Array.from(model.layers[0].weight.dataSync())).toEqual([Math.fround(0.1), 2]);
    expect(Array.from(model.layers[0].bias!.dataSync())).toEqual([5]);
  });

  it("lists everything that is missing, unexpected or of another shape, and changes nothing", () => {
    const model = make();
    const before = Array.from(model.layers[0].weight.dataSync());
    const given = new Map([
      ["layers.0.weight", host([2, 2], 1)],
      ["layers.1.bias", host([1], 1)],
    ]);
    try {
      nn.loadState(model, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ChainruleError);
      const { code, message } = error as ChainruleError;
      expect(code).toBe("BAD_CHECKPOINT");
      expect(message).toContain("missing: layers.0.bias");
      expect(message).toContain("unexpected: layers.1.bias");
      expect(message).toContain("layers.0.weight (needs float32[1, 2], received float32[2, 2])");
    }
    expect(Array.from(model.layers[0].weight.dataSync())).toEqual(before);
  });

  it("says how to take off the prefix of a wrapper, and only where there is one", () => {
    const [weight, bias] = [host([1, 2], 1), host([1], 1)];
    const wrapped = { "module.0.weight": weight, "module.0.bias": bias };
    expect(() => nn.loadState(make(), wrapped)).toThrow(/begin with "module\."[\s\S]*slice\(7\)/);
    const other = { "layers.1.weight": weight, "layers.1.bias": bias };
    expect(() => nn.loadState(make(), other)).not.toThrow(/begin with/);
    expect(() => nn.loadState(make(), other)).toThrow(/as it was when it was saved/);
  });

  it("with strict: false loads what fits and reports the rest", () => {
    const model = make();
    const report = nn.loadState(
      model,
      { "layers.0.bias": host([1], 3), x: host([1], 1) },
      { strict: false },
    );
    expect(report).toEqual({ missing: ["layers.0.weight"], unexpected: ["x"] });
    expect(Array.from(model.layers[0].bias!.dataSync())).toEqual([3]);
  });

  it("accepts a tied weight by any of its names", () => {
    const shared = new nn.Linear(1, 1, { bias: false });
    nn.loadState({ a: shared, b: shared }, { "b.weight": host([1, 1], 7) });
    expect(shared.weight.itemSync()).toBe(7);
  });
});

describe("freeze", () => {
  it("takes paths, prefixes of whole parts, stars and expressions", () => {
    const model = new nn.Sequential(...Array.from({ length: 11 }, () => new nn.Linear(1, 1)));
    expect(nn.freeze(model, "layers.1")).toEqual(["layers.1.weight", "layers.1.bias"]);
    expect(nn.freeze(model, "*.bias")).toHaveLength(11);
    expect(nn.unfreeze(model, /layers\.1\./)).toEqual(["layers.1.weight", "layers.1.bias"]);
    expect(model.layers[1].bias!.trainable).toBe(true);
    expect(model.layers[0].bias!.trainable).toBe(false);
  });

  it("refuses a pattern that matches nothing and lists the paths", () => {
    expect(() => nn.freeze(new nn.Linear(1, 1), "layers.0")).toThrow(/weight, bias/);
    const many = Array.from({ length: 20 }, () => new nn.Linear(1, 1));
    expect(() => nn.freeze({ many }, "layers")).toThrow(/many\.11\.bias, and 16 more/);
  });

  it("prunes the gradient, and optimizers leave frozen parameters as they are", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.Linear(3, 1));
    const optimizer = new optim.AdamW(model, { learningRate: 0.1, weightDecay: 0.5 });
    nn.freeze(model, "layers.0.*");
    const step = compile((x: Tensor) => {
      const gradients = model.forward(x).sum().backward();
      optimizer.step(gradients);
      return [...gradients].map(([, g]) => g);
    });
    const before = [...nn.parameters(model).values()].map((p) => [...p.dataSync()]);
    expect(step(tensor([[1, 2]]))).toHaveLength(2);
    step(tensor([[1, 2]]));
    const changed = [...nn.parameters(model).values()].map(
      (p, k) => [...p.dataSync()].join() !== before[k].join(),
    );
    expect(changed).toEqual([false, false, true, true]);
  });
});
