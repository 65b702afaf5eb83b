// A step as data, against numbers worked by hand, against the step done for real, and against finite differences.

import { beforeAll, describe, expect, it } from "vitest";
import {
  losses,
  nn,
  optim,
  seed,
  setTarget,
  type Tensor,
  targets,
  tensor,
} from "../../src/index.ts";
import { graphviz, mermaid } from "../../src/inspect/trace/diagram.ts";
import { numberText, substituted } from "../../src/inspect/trace/formula.ts";
import { statisticsOf } from "../../src/inspect/trace/statistics.ts";
import { type TracedStep, trace } from "../../src/inspect/trace/trace.ts";
import type { StepTrace, TraceNode } from "../../src/inspect/trace/types.ts";

/** The network 2-3-1 of the errata: sigmoid twice, half the squared error, SGD at 0.1. */
function byHand(): { readonly model: nn.Layer; readonly step: (x: Tensor, t: Tensor) => Tensor } {
  const hidden = new nn.Linear(2, 3, { bias: false });
  const output = new nn.Linear(3, 1, { bias: false });
  hidden.weight.set([0.1, 0.4, 0.2, 0.5, 0.3, 0.6]);
  output.weight.set([0.7, 0.8, 0.9]);
  const model = nn.named(new nn.Sequential(hidden, new nn.Sigmoid(), output, new nn.Sigmoid()));
  const optimizer = new optim.SGD(model, { learningRate: 0.1 });
  const step = (x: Tensor, t: Tensor): Tensor => {
    const loss = model.forward(x).sub(t).square().sum().mul(0.5);
    optimizer.step(loss.backward());
    return loss;
  };
  return { model, step };
}

function nodeNamed({ nodes }: StepTrace, name: string): TraceNode {
  return nodes.find((node) => node.name === name)!;
}

function adjointOf({ nodes }: StepTrace, { adjoint }: TraceNode): readonly number[] {
  return nodes[adjoint!].values;
}

describe.each(targets)("a traced step on %s", (target) => {
  let traced: TracedStep;
  let data: StepTrace;
  beforeAll(() => {
    setTarget(target);
    traced = trace(byHand().step, [[[0.5, 0.8]], [[0.7]]], { names: ["x", "t"] });
    data = traced.toJSON();
  });

  it("holds values, adjoints and updates as worked by hand", () => {
    expect(data.loss.value).toBeCloseTo(0.006898, 6);
    const first = nodeNamed(data, "model.layers.0.weight");
    const z1 = data.nodes.find(({ op }) => op === "contract")!;
    for (const [k, value] of [0.37, 0.5, 0.63].entries())
      expect(z1.values[k]).toBeCloseTo(value, 6);
    const delta = [0.002965, 0.003295, 0.003577];
    for (const [k, value] of delta.entries()) expect(adjointOf(data, z1)[k]).toBeCloseTo(value, 6);
    const gradient = delta.flatMap((d) => [0.5 * d, 0.8 * d]);
    for (const [k, g] of gradient.entries()) expect(adjointOf(data, first)[k]).toBeCloseTo(g, 6);
    const update = data.updates.find(({ name }) => name === "model.layers.0.weight")!;
    expect(data.nodes[update.after].values[1]).toBeCloseTo(0.4 - 0.1 * gradient[1], 7);
    expect(update.gradient).toBe(first.adjoint);
  });

  it("says what each node is for, and which layer it belongs to", () => {
    const phases = new Set(data.nodes.map(({ phase }) => phase));
    expect(phases).toEqual(
      new Set(["input", "parameter", "forward", "constant", "loss", "backward", "state", "update"]),
    );
    expect(data.groups.map(({ path }) => path)).toEqual(
      [0, 1, 2, 3].map((k) => `model.layers.${k}`),
    );
    const rule = data.nodes.filter(({ ruleOf }) => ruleOf !== undefined);
    expect(rule.length).toBe(data.nodes.filter(({ phase }) => phase === "backward").length - 1); // ∂L/∂L has none
    for (const { ruleOf, group } of rule) expect(group).toBe(data.nodes[ruleOf!].group);
  });

  it("explains an element with numbers, forwards and backwards", () => {
    const z1 = data.nodes.find(({ op }) => op === "contract")!;
    expect(traced.explain(z1.id, 0).formula).toBe("0.5 \\cdot 0.1 + 0.8 \\cdot 0.4 = 0.37");
    const a1 = data.nodes.find(({ op }) => op === "sigmoid")!;
    const found = traced.explain(a1.id, 0);
    expect(found.formula).toBe("\\sigma(0.37) = \\frac{1}{1 + e^{-0.37}} = 0.5915");
    expect(found.derivatives).toEqual(["0.5915 (1 - 0.5915) = 0.2416"]);
    const weight = nodeNamed(data, "model.layers.0.weight");
    const { adjoint, terms } = traced.explain(weight.id, 1);
    expect(terms.reduce((sum, { product }) => sum + product, 0)).toBeCloseTo(adjoint!, 9);
    expect(traced.numericDerivative(weight.id, 1)).toBeCloseTo(adjoint!, 8);
  });

  it("splits a gradient into paths whose products add up to it", () => {
    const weight = nodeNamed(data, "model.layers.0.weight");
    const paths = traced.paths(weight.id, 1, 50);
    const sum = paths.reduce((total, { product }) => total + product, 0);
    expect(sum).toBeCloseTo(traced.explain(weight.id, 1).adjoint!, 9);
    expect(paths[0].steps.at(-1)!.node).toBe(data.loss.node);
    const derivatives = paths[0].steps.map(({ derivative }) => derivative);
    expect(derivatives.reduce((a, b) => a * b)).toBeCloseTo(paths[0].product, 9);
  });

  it("does not do the step, which the real one then does as it said", () => {
    const { model, step } = byHand();
    const before = trace(step, [[[0.5, 0.8]], [[0.7]]]).toJSON();
    const weight = nn.parameters(model).get("layers.0.weight")!;
    expect(Array.from(weight.dataSync()).map((w) => Number(w.toFixed(4)))).toEqual([
      0.1, 0.4, 0.2, 0.5, 0.3, 0.6,
    ]);
    const again = trace(step, [[[0.5, 0.8]], [[0.7]]]).toJSON();
    expect(again.loss.value).toBe(before.loss.value);
    expect(JSON.parse(JSON.stringify(again)).nodes.length).toBe(before.nodes.length);
  });
});

describe("traces of other models", () => {
  it("gives memory of large values back where the engine can, and only what nobody else has", () => {
    const held = tensor(Float32Array.from({ length: 25_600 }, (_, k) => Math.cos(k)))
      .reshape([64, 400])
      .mul(3);
    const values = held.dataSync();
    const wide = (): TracedStep => {
      seed(3);
      const model = nn.named(
        new nn.Sequential(new nn.Flatten(), new nn.Linear(400, 300), new nn.ReLU()),
      );
      const optimizer = new optim.Adam(model);
      const step = (x: Tensor): Tensor => {
        const seen = x.mul(2).reshape([64, 20, 20]); // shares the memory of a value that is let go of
        const loss = model.forward(seen).square().mean();
        optimizer.step(loss.backward());
        return loss;
      };
      return trace(step, [held]);
    };
    const questions = (traced: TracedStep): unknown => {
      const data = traced.toJSON();
      const large = data.nodes.filter(({ sampled }) => sampled !== undefined);
      const asked = large.slice(0, 8).map(({ id }) => traced.values(id, 7, 3));
      return [data, asked, [...traced.updated()], traced.explain(data.loss.node, 0)];
    };
    const expected = questions(wide());
    const given: number[] = [];
    const memory = ArrayBuffer.prototype as { transfer?(length: number): ArrayBuffer };
    const { transfer } = memory;
    memory.transfer = function (this: ArrayBuffer) {
      given.push(this.byteLength);
      return structuredClone(this, { transfer: [this] });
    };
    try {
      expect(questions(wide())).toEqual(expected);
    } finally {
      if (transfer === undefined) delete memory.transfer;
      else memory.transfer = transfer;
    }
    expect(held.node.value).toEqual(values); // what was computed before the trace stays
    expect(given.length).toBeGreaterThan(10);
    expect(Math.min(...given)).toBeGreaterThan(16_384);
  });

  it("hold for every element of a network with convolution, normalisation, pooling and dropout", () => {
    setTarget("wasm");
    seed(3);
    const model = nn.named(
      new nn.Sequential(
        ...[new nn.Conv2d(1, 2, 3), new nn.BatchNorm2d(2), new nn.ReLU(), new nn.MaxPool2d(2)],
        ...[new nn.Flatten(), new nn.Dropout(0.25), new nn.Linear(8, 3)],
      ),
    );
    const images = Array.from({ length: 72 }, (_, k) => Math.sin(k * 1.7));
    const traced = trace(
      (input, labels) => {
        const scores = model.forward(input.reshape([2, 1, 6, 6]), { training: true });
        const loss = losses.crossEntropy(scores, labels.cast("int32"));
        loss.backward();
        return loss;
      },
      [images, [0, 2]],
    );
    const data = traced.toJSON();
    const parameters = data.nodes.filter(({ phase }) => phase === "parameter");
    expect(parameters.length).toBe(6);
    let checked = 0;
    for (const { id, values } of parameters) {
      for (let element = 0; element < values.length; element += 3) {
        const { adjoint = 0, terms } = traced.explain(id, element, 10_000);
        expect(terms.reduce((sum, { product }) => sum + product, 0)).toBeCloseTo(adjoint, 5);
        expect(traced.numericDerivative(id, element)).toBeCloseTo(adjoint, 4);
        checked++;
      }
    }
    expect(checked).toBeGreaterThan(12);
  });

  it("show an input that was computed as its values, and one with weights in it as computed", () => {
    const { model, step } = byHand();
    const halves = tensor([[1, 1.6]]).div(2);
    const { nodes } = trace(step, [halves, [[0.7]]], { names: ["x", "t"] }).toJSON();
    expect(nodeNamed({ nodes } as StepTrace, "x")).toMatchObject({
      phase: "input",
      inputs: [],
      values: [0.5, expect.closeTo(0.8)],
    });
    expect(nodes.some(({ op }) => op === "div")).toBe(false);
    const weight = [...nn.parameters(model)][0][1];
    const scaled = trace(
      (w: Tensor) => {
        const loss = w.sum();
        loss.backward();
        return loss;
      },
      [weight.mul(2)],
    ).toJSON();
    const found = scaled.nodes.find(({ phase }) => phase === "parameter")!;
    expect(adjointOf(scaled, found)).toEqual(Array(6).fill(2));
  });

  it("take what uses a number twice as one function of it", () => {
    const step = trace((x: Tensor) => x.mul(x).sum(), [[3, -1]], { names: ["x"] });
    expect(step.explain(0, 0).terms).toEqual([]); // nothing was differentiated
    const square = trace(
      (x: Tensor) => {
        const loss = x.mul(x).sum();
        loss.backward();
        return loss;
      },
      [
        nn
          .named({ w: new nn.Linear(1, 1, { bias: false }) })
          .w.weight.mul(0)
          .add(3),
      ],
      { names: ["x"] },
    );
    const { id } = nodeNamed(square.toJSON(), "x");
    expect(square.explain(id, 0).terms).toMatchObject([{ adjoint: 1, derivative: 6, product: 6 }]);
    expect(square.paths(id, 0)).toHaveLength(1);
  });

  it("hold large tensors by a sample and statistics of all", () => {
    const traced = trace(
      (x) => {
        const loss = x.mul(2).sum();
        return loss;
      },
      [Float32Array.from({ length: 5000 }, (_, k) => k)],
      { limit: 100 },
    );
    const [input] = traced.toJSON().nodes;
    expect(input.values.length).toBe(100);
    expect(input.sampled![99]).toBe(4950);
    expect(input.statistics.mean).toBeCloseTo(2499.5, 6);
    expect(input.statistics.histogram.reduce((a, b) => a + b)).toBe(5000);
    expect(traced.values(input.id).length).toBe(5000);
  });

  it("let go of large values, and answer about them all the same", () => {
    setTarget("wasm");
    const size = 200;
    const x = Float32Array.from({ length: size * size }, (_, k) => Math.sin(k));
    let product: Tensor | undefined;
    const traced = trace(
      (given) => {
        const matrix = given.reshape([size, size]);
        product = matrix.matmul(matrix);
        const loss = product.tanh().sum();
        loss.backward();
        return loss;
      },
      [x],
    );
    expect(product!.node.value).toBeNull();
    const data = traced.toJSON();
    const { id, statistics, values } = data.nodes.find(({ op }) => op === "contract")!;
    const all = traced.values(id);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    expect(statistics.mean).toBeCloseTo(mean, 6);
    expect(values[1]).toBe(all[39]); // 1024 of 40,000 at even distances
    const { value, sources } = traced.explain(id, 7, 1000);
    expect(value).toBe(all[7]);
    expect(sources.length).toBe(399);
    expect(product!.node.value).toBeNull();
  });

  it("refuse steps without a scalar, and elements that there are not", () => {
    expect(() => trace((x) => x, [[1, 2]])).toThrow(/returns the loss/);
    const traced = trace((x) => x.sum(), [[1, 2]]);
    expect(() => traced.explain(99, 0)).toThrow(/no node 99/);
    expect(() => traced.explain(0, 2)).toThrow(/no element 2; it has 2/);
    expect(() => trace((x) => x.sum(), [[1]], { limt: 3 } as object)).toThrow(/limt/);
  });
});

it("gives a part of a node's elements, and refuses parts that there cannot be", () => {
  const step = trace((x) => x.square().sum(), [[1, 2, 3]]);
  expect([step.values(0), step.values(0, 1), step.values(0, 1, 1), step.values(0, 5, 2)]).toEqual([
    [1, 2, 3],
    [2, 3],
    [2],
    [],
  ]);
  expect(() => step.values(0, -1)).toThrow(/from/);
  expect(() => step.values(0, 0, Number.NaN)).toThrow(/count/);
});

describe("statistics", () => {
  const bins = (counts: Readonly<Record<number, number>>): number[] =>
    Array.from({ length: 24 }, (_, bin) => counts[bin] ?? 0);

  it.each<[string, ArrayLike<number>, object]>([
    [
      "nothing",
      [],
      { min: 0, max: 0, mean: 0, std: 0, zeros: 0, nonFinite: 0, histogram: bins({}) },
    ],
    [
      "what is not finite",
      [Number.NaN, Number.POSITIVE_INFINITY],
      { min: 0, max: 0, mean: 0, std: 0, zeros: 0, nonFinite: 2, histogram: bins({}) },
    ],
    ["zeros", Float32Array.of(0, 0), { mean: 0, std: 0, zeros: 1, histogram: bins({ 0: 2 }) }],
    [
      "one number and NaN",
      [0, Number.NaN],
      { mean: 0, zeros: 0.5, nonFinite: 1, histogram: bins({ 0: 1 }) },
    ],
    [
      "numbers",
      Float32Array.of(0, 24, 12, 23.5, Number.NaN, 0),
      { min: 0, max: 24, mean: 11.9, zeros: 1 / 3, histogram: bins({ 0: 2, 12: 1, 23: 2 }) },
    ],
  ])("of %s", (_, data, expected) => {
    expect(statisticsOf(data)).toMatchObject(expected);
  });
});

describe("the text of a step", () => {
  it("puts numbers in for letters, and leaves commands alone", () => {
    expect(substituted("\\max(a, b)", { a: 1, b: -2 })).toBe("\\max(1, (-2))");
    expect(substituted("\\operatorname{sign} x", { x: 3 })).toBe("\\operatorname{sign} 3");
    expect(substituted("-x", { x: -3 })).toBe("-(-3)");
    // An exponent or a root takes one sign: e^0.1 would be read as e⁰.1, and 3 2^{3-1} as a power of 32.
    expect(substituted("e^x", { x: 0.1 })).toBe("e^{0.1}");
    expect(substituted("e^x", { x: -2 })).toBe("e^{-2}");
    expect(substituted("a^b", { a: -1.5, b: 2 })).toBe("(-1.5)^{2}");
    expect(substituted("\\sqrt x", { x: 0.25 })).toBe("\\sqrt {0.25}");
    expect(substituted("\\sqrt[3] x", { x: 27 })).toBe("\\sqrt[3] {27}");
    expect(substituted("b\\, a^{b-1}", { a: 2, b: 3 })).toBe("3 \\cdot 2^{3-1}");
    expect(numberText(0.000000321)).toBe("3.21 \\cdot 10^{-7}");
    expect(numberText(Number.NaN)).toBe("\\text{NaN}");
  });

  it("draws the graph for Mermaid and Graphviz, with foreign names quoted", () => {
    setTarget("wasm");
    const { step } = byHand();
    const data = trace(step, [[[0.5, 0.8]], [[0.7]]], { names: ['<"x">', "t"] }).toJSON();
    expect(mermaid(data)).toContain('subgraph g0["model.layers.0 Linear 2→3"]');
    expect(mermaid(data)).toContain("#lt;#quot;x#quot;#gt; [1, 2]");
    expect(graphviz(data)).toContain('label="<\\"x\\"> [1, 2]');
    expect(graphviz(data)).toContain("n3 -> n4;");
  });
});
