// Steps that travel into a page, and what `chainrule explain` writes: graphs built again from data say the same as those
// that were recorded, and gradients that the page will show agree with finite differences in float64.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { losses, nn, optim, seed, setTarget, type Tensor, tensor } from "chainrule";
import { decodeSafetensors, gunzip } from "chainrule/formats";
import { type ExplainedStep, openStep, type StoredStep, trace } from "chainrule/inspect";
import { beforeAll, describe, expect, it, test } from "vitest";
import { explain as cnn } from "../../examples/06-cnn.ts";
import { explain as gpt } from "../../examples/16-gpt.ts";
import { explainHtml } from "../../src/cli/explain-page.ts";
import { explained } from "../../src/cli/explain-step.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const shared = resolve(root, process.env.CHAINRULE_SHARED ?? "../shared");
const dataDir = process.env.CHAINRULE_DATA ?? join(shared, "data");
const withMnist = existsSync(join(dataDir, "mnist"));
const withShakespeare = existsSync(join(dataDir, "tinyshakespeare"));

beforeAll(() => setTarget("wasm"));

/** What arrives after a way through JSON and bytes. */
function travelled({ trace, leaves }: StoredStep): StoredStep {
  return { trace: JSON.parse(JSON.stringify(trace)) as StoredStep["trace"], leaves };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** Compares the adjoints of `count` elements of parameters with finite differences, in a graph built again from data. */
function spotCheck(
  { step, inputs, names }: ExplainedStep,
  count: number,
): { checked: number; largest: number; worst: number } {
  const copy = openStep(travelled(trace(step, inputs, { names, limit: 4 }).store()));
  const { nodes } = copy.store().trace;
  const weights = nodes.filter(({ phase }) => phase === "parameter");
  let [checked, largest, worst] = [0, 0, 0];
  for (let k = 0; k < count; k++) {
    const { id, shape } = weights[k % weights.length];
    const element = (k * 7919) % sizeOf(shape);
    const { adjoint, terms } = copy.explain(id, element, 100_000);
    const sum = terms.reduce((total, { product }) => total + product, 0);
    worst = Math.max(worst, Math.abs(copy.numericDerivative(id, element) - adjoint!));
    worst = Math.max(worst, Math.abs(sum - adjoint!));
    largest = Math.max(largest, Math.abs(adjoint!));
    checked++;
  }
  return { checked, largest, worst };
}

describe("a stored step", () => {
  it("says the same as the recorded one, through convolution, pooling, dropout and cross-entropy", () => {
    seed(3);
    const model = new nn.Sequential(
      ...[new nn.Conv2d(1, 3, 3), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Dropout(0.2)],
      ...[new nn.Flatten(), new nn.Linear(48, 5)],
    );
    const optimizer = new optim.Adam(model);
    const pixels = Float32Array.from({ length: 100 }, (_, k) => Math.sin(k * 1.7));
    const recorded = trace(
      (image, label) => {
        const loss = losses.crossEntropy(model.forward(image, { training: true }), label);
        optimizer.step(loss.backward());
        return loss;
      },
      [tensor(pixels, { shape: [1, 1, 10, 10] }), tensor([3], { dtype: "int32" })],
      { names: ["image", "label"] },
    );
    const stored = recorded.store();
    const copy = openStep(travelled(stored));
    let asked = 0;
    for (const { id, shape, phase } of stored.trace.nodes) {
      if (!["input", "parameter", "forward", "loss"].includes(phase)) continue;
      const element = Math.floor(sizeOf(shape) / 2);
      expect(copy.explain(id, element), `node ${id}`).toEqual(recorded.explain(id, element));
      asked++;
    }
    expect(asked).toBeGreaterThan(40);
    const { nodes, updates, loss } = copy.toJSON();
    expect({ updates, loss }).toEqual({ updates: stored.trace.updates, loss: stored.trace.loss });
    for (const [id, { values, name }] of nodes.entries())
      expect({ values, name }).toEqual({
        values: stored.trace.nodes[id].values,
        name: stored.trace.nodes[id].name,
      });
  });

  it("goes on to the step after it, as the real one does", () => {
    const model = (): nn.Sequential => {
      seed(4);
      return new nn.Sequential(new nn.Linear(3, 200), new nn.Tanh(), new nn.Linear(200, 100));
    };
    const stepOf = (layers: nn.Sequential) => {
      const optimizer = new optim.Adam(layers, { learningRate: 0.01 });
      return (x: Tensor): Tensor => {
        const loss = layers.forward(x).square().mean();
        optimizer.step(loss.backward());
        return loss;
      };
    };
    const x = [[0.3, -1, 2]];
    const stored = trace(stepOf(model()), [x]).store();
    const leaves = new Map([...stored.leaves, ...openStep(stored).updated()]);
    const second = openStep({ trace: stored.trace, leaves });
    const third = new Map([...leaves, ...second.updated()]);
    const real = stepOf(model());
    const losses = [0, 1, 2].map(() => real(tensor(x)).dataSync()[0]);
    expect(second.toJSON().loss.value).toBeCloseTo(losses[1], 6);
    expect(openStep({ trace: stored.trace, leaves: third }).toJSON().loss.value).toBeCloseTo(
      losses[2],
      6,
    );
    expect(Math.abs(losses[1] - losses[0])).toBeGreaterThan(1e-3);
  });

  it("of another form is refused", () => {
    const wrong = { trace: { format: "other" }, leaves: new Map() } as unknown as StoredStep;
    expect(() => openStep(wrong)).toThrow("no stored step");
  });
});

describe("the page", () => {
  it("of a recipe holds its step, and no text of it can end a script", async () => {
    const { traced, facts } = await explained("digits", { sample: 3 }, { say() {}, end() {} });
    expect(facts).toMatchObject({ title: "digits", weights: "fresh", sample: 3, parameters: 4810 });
    expect(facts.actual).toBe("3");
    if (!existsSync(join(root, "dist/explain/page.html"))) return; // built by `npm run build`
    const evil = '</script><script>alert("a")</script>';
    const html = explainHtml(traced.store(), { ...facts, title: evil });
    expect(html).not.toContain(evil);
    const packed = html.match(/id="step">([^<]*)</)![1];
    const bytes = await gunzip(new Uint8Array(Buffer.from(packed, "base64")));
    const { metadata, tensors } = decodeSafetensors(bytes);
    expect(JSON.parse(metadata.trace).loss.value).toBeCloseTo(traced.toJSON().loss.value, 6);
    expect(tensors.size).toBeGreaterThan(10);
  });

  it("refuses a sample that is not there", async () => {
    const asked = explained("digits", { sample: 1437 }, { say() {}, end() {} });
    await expect(asked).rejects.toMatchObject({ code: "BAD_ARGUMENT", detail: { size: 1437 } });
  });
});

describe("50 gradients against finite differences", () => {
  test.skipIf(!withMnist)("of the network with two convolutions on MNIST", async () => {
    seed(1);
    const step = await cnn({ sample: 7, seed: 1, dataDir: join(dataDir, "mnist") });
    const { checked, largest, worst } = spotCheck(step, 50);
    expect(checked).toBe(50);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-6);
  });

  test.skipIf(!withShakespeare)("of the GPT", () => {
    seed(1);
    const { checked, largest, worst } = spotCheck(gpt({ sample: 0, seed: 1, dataDir }), 50);
    expect(checked).toBe(50);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-6);
  });
});
