import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { ArrayDataset } from "../../src/data/index.ts";
import { ChainruleError, fit, nn, optim, random, seed, type Tensor } from "../../src/index.ts";
import { checkLeakage } from "../../src/inspect/data-checks.ts";
import { diagnose, diagnosis } from "../../src/inspect/index.ts";
import { namedState } from "../../src/nn/walk.ts";
import type { Callback, StepEvent, TrainingRun } from "../../src/train/callback.ts";
import { digitsTrain, faults, first, planted } from "./faults.ts";
import { healthy } from "./healthy.ts";
import { cases } from "./many-fields.ts";

/** The numbers of a sentence, as text. */
function numbersIn(sentence: string): string[] {
  return sentence.match(/\d+(\.\d+)?(e[+-]?\d+)?/g) ?? [];
}

describe("planted faults", () => {
  test.each(faults)("$what: $finds", async (fault) => {
    const { model, batch, options } = planted(fault);
    const { findings, healthy } = await diagnose(model, batch, options);
    const grave = findings.filter(({ severity }) => severity !== "info").map(({ name }) => name);
    expect(grave).toEqual(expect.arrayContaining([...fault.finds]));
    expect(healthy).toBe(false);
    for (const { found, foundInChinese } of findings) {
      expect(foundInChinese).toMatch(/\p{Script=Han}.*。$/u);
      expect(numbersIn(found)).toEqual(expect.arrayContaining(numbersIn(foundInChinese)));
      expect(numbersIn(foundInChinese).length).toBeGreaterThanOrEqual(numbersIn(found).length - 1);
    }
  });

  it("says once what is wrong, with numbers that can be read", async () => {
    const inputs = Float32Array.from({ length: 64 }, (_, k) => (k === 7 ? Number.NaN : k % 5));
    const y = {
      dtype: "float32",
      shape: [16, 1],
      data: new Float32Array(16).fill(301_000),
    } as const;
    const batch = { x: { dtype: "float32", shape: [16, 4], data: inputs } as const, y };
    const { findings } = await diagnose(new nn.Linear(4, 1), batch, { trials: false });
    const text = findings.map(({ name, found }) => `${name}: ${found}`).join("\n");
    expect(text).toMatch(/^nan-in-data: 1 of 64 elements of x are NaN or infinite/);
    expect(text).not.toMatch(/inputs-not-normalised/); // NaN has no size
    expect(text).toMatch(/targets is 301,000; about 1 is usual/);
    const finite = { ...batch, x: { ...batch.x, data: inputs.map((x) => x || 0) } };
    const optimizer = (model: nn.Linear) => new optim.SGD(model, { learningRate: 1 });
    const model = new nn.Linear(4, 1);
    const fast = await diagnose(model, finite, { optimizer: optimizer(model), trials: false });
    expect(String(fast)).toMatch(/The norm of all gradients together is \d\.\d+e6;/);
    expect(String(fast)).toMatch(/A step changes weights by [\d.e]+ times their size/);
  });

  it("are none where records differ in few bits only", () => {
    const from = (first: number): ArrayDataset =>
      new ArrayDataset({ x: Array.from({ length: 20_000 }, (_, k) => [0, first + k, 0]) });
    expect(checkLeakage(from(0), from(20_000), ["x"])).toEqual([]);
    const [{ numbers }] = checkLeakage(from(0), from(19_990), ["x"]);
    expect(numbers).toMatchObject({ leaked: 10 });
  });

  it("are all the kinds that there are, each in the guide", async () => {
    const { explanations } = await import("../../src/inspect/finding.ts");
    const planted = new Set(faults.flatMap(({ finds }) => finds));
    const names = Object.keys(explanations);
    expect(names.filter((name) => !planted.has(name as never))).toEqual([]);
    const guide = readFileSync(new URL("../../docs/diagnosis.md", import.meta.url), "utf8");
    expect(names.filter((name) => !guide.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe("healthy set-ups", () => {
  test.each(healthy)("$what: no warning", async (setup) => {
    const { model, batch, options } = planted(setup);
    const { findings, measurements } = await diagnose(model, batch, options);
    expect(findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(measurements?.gradientNorm).toBeGreaterThan(0);
  });
});

describe("several inputs, masks, outputs and losses of one's own", () => {
  test.each(cases)("$what: $finds", async ({ finds, says, make }) => {
    const { model, batch, options } = planted({ make });
    const found = await diagnose(model, batch, options);
    const grave = found.findings.filter(({ severity }) => severity !== "info");
    if (finds.length === 0) expect(grave).toEqual([]);
    expect(grave.map(({ name }) => name)).toEqual(expect.arrayContaining([...finds]));
    if (says !== undefined) expect(String(found)).toMatch(says);
  });
});

const network = (): nn.Sequential => {
  seed(2);
  return new nn.Sequential(
    new nn.Linear(64, 16),
    new nn.BatchNorm1d(16),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(16, 10),
  );
};

describe("diagnose", () => {
  it("refuses what it cannot measure, in words", async () => {
    const model = new nn.Linear(2, 2);
    const numbers = (...shape: number[]) => ({
      dtype: "float32" as const,
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(k)),
    });
    const batch = { x: numbers(4, 2), y: numbers(4, 2) };
    const short = { ...batch, x: { ...batch.x, data: new Float32Array(3) } };
    const read = (given: object, options: object = {}, of: object = model): Promise<unknown> =>
      diagnose(of as nn.Layer, given as never, options);
    await expect(read(short)).rejects.toThrow(/"x" has 3 elements, and the shape \[4, 2\]/);
    await expect(read({ ...batch, x: numbers(0, 2) })).rejects.toThrow(/"x" has 0 elements/);
    await expect(read(batch, { optimizer: null })).rejects.toThrow(/optimizer is null/);
    await expect(read(batch, { loss: () => 1 })).rejects.toThrow(/the loss must return a tensor/);
    await expect(read(batch, { fields: { inputs: "z" } })).rejects.toThrow(/has no field "z"/);
    await expect(read(batch, {}, { forward: (x: Tensor) => [x] })).rejects.toThrow(
      /one tensor is needed/,
    );
  });

  it("leaves model, optimizer and generators as they are, bit for bit", async () => {
    const model = network();
    const optimizer = new optim.Adam(model, { learningRate: 0.9 });
    const state = (): unknown => [
      [...namedState([model, optimizer])].map(([path, { slot }]) => [path, [...slot.fetch()]]),
      random.state,
      optimizer.learningRate,
    ];
    const before = state();
    const { findings } = await diagnose(model, first(digitsTrain), { optimizer });
    expect(findings.length).toBeGreaterThan(0);
    expect(state()).toEqual(before);
  });

  it("gives gradient norms and updates as a step of the same model has them", async () => {
    seed(4);
    const model = new nn.Linear(64, 10);
    const optimizer = new optim.SGD(model, { learningRate: 0.1 });
    const { measurements } = await diagnose(model, first(digitsTrain), {
      optimizer,
      trials: false,
    });
    const [weight] = measurements!.parameters;
    expect(weight.path).toBe("weight");
    expect(weight.updateRatio).toBeCloseTo((0.1 * weight.gradientNorm!) / weight.weightNorm, 6);
    const norms = measurements!.parameters.map(({ gradientNorm }) => gradientNorm!);
    expect(measurements!.gradientNorm).toBeCloseTo(Math.hypot(...norms), 6);
  });

  it("prints findings, worst first, with layer, numbers, meaning and help; JSON has the same", async () => {
    const fault = faults.find(({ finds }) => finds.includes("dead-relu"))!;
    const { model, batch, options } = planted(fault);
    const found = await diagnose(model, batch, options);
    expect(String(found)).toMatch(
      /✗ error: dead-relu in layers\.1 \(ReLU\)\n {2}100 % of 32 units are 0 .*\n.*\n {2}What helps: /,
    );
    const { findings } = JSON.parse(JSON.stringify(found));
    expect(findings[0]).toMatchObject({ name: "dead-relu", numbers: { share: 1, units: 32 } });
  });

  it("refuses what is no model, no batch, no option", async () => {
    const model = network();
    const code = "BAD_ARGUMENT";
    await expect(diagnose(null as never, first(digitsTrain))).rejects.toMatchObject({ code });
    await expect(diagnose(model, {})).rejects.toThrow(/needs a batch with inputs and targets/);
    await expect(diagnose(model, [1] as never)).rejects.toBeInstanceOf(ChainruleError);
    const options = { optimiser: 1 } as never;
    await expect(diagnose(model, first(digitsTrain), options)).rejects.toThrow(/Use optimizer/);
  });
});

describe("the diagnosis callback", () => {
  it("measures every n steps and tells each finding once", async () => {
    const model = network();
    const run = { model, optimizer: new optim.SGD(model, { learningRate: 1e9 }) };
    const printed: string[] = [];
    const print = (text: string): void => void printed.push(text);
    const watch = diagnosis({ batch: first(digitsTrain), every: 2, print });
    for (let step = 1; step <= 6; step++)
      await watch.onStep!({ step } as StepEvent, run as unknown as TrainingRun);
    expect(watch.reports.map(({ step }) => step)).toEqual([2, 4, 6]);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/After step 2:\n! warning: learning-rate-too-high/);
    expect(() => diagnosis({ batch: first(digitsTrain), every: 0 })).toThrow(/every/);
  });

  it("changes no bit of a run of fit", async () => {
    const train = digitsTrain.select(Int32Array.from({ length: 96 }, (_, k) => k));
    const weights = async (callbacks: Callback[]): Promise<unknown> => {
      const model = network();
      await fit(model, { train, epochs: 2, batchSize: 32, seed: 3, callbacks });
      return [...namedState(model)].map(([path, { slot }]) => [path, [...slot.fetch()]]);
    };
    const watch = diagnosis({ batch: first(digitsTrain), every: 2, print: () => {} });
    expect(await weights([watch])).toEqual(await weights([]));
    expect(watch.reports.map(({ step }) => step)).toEqual([2, 4, 6]);
  });

  it("sees the model change", async () => {
    const model = network();
    const watch = diagnosis({ batch: first(digitsTrain), every: 1, print: () => {} });
    const run = { model, optimizer: new optim.SGD(model) } as unknown as TrainingRun;
    await watch.onStep!({ step: 1 } as StepEvent, run);
    const { weight } = model.layers[0] as nn.Linear;
    weight.assign(weight.mul(2));
    await watch.onStep!({ step: 2 } as StepEvent, run);
    const norm = (k: number): number =>
      watch.reports[k].diagnosis.measurements!.parameters[0].weightNorm;
    expect(norm(1)).toBeCloseTo(2 * norm(0), 4);
  });
});
