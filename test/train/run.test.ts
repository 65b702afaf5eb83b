// Saved runs: what goes in comes out, and nothing damaged or foreign passes.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { column } from "../../src/data/index.ts";
import { decodeSafetensors } from "../../src/formats/index.ts";
import { ChainruleError, nn } from "../../src/index.ts";
import { lockFolder } from "../../src/train/checkpoints/node-lock.ts";
import {
  checkRunDirectory,
  fit,
  generalDefaults,
  libraryVersion,
  loadRun,
  predict,
  type RunFacts,
  restoreModel,
  saveRun,
} from "../../src/train/node.ts";
import { runToContinue } from "../../src/train/runs/node-continue.ts";
import { clusters, network } from "./synthetic.ts";

const data = clusters(40);
const facts: RunFacts = {
  recipe: { name: "clusters" },
  options: generalDefaults,
  target: "wasm",
  classes: ["a", "b", "c"],
  status: "finished",
  results: { testLoss: 0.5 },
};

let folder = "";
let directory = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chainrule-run-"));
  directory = join(folder, "new", "run");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(action: Promise<unknown>): Promise<string> {
  const failure = await action.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ChainruleError);
  return (failure as ChainruleError).code;
}

test("a run read back predicts the same bits", async () => {
  const model = network();
  const { history } = await fit(model, { train: data, validation: data, epochs: 2 });
  await saveRun(directory, model, facts, history);

  const run = await loadRun(directory);
  expect(run.description).toMatchObject({ ...facts, library: libraryVersion(), parameters: 51 });
  const other = network();
  const points = column(data, "points");
  const wanted = await predict(model, points);
  expect((await predict(other, points)).data).not.toEqual(wanted.data);
  restoreModel(other, run);
  expect((await predict(other, points)).data).toEqual(wanted.data);

  const lines = readFileSync(join(directory, "history.jsonl"), "utf8").trim().split("\n");
  expect(lines.map((text) => JSON.parse(text))).toEqual(history);
  expect(readdirSync(directory).sort()).toEqual(["history.jsonl", "model.safetensors", "run.json"]);
});

test("a model of another form does not take the weights", async () => {
  await saveRun(directory, network(), facts, []);
  const run = await loadRun(directory);
  expect(() => restoreModel(new nn.Linear(2, 3), run)).toThrow(/layers\.0\.weight/);
});

test("a missing run is said to be missing", async () => {
  expect(await codeOf(loadRun(directory))).toBe("MISSING_FILE");
  mkdirSync(directory, { recursive: true });
  expect(await codeOf(loadRun(directory))).toBe("MISSING_FILE");
});

test.each([
  ["cut off", (text: string) => text.slice(0, 100), "is not JSON"],
  ["of something else", () => '{"name": "package"}', "is not a run"],
  ["an array", () => "[]", "is not a run"],
  [
    "of a later format",
    (text: string) => text.replace('"version": 1', '"version": 2'),
    "version 2",
  ],
  [
    "without options",
    (text: string) => text.replace('"options"', '"settings"'),
    "options = missing",
  ],
  [
    "with a wrong field",
    (text: string) => text.replace('"target": "wasm"', '"target": 7'),
    "target = 7",
  ],
])("run.json %s is refused", async (_, damage, text) => {
  await saveRun(directory, network(), facts, []);
  const file = join(directory, "run.json");
  writeFileSync(file, damage(readFileSync(file, "utf8")));
  expect(await codeOf(loadRun(directory))).toBe("BAD_CHECKPOINT");
  await expect(loadRun(directory)).rejects.toThrow(text);
});

test("damaged weights are refused: cut off, one bit changed, of another run", async () => {
  await saveRun(directory, network(), facts, []);
  const file = join(directory, "model.safetensors");
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length - 5));
  expect(await codeOf(loadRun(directory))).toBe("BAD_FILE");
  const changed = Buffer.from(whole);
  changed[whole.length - 3] ^= 1;
  writeFileSync(file, changed);
  expect(await codeOf(loadRun(directory))).toBe("BAD_CHECKPOINT");
});

describe("a saving that is stopped", () => {
  const place = (name: string): string => join(directory, name);

  /** The files as they are when a second saving, of other weights, stops right before it moves the weights into place. */
  async function stoppedAfterDescription(): Promise<Buffer> {
    await saveRun(directory, network(), facts, []);
    const first = readFileSync(place("model.safetensors"));
    await saveRun(directory, new nn.Linear(2, 3), { ...facts, status: "interrupted" }, []);
    const second = readFileSync(place("model.safetensors"));
    expect(second.equals(first)).toBe(false);
    writeFileSync(place("model-next.safetensors"), second);
    writeFileSync(place("model.safetensors"), first);
    return second;
  }

  test("before run.json leaves the run before it", async () => {
    await saveRun(directory, network(), facts, []);
    const { tensors } = await loadRun(directory);
    writeFileSync(place("model-next.safetensors"), "other weights");
    expect((await loadRun(directory)).tensors).toEqual(tensors);
    await saveRun(directory, new nn.Linear(2, 3), facts, []);
    expect((await loadRun(directory)).tensors).not.toEqual(tensors);
    expect(existsSync(place("model-next.safetensors"))).toBe(false);
  });

  test("after run.json leaves the new run, also while the next saving begins", async () => {
    const second = await stoppedAfterDescription();
    const { description, tensors } = await loadRun(directory);
    expect(description.status).toBe("interrupted");
    expect(tensors).toEqual(decodeSafetensors(second).tensors);
    rmSync(place("history.jsonl"));
    mkdirSync(place("history.jsonl")); // the next one fails
    await expect(saveRun(directory, network(), facts, [])).rejects.toThrow(/history/);
    expect((await loadRun(directory)).tensors).toEqual(tensors);
  });

  test("after run.json is ended by what continues the run, also where nothing is left to do", async () => {
    const second = await stoppedAfterDescription();
    expect((await runToContinue(directory))?.status).toBe("interrupted");
    expect(readFileSync(place("model.safetensors")).equals(second)).toBe(true);
    expect(existsSync(place("model-next.safetensors"))).toBe(false);
  });

  test("after the history leaves no run that lacks epochs of which run.json speaks", async () => {
    await saveRun(directory, network(), { ...facts, status: "training", epochs: 0 }, []);
    rmSync(place("run.json"));
    mkdirSync(place("run.json")); // cannot be replaced by a file
    const epoch = { epoch: 1, learningRate: 0.1, steps: 1, samples: 2, seconds: 3 };
    const history = [{ ...epoch, train: { loss: 0.5 } }];
    const saving = saveRun(directory, network(), { ...facts, epochs: 1 }, history);
    await expect(saving).rejects.toThrow(/run\.json/);
    expect(readFileSync(place("history.jsonl"), "utf8")).toContain('"loss":0.5');
  });

  test("in progress is no fault to who reads: old and new run are whole", async () => {
    const models = [0, 1].map(() => new nn.Linear(200, 200));
    await saveRun(directory, models[0], facts, []);
    let isSaving = true;
    const savings = (async () => {
      for (let k = 1; k <= 40; k++) await saveRun(directory, models[k % 2], facts, []);
      isSaving = false;
    })();
    // Some begin before a saving and end after it, and some find the next weights just moved to their place.
    while (isSaving) await Promise.all(Array.from({ length: 8 }, () => loadRun(directory)));
    await savings;
  });

  test("of a living process is not ended by another one", async () => {
    await stoppedAfterDescription();
    const lock = lockFolder(directory, "test");
    expect((await runToContinue(directory))?.status).toBe("interrupted");
    expect(existsSync(place("model-next.safetensors"))).toBe(true);
    lock.release();
  });

  test("for the first time, at any file, leaves a directory that a run may begin in", async () => {
    await saveRun(directory, network(), facts, []);
    writeFileSync(place("model-next.safetensors"), readFileSync(place("model.safetensors")));
    for (const name of ["run.json", "model.safetensors"]) rmSync(place(name));
    await checkRunDirectory(directory);
    rmSync(place("model-next.safetensors")); // a history alone is somebody else's
    expect(await codeOf(checkRunDirectory(directory))).toBe("WRITE_FAILED");
  });
});

test("a directory is checked before anything is written", async () => {
  await checkRunDirectory(directory);
  expect(existsSync(directory)).toBe(false);
  await saveRun(directory, network(), facts, []);
  expect(await codeOf(checkRunDirectory(directory))).toBe("WRITE_FAILED");
  await checkRunDirectory(directory, { overwrite: true });
  const foreign = join(directory, "..");
  expect(await codeOf(checkRunDirectory(foreign, { overwrite: true }))).toBe("WRITE_FAILED");
  expect(await codeOf(checkRunDirectory(join(directory, "run.json")))).toBe("WRITE_FAILED");
});

test("results that JSON cannot hold are left out, and the run stays readable", async () => {
  await saveRun(directory, network(), { ...facts, results: { testLoss: Number.NaN, r2: 0.5 } }, []);
  expect((await loadRun(directory)).description.results).toEqual({ r2: 0.5 });
});

test("a directory that cannot be made is an error in words", async () => {
  writeFileSync(join(folder, "file"), "");
  const failure = await saveRun(join(folder, "file", "run"), network(), facts, []).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "WRITE_FAILED" });
  expect((failure as Error).message).toMatch(/not a folder \(ENOTDIR\)/);
});
