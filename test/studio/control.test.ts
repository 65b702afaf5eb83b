// A run that another process steers: through the files in its directory, and through the server as the page does.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStudio } from "../../src/cli/server.ts";
import {
  type Callback,
  type FitResult,
  fit,
  liveStateOf,
  remoteControl,
  steerRun,
} from "../../src/train/node.ts";
import { clusters, network } from "../train/synthetic.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-control-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run that lasts until it is stopped, for a minute at most. */
function endless(more: Callback = {}): Promise<FitResult> {
  return fit(network(), {
    ...{ train: clusters(20), epochs: 1e6, batchSize: 10 },
    callbacks: [remoteControl(folder), { onStep: () => pause(2) }, more],
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(test: () => boolean): Promise<void> {
  for (let k = 0; k < 500 && !test(); k++) await pause(10);
  expect(test()).toBe(true);
}

const live = () => liveStateOf(folder);

describe("remoteControl", () => {
  it("pauses a run, sets its rate, continues and stops it, and leaves nothing behind", async () => {
    const run = endless();
    await until(() => live()?.status === "running");
    await steerRun(folder, { paused: true });
    await steerRun(folder, { learningRate: 0.5 }); // what was wanted before still is
    await until(() => live()?.status === "paused" && live()?.learningRate === 0.5);
    const { step } = live()!;
    await pause(50);
    expect(live()!.step).toBe(step);
    await steerRun(folder, { paused: false });
    await until(() => live()!.step > step);
    await steerRun(folder, { stop: true });
    const { ended } = await run;
    expect(ended).toBe("stopped");
    expect(live()).toBeUndefined();
    expect(existsSync(join(folder, "control.json"))).toBe(false);
  });

  it("hears nothing that was meant for an earlier process, and nothing that is no wish", async () => {
    writeFileSync(join(folder, "control.json"), '{"stop":true}');
    let steps = 0;
    const run = endless({ onStep: () => void steps++ });
    await until(() => steps > 3);
    const spoilt = [
      "{",
      "null",
      "[1]",
      '{"stop":"yes","paused":1,"learningRate":-1}',
      "x".repeat(9e3),
    ];
    for (const text of spoilt) {
      writeFileSync(join(folder, "control.json"), text);
      await pause(170);
    }
    expect(live()).toMatchObject({ status: "running" });
    await steerRun(folder, { stop: true });
    await run;
  });

  it("refuses what cannot be asked, and places that are none", async () => {
    const wrong: unknown[] = [{ paused: 1 }, { learningRate: 0 }, { stop: false }, { pause: true }];
    for (const wanted of wrong)
      await expect(steerRun(folder, wanted as never)).rejects.toMatchObject({
        code: "BAD_ARGUMENT",
        op: "steerRun",
      });
    expect(() => remoteControl("")).toThrow(/needs the path of a directory; received ""/);
    expect(() => liveStateOf(7 as never)).toThrow(/received 7/);
    expect(existsSync(join(folder, "control.json"))).toBe(false);
  });

  it("does not take what a killed process left for a run in progress", () => {
    const state = { process: 1, status: "running", epoch: 1, epochs: 2, step: 3, seconds: 1 };
    const old = { ...state, learningRate: 1, at: Date.now() - 60_000 };
    writeFileSync(join(folder, "live.json"), JSON.stringify(old));
    expect(live()).toBeUndefined();
    writeFileSync(join(folder, "live.json"), JSON.stringify({ ...old, at: Date.now() }));
    expect(live()).toMatchObject({ step: 3 });
  });

  it("is reached through the server with its key", async () => {
    writeFileSync(
      join(folder, "report.json"),
      '{"format":"chainrule-report","version":1,"name":"n","startedAt":"","configuration":{},"environment":{}}',
    );
    const page = join(folder, "page");
    mkdirSync(page);
    const studio = await startStudio({ page, folders: [folder], port: 0 });
    const site = `http://127.0.0.1:${studio.port}/api/runs`;
    const headers = { "X-Chainrule-Key": studio.key, "Content-Type": "application/json" };
    const run = endless();
    await until(() => live() !== undefined);
    const { runs } = (await (await fetch(site, { headers })).json()) as {
      runs: { id: string; status: string; live: { step: number } }[];
    };
    expect(runs).toMatchObject([{ status: "live", live: { status: "running" } }]);
    const control = `${site}/${runs[0].id}/control`;
    const refused = await fetch(control, { method: "POST", body: '{"stop":true}' });
    expect(refused.status).toBe(401);
    const answer = await fetch(control, { method: "POST", headers, body: '{"stop":true}' });
    expect(answer.status).toBe(200);
    expect((await run).ended).toBe("stopped");
    await studio.close();
    expect(readFileSync(join(folder, "report.json"), "utf8")).toContain("chainrule-report");
  });
});
