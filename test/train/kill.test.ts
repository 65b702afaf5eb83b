// The short form of `npm run kill-test`: a few kills of each kind, on both targets.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killOften } from "../../scripts/kill/often.ts";
import { buildCommand } from "../cli/build.ts";

let folder = "";
let command = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-kill-"));
  command = await buildCommand(join(folder, "package"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["wasm", 2, ["--hidden", "1024", "--epochs", "16", "--checkpoint-every", "5"], 4],
  ["reference", 1, ["--hidden", "16", "--epochs", "3", "--checkpoint-every", "1"], 2],
] as const)(
  "a run on %s with %i threads that is killed continues to the same bits",
  async (target, threads, settings, times) => {
    const report = await killOften({
      ...{ command, settings, target, threads, times, seed: 3 },
      folder: join(folder, target),
      recipe: join(import.meta.dirname, "../../scripts/kill/recipe.ts"),
    });
    expect(report).toMatchObject({ faults: [], kills: times });
    expect(report.runs).toBeGreaterThan(0);
  },
);
