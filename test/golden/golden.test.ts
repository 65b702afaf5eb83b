// The golden cases of the shared folder, all of them, on each target: none may fail, and what is skipped is a fixed list.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readFolder } from "./folder.ts";
import { countsOf, failureLines, unsupportedNames } from "./report.ts";
import { runCases, settingFor } from "./run.ts";
import { skips } from "./skips.ts";
import { table } from "./table/index.ts";

const shared = process.env.CHAINRULE_SHARED ?? resolve(import.meta.dirname, "../../../shared");
const folder = join(shared, "golden");
const present = existsSync(join(folder, "index.json"));
const title = present ? "golden cases" : `golden cases (skipped: no ${folder})`;

describe.skipIf(!present)(title, () => {
  const settings = [
    settingFor("reference"),
    settingFor("wasm"),
    settingFor("reference", "float32"),
    settingFor("wasm", "float64"),
  ];
  it.each(settings)("agree on $target in $dtype", { timeout: 600_000 }, async (setting) => {
    const cases = await readFolder(folder);
    const outcomes = await runCases(cases, table, setting);
    expect(outcomes.flatMap(failureLines)).toEqual([]);
    expect([...unsupportedNames(outcomes).keys()].sort()).toEqual(Object.keys(skips).sort());
    expect(countsOf(outcomes).passed).toBeGreaterThanOrEqual(1243);
  });
});
