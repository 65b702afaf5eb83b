// Settings of other frameworks' runs in the list of runs: read from the beginning of event files, in PyTorch's folder beside
// the run's own events.

import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RunAnswers } from "../../src/cli/server-answers.ts";
import { foreignEvents, foreignSettings } from "../formats/foreign-events.ts";

const written = { lr: 0.1, bs: 32, opt: "sgd", amp: 1 }; // PyTorch takes True for a number

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, bytes: Uint8Array): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), bytes);
}

it("belong to the run that PyTorch's add_hparams was called for", async () => {
  write("run/events.out.tfevents.1", foreignEvents);
  write("run/1795303148.5/events.out.tfevents.2", foreignSettings);
  const rows = await new RunAnswers([folder]).list();
  expect(rows).toMatchObject([{ name: "run", status: "events", configuration: written }]);
  expect(rows[0].files.map(({ part }) => part)).toEqual(["", "1795303148.5"]);
});

it("are runs of their own where there are several", async () => {
  write("run/events.out.tfevents.1", foreignEvents);
  for (const second of [5, 6])
    write(`run/179530314${second}.5/events.out.tfevents.2`, foreignSettings);
  const rows = await new RunAnswers([folder]).list();
  const found = rows.map(({ name, configuration }) => [name, configuration] as const);
  expect(Object.fromEntries(found)).toEqual({
    run: {},
    "run/1795303145.5": written,
    "run/1795303146.5": written,
  });
});

it("are found when a file has grown, and are no matter where it is damaged", async () => {
  const cut = foreignSettings.length - 40;
  write("late/events.out.tfevents.1", foreignSettings.subarray(0, 30));
  write("spoiled/events.out.tfevents.1", new Uint8Array(500).fill(7));
  const answers = new RunAnswers([folder]);
  for (const { configuration } of await answers.list()) expect(configuration).toEqual({});
  appendFileSync(join(folder, "late/events.out.tfevents.1"), foreignSettings.subarray(30, cut));
  const late = (await answers.list()).find(({ name }) => name === "late");
  expect(late?.configuration).toEqual(written);
});
