// Checkpoints in a folder: what goes in comes out to the last bit, the right ones stay, one process writes at a time, and
// no damage passes unnoticed or costs an earlier checkpoint.

import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../../src/core/json.ts";
import { RandomStream } from "../../src/core/random.ts";
import { loadSafetensors } from "../../src/formats/node.ts";
import { givenUp } from "../../src/train/callbacks/keep.ts";
import {
  type CheckpointFolderOptions,
  checkpointFolder,
} from "../../src/train/checkpoints/node-checkpoints.ts";
import type { TrainingState } from "../../src/train/checkpoints/training-state.ts";

let folder = "";
let warnings: string[] = [];
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "chainrule-checkpoints-")), "checkpoints");
  warnings = [];
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

function open(options: CheckpointFolderOptions = {}, directory = folder) {
  return checkpointFolder(directory, { warn: (text) => warnings.push(text), ...options });
}

/** A state with all element types; its numbers tell steps apart. */
function stateOf(step: number, more: Readonly<Record<string, Json>> = {}): TrainingState {
  const tensors: TrainingState["tensors"] = new Map([
    ["model/weight", { dtype: "float32", shape: [2, 2], data: new Float32Array([step, -0, 3, 4]) }],
    ["metrics/on", { dtype: "bool", shape: [3], data: new Uint8Array([1, 0, 1]) }],
    ["optimizer/m", { dtype: "float64", shape: [2], data: new Float64Array([1 / 3, Math.PI]) }],
    ["optimizer/t", { dtype: "int32", shape: [], data: new Int32Array([step]) }],
    ["metrics/none", { dtype: "float32", shape: [0, 3], data: new Float32Array(0) }],
  ]);
  return { tensors, facts: { step, ...more } };
}

const fileOf = (step: number): string =>
  join(folder, `step-${String(step).padStart(9, "0")}.safetensors`);
const steps = (): number[] =>
  readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .map((name) => Number(name.match(/\d+/)![0]));

describe("a folder of checkpoints", () => {
  test("gives back what was saved, with numbers that JSON has no digits for", async () => {
    const facts = {
      seeds: [1, 2 ** 53 - 1, 0.1],
      mean: Number.NaN,
      best: -Infinity,
      zero: -0,
      "a/ü": null,
    };
    const store = open();
    expect(await store.load()).toBe(undefined);
    expect(existsSync(folder)).toBe(false);
    const saved = await store.save(stateOf(7, facts), { score: 0.25 });
    expect(saved).toEqual({ name: "step-000000007", step: 7, score: 0.25 });
    const state = await open().load();
    expect(state!.facts).toStrictEqual({ step: 7, ...facts });
    expect(Object.is(state!.facts.zero, -0)).toBe(true);
    expect(Object.fromEntries(state!.tensors)).toEqual(Object.fromEntries(stateOf(7).tensors));
    expect(Object.is(state!.tensors.get("model/weight")!.data[1], -0)).toBe(true);
    expect(await open().list()).toEqual([saved]);
    expect(warnings).toEqual([]);
  });

  test("is read by any reader of safetensors", async () => {
    await open().save(stateOf(3));
    const { tensors, metadata } = await loadSafetensors(fileOf(3));
    expect(tensors.get("optimizer/t")!.data[0]).toBe(3);
    expect(JSON.parse(metadata.facts)).toEqual({ step: 3 });
  });

  test("keeps the last two, or what the policy says", async () => {
    const store = open();
    for (const step of [1, 2, 3]) await store.save(stateOf(step));
    expect(steps()).toEqual([2, 3]);
    const other = open({ keep: { last: 1, best: 1, every: 4 } });
    const scores = [9, 8, 1, 7, 7, 7, 7, 6];
    for (const [k, score] of scores.entries()) await other.save(stateOf(4 + k), { score });
    expect(steps()).toEqual([4, 6, 8, 11]); // 4 and 8 for good, 6 with score 1, 11 the last
    expect((await other.list()).map(({ score }) => score)).toEqual([9, 1, 7, 6]);
  });

  test("goes on from an older one: the newest is the one that was saved last", async () => {
    const store = open({ keep: 3 });
    for (const step of [10, 20, 30]) await store.save(stateOf(step));
    expect((await store.load("step-000000010"))!.facts.step).toBe(10);
    await store.save(stateOf(15));
    await store.save(stateOf(20, { again: true }));
    expect((await open().list()).map(({ step }) => step)).toEqual([30, 15, 20]);
    expect((await open().load())!.facts).toEqual({ step: 20, again: true });
  });

  test("saves one after the other, in the order of the calls", async () => {
    const store = open({ keep: 9 });
    await Promise.all([3, 1, 2].map((step) => store.save(stateOf(step))));
    expect((await store.list()).map(({ step }) => step)).toEqual([3, 1, 2]);
  });

  test("refuses options that make no sense", () => {
    expect(() => open({ keep: 0 })).toThrow(/keep\.last is 0\. Use a whole number from 1 on/);
    expect(() => open({ keep: { every: 0.5 } })).toThrow(/keep\.every/);
    expect(() => open({ keeep: 3 } as CheckpointFolderOptions)).toThrow(
      /there is no option "keeep"/,
    );
  });

  test("gives up by policy alone: the later of two equal scores stays", () => {
    const all = [1, 2, 3, 4].map((step) => ({ name: `${step}`, step, score: step % 2 }));
    const gone = (policy: object) => givenUp(all, policy).map(({ step }) => step);
    expect(gone({ last: 1, best: 1 })).toEqual([1, 2, 3]);
    expect(gone({ last: 2, best: 2 })).toEqual([1]);
    expect(gone({ last: 1, every: 2 })).toEqual([1, 3]);
    expect(givenUp([{ name: "a", step: 1, score: Number.NaN }], { best: 1 })).toEqual([]);
  });
});

describe("damage", () => {
  /** Puts damaged bytes in place of the newest of two checkpoints and says what a reader makes of it. */
  async function outcomeOf(damaged: Uint8Array): Promise<{ step: number; reason: string }> {
    writeFileSync(fileOf(2), damaged);
    warnings = [];
    const state = await open().load();
    expect(Object.fromEntries(state!.tensors)).toEqual(
      Object.fromEntries(stateOf(state!.facts.step).tensors),
    );
    return { step: state!.facts.step, reason: warnings.join("\n") };
  }

  async function twoCheckpoints(): Promise<Buffer> {
    const store = open();
    await store.save(stateOf(1));
    await store.save(stateOf(2));
    await store.close();
    return readFileSync(fileOf(2));
  }

  test("a file cut at every length of its header and at 500 places is passed over", async () => {
    const whole = await twoCheckpoints();
    const header = 8 + Number(whole.readBigUInt64LE(0));
    const places = Array.from(new RandomStream(1).uniform(500), (x) =>
      Math.floor(x * whole.length),
    );
    for (const length of [...Array(header + 1).keys(), ...places]) {
      const { step, reason } = await outcomeOf(whole.subarray(0, length));
      expect(step, `cut at ${length}`).toBe(1);
      expect(reason).toMatch(/passed over a checkpoint and took step-000000001\. .*step-000000002/);
    }
    expect((await outcomeOf(whole)).step).toBe(2);
  });

  test("a flipped bit is noticed in each byte of the file", async () => {
    const whole = await twoCheckpoints();
    const random = new RandomStream(2).uniform(whole.length);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 1 << Math.floor(random[at] * 8);
      expect((await outcomeOf(changed)).step, `bit in byte ${at}`).toBe(1);
    }
  });

  test("longer files, foreign ones and folders are refused with the reason", async () => {
    const whole = await twoCheckpoints();
    expect((await outcomeOf(Buffer.concat([whole, Buffer.from([0])]))).reason).toMatch(/SHA-256/);
    expect((await outcomeOf(Buffer.from("hello"))).reason).toMatch(/cut off/);
    expect((await outcomeOf(Buffer.alloc(500))).reason).toMatch(/no checkpoint of this library/);
    rmSync(fileOf(2));
    mkdirSync(fileOf(2));
    expect((await open().load())!.facts.step).toBe(1);
    expect(warnings.join()).toMatch(/folder|EISDIR/);
  });

  test("asked for by name it is an error, which offers the newest good one", async () => {
    const whole = await twoCheckpoints();
    whole[whole.length - 1] ^= 4;
    writeFileSync(fileOf(2), whole);
    await expect(open().load("step-000000002")).rejects.toMatchObject({
      code: "BAD_CHECKPOINT",
      message: expect.stringMatching(/SHA-256.*The newest good one is step-000000001/s),
    });
    expect(await open().load("step-000000003")).toBe(undefined);
  });

  test("of all of them is an error, never a silent new beginning", async () => {
    await twoCheckpoints();
    for (const step of [1, 2]) writeFileSync(fileOf(step), "");
    await expect(open().load()).rejects.toMatchObject({ code: "BAD_CHECKPOINT" });
    await expect(open().load()).rejects.toThrow(/step-000000001.* is empty.*step-000000002/s);
  });

  test("never counts among those that are kept, and stays for its owner", async () => {
    const whole = await twoCheckpoints();
    writeFileSync(fileOf(2), whole.subarray(0, 300));
    const store = open();
    await store.save(stateOf(3));
    expect(steps()).toEqual([1, 2, 3]); // 1 and 3 are the last two good ones
    await store.save(stateOf(4));
    expect(steps()).toEqual([2, 3, 4]);
  });
});

describe("trouble with the disk", () => {
  test("a save that fails leaves the checkpoints before it, and the next one may succeed", async () => {
    const store = open();
    await store.save(stateOf(1));
    mkdirSync(fileOf(2)); // a rename over a folder fails, as a full disk or a quota would at another moment
    await expect(store.save(stateOf(2))).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    rmSync(fileOf(2), { recursive: true });
    expect((await store.load())!.facts.step).toBe(1);
    await store.save(stateOf(3));
    expect(steps()).toEqual([1, 3]);
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk is said to be full", async () => {
    const { writeFileAtomic } = await import("../../src/formats/node.ts");
    mkdirSync(folder);
    // The temporary file's name is random, so the disk is filled where the writer gets it in hand.
    const { open: openFile } = await import("node:fs/promises");
    const full = writeFileAtomic(join(folder, "x"), async () => {
      const device = await openFile("/dev/full", "w");
      await device.write("x").finally(() => device.close());
    });
    await expect(full).rejects.toThrow(/the disk is full \(ENOSPC\)/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("a limit on the size of files stops a save in the middle and costs nothing earlier", async () => {
    // The shell's limit is in blocks of 1,024 bytes; the signal that comes with it would end the process.
    const program = `
      import { checkpointFolder } from ${JSON.stringify(join(import.meta.dirname, "../../src/train/checkpoints/node-checkpoints.ts"))};
      process.on("SIGXFSZ", () => {});
      const data = (n) => new Map([["w", { dtype: "float32", shape: [n], data: new Float32Array(n).fill(n) }]]);
      const store = checkpointFolder(${JSON.stringify(folder)});
      await store.save({ tensors: data(10), facts: { step: 1 } });
      const failed = await store.save({ tensors: data(1e6), facts: { step: 2 } }).catch((e) => e);
      const left = await store.load();
      await store.save({ tensors: data(20), facts: { step: 3 } });
      console.log(JSON.stringify([failed.code, failed.message, left.facts.step, (await store.list()).length]));
    `;
    const file = join(folder, "..", "limited.ts");
    writeFileSync(file, program);
    const output = await runShell(`ulimit -f 1000; exec npx --no-install jiti ${file}`);
    const [code, message, step, count] = JSON.parse(output.trim().split("\n").at(-1)!);
    expect([code, step, count]).toEqual(["WRITE_FAILED", 1, 2]);
    expect(message).toMatch(/EFBIG|too large/);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)("a read-only folder is an error in words", async () => {
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    await expect(open().save(stateOf(1))).rejects.toThrow(/permission denied/);
    chmodSync(folder, 0o700);
  });

  test("a place where no folder can be made is an error in words", async () => {
    writeFileSync(folder, "");
    await expect(open({}, join(folder, "x")).save(stateOf(1))).rejects.toMatchObject({
      code: "WRITE_FAILED",
      message: expect.stringMatching(/ENOTDIR/),
    });
  });
});

describe("one process at a time", () => {
  const lock = (): string => join(folder, ".lock");

  /** Starts a process that lives until it is killed. */
  function sleeper(): { pid: number; kill(): Promise<void> } {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    const kill = (): Promise<void> => {
      child.kill("SIGKILL");
      return ended;
    };
    return { pid: child.pid!, kill };
  }

  function ownerFile(facts: object): string {
    return JSON.stringify({ host: hostname(), started: "", token: "x", since: "then", ...facts });
  }

  test("a folder in use is refused, and free again when the other has ended", async () => {
    await open().save(stateOf(1));
    const other = sleeper();
    writeFileSync(lock(), ownerFile({ process: other.pid }));
    const store = open();
    await expect(store.save(stateOf(2))).rejects.toMatchObject({
      code: "LOCKED",
      message: expect.stringContaining(`is in use by process ${other.pid} since then`),
    });
    expect((await store.load())!.facts.step).toBe(1); // reading needs no lock
    await other.kill();
    await store.save(stateOf(2));
    expect(JSON.parse(readFileSync(lock(), "utf8")).process).toBe(process.pid);
    await store.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test.skipIf(!existsSync("/proc/self/stat"))(
    "a number that came round again is not the owner",
    async () => {
      const other = sleeper();
      mkdirSync(folder);
      writeFileSync(lock(), ownerFile({ process: other.pid, started: "before/1" }));
      await open().save(stateOf(1));
      await other.kill();
    },
  );

  test("another machine's lock stays, and the error says what to delete", async () => {
    mkdirSync(folder);
    writeFileSync(lock(), ownerFile({ process: 1, host: "elsewhere" }));
    await expect(open().open()).rejects.toThrow(/process 1 on elsewhere.*delete .*\.lock/);
  });

  test("a damaged lock and left-over temporary files are cleared away", async () => {
    mkdirSync(folder);
    writeFileSync(lock(), '{"host":');
    for (const name of [".step-000000001.safetensors.ab12.tmp", ".lock.old.tmp", ".lock.new.tmp"]) {
      writeFileSync(join(folder, name), "half");
    }
    utimesSync(join(folder, ".lock.old.tmp"), 1, 1);
    const store = open();
    await store.open();
    expect(readdirSync(folder).sort()).toEqual([".lock", ".lock.new.tmp"]);
    await store.close();
  });

  test("a later store of the same process takes over from the first", async () => {
    const first = open();
    await first.save(stateOf(1));
    const second = open();
    await second.save(stateOf(2));
    await expect(first.save(stateOf(3))).rejects.toThrow(/taken over by a later run/);
    await second.close();
    await first.close();
    await first.save(stateOf(3));
    expect(steps()).toEqual([2, 3]);
  });

  test("of three processes that find a dead one's lock at once, one gets it", async () => {
    mkdirSync(folder);
    writeFileSync(lock(), ownerFile({ process: 2 ** 22 + 7 }));
    const program = `
      import { checkpointFolder } from ${JSON.stringify(join(import.meta.dirname, "../../src/train/checkpoints/node-checkpoints.ts"))};
      import { readdirSync, writeFileSync } from "node:fs";
      const got = await checkpointFolder(${JSON.stringify(folder)}).open().then(() => "got", (e) => e.code);
      const answers = ${JSON.stringify(join(folder, "..", "answers"))};
      writeFileSync(answers + "/" + process.pid, got);
      while (readdirSync(answers).length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    `;
    const answers = join(folder, "..", "answers");
    mkdirSync(answers);
    const file = join(folder, "..", "claim.ts");
    writeFileSync(file, program);
    await Promise.all([1, 2, 3].map(() => runShell(`npx --no-install jiti ${file}`)));
    const words = readdirSync(answers).map((name) => readFileSync(join(answers, name), "utf8"));
    expect(words.sort()).toEqual(["LOCKED", "LOCKED", "got"]);
  });
});

function runShell(command: string): Promise<string> {
  const child = spawn("bash", ["-c", command], { cwd: join(import.meta.dirname, "../..") });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve) => child.on("close", () => resolve(output)));
}
