// `runs`, `runs compare` and `report` as a user meets them: the real bundle in child processes, on runs that it has made and
// on damaged ones.

import { execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockFolder } from "../../src/train/checkpoints/node-lock.ts";
import { buildCommand } from "./build.ts";

let folder = "";
let command = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-runs-"));
  command = await buildCommand(join(folder, "package"));
  await chainrule("train", "digits", "--epochs", "2", "--out", "runs/short", "-q");
  const longer = ["--epochs", "6", "--hidden", "32", "--out", "runs/longer", "-q"];
  await chainrule("train", "digits", ...longer);
  for (const name of ["torn", "weightless", "empty", "facts"])
    mkdirSync(join(folder, "runs", name));
  writeFileSync(join(folder, "runs/torn/run.json"), '{"format":');
  const facts = { format: "chainrule-report", version: 1, name: "a" }; // and no configuration
  writeFileSync(join(folder, "runs/facts/report.json"), JSON.stringify(facts));
  copyFileSync(join(folder, "runs/short/run.json"), join(folder, "runs/weightless/run.json"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function chainrule(...args: readonly string[]): Promise<Outcome> {
  const { FORCE_COLOR, CHAINRULE_TARGET, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [command, ...args],
      { cwd: folder, env },
      (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      },
    );
  });
}

/** Changes fields of a JSON file. */
function change(path: string, fields: object): void {
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...fields }));
}

describe("runs", () => {
  it("lists runs with their scores, and damaged ones with the reason", async () => {
    const { code, stdout } = await chainrule("runs");
    expect(code).toBe(0);
    expect(stdout).toMatch(/run +.*status +epochs +accuracy +loss/);
    expect(stdout).toMatch(/runs\/longer .*finished +6 +\d\d\.\d\d % +0\.\d+/);
    expect(stdout).toMatch(/damaged +runs\/torn: run\.json is not JSON/);
    expect(stdout).toMatch(/damaged +runs\/weightless: model\.safetensors, .* is missing/);
    expect(stdout).toMatch(/damaged +runs\/facts: there is neither run\.json nor a report\.json/);
    expect(stdout).not.toContain("runs/empty");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("tells runs that were broken off from those in progress", async () => {
    const place = join(folder, "unended");
    for (const name of ["killed", "live", "failed"]) {
      cpSync(join(folder, "runs/short"), join(place, name), { recursive: true });
      change(join(place, name, "run.json"), { status: "training", epochs: 1 });
      change(join(place, name, "report.json"), { ended: name === "failed" ? "failed" : undefined });
    }
    const lock = lockFolder(join(place, "live"), "test");
    const { stdout } = await chainrule("runs", place, "--json");
    const used = await chainrule("evaluate", join(place, "killed"));
    lock.release();
    const entries = JSON.parse(stdout) as { name: string; status: string }[];
    const found = Object.fromEntries(entries.map(({ name, status }) => [name, status]));
    expect(found).toEqual({ killed: "broken off", live: "training", failed: "failed" });
    expect(used.code).toBe(0);
    expect(used.stderr).toMatch(/broken off.*--resume.*weights\s+after 1 epoch\./s);
    await chainrule("report", join(place, "killed"));
    const html = readFileSync(join(place, "killed", "report.html"), "utf8");
    expect(html).toContain('"status":"broken off"');
  });

  it("sorts, and gives everything as JSON", async () => {
    const names = async (...args: readonly string[]): Promise<string[]> => {
      const { stdout } = await chainrule("runs", "--json", ...args);
      const entries = JSON.parse(stdout) as { name: string; status: string }[];
      return entries.filter(({ status }) => status === "finished").map(({ name }) => name);
    };
    expect(await names("--sort", "name")).toEqual(["longer", "short"]);
    expect(await names("--sort", "accuracy")).toEqual(["longer", "short"]);
    expect(await names("--sort", "accuracy", "--reverse")).toEqual(["short", "longer"]);
    expect(await names("--sort", "when")).toEqual(["longer", "short"]);
    expect(await names("runs/short")).toEqual(["short"]);
  });

  it("refuses folders and columns that there are not", async () => {
    const missing = await chainrule("runs", "nowhere");
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("there is no folder");
    const column = await chainrule("runs", "--sort", "colour");
    expect(column.code).not.toBe(0);
    expect(column.stderr).toContain("name, recipe, status, accuracy");
  });

  it("compares settings and results", async () => {
    const { stdout } = await chainrule("runs", "compare", "runs/short", "runs/longer");
    expect(stdout).toMatch(/short +longer/);
    expect(stdout).toMatch(/epochs +2 +6/);
    expect(stdout).toMatch(/hidden +\[64\] +\[32\]/);
    expect(stdout).toMatch(/testAccuracy +\d\d\.\d\d % +\d\d\.\d\d %/);
    expect(stdout).not.toMatch(/batchSize/);
    const all = await chainrule("runs", "compare", "runs/short", "runs/longer", "--all");
    expect(all.stdout).toMatch(/batchSize +32 +32/);
    const json = await chainrule("runs", "compare", "runs/short", "runs/longer", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ configuration: { epochs: [2, 6] } });
    const names = Array.from({ length: 9 }, (_, k) => (k % 2 === 0 ? "runs/short" : "runs/longer"));
    const many = (await chainrule("runs", "compare", ...names)).stdout;
    expect(Math.max(...many.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(many.match(/^ +(short|longer) .*\n {2}epochs/gm)).toHaveLength(2); // two tables
    const damaged = await chainrule("runs", "compare", "runs/short", "runs/torn");
    expect(damaged.code).toBe(1);
    expect(damaged.stderr).toContain("is damaged");
  });
});

describe("report", () => {
  it("writes a page that begins in the language asked for", async () => {
    const { code, stdout } = await chainrule("report", "runs/longer", "--lang", "zh");
    expect(code).toBe(0);
    expect(stdout).toContain("runs/longer/report.html");
    const html = readFileSync(join(folder, "runs/longer/report.html"), "utf8");
    expect(html).toContain('<html lang="zh">');
    expect(html.length).toBeLessThan(400_000);
  });

  it("says why there is none", async () => {
    const { code, stderr } = await chainrule("report", "runs/empty");
    expect(code).toBe(1);
    expect(stderr).toContain("holds no run");
  });
});
