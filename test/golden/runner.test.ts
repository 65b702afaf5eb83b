// The runner itself, on a small folder made here: what is right passes, what is wrong fails and says how, what is damaged
// is a clear error.

import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostTensor } from "../../src/core/host.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { type Compute, type Entry, fromFunction } from "./entry.ts";
import { readFolder } from "./folder.ts";
import { closingLine, countsOf, failureLines, reportText, unsupportedNames } from "./report.ts";
import { type Outcome, runCases, settingFor } from "./run.ts";
import { table } from "./table/index.ts";

const reference = settingFor("reference");
const root = resolve(import.meta.dirname, "../..");
const jiti = join(root, "node_modules/jiti/lib/jiti-cli.mjs");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chainrule-golden-"));
  await writeFile(join(folder, "index.json"), JSON.stringify(index));
  await writeFile(join(folder, "small.safetensors"), encodeSafetensors(tensors));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the golden runner", () => {
  it("passes what is right, on both targets", async () => {
    for (const target of ["reference", "wasm"]) {
      const outcomes = await runCases(await readFolder(folder), table, settingFor(target));
      expect(outcomes.flatMap(failureLines)).toEqual([]);
      expect(closingLine(countsOf(outcomes))).toBe("3 passed, 0 failed, 1 skipped");
    }
  });

  it("names what the library lacks", async () => {
    const outcomes = await runCases(await readFolder(folder), table, reference);
    expect([...unsupportedNames(outcomes)]).toEqual([["frobnicate", 1]]);
    expect(reportText({ setting: reference, outcomes, seconds: 1 })).toMatch(/1 {2}frobnicate/);
  });

  it("selects by group and op", async () => {
    expect((await readFolder(folder, { op: "square" })).map(({ id }) => id)).toEqual([
      "small.square.0",
    ]);
    await expect(readFolder(folder, { group: "other" })).rejects.toThrow(
      /has no cases of group other/,
    );
  });

  const wrong: readonly [string, Compute, RegExp][] = [
    ["value", ({ x }) => x.mul(x).add(1e-3), /output out: error 0\.001 at element/],
    ["gradient", ({ x }) => x.mul(x.stopGradient()), /grad x: error \d/],
    ["missing gradient", ({ x }) => x.square().stopGradient(), /grad x: error \d/],
    ["shape", ({ x }) => x.square().reshape([3, 1]), /has shape \[3, 1\], not \[3\]|broadcast/],
    ["type", ({ x }) => x.square().cast("float32"), /is float32, not float64/],
    ["NaN", ({ x }) => x.square().mul(Number.NaN), /computed NaN, stored 2\.25/],
    ["output name", ({ x }) => ({ y: x.square() }), /threw/],
    ["exception", () => broken(), /it threw .*broken on purpose/],
  ];
  it.each(wrong)("catches a wrong %s", async (_, compute, message) => {
    const outcomes = await runSquare({ square: fromFunction(compute) });
    expect(countsOf(outcomes)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(outcomes.flatMap(failureLines).join("\n")).toMatch(message);
  });

  it("compares whole numbers exactly and infinities by sign", async () => {
    const cases = await readFolder(folder, { op: "argmax" });
    const other = fromFunction(({ x }) => x.argMax({ axis: 0 }).add(1));
    expect(countsOf(await runCases(cases, { argmax: other }, reference)).failed).toBe(1);
    const special = await readFolder(folder, { op: "exp" });
    const negative = fromFunction(({ x }) => x.exp().neg());
    expect(countsOf(await runCases(special, { exp: negative }, reference)).failed).toBe(1);
  });

  it("lets single precision overflow where the stored single twin does", async () => {
    const special = await readFolder(folder, { op: "exp" });
    expect(countsOf(await runCases(special, table, settingFor("wasm"))).passed).toBe(1);
    const finite = fromFunction(({ x }) => x.exp().minimum(1e38));
    expect(countsOf(await runCases(special, { exp: finite }, settingFor("wasm"))).failed).toBe(1);
  });
});

describe("a damaged folder", () => {
  it("is a clear error when it does not exist", async () => {
    await expect(readFolder(join(folder, "nowhere"))).rejects.toMatchObject({
      code: "MISSING_FILE",
    });
  });

  const damages: readonly [string, string, RegExp][] = [
    ["not JSON", "{", /is not JSON/],
    ["another format", '{"format": "golden-9"}', /does not say format golden-1/],
    [
      "a case without tensors",
      JSON.stringify({ ...index, cases: [{ id: "a", group: "small", op: "b" }] }),
      /has no inputs/,
    ],
    ["a group without a file", JSON.stringify({ ...index, groups: {} }), /names no file/],
    [
      "a missing tensor",
      JSON.stringify(index).replaceAll("small.square.0", "small.square.7"),
      /has no tensor small\.square\.7/,
    ],
  ];
  it.each(damages)("is a clear error with %s", async (_, text, message) => {
    const other = await mkdtemp(join(tmpdir(), "chainrule-golden-"));
    await writeFile(join(other, "index.json"), text);
    await writeFile(join(other, "small.safetensors"), encodeSafetensors(tensors));
    await expect(readAndRun(other)).rejects.toThrow(message);
    await rm(other, { recursive: true });
  });

  it("is a clear error when the tensors are cut off", async () => {
    const other = await mkdtemp(join(tmpdir(), "chainrule-golden-"));
    await writeFile(join(other, "index.json"), JSON.stringify(index));
    await writeFile(join(other, "small.safetensors"), encodeSafetensors(tensors).subarray(0, -8));
    await expect(readFolder(other)).rejects.toMatchObject({ code: "BAD_FILE" });
    await rm(other, { recursive: true });
  });
});

describe("npm run golden", () => {
  const run = (...args: string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [jiti, join(root, "scripts/golden.ts"), ...args], {
      encoding: "utf8",
    });

  it("closes with the counts alone on the last line", () => {
    const { status, stdout } = run(folder, "--target", "reference", "--target", "wasm");
    expect(String(stdout).trimEnd().split("\n").at(-1)).toBe("6 passed, 0 failed, 2 skipped");
    expect(status).toBe(0);
  });

  it("fails when a case does, and gives JSON on request", async () => {
    const other = await mkdtemp(join(tmpdir(), "chainrule-golden-"));
    const changed = new Map(tensors).set("small.square.0/output/out", double(2.25, 4, 0.5));
    await writeFile(join(other, "index.json"), JSON.stringify(index));
    await writeFile(join(other, "small.safetensors"), encodeSafetensors(changed));
    const { status, stdout } = run(other, "--target", "reference", "--json");
    expect(status).toBe(1);
    expect(JSON.parse(String(stdout))).toMatchObject({ passed: 2, failed: 1, skipped: 1 });
    await rm(other, { recursive: true });
  });

  it("explains a missing folder and senseless arguments", () => {
    const missing = run(join(folder, "nowhere"));
    expect([missing.status, String(missing.stderr)]).toEqual([
      1,
      expect.stringMatching(/does not exist/),
    ]);
    const senseless = run(folder, "--dtype", "float16");
    expect([senseless.status, String(senseless.stderr)]).toEqual([
      2,
      expect.stringMatching(/usage: npm run golden/),
    ]);
    const unknown = run(folder, "--target", "cuda");
    expect([unknown.status, String(unknown.stderr)]).toEqual([2, expect.stringMatching(/cuda/)]);
  });
});

async function runSquare(entries: Readonly<Record<string, Entry>>): Promise<Outcome[]> {
  return runCases(await readFolder(folder, { op: "square" }), entries, reference);
}

async function readAndRun(path: string): Promise<Outcome[]> {
  return runCases(await readFolder(path), table, reference);
}

function broken(): never {
  throw new Error("broken on purpose");
}

// --- the folder ---

const double = (...values: number[]): HostTensor => ({
  dtype: "float64",
  shape: [values.length],
  data: Float64Array.from(values),
});

const tensors = new Map<string, HostTensor>([
  ["small.square.0/input/x", double(1.5, -2, 0.5)],
  ["small.square.0/output/out", double(2.25, 4, 0.25)],
  ["small.square.0/cotangent/out", double(1, 2, -1)],
  ["small.square.0/grad/x", double(3, -8, -1)],
  ["small.argmax.0/input/x", double(1, 3, 2)],
  ["small.argmax.0/output/out", { dtype: "int32", shape: [], data: Int32Array.of(1) }],
  ["small.exp.0/input/x", double(0, 89, 1000)],
  ["small.exp.0/output/out", double(1, 4.489612819174345e38, Number.POSITIVE_INFINITY)],
  [
    "small.exp.0/output/out_f32",
    {
      dtype: "float32",
      shape: [3],
      data: Float32Array.of(1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    },
  ],
]);

const tolerances = { tol32: [1e-5, 1e-7], tol64: [1e-9, 1e-12] };
const described = (name: string, shape: number[], more = {}, dtype = "F64"): object => ({
  name,
  shape,
  dtype,
  ...tolerances,
  ...more,
});
const caseOf = (op: string, more: object): object => ({
  id: `small.${op}.0`,
  group: "small",
  op,
  attributes: {},
  inputs: [described("x", [3])],
  params: [],
  outputs: [described("out", [3])],
  cotangents: [],
  grads: [],
  ...more,
});

const index = {
  format: "golden-1",
  groups: { small: { file: "small.safetensors" } },
  cases: [
    caseOf("square", { cotangents: [described("out", [3])], grads: [described("x", [3])] }),
    caseOf("argmax", {
      attributes: { axis: 0, keepdims: false },
      outputs: [{ name: "out", shape: [], dtype: "I32" }],
    }),
    caseOf("exp", { outputs: [described("out", [3]), described("out_f32", [3], {}, "F32")] }),
    caseOf("frobnicate", { inputs: [], outputs: [] }),
  ],
};
