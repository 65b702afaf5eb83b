// The playground's training without a browser: the worker's session reaches what the page promises, its looks agree with
// each other, and a moment opens in the explorer's worker.

import { nn } from "chainrule";
import { describe, expect, it } from "vitest";
import {
  type Description,
  dense,
  digitsDefault,
  spiralDefault,
} from "../../studio/src/playground/description.ts";
import { makePoints } from "../../studio/src/playground/points.ts";
import { samplesOf } from "../../studio/src/playground/samples.ts";
import { CurveKeeper } from "../../studio/src/worker/training-curves.ts";
import { playgroundProgram } from "../../studio/src/worker/training-program.ts";
import type { Look, Wanted } from "../../studio/src/worker/training-protocol.ts";
import { TrainingSession } from "../../studio/src/worker/training-session.ts";

const everything: Wanted = {
  record: 0,
  pictures: true,
  weights: true,
  confusion: true,
  health: true,
};
const numbers: Wanted = {
  record: 0,
  pictures: false,
  weights: false,
  confusion: false,
  health: false,
};

/** Trains to the end. */
async function trained(session: TrainingSession, wanted: Wanted): Promise<Look> {
  session.play();
  for (;;) {
    const look = await session.look(numbers);
    if (look.status !== "running") return session.look(wanted);
    await new Promise((resume) => setTimeout(resume, 5));
  }
}

/** Does so many steps, one by one. */
async function stepped(session: TrainingSession, steps: number, wanted: Wanted): Promise<Look> {
  for (let k = 0; k < steps; k++) {
    const { step } = await session.look(numbers);
    session.step();
    while ((await session.look(numbers)).step === step)
      await new Promise((resume) => setTimeout(resume, 1));
  }
  return session.look(wanted);
}

describe("training", () => {
  it("learns the spiral to 98 % of the test points", async () => {
    const session = new TrainingSession();
    const opened = await session.open(spiralDefault);
    expect(opened).toMatchObject({
      shape: [2],
      classes: ["0", "1"],
      parameters: 354,
      stepsPerEpoch: 12,
    });
    const look = await trained(session, everything);
    expect(look.failure).toBeUndefined();
    expect(look.curves.testAccuracy.at(-1)).toBeGreaterThanOrEqual(0.98);
    const { confusion, plane, pictures, weights } = look;
    const right = confusion!.reduce((sum, row, k) => sum + row[k], 0);
    expect(right / 125).toBeCloseTo(look.curves.testAccuracy.at(-1)!, 6);
    expect(plane!.winner).toHaveLength(6400);
    expect(pictures!.map(({ units, height }) => [units, height])).toEqual([
      [16, 40],
      [16, 40],
    ]);
    expect(weights!.map(({ path }) => path)).toEqual(
      [0, 2, 4].flatMap((k) => [`layers.${k}.weight`, `layers.${k}.bias`]),
    );
  });

  it("learns the digits to 95 % of the test digits, and says which pixels matter", async () => {
    const session = new TrainingSession();
    const { test } = await session.open({ ...digitsDefault, epochs: 8 });
    const { curves, pictures, health } = await trained(session, everything);
    expect(curves.testAccuracy.at(-1)).toBeGreaterThanOrEqual(0.95);
    expect(pictures!.map(({ all, height, width }) => [all, height, width])).toEqual([
      [16, 8, 8],
      [32, 1, 1],
    ]);
    expect(health!.map(({ name }) => name)).toContain("constant-inputs"); // corners are always white
    for (const finding of health!) expect(finding.foundInChinese).toMatch(/\p{Script=Han}/u);
    const drawn = await session.look({ ...everything, image: new Float32Array(64) });
    expect(drawn.pictures![1].values).not.toEqual(pictures![1].values);
    const { probabilities, saliency } = session.predict(test.inputs.slice(0, 64));
    expect(probabilities.indexOf(Math.max(...probabilities))).toBe(test.targets[0]);
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(Math.min(...saliency)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...saliency)).toBeGreaterThan(0);
  });

  it("goes step by step, and keeps the gradients of each", async () => {
    const session = new TrainingSession();
    await session.open({
      ...spiralDefault,
      optimizer: { ...spiralDefault.optimizer, name: "sgd", momentum: 0, learningRate: 0.5 },
    });
    const before = await session.look(everything);
    expect(before.weights!.every(({ gradientNorm }) => gradientNorm === 0)).toBe(true);
    const after = await stepped(session, 1, everything);
    expect(after).toMatchObject({ step: 1, status: "paused" });
    after.weights!.forEach(({ weight, gradient }, k) => {
      // w ← w − η g
      weight.forEach((w, i) => {
        expect(w).toBeCloseTo(before.weights![k].weight[i] - 0.5 * gradient[i], 5);
      });
    });
  });

  it("reads a table of the user's own, with categories and gaps", async () => {
    const lines = Array.from(
      { length: 80 },
      (_, k) =>
        `${k},${k % 7 === 0 ? "" : (k * 13) % 50},${"abc"[k % 3]},${k < 40 ? "low" : "high"}`,
    );
    const text = `height,weight,kind,class\n${lines.join("\n")}`;
    const session = new TrainingSession();
    expect(session.columns(text)).toEqual({
      columns: ["height", "weight", "kind", "class"],
      unreadable: [],
      records: 80,
    });
    const opened = await session.open({
      ...spiralDefault,
      epochs: 30,
      data: { kind: "table", text, target: "class" },
    });
    expect(opened).toMatchObject({ shape: [5], classes: ["high", "low"] });
    const { curves, plane, pictures } = await trained(session, everything);
    expect(curves.testAccuracy.at(-1)).toBeGreaterThan(0.9);
    expect(plane).toBeUndefined();
    expect(pictures![0]).toMatchObject({ height: 1, width: 1, units: 16 });
  });

  it("finds nothing wrong with a table in the order of its classes", async () => {
    const lines = Array.from(
      { length: 400 },
      (_, k) => `${(k * 13) % 50},${"abcd"[(k / 100) | 0]}`,
    );
    const session = new TrainingSession();
    const text = `x,class\n${lines.join("\n")}`;
    await session.open({
      ...spiralDefault,
      epochs: 1,
      data: { kind: "table", text, target: "class" },
    });
    const { health } = await trained(session, everything);
    expect(health!.map(({ name }) => name)).not.toContain("not-shuffled");
  });

  it("leaves out what no network can read: names, empty columns, records without an answer", async () => {
    const lines = Array.from(
      { length: 80 },
      (_, k) => `${k},"Passenger, no. ${k}",${k % 50},,${k % 9 === 0 ? "" : k % 2}`,
    );
    const text = `id,name,age,cabin,survived\n${lines.join("\n")}`;
    const session = new TrainingSession();
    expect(session.columns(text).unreadable).toEqual(["name", "cabin"]);
    const data = { kind: "table", text, target: "survived", without: ["id"] } as const;
    const opened = await session.open({ ...spiralDefault, data });
    expect(opened).toMatchObject({
      shape: [1],
      classes: ["0", "1"],
      features: ["age"],
      leftOut: { columns: ["name", "cabin"], records: 9 },
    });
    expect(opened.train.targets.length + opened.test.targets.length).toBe(71);
  });

  it("takes a first line of numbers for a record", async () => {
    const lines = Array.from({ length: 40 }, (_, k) => `${k}.5,${k % 3},${"ab"[k % 2]}`);
    const session = new TrainingSession();
    expect(session.columns(lines.join("\n"))).toMatchObject({
      columns: ["column1", "column2", "column3"],
      records: 40,
    });
    expect(session.columns("2020,city\nParis,a\nRome,b").columns).toEqual(["2020", "city"]);
  });

  it.each([
    ["fewRecords", "a,b\n1,2\n2,3\n3,\n4,5\n", "b"],
    ["noInputs", "b\n1\n2\n1\n2\n", "b"],
    ["oneClass", `a,b\n${"1,x\n2,x\n".repeat(9)}`, "b"],
    [
      "textTarget",
      `a,b\n${Array.from({ length: 120 }, (_, k) => `${k},no. ${k}`).join("\n")}`,
      "b",
    ],
  ])("says %s by name where a table gives nothing to learn", async (name, text, target) => {
    const data = { kind: "table", text, target } as const;
    const opening = new TrainingSession().open({ ...spiralDefault, data });
    await expect(opening).rejects.toMatchObject({ name });
  });

  it("keeps each class among what it learns from, however rare", async () => {
    const rows = Array.from({ length: 60 }, (_, k) => `${k},${k === 59 ? "rare" : "ab"[k % 2]}`);
    const data = { kind: "table", text: `x,y\n${rows.join("\n")}`, target: "y" } as const;
    const { classes, train } = await new TrainingSession().open({ ...spiralDefault, data });
    expect(classes).toEqual(["a", "b", "rare"]);
    expect(train.targets).toContain(2);
  });

  it.each(["slope", "hills"] as const)("learns the numbers of %s", async (set) => {
    const session = new TrainingSession();
    const data = { kind: "plane", set, count: 300, noise: 0 } as const;
    const opened = await session.open({ ...spiralDefault, data, epochs: 60 });
    expect(opened.classes).toBeUndefined();
    const [x, y] = opened.train.inputs;
    if (set === "slope") expect(opened.train.targets[0]).toBeCloseTo(0.6 * (x + y), 3);
    const { curves, plane } = await trained(session, everything);
    const variance = set === "slope" ? 1.5 : 2.2; // what always answering the mean would give
    expect(curves.test.at(-1)).toBeLessThan(0.1 * variance);
    expect(plane!.share).toHaveLength(80 * 80);
  });

  it("predicts a number where the target is one", async () => {
    const lines = Array.from({ length: 90 }, (_, k) => `${k / 10},${3 * (k / 10) - 1}`);
    const session = new TrainingSession();
    const data = { kind: "table", text: `x,y\n${lines.join("\n")}`, target: "y" } as const;
    const opened = await session.open({ ...spiralDefault, data, epochs: 40 });
    expect(opened.classes).toBeUndefined();
    const { curves, confusion } = await trained(session, everything);
    expect(curves.test.at(-1)).toBeLessThan(0.01);
    expect(confusion).toBeUndefined();
  });

  it("says what is wrong instead of training", async () => {
    const session = new TrainingSession();
    const open = (change: object) => session.open({ ...spiralDefault, ...change } as Description);
    await expect(open({ batchSize: 0 })).rejects.toThrow("batchSize");
    await expect(open({ data: { kind: "points", points: [[0, 0, 0]] } })).rejects.toThrow(
      "four points",
    );
    await expect(open({ data: { kind: "table", text: 'a,b\n1,"2', target: "b" } })).rejects.toThrow(
      /line 2/,
    );
    await expect(
      open({ data: { kind: "table", text: "a,b\n1,2\n", target: "c" } }),
    ).rejects.toThrow(/column/);
    await open({
      optimizer: { ...spiralDefault.optimizer, name: "sgd", learningRate: 10, momentum: 0.999 },
      loss: "squaredError",
      l2: 1,
    });
    const { status, failure } = await trained(session, numbers);
    expect(status).toBe("failed");
    expect(failure!.name).toBe("NON_FINITE");
    expect(failure!.message).toMatch(/^fit: the loss .* untouched\.$/); // without a line of this program
    const dense = { ...spiralDefault.blocks[0], batchNorm: true };
    await expect(open({ batchSize: 1, blocks: [dense] })).rejects.toMatchObject({
      name: "batchOfOne",
    });
  });

  it("opens only the newest description where several come at once", async () => {
    const session = new TrainingSession();
    const first = session.open(digitsDefault);
    const second = session.open(spiralDefault);
    await expect(first).rejects.toThrow("meanwhile");
    expect((await second).shape).toEqual([2]);
  });
});

describe("a moment for the explorer", () => {
  it("is the step that comes next: the same loss and the same weights after it", async () => {
    const session = new TrainingSession();
    await session.open({ ...spiralDefault, l1: 0.001, blocks: [{ ...dense(6), batchNorm: true }] });
    await stepped(session, 14, numbers); // in the second epoch
    const program = playgroundProgram({ moment: await session.moment() });
    const loss = program.step(...program.inputs).itemSync();
    const after = await stepped(session, 1, everything);
    expect(loss).toBe(after.batchLoss);
    for (const { path, weight } of after.weights!) {
      expect([...program.state.get(`model.${path}`)!.dataSync()]).toEqual([...weight]);
    }
  });

  it("refuses what is no moment", () => {
    expect(() => playgroundProgram({ moment: "{" })).toThrow();
    expect(() => playgroundProgram({ moment: '{"description":{"epochs":-1}}' })).toThrow("epochs");
  });
});

describe("data", () => {
  it.each(["spiral", "circles", "moons", "xor", "gaussians"] as const)(
    "makes the same %s from a seed",
    (set) => {
      const one = makePoints(set, 300, 0.05, 4);
      expect(one).toEqual(makePoints(set, 300, 0.05, 4));
      expect(one.inputs).not.toEqual(makePoints(set, 300, 0.05, 5).inputs);
      expect(one.inputs.every((x) => Math.abs(x) < 4)).toBe(true);
      expect(new Set(one.labels).size).toBe(one.classes);
    },
  );

  it("keeps a quarter of each class for the test, with numbers of four places", async () => {
    const { train, test } = await samplesOf(spiralDefault);
    expect([train.size, test.size]).toEqual([375, 125]);
    const { data } = train.read("inputs", [0, 1, 2]);
    for (const x of data) expect(x).toBe(Math.fround(Math.round(Number(x) * 1e4) / 1e4));
  });
});

it("keeps curves of a long run short, with the newest epoch at the end", () => {
  const keeper = new CurveKeeper();
  for (let epoch = 1; epoch <= 5000; epoch++) {
    keeper.add({ epoch, train: 1 / epoch, test: 0, trainAccuracy: 1, testAccuracy: 1 });
  }
  const { epochs, train } = keeper.curves;
  expect(epochs.length).toBeLessThanOrEqual(1001);
  expect([epochs[0], epochs.at(-1)]).toEqual([1, 5000]);
  epochs.forEach((epoch, k) => {
    expect(train[k]).toBe(1 / epoch);
  });
});

it("counts as many parameters as the model has", async () => {
  const { parameters } = await new TrainingSession().open(digitsDefault);
  const model = new nn.Sequential(
    new nn.Conv2d(1, 16, 3),
    new nn.Linear(256, 32),
    new nn.Linear(32, 10),
  );
  expect(parameters).toBe(nn.countParameters(model));
});
