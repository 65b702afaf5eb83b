// What a recorder leaves in a run directory, and the report: whole, safe against what runs are named, and small.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { reportPage } from "../../rolldown.config.ts";
import { ArrayDataset, digits } from "../../src/data/index.ts";
import { concatenate, nn, seed, type Tensor } from "../../src/index.ts";
import { explanations } from "../../src/inspect/finding.ts";
import { chineseFindings } from "../../src/inspect/findings-zh.ts";
import {
  type Callback,
  checkpointMemory,
  fit,
  type RecorderFacts,
  runRecorder,
  type TensorBatch,
  writeReport,
} from "../../src/train/node.ts";
import { readReportData } from "../../src/train/node-report.ts";
import { examine } from "../../src/train/report/examination.ts";
import { ParameterHealth } from "../../src/train/report/parameter-health.ts";
import type { ReportData } from "../../src/train/report/report-data.ts";
import { type ReportPage, reportHtml } from "../../src/train/report/report-html.ts";
import { shownEvents } from "./event-files.ts";
import { clusters, line, network } from "./synthetic.ts";

let root: string;
let page: ReportPage;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "chainrule-report-"));
  const made = await rolldown({ ...reportPage, cwd: join(import.meta.dirname, "../..") });
  const { output } = await made.generate(reportPage.output);
  await made.close();
  const textOf = (name: string): string => {
    const file = output.find(({ fileName }) => fileName === name)!;
    return "code" in file ? file.code : String(file.source);
  };
  page = { script: textOf("page.js"), style: textOf("page.css") };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hash = (text: string): string => createHash("sha256").update(text).digest("base64");
const html = (data: ReportData): string => reportHtml(data, page, { language: "en", hash });
const evil = '</script><script>alert("x")</script><!--';

/** A short run with a recorder; gives back its directory. */
async function recorded(
  name: string,
  facts: Partial<RecorderFacts> = {},
  more: { readonly callbacks?: readonly Callback[]; readonly resume?: "newest" } = {},
  store = checkpointMemory(),
): Promise<string> {
  const directory = join(root, name);
  const data = { test: clusters(60, 2), classes: ["a", "b", evil] };
  const recorder = runRecorder(directory, { name, configuration: { rate: 0.01 }, data, ...facts });
  await fit(network(), {
    train: clusters(120),
    validation: clusters(60, 2),
    epochs: 4,
    batchSize: 12,
    clip: 1,
    checkpoints: { store, everySteps: 5 },
    ...more,
    callbacks: [recorder, ...(more.callbacks ?? [])],
  });
  return directory;
}

/** The JSON that a report embeds. */
function dataOf(text: string): ReportData {
  const [, json] = text.match(/<script type="application\/json" id="data">([^<]*)<\/script>/)!;
  return JSON.parse(json) as ReportData;
}

describe("runRecorder", () => {
  it("leaves metrics, event files, facts and a report", async () => {
    const directory = await recorded("whole");
    for (const name of ["metrics.jsonl", "tensorboard", "report.json", "report.html"])
      expect(existsSync(join(directory, name)), name).toBe(true);
    const data = await readReportData(directory);
    expect(data).toMatchObject({ name: "whole", ended: "finished", configuration: { rate: 0.01 } });
    expect(data.steps.map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, k) => k + 1));
    expect(data.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(data.model!.rows.map(({ path }) => path)).toContain("layers.0");
    expect(data.model!.parameters).toBe(2 * 8 + 8 + 8 * 3 + 3);
    expect(data.environment).toMatchObject({ node: process.version });
    const { samples, confusion, worst, classes } = data.examination!;
    expect(samples).toBe(60);
    expect(classes![2]).toBe(evil);
    expect(confusion!.reduce((a, b) => a + b)).toBe(60);
    expect(worst).toHaveLength(24);
    expect(worst.map(({ loss }) => loss)).toEqual(
      worst.map(({ loss }) => loss).sort((a, b) => b - a),
    );
  });

  it("measures updates: of Adam's first step each weight moves by the learning rate", async () => {
    const { health } = await readReportData(await recorded("health"));
    const [first] = health;
    expect(first.step).toBe(1);
    expect(Object.keys(first.weights)).toEqual([
      ...["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias"],
    ]);
    expect(first.updates["layers.3.bias"]).toBeCloseTo(0.001 * Math.sqrt(3), 5);
  });

  it("records the norms of gradients, before clipping, in the log and for TensorBoard", async () => {
    const directory = await recorded("gradients");
    const { health, steps } = await readReportData(directory);
    expect(health.length).toBeGreaterThanOrEqual(16);
    for (const { step, weights, gradients } of health) {
      expect(Object.keys(gradients!)).toEqual(Object.keys(weights));
      const { gradientNorm } = steps.find((each) => each.step === step)!; // there because of `clip`
      expect(Math.hypot(...Object.values(gradients!)) / gradientNorm!).toBeCloseTo(1, 4);
    }
    const tag = "gradients/layers.3.weight";
    const shown = shownEvents(join(directory, "tensorboard", "train")).flatMap((event) =>
      (event.summary?.value ?? [])
        .filter((value) => value.tag === tag)
        .map(({ simpleValue }) => ({ step: event.step, norm: simpleValue.toPrecision(5) })),
    );
    const logged = health.map(({ step, gradients }) => {
      return { step, norm: gradients!["layers.3.weight"].toPrecision(5) };
    });
    expect(shown).toEqual(logged);
  });

  it("goes on after a crash with no line lost or twice", async () => {
    const store = checkpointMemory();
    const crash: Callback = {
      onStep({ step }) {
        if (step === 23) throw new Error("crash");
      },
    };
    await expect(recorded("broken", {}, { callbacks: [crash] }, store)).rejects.toThrow("crash");
    const between = await readReportData(join(root, "broken"));
    expect(between.ended).toBe("failed");
    const again = await readReportData(await recorded("broken", {}, { resume: "newest" }, store));
    expect(again.startedAt).toBe(between.startedAt);
    const whole = await readReportData(await recorded("unbroken"));
    const timeless = (lines: readonly { readonly seconds: number }[]): object[] =>
      lines.map((entry) => ({ ...entry, seconds: 0 }));
    expect(timeless(again.steps)).toEqual(timeless(whole.steps));
    expect(timeless(again.epochs)).toEqual(timeless(whole.epochs));
    const gradients = ({ health }: ReportData): object[] =>
      health.map(({ step, gradients }) => ({ step, gradients }));
    expect(gradients(again)).toEqual(gradients(whole));
    expect(again.examination).toEqual(whole.examination);
  });

  it("costs no run when diagnosis or data fail, and says so", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const diagnose = (): never => {
      throw new Error("no diagnosis");
    };
    const directory = await recorded("partly", { diagnose, data: { test: line(9) } });
    const said = warn.mock.calls.map(([text]) => String(text)).join("\n");
    warn.mockRestore();
    expect(said).toContain("no diagnosis");
    expect(said).toContain("could not examine the model");
    expect(existsSync(join(directory, "report.html"))).toBe(true);
  });

  it("shows TensorBoard the settings and the worst pictures", async () => {
    const { test, imageShape } = await digits();
    const directory = join(root, "pictures");
    seed(1);
    const model = new nn.Sequential(new nn.Linear(64, 10));
    const configuration = { rate: 0.1, recipe: "<b>" };
    const data = { test, imageShape };
    const recorder = runRecorder(directory, { name: "digits", configuration, data });
    await fit(model, { train: test, epochs: 1, callbacks: [recorder] });
    const events = shownEvents(join(directory, "tensorboard"));
    const values = events.flatMap(({ summary }) => summary?.value ?? []);
    const tensorOf = (tag: string) => values.find((value) => value.tag === tag)!.tensor!;
    const text = new TextDecoder().decode(tensorOf("configuration").stringVal[0]);
    expect(text).toContain("| rate | 0.1 |");
    expect(tensorOf("worst examples").stringVal).toHaveLength(2 + 24);
  });

  it("refuses facts that there are not", () => {
    let error: unknown;
    try {
      runRecorder(root, { name: "x", dataset: 1 } as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
  });
});

describe("examine", () => {
  it("finds the worst of values, with what was said", async () => {
    const model: nn.Layer = { forward: (x) => x.mul(2) };
    const { worst, confusion } = (await examine(model, { test: line(5) }))!; // said 2x, right is 2x − 1: always 1 off
    expect(confusion).toBeUndefined();
    expect(worst[0].loss).toBeCloseTo(1, 5);
    expect(worst.find(({ index }) => index === 3)).toMatchObject({
      label: "-0.4",
      predicted: "0.6",
    });
  });

  it("uses the recipe's own forward pass and fields", async () => {
    const { test } = await digits();
    const model = new nn.Linear(64, 10, { init: nn.init.zeros, biasInit: nn.init.zeros });
    // Always says the class that it is told by the labels themselves, but for one.
    const forward = (batch: TensorBatch): Tensor =>
      batch.labels.oneHot(10).mul(9).add(model.forward(batch.images));
    const whole = (await examine(model, { test, forward }))!;
    expect(whole.confusion!.filter((_, k) => k % 11 !== 0).every((count) => count === 0)).toBe(
      true,
    );
    const pair = { x: { data: [1, 2] }, y: { data: [10, 20] }, sum: { data: [11, 23] } };
    const adder = { forward: (x: Tensor, y: Tensor) => x.add(y) } as unknown as nn.Layer;
    const fields = { inputs: ["x", "y"], targets: "sum" };
    const { worst } = (await examine(adder, { test: new ArrayDataset(pair), fields }))!;
    expect(worst.map(({ index, predicted }) => [index, predicted])).toEqual([
      [1, "22"],
      [0, "11"],
    ]);
  });

  it("leaves out labels that are no class, and says nothing of outputs of another kind", async () => {
    const labels = Int32Array.of(0, -100, 1);
    const test = new ArrayDataset({ x: { data: [3, 2, -1] }, labels: { data: labels } });
    const scores: nn.Layer = {
      forward: (x) =>
        concatenate(
          [x, x.neg()].map((t) => t.reshape([-1, 1])),
          1,
        ),
    };
    const { confusion, worst } = (await examine(scores, { test }))!;
    expect(confusion).toEqual([1, 0, 0, 1]);
    expect(worst.map(({ index }) => index)).toEqual([2, 0]);
    const pairs = { forward: (x: Tensor) => [x, x] } as unknown as nn.Layer;
    expect(await examine(pairs, { test })).toBeUndefined();
    const wide: nn.Layer = { forward: (x) => x.reshape([-1, 1, 1]).broadcastTo([3, 2, 2]) };
    expect(await examine(wide, { test })).toBeUndefined();
  });

  it("draws pictures", async () => {
    seed(1);
    const { test } = await digits();
    const model = new nn.Sequential(new nn.Linear(64, 10));
    const shapes: unknown[] = [];
    const draw = ({ shape }: { readonly shape: readonly number[] }): string => {
      shapes.push(shape);
      return "data:image/png;base64,";
    };
    const { worst } = (await examine(model, { test, imageShape: [1, 8, 8] }, draw))!;
    expect(shapes[0]).toEqual([1, 8, 8]);
    expect(worst[0].picture).toBe("data:image/png;base64,");
  });
});

describe("ParameterHealth", () => {
  it("looks at ever fewer steps", () => {
    const health = new ParameterHealth(network());
    health.after(0, 0, 1e6);
    const seen = Array.from({ length: 64 }, (_, k) => k + 1).filter((step) =>
      health.after(step, 1, 1e6),
    );
    expect(seen.slice(0, 18)).toEqual([...Array.from({ length: 16 }, (_, k) => k + 1), 18, 20]);
    expect(seen.at(-1)).toBe(64);
  });
});

describe("the report", () => {
  const empty: ReportData = {
    name: "x",
    folder: "x",
    results: {},
    epochs: [],
    steps: [],
    health: [],
  };

  it("lets nothing that a run says become markup", () => {
    const data: ReportData = {
      ...empty,
      name: evil,
      folder: evil,
      configuration: { [evil]: [evil, "\u2028"] },
      results: { [evil]: 1 },
    };
    const text = html(data);
    expect(text.match(/<script/g)).toHaveLength(2 + page.script.split("<script").length - 1);
    expect(text.indexOf("<script>alert")).toBe(-1);
    expect(text.match(/<title>(.*)<\/title>/)![1]).not.toMatch(/[<>"]/);
    expect(dataOf(text)).toEqual(data);
  });

  it("allows its own script and style and nothing else", () => {
    const text = html(empty);
    const [, policy] = text.match(/Content-Security-Policy" content="([^"]+)"/)!;
    const script = text.match(/<script>([\s\S]*)<\/script>\n<\/body>/)![1];
    const style = text.match(/<style>([\s\S]*)<\/style>/)![1];
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${hash(script)}'; style-src 'sha256-${hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    const foreign = /<(link|img|iframe)|@import|url\(|<[^>]+ src=|\beval\(|new Function/;
    expect(foreign.exec(text)?.[0]).toBeUndefined();
  });

  it("is small for long runs, too", () => {
    const steps = Array.from({ length: 20_000 }, (_, k) => k + 1).map((step) => ({
      ...({ kind: "step", step, epoch: 1, seconds: step / 1e3, learningRate: 1e-3 } as const),
      train: { loss: 1 / step, accuracy: 1 - 1 / step },
    }));
    const directory = join(root, "long");
    mkdirSync(directory);
    const facts = {
      format: "chainrule-report",
      version: 1,
      name: "long",
      configuration: {},
      environment: {},
    };
    writeFileSync(join(directory, "report.json"), JSON.stringify(facts));
    const lines = steps.map((step) => `${JSON.stringify(step)}\n`);
    writeFileSync(join(directory, "metrics.jsonl"), `${lines.join("")}{"kind":"st`);
    return readReportData(directory).then((data) => {
      expect(data.steps.at(-1)!.step).toBe(20_000);
      expect(html(data).length).toBeLessThan(350_000);
    });
  });

  it("refuses folders without a run, and languages that it does not speak", async () => {
    const missing = { code: "MISSING_FILE" };
    await expect(writeReport(join(root, "nowhere"))).rejects.toMatchObject(missing);
    const language = "fr" as never;
    await expect(writeReport(root, { language })).rejects.toMatchObject({ code: "BAD_ARGUMENT" });
    mkdirSync(join(root, "spoiled"));
    writeFileSync(join(root, "spoiled", "run.json"), "{");
    const bad = { code: "BAD_CHECKPOINT" };
    await expect(writeReport(join(root, "spoiled"))).rejects.toMatchObject(bad);
  });

  it("has all findings of a diagnosis in Chinese", () => {
    expect(Object.keys(chineseFindings).sort()).toEqual(Object.keys(explanations).sort());
  });

  it("opens in the language that is asked for", async () => {
    const path = await writeReport(await recorded("zh"), { language: "zh" });
    expect(readFileSync(path, "utf8")).toContain('<html lang="zh">');
    const usual = await writeReport(await recorded("reader"));
    expect(readFileSync(usual, "utf8")).toContain('<html lang="en" data-language="reader">');
  });
});
