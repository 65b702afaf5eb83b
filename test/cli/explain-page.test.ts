// The pages of `chainrule explain` are right: gradients are read out of the written HTML, and compared with central
// differences that gradcheck's own routine takes of the model itself, which is made anew with the page's weights and
// computes in float64 in the plain loops of `reference`. `npm run spot-check` compares 50 of each model.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { makeModel } from "../../examples/06-cnn.ts";
import { GPT } from "../../examples/16-gpt.ts";
import { centralDifference } from "../../src/autodiff/gradcheck.ts";
import { explainStep } from "../../src/cli/explain.ts";
import type { HostTensor } from "../../src/core/host.ts";
import { RandomStream } from "../../src/core/random.ts";
import { decodeSafetensors, gunzip } from "../../src/formats/index.ts";
import { losses, nn, setTarget, type Tensor, tensor } from "../../src/index.ts";
import type { StepTrace } from "../../src/inspect/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const shared = resolve(root, process.env.CHAINRULE_SHARED ?? "../shared");
const dataDir = process.env.CHAINRULE_DATA ?? join(shared, "data");
/** Gradients that are compared; two evaluations of the GPT in plain loops take a second. */
const countOf = (usual: number): number => Number(process.env.CHAINRULE_SPOT_CHECKS ?? usual);
const isBuilt = existsSync(join(root, "dist/explain/page.html"));
const folder = mkdtempSync(join(tmpdir(), "chainrule-page-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => setTarget("wasm"));

/** What a written page holds. */
interface Page {
  readonly trace: StepTrace;
  readonly leaves: ReadonlyMap<string, HostTensor>;
}

async function pageOf(module: string, given: { readonly dataDir?: string }): Promise<Page> {
  const out = join(folder, "page.html");
  const written = process.stdout.write;
  process.stdout.write = () => true;
  await explainStep(module, { out, seed: 1, ...given }).finally(() => {
    process.stdout.write = written;
  });
  const packed = readFileSync(out, "utf8").match(/id="step">([^<]*)</)![1];
  const bytes = await gunzip(new Uint8Array(Buffer.from(packed, "base64")));
  const { tensors, metadata } = decodeSafetensors(bytes);
  return { trace: JSON.parse(metadata.trace) as StepTrace, leaves: tensors };
}

/** A gradient that stands in a page. */
interface Place {
  readonly name: string;
  readonly element: number;
  readonly gradient: number;
  /** The largest gradient of the same parameter. */
  readonly scale: number;
}

/** Gradients drawn from those in a page that are not 0, as most are in embeddings. */
function drawn({ trace: { nodes } }: Page, count: number): Place[] {
  const stream = new RandomStream(7);
  const oneOf = <T>(items: readonly T[]): T =>
    items[Math.floor(stream.uniform(1)[0] * items.length)];
  const weights = nodes.filter(({ phase }) => phase === "parameter");
  return Array.from({ length: count }, () => {
    const { name = "", adjoint } = oneOf(weights);
    const { values, sampled, statistics } = nodes[adjoint!];
    const places = values.flatMap((value, k) => (value === 0 ? [] : [k]));
    const at = places.length === 0 ? 0 : oneOf(places);
    const scale = Math.max(Math.abs(statistics.min), Math.abs(statistics.max));
    return { name, element: sampled?.[at] ?? at, gradient: values[at], scale };
  });
}

/** Puts tensors in the place of a model's parameters. */
function put(model: object, paths: readonly string[], tensors: readonly Tensor[]): void {
  for (const [k, path] of paths.entries()) {
    const parts = path.split(".");
    const owner = parts.slice(0, -1).reduce((at, part) => Reflect.get(at, part) as object, model);
    Reflect.set(owner, parts.at(-1)!, tensors[k]);
  }
}

function inDouble({ data, shape, dtype }: HostTensor): Tensor {
  const isFloat = dtype === "float32";
  return tensor(isFloat ? Float64Array.from(data) : data, {
    shape,
    dtype: isFloat ? "float64" : "int32",
  });
}

/** The largest `|gradient − difference|`, relative to the difference, or to a hundredth of the parameter's largest gradient where that is more. */
async function largestError(
  { trace, leaves }: Page,
  places: readonly Place[],
  model: nn.Layer,
  lossOf: (inputs: readonly Tensor[]) => Tensor,
): Promise<number> {
  setTarget("reference");
  const given = (phase: string) => trace.nodes.filter((node) => node.phase === phase);
  const inputs = given("input").map(({ id }) => inDouble(leaves.get(String(id))!));
  const paths = [...nn.parameters(model).keys()];
  const weights = paths.map((path) => {
    const node = given("parameter").find(({ name }) => name === `model.${path}`)!;
    return inDouble(leaves.get(String(node.id))!);
  });
  for (const weight of weights) await weight.data();
  const loss = (...changed: Tensor[]): Tensor => {
    put(model, paths, changed);
    return lossOf(inputs);
  };
  expect(await loss(...weights).item()).toBeCloseTo(trace.loss.value, 5);
  let largest = 0;
  for (const { name, element, gradient, scale } of places) {
    const input = paths.indexOf(name.replace("model.", ""));
    const numeric = await centralDifference(loss, weights, input, element, 1e-5);
    const error = Math.abs(gradient - numeric) / Math.max(Math.abs(numeric), 0.01 * scale, 1e-12);
    largest = Math.max(largest, error);
  }
  return largest;
}

/** Says how far the gradients of a page were off. */
function tell(model: string, { length }: readonly Place[], error: number): void {
  const text = `largest relative error ${error.toExponential(1)}`;
  console.info(`${length} gradients of the page of ${model}: ${text}`);
}

/** A module with the model of the example and an image of its own, where there is no MNIST. */
function smallCnn(): string {
  const path = join(folder, "cnn.ts");
  writeFileSync(
    path,
    `import { losses, optim, tensor } from "chainrule";
import { makeModel } from ${JSON.stringify(join(root, "examples/06-cnn.ts"))};

export function explain() {
  const pixels = Array.from({ length: 784 }, (_, k) => Math.max(0, Math.sin(k * 0.37) * Math.cos(k / 90)));
  const model = makeModel();
  const optimizer = new optim.AdamW(model);
  return {
    inputs: [tensor(pixels, { shape: [1, 1, 28, 28] }), tensor([3], { dtype: "int32" })],
    step: (image, label) => {
      const loss = losses.crossEntropy(model.forward(image, { training: true }), label);
      optimizer.step(loss.backward());
      return loss;
    },
  };
}
`,
  );
  return path;
}

/** A folder with a little text, where there are no plays. */
function smallText(): string {
  mkdirSync(join(folder, "tinyshakespeare"), { recursive: true });
  const text = "To be, or not to be, that is the question. ".repeat(20);
  writeFileSync(join(folder, "tinyshakespeare", "input.txt"), text);
  return folder;
}

describe.skipIf(!isBuilt)("gradients in the page", () => {
  test("of the network with two convolutions", { timeout: 1_800_000 }, async () => {
    const mnist = join(dataDir, "mnist");
    const page = existsSync(mnist)
      ? await pageOf(join(root, "examples/06-cnn.ts"), { dataDir: mnist })
      : await pageOf(smallCnn(), {});
    const model = makeModel();
    const places = drawn(page, countOf(6));
    const error = await largestError(page, places, model, ([image, label]) =>
      losses.crossEntropy(model.forward(image), label),
    );
    tell("the CNN", places, error);
    expect(error).toBeLessThan(1e-3);
  });

  test("of the GPT", { timeout: 1_800_000 }, async () => {
    const text = existsSync(join(dataDir, "tinyshakespeare")) ? dataDir : smallText();
    const page = await pageOf(join(root, "examples/16-gpt.ts"), { dataDir: text });
    const head = page.trace.nodes.find(({ name }) => name === "model.head.weight")!;
    const model = new GPT(head.shape[0]);
    const places = drawn(page, countOf(2));
    const error = await largestError(page, places, model, ([x, y]) => model.loss(x, y));
    tell("the GPT", places, error);
    expect(error).toBeLessThan(1e-3);
  });
});
