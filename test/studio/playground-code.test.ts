// Exported programs: the TypeScript one compiles, runs, and trains to the very loss that the page shows; the Python ones
// say the same settings. PyTorch and Keras are not run here.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, it, vi } from "vitest";
import { kerasCode } from "../../studio/src/playground/code/keras.ts";
import type { ProgramFacts } from "../../studio/src/playground/code/program.ts";
import { pytorchCode } from "../../studio/src/playground/code/pytorch.ts";
import { typescriptCode } from "../../studio/src/playground/code/typescript.ts";
import {
  conv,
  type Description,
  dense,
  digitsDefault,
  lossNameOf,
  spiralDefault,
} from "../../studio/src/playground/description.ts";
import { layersOf } from "../../studio/src/playground/layers.ts";
import { TrainingSession } from "../../studio/src/worker/training-session.ts";

const { optimizer } = spiralDefault;
const rows = Array.from({ length: 60 }, (_, k) => `${k / 7},${"ab"[k % 2]},${(k % 11) - k / 9}`);

/** Between them every layer, loss, optimizer and schedule. */
const descriptions: Readonly<Record<string, Description>> = {
  spiral: { ...spiralDefault, epochs: 3, blocks: [dense(8, "gelu"), dense(8, "silu")] },
  digits: {
    ...digitsDefault,
    epochs: 1,
    blocks: [
      { ...conv(4), batchNorm: true },
      conv(4, "average"),
      { ...dense(16, "leakyRelu"), dropout: 0.3 },
    ],
    optimizer: { ...optimizer, name: "adamW", weightDecay: 0.1 },
    schedule: "cosine",
    clip: 0.5,
  },
  circles: {
    ...spiralDefault,
    data: { kind: "plane", set: "circles", count: 100, noise: 0.1 },
    blocks: [{ ...dense(6, "tanh"), batchNorm: true }],
    loss: "squaredError",
    optimizer: { ...optimizer, name: "sgd", learningRate: 0.1, nesterov: true },
    schedule: "step",
    l1: 0.001,
    l2: 0.01,
    batchSize: 2, // of 75 records, so that the last batch would be of one
    epochs: 2,
  },
  table: {
    ...spiralDefault,
    data: { kind: "table", text: `a,b,y\n${rows.join("\n")}\n`, target: "y" },
    blocks: [dense(5, "sigmoid")],
    loss: "huber",
    optimizer: { ...optimizer, name: "rmsprop", learningRate: 0.003, momentum: 0.5 },
    schedule: "exponential",
    epochs: 3,
  },
  gaussians: {
    ...spiralDefault,
    data: { kind: "plane", set: "gaussians", count: 120, noise: 0 },
    blocks: [dense(4, "none")],
    loss: "hinge",
    optimizer: { ...optimizer, name: "adagrad", learningRate: 0.1 },
    schedule: "warmup",
    epochs: 4,
    seed: 9,
  },
};

/** What the page writes programs from, and the losses that it shows at the end of the run. */
async function opened(
  description: Description,
): Promise<{ facts: ProgramFacts; run: () => Promise<number[]> }> {
  const session = new TrainingSession();
  const { train, test, shape, classes } = await session.open(description);
  const { layers } = layersOf(description.blocks, shape, classes?.length ?? 1);
  const facts = {
    description,
    layers,
    loss: lossNameOf(description, classes),
    shape,
    classes,
    train,
    test,
  };
  const wanted = { record: 0, pictures: false, weights: false, confusion: false, health: false };
  const run = async (): Promise<number[]> => {
    session.play();
    for (;;) {
      const { status, failure, curves } = await session.look(wanted);
      expect(failure).toBeUndefined();
      const last = [curves.train, curves.test].map((losses) => losses.at(-1)!);
      if (status === "finished")
        return classes === undefined ? last : [...last, curves.testAccuracy.at(-1)!];
      await new Promise((resume) => setTimeout(resume, 5));
    }
  };
  return { facts, run };
}

const folder = mkdtempSync(join(tmpdir(), "chainrule-code-"));
afterAll(() => rmSync(folder, { recursive: true }));
const written: string[] = [];

describe("in TypeScript", () => {
  it.each(Object.keys(descriptions))("trains %s to the same bits as the page", async (name) => {
    const { facts, run } = await opened(descriptions[name]);
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, typescriptCode(facts));
    written.push(file);
    const lines: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((line: string) => lines.push(line));
    await import(/* @vite-ignore */ file).finally(() => log.mockRestore());
    const printed = lines
      .join(" ")
      .match(/-?\d[\d.e-]*/g)!
      .map(Number);
    expect(printed).toEqual(await run());
  });

  it("compiles under the strictest settings", () => {
    const source = join(import.meta.dirname, "../../src");
    const program = ts.createProgram(written, {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
      types: ["node"],
      typeRoots: [join(source, "../node_modules/@types")],
      strict: true,
      noUnusedLocals: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      paths: { chainrule: [join(source, "index.ts")] },
    });
    const found = written.flatMap((file) =>
      program.getSemanticDiagnostics(program.getSourceFile(file)),
    );
    expect(
      found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ).toEqual([]);
    expect(written).toHaveLength(Object.keys(descriptions).length);
  });
});

describe("in Python", () => {
  const expected: Readonly<Record<string, readonly [pytorch: string[], keras: string[]]>> = {
    spiral: [
      [
        "nn.Linear(2, 8),",
        "nn.GELU(),",
        "torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.9, 0.999))",
        "range(3)",
      ],
      [
        'layers.Activation("gelu")',
        "Adam(0.01, beta_1=0.9, beta_2=0.999, epsilon=1e-8)",
        "keras.Input((2,))",
      ],
    ],
    digits: [
      [
        "nn.Conv2d(1, 4, 3, padding=1)",
        "nn.BatchNorm2d(4)",
        "nn.AvgPool2d(2)",
        "clip_grad_norm_(model.parameters(), 0.5)",
        "weight_decay=0.1",
      ],
      [
        'layers.Conv2D(4, 3, padding="same", **start(9))',
        "keras.Input((8, 8, 1))",
        "global_clipnorm=0.5",
        "Schedule(0.01)",
      ],
    ],
    circles: [
      [
        "nesterov=True",
        "0.001 * w.abs().sum() + 0.01 * w.square().sum()",
        "F.one_hot(targets",
        "if len(batch) < 2:",
      ],
      ["L1L2(l1=0.001, l2=0.01)", "squared_error", "nesterov=True"],
    ],
    table: [
      [
        "F.huber_loss",
        "RMSprop(model.parameters(), lr=0.003, momentum=0.5)",
        "nn.Sigmoid()",
        ".reshape(-1, 1)",
      ],
      ["keras.losses.Huber()", "rho=0.99", "0.01 ** (t / 6)"],
    ],
    gaussians: [
      ["F.multi_margin_loss", "Adagrad(model.parameters(), lr=0.1)"],
      ["multi_margin", "ops.where(t < "],
    ],
  };
  it.each(Object.keys(expected))("says the settings of %s", async (name) => {
    const { facts } = await opened(descriptions[name]);
    const [pytorch, keras] = expected[name];
    const [torchText, kerasText] = [pytorchCode(facts), kerasCode(facts)];
    for (const text of pytorch) expect(torchText).toContain(text);
    for (const text of keras) expect(kerasText).toContain(text);
    for (const text of [torchText, kerasText]) expect(text).not.toMatch(/undefined|NaN|\[object/);
  });
});
