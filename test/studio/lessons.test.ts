// The lessons of Studio: the numbers that their graphs show are those of the golden seeds, what their texts say happens
// does happen, their tables are those of docs/errata.md, and every setting that can be chosen opens.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { StepTrace, TraceNode } from "chainrule/inspect";
import { describe, expect, it } from "vitest";
import { type Control, type Lesson, lessons } from "../../studio/src/lessons/lessons.ts";
import { questions } from "../../studio/src/lessons/texts/questions.ts";
import { twoThreeOne } from "../../studio/src/lessons/texts/two-three-one.ts";
import { logitsOf, softmax } from "../../studio/src/lessons/widgets/layer-values.ts";
import { makeProgram } from "../../studio/src/worker/programs/all.ts";
import {
  gradientNorms,
  historyOf,
  predictionsOf,
} from "../../studio/src/worker/programs/history.ts";
import { heightsOf, levelsOf } from "../../studio/src/worker/programs/surface.ts";
import type { ProgramName, Settings } from "../../studio/src/worker/protocol.ts";
import { Session } from "../../studio/src/worker/session.ts";
import { entries } from "../errata/page.ts";
import { type GoldenCase, readFolder } from "../golden/folder.ts";

const shared = process.env.CHAINRULE_SHARED ?? resolve(import.meta.dirname, "../../../shared");
const golden = join(shared, "golden");

async function traceOf(program: ProgramName, settings: Settings): Promise<StepTrace> {
  return (await new Session().open(program, settings)).trace;
}

/** Nodes of a forward pass by op, in their order. */
function nodesOf({ nodes, loss }: StepTrace, op: string): TraceNode[] {
  return nodes.filter((node) => node.op === op && node.id <= loss.node);
}

const named = (trace: StepTrace, name: string): TraceNode =>
  trace.nodes.find((node) => node.name === name)!;
const adjoint = ({ nodes }: StepTrace, node: TraceNode): readonly number[] =>
  nodes[node.adjoint!].values;
const afterwards = ({ nodes, updates }: StepTrace, name: string): readonly number[] =>
  nodes[updates.find((update) => update.name === name)!.after].values;

/** Compares lists with stored tensors, within the tolerance that the case states for float32. */
function agrees(seed: GoldenCase, found: Readonly<Record<string, readonly number[]>>): void {
  for (const [name, values] of Object.entries(found)) {
    const described = seed.outputs.find((one) => one.name === name)!;
    const [relative, absolute] = described.tol32!;
    const stored = Array.from(seed.stored("output", described).data, Number);
    expect(values, name).toHaveLength(stored.length);
    for (const [k, value] of values.entries()) {
      expect(Math.abs(value - stored[k]), `${name} ${k}`).toBeLessThanOrEqual(
        absolute + relative * Math.abs(stored[k]),
      );
    }
  }
}

describe.skipIf(!existsSync(join(golden, "index.json")))("numbers on the screen", () => {
  const seedOf = async (op: string): Promise<GoldenCase> =>
    (await readFolder(golden, { group: "seeds", op }))[0];

  it("2-3-1 shows the golden values, gradients and updates", async () => {
    const trace = await traceOf("two-three-one", { learningRate: 0.1 });
    const [z1, z2] = nodesOf(trace, "contract");
    const [a1, y] = nodesOf(trace, "sigmoid");
    const [W1, W2] = ["model.layers.0.weight", "model.layers.2.weight"];
    const { losses } = await historyOf("two-three-one", { learningRate: 0.1 }, 1001);
    agrees(await seedOf("seed_sigmoid_2_3_1"), {
      ...{ z1: z1.values, a1: a1.values, z2: z2.values, y: y.values, loss: [trace.loss.value] },
      ...{ delta1: adjoint(trace, z1), delta2: adjoint(trace, z2) },
      ...{ dW1: adjoint(trace, named(trace, W1)), dW2: adjoint(trace, named(trace, W2)) },
      ...{ W1_after_1: afterwards(trace, W1), W2_after_1: afterwards(trace, W2), losses },
    });
  });

  it("linear regression shows the golden values, gradients and updates", async () => {
    const settings = { data: "one", learningRate: 0.01 };
    const trace = await traceOf("linear-regression", settings);
    const [W, b] = ["model.weight", "model.bias"];
    const { losses, parameters } = await historyOf("linear-regression", settings, 1000);
    agrees(await seedOf("seed_linear_regression"), {
      ...{ dW_0: adjoint(trace, named(trace, W)), db_0: adjoint(trace, named(trace, b)) },
      ...{ W_after_1: afterwards(trace, W), b_after_1: afterwards(trace, b) },
      ...{ W_final: parameters[W][1000], b_final: parameters[b][1000] },
      half_squared_error: losses,
    });
  });

  it("ReLU with binary cross-entropy shows the golden values, gradients and updates", async () => {
    const trace = await traceOf("relu-bce", { learningRate: 0.1 });
    const [W1, b1, W2, b2] = [0, 2].flatMap((layer) =>
      ["weight", "bias"].map((name) => `model.layers.${layer}.${name}`),
    );
    const { losses, parameters } = await historyOf("relu-bce", { learningRate: 0.1 }, 1000);
    const of = (name: string): readonly number[] => adjoint(trace, named(trace, name));
    agrees(await seedOf("seed_relu_bce_2_3_1"), {
      ...{ h_0: nodesOf(trace, "relu")[0].values, y_0: nodesOf(trace, "sigmoid")[0].values },
      ...{ dW1_0: of(W1), db1_0: of(b1), dW2_0: of(W2), db2_0: of(b2) },
      ...{ W1_after_1: afterwards(trace, W1), b2_after_1: afterwards(trace, b2), losses },
      ...{ W1_final: parameters[W1][1000], W2_final: parameters[W2][1000] },
    });
  });
});

describe("what the texts say", () => {
  const lossesOf = async (name: ProgramName, settings: Settings, updates: number) =>
    (await historyOf(name, settings, updates)).losses;

  it("of the chain rule: 0.4635 falls to 0.3879 at rate 1, and to almost 0 at 7.3", async () => {
    const trace = await traceOf("chain", { w: 2, b: -1 });
    expect(adjoint(trace, named(trace, "model.w"))[0]).toBeCloseTo(0.214438, 6); // worked by hand
    expect(adjoint(trace, named(trace, "model.b"))[0]).toBeCloseTo(0.142959, 6);
    expect((await lossesOf("chain", { learningRate: 1 }, 1)).map((x) => x.toFixed(4))).toEqual([
      "0.4635",
      "0.3879",
    ]);
    expect((await lossesOf("chain", { learningRate: 7.3 }, 1))[1]).toBeLessThan(1e-6);
    expect((await lossesOf("chain", { learningRate: 10 }, 1))[1]).toBeCloseTo(0.018, 3);
  });

  it("of 2-3-1: rate 20 is quick, rate 50 jumps to and fro", async () => {
    const quick = await lossesOf("two-three-one", { learningRate: 20 }, 3);
    expect(quick[1]).toBeCloseTo(0.00097, 5);
    expect(quick[3]).toBeLessThan(1e-8);
    const wild = await lossesOf("two-three-one", { learningRate: 50 }, 3);
    expect(wild.slice(1).map((x) => x.toFixed(4))).toEqual(["0.0039", "0.0084", "0.0022"]);
  });

  it("of linear regression: the error is multiplied by 1 − 6 η", async () => {
    const at = (learningRate: number) =>
      lossesOf("linear-regression", { data: "one", learningRate }, 5);
    expect((await at(0.17))[1]).toBeCloseTo(0.00097, 5);
    expect((await at(0.33))[5]).toBeLessThan(2.42);
    expect((await at(0.34))[5]).toBeGreaterThan(2.42);
  });

  it("of ReLU: the first unit goes off after 465 updates, and rate 1 kills all", async () => {
    const { parameters } = await historyOf("relu-bce", { learningRate: 0.1 }, 470);
    const first = parameters["model.layers.0.weight"].map(
      (w, k) => w[0] * 1 + w[1] * 2 + parameters["model.layers.0.bias"][k][0],
    );
    expect(first.findIndex((z) => z <= 0)).toBe(465);
    const dead = await lossesOf("relu-bce", { learningRate: 1 }, 100);
    expect(dead[1]).toBeCloseTo(6.08, 2);
    expect(dead[100]).toBeCloseTo(Math.LN2, 4);
  });

  it("of softmax: the gradient of the logits is p − y, in both forms, and sums to 0", async () => {
    for (const form of ["steps", "loss"]) {
      const logits = logitsOf(await traceOf("softmax", { form, label: "1" }))!;
      const p = softmax(logits);
      expect(p.map((x) => x.toFixed(4))).toEqual(["0.2068", "0.3768", "0.4164"]);
      for (const [k, share] of p.entries()) {
        expect(logits.adjoints[k]).toBeCloseTo(share - (k === 1 ? 1 : 0), 6);
      }
    }
  });

  it("of digits: ten images are learnt by heart, all of them teach to read", async () => {
    const ten = await historyOf("digits", { batch: "ten", learningRate: 0.02 }, 60);
    expect(ten.losses[60]).toBeCloseTo(0.04, 2);
    expect(ten.scores[60]).toBeCloseTo(0.48, 2);
    const all = await historyOf("digits", { batch: "all", learningRate: 0.02 }, 200);
    expect(all.scores[200]).toBeGreaterThanOrEqual(0.95);
    const dead = await historyOf("digits", { batch: "all", learningRate: 0.3 }, 200);
    expect(dead.scores[200]).toBeCloseTo(0.33, 1);
    const logits = logitsOf(await traceOf("digits", { batch: "ten" }))!;
    expect(logits.values).toHaveLength(100);
  });

  it("of activations: none stays at ln 2, tanh and ReLU learn XOR, ReLU from start 3 does not", async () => {
    const at = async (activation: string, start: number, learningRate = 0.5) =>
      (await lossesOf("xor", { activation, start, learningRate }, 400))[400];
    expect(await at("none", 4)).toBeCloseTo(Math.LN2, 3);
    expect(await at("tanh", 4)).toBeLessThan(0.02);
    expect(await at("relu", 4)).toBeLessThan(0.02);
    expect(await at("relu", 3)).toBeCloseTo(Math.LN2, 3);
    expect(await at("sigmoid", 4)).toBeGreaterThan(0.6);
    expect(await at("sigmoid", 4, 3)).toBeLessThan(0.02);
  });

  it("of learning rates: one weight converges below 1/11, weight and bias below 0.0845", async () => {
    const at = (data: string, learningRate: number) =>
      lossesOf("linear-regression", { data, learningRate }, 40);
    expect((await at("slope", 1 / 22))[1]).toBeLessThan(1e-6);
    expect((await at("slope", 0.0905))[40]).toBeLessThan(44);
    expect((await at("slope", 0.092))[40]).toBeGreaterThan(44);
    expect((await at("line", 0.084))[40]).toBeCloseTo(21, 0);
    expect((await at("line", 0.085))[40]).toBeCloseTo(140, -1);
  });

  it("of optimizers: they leave the saddle after 4, 29 and 126 updates", async () => {
    const leaves = async (optimizer: string) => {
      const settings = { surface: "saddle", learningRate: 0.05, startX: -2.5, startY: 0.001 };
      const losses = await lossesOf("surface", { ...settings, optimizer }, 150);
      return losses.findIndex((loss) => loss < -0.1);
    };
    expect([await leaves("rmsprop"), await leaves("adam"), await leaves("sgd")]).toEqual([
      4, 29, 126,
    ]);
    const fast = { surface: "valley", optimizer: "sgd", learningRate: 0.14, startX: -4, startY: 1 };
    expect((await lossesOf("surface", fast, 120))[120]).not.toBeLessThan(1e12);
  });

  it("of vanishing gradients: 2.2e-9 at depth 10, 3.1e-26 at 30; He's weights keep ReLU's", async () => {
    const first = async (depth: number, activation: string, gain = 1, variant = "plain") =>
      (await gradientNorms("deep", { depth, activation, variant, gain }))[0];
    expect((await first(10, "sigmoid")).toExponential(1)).toBe("2.2e-9");
    expect((await first(30, "sigmoid")).toExponential(1)).toBe("3.1e-26");
    expect(await first(10, "relu")).toBeLessThan(1e-5);
    expect(await first(10, "relu", 2.45)).toBeGreaterThan(1e-2);
    expect(await first(30, "sigmoid", 1, "batchNorm")).toBeGreaterThan(0.1);
    expect(await first(30, "sigmoid", 1, "residual")).toBeGreaterThan(0.1);
  });

  it("of exploding gradients: 17.5, 13,260, 1.7e30, then nothing; clipped it learns", async () => {
    const settings = { depth: 10, activation: "relu", gain: 4, learningRate: 0.05 };
    const free = await lossesOf("deep", { ...settings, clip: "off" }, 3);
    expect(free[0]).toBeCloseTo(17.5, 1);
    expect(free[1] / 13260).toBeCloseTo(1, 2);
    expect(free[2].toExponential(1)).toBe("1.7e+30");
    expect(free[3]).toBeNaN();
    expect(Math.hypot(...(await gradientNorms("deep", settings)))).toBeCloseTo(271, 0);
    expect((await lossesOf("deep", { ...settings, clip: "1" }, 3))[3]).toBeCloseTo(1.49, 2);
  });
});

describe("pictures", () => {
  it("get heights and predictions from the same programs", async () => {
    expect(Array.from(heightsOf("line", [0, 2], [0, 1]))).toEqual([57, 1, 44, 0]);
    // Steps are narrow at the bottom: cbrt(1 / 57) of the way up is a quarter of it.
    expect(Array.from(levelsOf("line", [0, 2], [0, 1], 16))).toEqual([15, 4, 14, 0]);
    const settings = { activation: "tanh", learningRate: 0.5, start: 4 };
    const { parameters } = await historyOf("xor", settings, 400);
    const last = Object.fromEntries(
      Object.entries(parameters).map(([path, all]) => [path, all[400]]),
    );
    const said = await predictionsOf("xor", settings, last, [0, 1], [0, 1]);
    expect(Array.from(said, Math.round)).toEqual([0, 1, 1, 0]);
  });
});

describe("texts", () => {
  it("print the errata's wrong numbers and right ones, side by side", () => {
    const table = twoThreeOne.sections.find((section) => section.kind === "table")!;
    for (const [k, row] of table.table.rows.entries()) {
      const entry = entries.get(`N${k + 1}`)!;
      const numbers = row.slice(1, 3).flatMap((cell) => String(cell).split(/[,;] /));
      for (const number of numbers) expect(entry, `N${k + 1}`).toContain(number);
    }
    expect(table.table.rows).toHaveLength(9);
  });

  it("exist in both languages, with the same formulas, and link to lessons that exist", async () => {
    const ids = new Set(lessons.map(({ id }) => id));
    const all = await Promise.all(lessons.map(({ load }) => load()));
    for (const { en, zh } of [...all, questions, lessons].flatMap(textsIn)) {
      expect(zh, en).toBeTruthy();
      expect(formulas(zh), en).toEqual(formulas(en));
      for (const text of [en, zh]) {
        expect(text.split("$").length % 2, text).toBe(1);
        for (const [, id] of text.matchAll(/\]\(([^)]*)\)/g)) expect(ids).toContain(id);
      }
    }
    for (const { see } of questions) for (const id of see) expect(ids).toContain(id);
  });

  it.each(lessons)("$id opens with every setting that can be chosen", async ({ load }) => {
    const { program, settings, controls, sections } = await load();
    expect(sections.filter(({ kind }) => kind === "step")).toHaveLength(1);
    expect(sections.filter(({ kind }) => kind === "question")).toHaveLength(1);
    for (const choice of controls.flatMap((control) => valuesOf(control, settings))) {
      const { step, inputs } = await makeProgram(program, { ...settings, ...choice });
      expect(step(...inputs).itemSync()).toBeGreaterThanOrEqual(0);
    }
  });
});

/** Formulas of a text in any order: languages order their words differently. */
function formulas(text: string): string[] {
  return text
    .split("$")
    .filter((_, k) => k % 2 === 1)
    .filter((formula) => formula.length > 1)
    .sort();
}

/** Everything in both languages inside a record. */
function textsIn(value: unknown): { en: string; zh: string }[] {
  if (typeof value !== "object" || value === null) return [];
  if ("en" in value) return [value as { en: string; zh: string }];
  return Object.values(value).flatMap(textsIn);
}

/** Each choice, and both ends of a slider. */
function valuesOf(control: Control, settings: Lesson["settings"]): Settings[] {
  expect(settings[control.name], control.name).toBeDefined();
  const values =
    control.kind === "choice"
      ? control.choices.map(({ value }) => value)
      : [control.min, control.max];
  return values.map((value) => ({ [control.name]: value }));
}
