// Logs of runs as JSON Lines, CSV and event files: what they say, and that a continued run leaves none of its steps out and
// writes none twice.

import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Tensor } from "../../src/index.ts";
import { isKept, type LogLine } from "../../src/train/callbacks/log-lines.ts";
import {
  type Callback,
  checkpointMemory,
  csvLog,
  type FitOptions,
  fit,
  jsonlLog,
  tensorboard,
} from "../../src/train/node.ts";
import { readEvents, scalarsOf, shownEvents } from "./event-files.ts";
import { clusters, network } from "./synthetic.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "chainrule-logs-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Three epochs of four steps, with validation. */
async function run(callbacks: readonly Callback[], more: Partial<FitOptions> = {}): Promise<void> {
  const train = clusters(64);
  const validation = clusters(16, 2);
  await fit(network(), { train, validation, epochs: 3, batchSize: 16, callbacks, ...more });
}

/** The same run, broken after a step and continued from the checkpoint before, the torn ends of its logs included. */
async function brokenRun(
  callbacks: () => readonly Callback[],
  at: number,
  torn: readonly string[],
  more: Partial<FitOptions> = {},
): Promise<void> {
  const checkpoints = { store: checkpointMemory(), everySteps: 2 };
  const crash: Callback = {
    onStep({ step }) {
      if (step === at) throw new Error("crash");
    },
  };
  await expect(run([...callbacks(), crash], { ...more, checkpoints })).rejects.toThrow("crash");
  for (const file of torn) appendFileSync(file, '{"kind":"step","st');
  await run(callbacks(), { ...more, checkpoints, resume: "newest" });
}

function linesOf(file: string): LogLine[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** Lines without the seconds, which are never the same. */
function timeless(file: string): object[] {
  return linesOf(file).map((line) => ({ ...line, seconds: 0 }));
}

describe("isKept", () => {
  it("keeps all at first and ever fewer later", () => {
    const kept = Array.from({ length: 8000 }, (_, k) => k + 1).filter((step) => isKept(step));
    expect(kept.filter((step) => step <= 1000)).toHaveLength(1000);
    expect(kept.filter((step) => step > 1000 && step <= 2000)).toHaveLength(500);
    expect(kept.filter((step) => step > 4000)).toHaveLength(500);
    expect(kept.at(-1)).toBe(8000);
  });
});

describe("jsonlLog", () => {
  it("writes steps and epochs in their order", async () => {
    const file = join(root, "a", "metrics.jsonl");
    await run([jsonlLog(file)], { clip: 1 });
    const lines = linesOf(file);
    expect(lines.map(({ kind, step }) => `${kind} ${step}`).slice(0, 6)).toEqual([
      ...["step 1", "step 2", "step 3", "step 4", "epoch 4", "step 5"],
    ]);
    expect(lines).toHaveLength(15);
    expect(lines[0]).toMatchObject({
      epoch: 1,
      learningRate: 0.001,
      gradientNorm: expect.any(Number),
    });
    expect(lines[0].train).toEqual({ loss: expect.any(Number), accuracy: expect.any(Number) });
    expect(lines[4]).toMatchObject({
      epoch: 1,
      samples: 64,
      validation: { loss: expect.any(Number) },
    });
  });

  it("is after a crash what it is without one", async () => {
    const whole = join(root, "whole.jsonl");
    const broken = join(root, "broken.jsonl");
    await run([jsonlLog(whole)]);
    for (const at of [3, 4, 5, 9, 12]) {
      await brokenRun(() => [jsonlLog(broken)], at, [broken]);
      expect(timeless(broken), `broken at ${at}`).toEqual(timeless(whole));
    }
  });

  it("keeps every n-th step where that is asked for, and begins anew with a new run", async () => {
    const file = join(root, "third.jsonl");
    for (let again = 0; again < 2; again++) await run([jsonlLog(file, { everySteps: 3 })]);
    const steps = linesOf(file).filter(({ kind }) => kind === "step");
    expect(steps.map(({ step }) => step)).toEqual([3, 6, 9, 12]);
  });

  it.skipIf(!existsSync("/dev/full"))("costs no run when nothing can be written", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await run([jsonlLog("/dev/full")]);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0][0]).toMatch(/jsonlLog: cannot write \/dev\/full: the disk is full/);
    warn.mockRestore();
  });

  it("refuses options that there are not", () => {
    const bad = (act: () => unknown): unknown => {
      try {
        return act();
      } catch (error) {
        return error;
      }
    };
    expect(bad(() => jsonlLog("x", { every: 2 } as never))).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(bad(() => jsonlLog("x", { everySteps: 0 }))).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(bad(() => jsonlLog(""))).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(bad(() => csvLog("x", { per: "day" as never }))).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(bad(() => tensorboard("x", { histogramEpochs: -1 }))).toMatchObject({
      code: "BAD_ARGUMENT",
    });
  });
});

describe("csvLog", () => {
  it("writes a table of epochs", async () => {
    const file = join(root, "epochs.csv");
    await run([csvLog(file)]);
    const [head, ...rows] = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(head).toBe(
      "epoch,step,seconds,learningRate,loss,accuracy,validation/loss,validation/accuracy",
    );
    expect(rows.map((row) => row.split(",").slice(0, 2).join())).toEqual(["1,4", "2,8", "3,12"]);
  });

  it("is after a crash what it is without one, per epoch and per step", async () => {
    const timelessRows = (file: string): string[][] =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((row) => row.split(",").filter((_, k) => k !== 2));
    for (const per of ["epoch", "step"] as const) {
      const whole = join(root, `whole-${per}.csv`);
      await run([csvLog(whole, { per })]);
      for (const at of [4, 5, 10]) {
        const broken = join(root, `broken-${per}.csv`);
        await brokenRun(() => [csvLog(broken, { per })], at, [broken]);
        expect(timelessRows(broken), `${per}, broken at ${at}`).toEqual(timelessRows(whole));
      }
    }
  });

  it("quotes names of metrics that need it, and knows them again", async () => {
    const file = join(root, "quoted.csv");
    const metrics = { 'a "b", c': (outputs: Tensor) => outputs.mul(outputs).mean() };
    await brokenRun(() => [csvLog(file)], 6, [], { metrics });
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(4);
    expect(readFileSync(file, "utf8")).toMatch(
      /^epoch,step,seconds,learningRate,loss,"a ""b"", c",/,
    );
  });
});

describe("tensorboard", () => {
  it("records scores, rates, histograms, graph and settings", async () => {
    const folder = join(root, "board");
    const options = { graph: { shape: [4, 2] }, hparams: { rate: 0.001 } };
    await run([tensorboard(folder, options)], { gradientNorm: true });
    const steps = Array.from({ length: 12 }, (_, k) => k + 1);
    const train = join(folder, "train");
    for (const tag of ["loss", "accuracy", "learningRate", "gradientNorm"])
      expect(scalarsOf(train, tag).map(([step]) => step)).toEqual(steps);
    for (const part of ["train", "validation"])
      expect(scalarsOf(join(folder, part), "epoch/loss").map(([step]) => step)).toEqual([4, 8, 12]);
    const events = shownEvents(folder);
    const tags = events.flatMap(({ summary }) => (summary?.value ?? []).map(({ tag }) => tag));
    expect(tags.filter((tag) => tag === "layers.0/weight")).toHaveLength(3);
    expect(tags).toContain("_hparams_/session_end_info");
    expect(events.filter(({ graphDef }) => graphDef.length > 0)).toHaveLength(1);
  });

  it("shows each step once after a crash", async () => {
    const whole = join(root, "board-whole");
    const broken = join(root, "board-broken");
    await run([tensorboard(whole)]);
    await brokenRun(() => [tensorboard(broken, { graph: { shape: [4, 2] } })], 7, []);
    const graphs = readEvents(broken).filter(({ graphDef }) => graphDef.length > 0);
    expect(graphs).toHaveLength(1); // TensorBoard warns of a second one
    for (const [part, tag] of [
      ["train", "loss"],
      ["train", "epoch/loss"],
      ["validation", "epoch/loss"],
    ])
      expect(scalarsOf(join(broken, part), tag)).toEqual(scalarsOf(join(whole, part), tag));
  });
});
