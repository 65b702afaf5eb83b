// The command as a user meets it: the real bundle in child processes, its output, its files and its exit codes.

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCommand } from "./build.ts";

let command = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-cli-"));
  command = await buildCommand(join(folder, "package"));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Setting {
  readonly env?: Record<string, string>;
  /** Sends SIGINT, or another signal, as soon as this appears on stdout. */
  readonly interruptAt?: string;
  readonly signal?: "SIGINT" | "SIGTERM";
  readonly times?: number;
}

function chainrule(
  args: readonly string[],
  { env = {}, interruptAt, signal = "SIGINT", times = 1 }: Setting = {},
): Promise<Outcome> {
  const { CHAINRULE_DATA, CHAINRULE_TARGET, FORCE_COLOR, CHAINRULE_DEBUG, ...inherited } =
    process.env;
  const child = spawn(process.execPath, [command, ...args], {
    cwd: folder,
    env: { ...inherited, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
    if (interruptAt === undefined || !stdout.includes(interruptAt)) return;
    interruptAt = undefined;
    for (let k = 0; k < times; k++) setTimeout(() => child.kill(signal), 20 * k);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Text with line breaks where they may fall anywhere, on one line. */
function flat(text: string): string {
  return text.replace(/\s+/g, " ");
}

describe("train", () => {
  test("prints rows, a confusion matrix and the run directory, and saves the run", async () => {
    const { code, stdout, stderr } = await chainrule([
      "train",
      "digits",
      "--epochs",
      "4",
      "--out",
      "a",
    ]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/digits · chainrule \d+\.\d+\.\d+ · wasm/);
    expect(stdout).toMatch(/Linear 64→64 · ReLU · Linear 64→10 · 4,810 parameters/);
    expect(stdout).toMatch(/\n {6}4 .* %/);
    expect(stdout).toMatch(/actual +0 +1 +2 .*recall/);
    expect(stdout).toMatch(/most confused: \d taken for \d/);
    expect(stdout).toMatch(/saved +a\n/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const files = readdirSync(join(folder, "a"));
    expect(files).toEqual(
      expect.arrayContaining(["checkpoints", "history.jsonl", "model.safetensors", "run.json"]),
    );
    expect(files.filter((name) => /^\.|tmp|next/.test(name))).toEqual([]);
  });

  test("--json is one line of facts; the same seed gives the same weights to the last bit", async () => {
    const run = (out: string) =>
      chainrule([
        "train",
        "digits",
        "-e",
        "3",
        "-s",
        "7",
        "--hidden",
        "16,8",
        "--json",
        "--out",
        out,
      ]);
    const [first, second] = [await run("j1"), await run("j2")];
    expect(first.stdout.trim().split("\n")).toHaveLength(1);
    expect(flat(first.stderr)).toMatch(/Linear 64→16 · ReLU · Linear 16→8/);
    const facts = JSON.parse(first.stdout);
    expect(facts).toMatchObject({
      ...{ recipe: "digits", target: "wasm", seed: 7, epochs: 3, interrupted: false },
      ...{ parameters: 65 * 16 + 17 * 8 + 9 * 10, runDirectory: join(folder, "j1") },
    });
    for (const name of ["trainLoss", "testLoss", "testAccuracy", "seconds", "samplesPerSecond"]) {
      expect(facts[name], name).toBeTypeOf("number");
    }
    expect(facts.testAccuracy * 360).toBeCloseTo(Math.round(facts.testAccuracy * 360), 9);
    const weights = (out: string) => readFileSync(join(folder, out, "model.safetensors"));
    expect(weights("j1").equals(weights("j2"))).toBe(true);
    expect(JSON.parse(second.stdout).testLoss).toBe(facts.testLoss);
  });

  test("--quiet prints nothing, --target reference works, the default directory is under runs", async () => {
    const args = [
      "train",
      "digits",
      "-e",
      "1",
      "--hidden",
      "none",
      "-b",
      "400",
      "-t",
      "reference",
      "-q",
    ];
    expect(await chainrule(args)).toEqual({ code: 0, stdout: "", stderr: "" });
    const [name] = readdirSync(join(folder, "runs"));
    expect(name).toMatch(/^digits-\d{4}-\d\d-\d\d-\d{6}$/);
    const run = JSON.parse(readFileSync(join(folder, "runs", name, "run.json"), "utf8"));
    expect(run).toMatchObject({ target: "reference", status: "finished", parameters: 650 });
  });

  test("Ctrl-C saves the weights so far and exits with 130", async () => {
    const args = ["train", "digits", "-e", "100000", "--out", "stopped"];
    const { code, stdout } = await chainrule(args, { interruptAt: "%" });
    expect(code).toBe(130);
    expect(stdout).toMatch(/interrupted after [\d,]+ steps; saving the weights so far/);
    expect(stdout).toMatch(/saved +stopped/);
    const run = JSON.parse(readFileSync(join(folder, "stopped", "run.json"), "utf8"));
    expect(run.status).toBe("interrupted");
    expect((await chainrule(["evaluate", "stopped"])).code).toBe(0);
  });

  test("SIGTERM saves too, and a second signal ends at once with whole files", async () => {
    const args = ["train", "digits", "-e", "100000", "--out", "ended"];
    const { code, stdout } = await chainrule(args, { interruptAt: "%", signal: "SIGTERM" });
    expect(code).toBe(143);
    expect(stdout).toMatch(/continue +npx chainrule train digits --out ended --resume\n/);
    const resumed = [...args, "--resume", "--checkpoint-every", "1"];
    const twice = await chainrule(resumed, { interruptAt: "continued", times: 2 });
    expect([130, 0]).toContain(twice.code);
    expect((await chainrule(["evaluate", "ended"])).code).toBe(0);
    expect((await chainrule(resumed, { interruptAt: "continued" })).code).toBe(130);
  });

  test("weights spoiled in the last step are an error too", async () => {
    const args = ["train", "digits", "--optimizer", "sgd", "-l", "1e38", "-b", "1437", "-e", "1"];
    const { code, stderr } = await chainrule([...args, "--out", "late"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/error NON_FINITE fit: the validation loss is NaN after epoch 1/);
    expect(existsSync(join(folder, "late"))).toBe(false);
  });

  test("a loss that is no number is an error, and leaves nothing behind", async () => {
    const args = ["train", "digits", "--optimizer", "sgd", "-l", "1e30", "--out", "spoiled"];
    const { code, stderr } = await chainrule(args);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/error NON_FINITE fit: the loss became NaN in epoch 1, step 2/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(folder, "spoiled"))).toBe(false);
  });

  test("a directory with something in it is refused, a run is replaced only with --overwrite", async () => {
    const args = ["train", "digits", "-e", "1", "-q", "--out"];
    const foreign = await chainrule([...args, "package"]);
    expect(foreign.code).toBe(1);
    expect(flat(foreign.stderr)).toMatch(/package is not empty and holds no run/);
    expect((await chainrule([...args, "twice"])).code).toBe(0);
    const again = await chainrule([...args, "twice"]);
    expect(again.code).toBe(1);
    expect(flat(again.stderr)).toMatch(/twice holds a run already\. Continue that run by --resume/);
    expect((await chainrule([...args, "twice", "--overwrite"])).code).toBe(0);
  });
});

describe("train --resume", () => {
  const run = (...words: string[]) => chainrule(["train", "digits", "--json", ...words]);
  const file = (out: string, name: string) => join(folder, out, name);
  const weights = (out: string) => readFileSync(file(out, "model.safetensors")).toString("hex");
  const historyOf = (out: string) =>
    readFileSync(file(out, "history.jsonl"), "utf8").replace(/"seconds":[^,]+/g, "");

  test("starts a run, continues it to the same bits after Ctrl-C, and says when it is done", async () => {
    const epochs = 3000; // long enough for the signal to arrive in the middle
    expect((await run("-e", String(epochs), "--out", "whole")).code).toBe(0);
    const words = ["--out", "parts", "--resume"];
    const started = await chainrule(["train", "digits", "-e", String(epochs), ...words], {
      interruptAt: "%",
    });
    expect(started.code).toBe(130);
    expect(readdirSync(join(folder, "parts", "checkpoints")).length).toBeGreaterThan(0);
    const rest = await chainrule(["train", "digits", ...words]); // the run's own settings
    expect(rest.code).toBe(0);
    expect(rest.stdout).toMatch(/continued after step \d+/);
    expect(weights("parts")).toBe(weights("whole"));
    expect(historyOf("parts")).toBe(historyOf("whole"));

    const again = await run(...words);
    expect(again.code).toBe(0);
    expect(flat(again.stderr)).toMatch(/nothing to continue: parts has all its 3,000 epochs/);
    expect(JSON.parse(again.stdout)).toMatchObject({ epochs, interrupted: false });
  });

  test("takes more epochs, and says what they do to the learning rate", async () => {
    expect((await run("-e", "2", "--out", "more", "--resume")).code).toBe(0);
    const { code, stderr } = await run("-e", "3", "--out", "more", "--resume");
    expect(code).toBe(0);
    expect(flat(stderr)).toMatch(
      /continued after step 90 3 epochs in all, 2 were planned: the schedule is one for all of them now\. The next learning rate is 0\.0025; it was to be 0\./,
    );
    expect(JSON.parse(readFileSync(file("more", "run.json"), "utf8"))).toMatchObject({
      ...{ epochs: 3, status: "finished", options: { epochs: 3 } },
    });
  });

  test("makes the report of a run that was stopped after its end", async () => {
    expect((await run("-e", "1", "--out", "unreported")).code).toBe(0);
    const page = file("unreported", "report.html");
    const { ended } = JSON.parse(readFileSync(file("unreported", "report.json"), "utf8"));
    expect(ended).toBe("finished");
    writeFileSync(page, "as it was before the test");
    utimesSync(page, 0, 0);
    writeFileSync(file("unreported", ".report.html.0123.tmp"), "half of it");
    expect((await run("--out", "unreported", "--resume")).code).toBe(0);
    expect(readdirSync(join(folder, "unreported")).filter((name) => /^\./.test(name))).toEqual([]);
    expect(readFileSync(page, "utf8")).toContain('"testAccuracy":');
    rmSync(page);
    expect((await run("--out", "unreported", "--resume")).code).toBe(0);
    const made = readFileSync(page, "utf8");
    writeFileSync(page, `${made}<!-- kept -->`);
    expect((await run("--out", "unreported", "--resume")).code).toBe(0);
    expect(readFileSync(page, "utf8")).toMatch(/<!-- kept -->$/);
  });

  test("refuses other settings by name, and changes nothing", async () => {
    expect((await run("-e", "1", "--out", "kept", "--resume")).code).toBe(0);
    const before = weights("kept");
    const { code, stderr } = await run("-b", "16", "-s", "3", "--out", "kept", "--resume");
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/batchSize 32 there, 16 here; seed 0 there, 3 here\. Leave these/);
    const other = await chainrule(["train", "mnist", "--out", "kept", "--resume"]);
    expect(flat(other.stderr)).toMatch(/recipe digits there, mnist here/);
    expect(weights("kept")).toBe(before);
    const alone = await run("--resume");
    expect(flat(alone.stderr)).toMatch(/does not say which run.*--out/);
  });

  test("passes over a damaged checkpoint with a warning, and refuses where none is left", async () => {
    const words = ["--out", "hurt", "--resume", "--checkpoint-every", "20"];
    expect((await run("-e", "2", ...words)).code).toBe(0);
    const places = readdirSync(file("hurt", "checkpoints")).sort();
    expect(places).toHaveLength(2);
    const cut = (name: string) => {
      const path = join(folder, "hurt", "checkpoints", name);
      writeFileSync(path, readFileSync(path).subarray(0, 1000));
    };
    cut(places[1]);
    const older = await run("-e", "3", ...words);
    expect(older.code).toBe(0);
    expect(flat(older.stderr)).toMatch(/passed over a checkpoint and took step-\d+\. .*SHA-256/);
    for (const name of readdirSync(file("hurt", "checkpoints"))) cut(name);
    const none = await run("-e", "4", ...words);
    expect(none.code).toBe(1);
    expect(flat(none.stderr)).toMatch(/BAD_CHECKPOINT.*no checkpoint of .* can be used/);
  });

  test("a run that is replaced stays when the new one comes to nothing", async () => {
    expect((await run("-e", "1", "--out", "old")).code).toBe(0);
    writeFileSync(file("old", "notes.txt"), "mine");
    const before = weights("old");
    const spoiled = await run("--out", "old", "--overwrite", "--optimizer", "sgd", "-l", "1e30");
    expect(spoiled.code).toBe(1);
    expect(weights("old")).toBe(before);
    expect((await run("-e", "1", "-s", "5", "--out", "old", "--overwrite")).code).toBe(0);
    expect(weights("old")).not.toBe(before);
    expect(readFileSync(file("old", "notes.txt"), "utf8")).toBe("mine");
    const nothing = await run("--out", "fresh", "--overwrite", "--optimizer", "sgd", "-l", "1e30");
    expect([nothing.code, existsSync(join(folder, "fresh"))]).toEqual([1, false]);
    expect(readdirSync(folder).filter((name) => name.includes("replaced"))).toEqual([]);
  });

  test("a run of an older version, or without checkpoints, is not silently begun anew", async () => {
    expect((await run("-e", "1", "--out", "bare")).code).toBe(0);
    rmSync(file("bare", "checkpoints"), { recursive: true });
    const { code, stderr } = await run("-e", "2", "--out", "bare", "--resume");
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/bare has no checkpoints to continue from/);
  });
});

describe("recipes", () => {
  const circle = `
    import { nn, type Tensor } from "chainrule";
    import { ArrayDataset } from "chainrule/data";
    import { defineRecipe } from "chainrule/train";
    import { width } from "./width.ts";

    class Net {
      readonly inner: nn.Linear = new nn.Linear(2, width);
      readonly outer: nn.Linear = new nn.Linear(width, 2);
      forward(x: Tensor): Tensor {
        return this.outer.forward(this.inner.forward(x).tanh());
      }
    }

    const points = (count: number, from: number): ArrayDataset<"points" | "labels"> => {
      const data = Array.from({ length: 2 * count }, (_, k) => Math.sin((k + 2 * from) * 12.9898));
      const labels = Int32Array.from({ length: count }, (_, i) => (data[2 * i] > data[2 * i + 1] ? 1 : 0));
      return new ArrayDataset({ points: { data, shape: [2] }, labels: { data: labels } });
    };

    export default defineRecipe({
      name: "sides",
      data: () => ({ train: points(200, 0), test: points(50, 500), classes: ["left", "right"] }),
      model: () => new Net(),
      defaults: { epochs: 15, learningRate: 0.05 },
    });`;

  beforeAll(() => writeFileSync(join(folder, "width.ts"), "export const width: number = 8;\n"));

  test("a TypeScript module trains, is evaluated and predicts with this very library", async () => {
    writeFileSync(join(folder, "sides.ts"), circle);
    const trained = await chainrule(["train", "./sides.ts", "--json", "--out", "sides"]);
    expect(flat(trained.stderr)).toMatch(/model Net · 42 parameters/);
    expect(JSON.parse(trained.stdout)).toMatchObject({ recipe: "sides", epochs: 15 });
    expect(JSON.parse(trained.stdout).testAccuracy).toBeGreaterThan(0.9);

    const evaluated = await chainrule(["evaluate", "sides", "--json"]);
    expect(JSON.parse(evaluated.stdout).testAccuracy).toBe(JSON.parse(trained.stdout).testAccuracy);

    writeFileSync(join(folder, "points.json"), "[[0.9, -0.9], [-0.9, 0.9]]");
    const predicted = await chainrule(["predict", "sides", "--input", "points.json", "--json"]);
    const { predictions } = JSON.parse(predicted.stdout);
    expect(predictions.map((p: { predicted: string }) => p.predicted)).toEqual(["right", "left"]);
  });

  test("a recipe's own forward pass is used by training, predictions, report and diagnosis", async () => {
    // The model sees the points turned around, and needs a second field.
    const turned = circle
      .replace("export default", "let net: Net;\n    export default")
      .replace("model: () => new Net()", "model: () => (net = new Net())")
      .replace(
        "defaults:",
        "forward: ({ points, labels }) => net.forward(points.neg().add(labels.mul(0).reshape([-1, 1]))),\n defaults:",
      );
    writeFileSync(join(folder, "turned.ts"), turned);
    const trained = await chainrule(["train", "./turned.ts", "--json", "--out", "turned"]);
    expect(JSON.parse(trained.stdout).testAccuracy).toBeGreaterThan(0.9);
    const shown = await chainrule(["predict", "turned", "-i", "0", "1", "2", "3", "4", "--json"]);
    const { predictions } = JSON.parse(shown.stdout);
    const right = predictions.filter(
      ({ actual, predicted }: { actual: string; predicted: string }) => actual === predicted,
    );
    expect(right.length).toBeGreaterThanOrEqual(4);
    const { examination, findings } = JSON.parse(
      readFileSync(join(folder, "turned", "report.json"), "utf8"),
    );
    const [a, b, c, d] = examination.confusion;
    expect((a + d) / (a + b + c + d)).toBe(JSON.parse(trained.stdout).testAccuracy);
    expect(findings).toEqual([]);
    writeFileSync(join(folder, "points.json"), "[[0.9, -0.9]]");
    const { code, stderr } = await chainrule(["predict", "turned", "--input", "points.json"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(
      /the model takes points, labels\. Use samples of the test data: --index/,
    );
  });

  test("what is wrong with model or data is said before the first step", async () => {
    const model = "new nn.Sequential(new Net(), new nn.Softmax())";
    writeFileSync(join(folder, "doubled.ts"), circle.replace("=> new Net()", `=> ${model}`));
    const args = ["train", "./doubled.ts", "-e", "1", "--out", "doubled"];
    const { code, stdout } = await chainrule(args);
    expect(code).toBe(0);
    expect(flat(stdout)).toMatch(
      / warning softmax-twice The outputs are probabilities .* What helps: Remove .* epoch loss/,
    );
    const quiet = await chainrule([...args, "--overwrite", "--quiet"]);
    expect(quiet.stdout).toBe("");
    expect(quiet.stderr).toMatch(/warning {2}softmax-twice/);
  });

  test("records in the order of their classes are no mistake: training draws them at random", async () => {
    const sorted = circle.replace("data[2 * i] > data[2 * i + 1] ?", "2 * i < count ?");
    expect(sorted).not.toBe(circle);
    writeFileSync(join(folder, "sorted.ts"), sorted);
    const { code, stdout } = await chainrule([
      "train",
      "./sorted.ts",
      "-e",
      "1",
      "--out",
      "sorted",
    ]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/warning|not-shuffled/);
  });

  test("a mistake in a module is shown with its line; --json keeps what it prints off stdout", async () => {
    const wrong = circle.replace("model: () => new Net()", "model: () => missing()");
    writeFileSync(join(folder, "wrong.ts"), `${wrong}\nconsole.log("hello");`);
    const { code, stdout, stderr } = await chainrule(["train", "./wrong.ts", "--json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(flat(stderr)).toMatch(
      /hello.*ReferenceError: missing is not defined At wrong\.ts:\d+\./,
    );
  });

  test("a value read without waiting, inside the compiled step, is an error like others", async () => {
    const reads = circle.replace("return this.outer", "void x.sum().item(); return this.outer");
    writeFileSync(join(folder, "reads.ts"), reads);
    const { code, stderr } = await chainrule(["train", "./reads.ts", "-q", "--out", "reads"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/^ error VALUE_IN_TRACE .* At reads\.ts:\d+\. $/);
    expect(existsSync(join(folder, "reads"))).toBe(false);
  });

  test("a JavaScript module works too", async () => {
    const plain = circle
      .replace(/import \{ width.*\n/, "const width = 4;")
      .replace(", type Tensor", "");
    const javascript = plain
      .replace(/readonly (\w+): nn.Linear/g, "$1")
      .replace(/: Tensor|: number|: ArrayDataset<[^>]*>/g, "");
    writeFileSync(join(folder, "sides.mjs"), javascript);
    const { code, stderr } = await chainrule([
      "train",
      "sides.mjs",
      "-e",
      "1",
      "-q",
      "--out",
      "js",
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("JavaScript modules get this library where another copy of it is installed beside them", async () => {
    const other = join(folder, "beside", "node_modules", "chainrule");
    mkdirSync(other, { recursive: true });
    const entries = { ".": "./other.js", "./data": "./other.js", "./train": "./other.js" };
    const facts = { name: "chainrule", type: "module", exports: entries };
    writeFileSync(join(other, "package.json"), JSON.stringify(facts));
    writeFileSync(join(other, "other.js"), 'throw new Error("another copy was loaded");');
    const net = `import { nn } from "chainrule";
      export const model = () => new nn.Sequential(new nn.Linear(64, 10));`;
    const recipe = `import { digits } from "chainrule/data";
      import { defineRecipe } from "chainrule/train";
      import { model } from "./net.mjs";
      export default defineRecipe({ name: "beside", data: () => digits(), model });`;
    writeFileSync(join(folder, "beside", "net.mjs"), net);
    writeFileSync(join(folder, "beside", "recipe.mjs"), recipe);
    const words = ["-e", "1", "-q", "--out", "beside/run"];
    const { code, stderr } = await chainrule(["train", "beside/recipe.mjs", ...words]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("a recipe may give a loader to learn from, and class weights", async () => {
    const loading = circle
      .replace("ArrayDataset }", "ArrayDataset, batches }")
      .replace(
        "data: () => ({ train: points(200, 0)",
        "data: ({ batchSize, seed }) => ({ train: batches(points(200, 0), { batchSize, seed, shuffle: true })",
      )
      .replace(
        "defaults: {",
        "schedule: ({ learningRate }, steps) => (step) => learningRate * (1 - step / steps), defaults: {",
      );
    writeFileSync(join(folder, "loading.ts"), loading);
    const words = ["--json", "-e", "3", "--out", "loading"];
    const half = await chainrule(["train", "./loading.ts", ...words]);
    expect(flat(half.stderr)).toMatch(/7 batches to learn from, 50 samples to test on/);
    expect(JSON.parse(half.stdout)).toMatchObject({ recipe: "sides", epochs: 3 });
    const set = circle.replace(
      "defaults: {",
      "schedule: ({ learningRate }, steps) => (step) => learningRate * (1 - step / steps), defaults: {",
    );
    writeFileSync(join(folder, "set.ts"), set);
    const same = await chainrule(["train", "./set.ts", "--json", "-e", "3", "--out", "set"]);
    expect(JSON.parse(same.stdout).testLoss).toBe(JSON.parse(half.stdout).testLoss);
    writeFileSync(
      join(folder, "left.ts"),
      circle.replace("defaults: {", "classWeights: [1, 0], defaults: {"),
    );
    const left = await chainrule(["train", "./left.ts", "--json", "-e", "3", "--out", "left"]);
    const { testAccuracy } = JSON.parse(left.stdout); // whoever learns only "left" says nothing else
    expect(testAccuracy).toBeLessThan(0.7);
  });

  test.each([
    ["an unknown name", "mnits", /UNKNOWN_RECIPE.*Did you mean mnist\?/],
    ["a missing module", "./nowhere.ts", /MISSING_FILE.*nowhere\.ts does not exist/],
    ["a module without a recipe", "./empty.ts", /exports no recipe by default/],
    ["a module that throws", "./throws.ts", /TypeError: no such luck/],
  ])("%s is an error that helps", async (_, recipe, text) => {
    writeFileSync(join(folder, "empty.ts"), "export const nothing: number = 1;\n");
    writeFileSync(join(folder, "throws.ts"), 'throw new TypeError("no such luck");\n');
    const { code, stdout, stderr } = await chainrule(["train", recipe]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(flat(stderr)).toMatch(text);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe("data folders", () => {
  test("a folder that does not exist", async () => {
    const { code, stderr } = await chainrule([
      "train",
      "mnist",
      "--data-dir",
      "nowhere",
      "--out",
      "m",
    ]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/MISSING_FILE.*nowhere does not exist/);
    expect(existsSync(join(folder, "m"))).toBe(false);
  });

  test("corrupt IDX and gzip files", async () => {
    const data = mkdtempSync(join(folder, "data-"));
    const images = new Uint8Array(16 + 784);
    images.set([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]); // two images promised, one there
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 4);
    for (const part of ["train", "t10k"]) {
      writeFileSync(join(data, `${part}-images-idx3-ubyte.gz`), gzipSync(images));
      writeFileSync(join(data, `${part}-labels-idx1-ubyte.gz`), gzipSync(labels));
    }
    const short = await chainrule(["train", "mnist", "--data-dir", data, "--out", "m"]);
    expect(short.code).toBe(1);
    expect(flat(short.stderr)).toMatch(/BAD_FILE.*train-images-idx3-ubyte\.gz/);
    writeFileSync(join(data, "train-images-idx3-ubyte.gz"), gzipSync(images).subarray(0, 40));
    const cut = await chainrule(["train", "mnist"], { env: { CHAINRULE_DATA: data } });
    expect(cut.code).toBe(1);
    expect(flat(cut.stderr)).toMatch(/BAD_FILE.*train-images-idx3-ubyte\.gz/);
  });
});

describe("saved runs", () => {
  beforeAll(async () => {
    const { code } = await chainrule(["train", "digits", "-e", "8", "-q", "--out", "saved"]);
    expect(code).toBe(0);
  });

  test("evaluate gives the numbers of the training's end", async () => {
    const run = JSON.parse(readFileSync(join(folder, "saved", "run.json"), "utf8"));
    const { stdout } = await chainrule(["evaluate", "saved", "--json"]);
    const facts = JSON.parse(stdout);
    expect(facts.testLoss).toBe(run.results.testLoss);
    expect(facts.testAccuracy).toBe(run.results.testAccuracy);
    expect(facts.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(360);
    const plain = await chainrule(["evaluate", "saved"]);
    expect(plain.stdout).toMatch(/test +accuracy \d+\.\d\d %, loss [\d.]+, 360 samples/);
  });

  test("predict draws the image beside the classes", async () => {
    const { stdout } = await chainrule(["predict", "saved", "--index", "3", "5,8"]);
    expect(stdout.match(/sample \d+ {2}\d {2}(right|wrong: it is \d)/g)).toHaveLength(3);
    expect(stdout).toMatch(/[░▒▓█]{4}.* {3}\d {2}█*[ ▏▎▍▌▋▊▉]* +\d+\.\d %/);
    const { stdout: line } = await chainrule(["predict", "saved", "-i", "3", "--json"]);
    const [{ index, predicted, probabilities }] = JSON.parse(line).predictions;
    expect(index).toBe(3);
    expect(probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 12);
    expect(probabilities[Number(predicted)]).toBe(Math.max(...probabilities));
  });

  test.each([
    [
      "an index outside the test data",
      ["--index", "360"],
      /no test sample 360: the test data has 360/,
    ],
    ["a missing input file", ["--input", "no.json"], /MISSING_FILE/],
    [
      "too few values",
      ["--input", "few.json"],
      /holds 3 numbers, which is no whole number of samples/,
    ],
    ["no numbers", ["--input", "text.json"], /other than finite numbers/],
    ["no JSON", ["--input", "broken.json"], /is not JSON/],
  ])("predict refuses %s", async (_, args, text) => {
    writeFileSync(join(folder, "few.json"), "[1, 2, 3]");
    writeFileSync(join(folder, "text.json"), '["a"]');
    writeFileSync(join(folder, "broken.json"), "[1,");
    const { code, stderr } = await chainrule(["predict", "saved", ...args]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(text);
  });

  test("a run of a target that there is not is refused, and used with --target", async () => {
    const path = join(folder, "saved", "run.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"target": "wasm"', '"target": "abacus"'));
    const { code, stderr } = await chainrule(["evaluate", "saved"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(
      /UNSUPPORTED.*target "abacus".*--target wasm or --target reference/,
    );
    expect((await chainrule(["evaluate", "saved", "--target", "wasm"])).code).toBe(0);
    writeFileSync(path, text);
  });

  test("sizes that no memory can hold are an error in words", async () => {
    const { code, stderr } = await chainrule(["train", "digits", "--hidden", "1000000000"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/OUT_OF_MEMORY.*\[1000000000, 64\] takes 238 GiB/);
  });

  test("a run with damaged weights is refused", async () => {
    expect((await chainrule(["train", "digits", "-e", "1", "-q", "--out", "damaged"])).code).toBe(
      0,
    );
    const file = join(folder, "damaged", "model.safetensors");
    writeFileSync(file, readFileSync(file).subarray(0, 300));
    const { code, stderr } = await chainrule(["evaluate", "damaged"]);
    expect(code).toBe(1);
    expect(flat(stderr)).toMatch(/error BAD_FILE/);
    const missing = await chainrule(["evaluate", "nowhere"]);
    expect(missing.code).toBe(1);
    expect(flat(missing.stderr)).toMatch(/run directory .*nowhere does not exist/);
  });
});

describe("usage", () => {
  test.each([
    ["an unknown command", ["trian"], /Did you mean train\?/],
    ["an unknown option", ["train", "digits", "--epoch", "3"], /Did you mean --epochs\?/],
    ["a missing recipe", ["train"], /missing required argument 'recipe'/],
    ["a wrong number", ["train", "digits", "--epochs", "0"], /whole number from 1 on/],
    ["a wrong list", ["train", "digits", "--hidden", "64,x"], /whole number from 1 on/],
    ["an unknown target", ["train", "digits", "--target", "gpu"], /Allowed choices are/],
    [
      "a wrong rhythm",
      ["train", "digits", "--checkpoint-every", "5m"],
      /steps, such as 500, or seconds/,
    ],
    [
      "two wishes at once",
      ["train", "digits", "--out", "x", "--resume", "--overwrite"],
      /cannot be used with/,
    ],
    ["an unknown optimizer", ["train", "digits", "--optimizer", "lion"], /sgd, momentum, adam/],
  ])("%s exits with 2 and says what is right", async (_, args, text) => {
    const { code, stderr } = await chainrule(args);
    expect(flat(stderr)).toMatch(text);
    expect(code).toBe(2);
  });

  test("--help, --version", async () => {
    const help = await chainrule(["--help"]);
    expect(help.code).toBe(0);
    for (const name of ["train", "evaluate", "predict", "doctor"])
      expect(help.stdout).toContain(name);
    const version = await chainrule(["--version"]);
    expect(version.stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test("CHAINRULE_DEBUG adds the stack", async () => {
    const { stderr } = await chainrule(["train", "nothing"], { env: { CHAINRULE_DEBUG: "1" } });
    expect(stderr).toMatch(/\n\s+at /);
  });

  test("doctor names what is used", async () => {
    const { code, stdout } = await chainrule(["doctor", "--json"]);
    expect(code).toBe(0);
    const { target, findings } = JSON.parse(stdout);
    expect(target).toBe("wasm");
    const names = findings.map((finding: { name: string }) => finding.name);
    const wanted = [
      "Node",
      "wasm",
      "reference",
      "SIMD",
      "relaxed SIMD",
      "threads",
      "native kernels",
      "BLAS",
      "WebGPU",
    ];
    expect(names).toEqual(expect.arrayContaining(wanted));
    const text = await chainrule(["doctor"], { env: { CHAINRULE_TARGET: "reference" } });
    expect(text.stdout).toMatch(/● reference .*CHAINRULE_TARGET/s);
  });
});
