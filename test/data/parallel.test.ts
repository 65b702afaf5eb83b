// Loading in worker threads: the same batches in the same order for any number of workers, bounded memory, and errors that
// say where they come from.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { crowdOf, setCrowd } from "../../src/core/crowd.ts";
import type { Batch } from "../../src/data/index.ts";
import { type ParallelLoader, parallel } from "../../src/data/index.ts";
import { refusal } from "../formats/damage.ts";
import makeLoader, { type Wish } from "./fixtures/loading-worker.ts";

const module = new URL("./fixtures/loading-worker.ts", import.meta.url);
const open: ParallelLoader[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((loader) => loader.close()));
});

async function load(wish: Wish, workers: number, prefetch = 2): Promise<ParallelLoader> {
  const loader = await parallel(module, { workers, prefetch, arguments: wish });
  open.push(loader);
  return loader;
}

async function all(pass: Iterable<Batch> | AsyncIterable<Batch>): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of pass) batches.push(batch);
  return batches;
}

async function until(holds: () => boolean): Promise<void> {
  for (let wait = 0; !holds() && wait < 500; wait++)
    await new Promise((done) => setTimeout(done, 10));
  expect(holds()).toBe(true);
}

describe("parallel", () => {
  test.each<[Wish["kind"], number]>([
    ["batches", 1],
    ["batches", 3],
    ["random", 2],
    ["stream", 2],
    ["plain", 2],
  ])("%s by %d workers gives the loader's own batches", async (kind, workers) => {
    const wish = { kind, records: 61, batchSize: 8 };
    const alone = makeLoader(wish);
    const loader = await load(wish, workers);
    expect(loader.length).toBe(alone.length);
    expect(loader.describe()).toEqual(alone.describe());
    await alone.prepare?.();
    expect(loader.fields).toEqual(alone.fields);
    for (const epoch of [0, 2]) {
      const expected = await all(alone.pass(epoch));
      expect(await all(loader.pass(epoch))).toEqual(expected);
      expect(await all(loader.pass(epoch, { skip: 3 }))).toEqual(expected.slice(3));
    }
    expect(await all(loader)).toEqual(await all(alone.pass(0)));
    expect(loader.epoch).toBe(1);
  });

  test("a pass may be left early, and others be under way", async () => {
    const wish: Wish = { kind: "random", records: 64, batchSize: 4 };
    const expected = await all(makeLoader(wish).pass(0));
    const loader = await load(wish, 2, 1);
    for await (const batch of loader.pass(0)) {
      expect(batch).toEqual(expected[0]);
      break;
    }
    const [first, second] = await Promise.all([all(loader.pass(0)), all(loader.pass(0))]);
    expect(first).toEqual(expected);
    expect(second).toEqual(expected);
  });

  test("an error in a worker has its message, place and batch", async () => {
    const loader = await load({ kind: "breaks", records: 40, batchSize: 4 }, 2);
    const seen: Batch[] = [];
    const error = await refusal(async () => {
      for await (const batch of loader.pass(0)) seen.push(batch);
    });
    expect(seen.length).toBe(2);
    expect(error.code).toBe("THREAD_FAILED");
    expect(error.message).toMatch(/^parallel: worker 0 failed at batch 2: record 10 is broken\./);
    expect(error.detail).toMatchObject({ worker: 0, name: "RangeError" });
    const cause = error.cause as Error;
    expect(cause.name).toBe("RangeError");
    expect(cause.stack).toMatch(/loading-worker\.ts:\d+/);
  });

  test("a worker that ends is an error and no silence", async () => {
    const loader = await load({ kind: "dies", records: 40, batchSize: 4 }, 1);
    const error = await refusal(() => all(loader.pass(0)));
    expect(error.message).toMatch(/worker 0 failed and ended: it ended with exit code 3/);
  });

  test.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "a module that throws",
      () => load({ kind: "refuses", records: 1, batchSize: 1 }, 2),
      /worker \d failed while starting: no such data/,
    ],
    [
      "a module that is not there",
      () => parallel(new URL("./nowhere.mjs", import.meta.url)),
      /while starting: .*nowhere\.mjs/,
    ],
    [
      "a module without a loader",
      () => parallel(new URL("data:text/javascript,export default () => 3")),
      /default export must be a function that returns a loader.*number/,
    ],
    ["a relative path", () => parallel("./data.ts"), /cannot find the module "\.\/data\.ts"/],
    ["no workers", () => parallel(module, { workers: 0 }), /workers is 0/],
    [
      "an unknown option",
      () => parallel(module, { threads: 2 } as object),
      /there is no option "threads"/,
    ],
  ])("refuses %s", async (_, call, text) => {
    expect((await refusal(call)).message).toMatch(text);
  });

  test("a closed loader makes no more batches", async () => {
    const loader = await load({ kind: "batches", records: 8, batchSize: 2 }, 1);
    await loader.close();
    expect((await refusal(() => all(loader.pass(0)))).message).toMatch(/ended by close\(\)/);
  });

  test("workers are ahead by what they may be and no more", async () => {
    const shared = new SharedArrayBuffer(4);
    const text =
      "export default (words) => ({ strided: true, fields: {}, length: 100, describe: () => null," +
      "*pass(epoch, { skip, stride }) { for (let k = skip; k < 100; k += stride) {" +
      "Atomics.add(new Int32Array(words), 0, 1);" +
      'yield { x: { dtype: "float32", shape: [1], data: new Float32Array(1) } }; } } })';
    const loader = await parallel(`data:text/javascript,${encodeURIComponent(text)}`, {
      workers: 2,
      prefetch: 3,
      arguments: shared,
    });
    open.push(loader);
    const made = new Int32Array(shared);
    const pass = loader.pass(0);
    for (let used = 1; used <= 10; used++) {
      await pass.next();
      await new Promise((done) => setTimeout(done, 20));
      expect(made[0]).toBeLessThanOrEqual(used + 2 * 3);
    }
    expect(made[0]).toBeGreaterThanOrEqual(10);
    await pass.return();
  });

  test.each([
    ["small ones 16", 1, 16],
    ["large ones 2", 5_000_000, 2],
  ])(
    "without a number, workers are as many batches ahead as memory allows: %s",
    async (_, size, most) => {
      const shared = new SharedArrayBuffer(4);
      const text =
        "export default ([words, size]) => ({ strided: true, fields: {}, length: 60, describe: () => null," +
        "*pass(epoch, { skip, stride }) { for (let k = skip; k < 60; k += stride) {" +
        "Atomics.add(new Int32Array(words), 0, 1);" +
        'yield { x: { dtype: "float32", shape: [size], data: new Float32Array(size) } }; } } })';
      const address = `data:text/javascript,${encodeURIComponent(text)}`;
      const loader = await parallel(address, { workers: 1, arguments: [shared, size] });
      open.push(loader);
      const made = new Int32Array(shared);
      const pass = loader.pass(0);
      for (let used = 1; used <= 3; used++) await pass.next();
      await until(() => made[0] > most);
      await new Promise((done) => setTimeout(done, 50));
      expect(made[0]).toBeLessThanOrEqual(3 + most);
      await pass.return();
    },
  );

  test("workers count themselves while they make batches, and not when they wait or have ended", async () => {
    const before = crowdOf();
    const crowd = new Int32Array(new SharedArrayBuffer(4));
    setCrowd(crowd);
    try {
      const text =
        "export default (words) => ({ strided: true, fields: {}, length: 9, describe: () => null," +
        "*pass(epoch, { skip, stride }) { for (let k = skip; k < 9; k += stride) {" +
        "const shared = new Int32Array(words);" +
        "if (k === 6) Atomics.wait(shared, 0, 0);" +
        'yield { x: { dtype: "int32", shape: [1], data: Int32Array.of(shared[1]) } }; } } })';
      const words = new SharedArrayBuffer(8);
      const address = `data:text/javascript,${encodeURIComponent(text)}`;
      const loader = await parallel(address, { workers: 1, prefetch: 2, arguments: words });
      const pass = loader.pass(0);
      for (let k = 0; k < 4; k++) await pass.next();
      await until(() => crowd[0] === 0); // two batches ahead
      await pass.next();
      await until(() => crowd[0] === 1); // in the seventh batch
      await loader.close();
      expect(crowd[0]).toBe(0);
    } finally {
      setCrowd(before!);
    }
  });

  test("a worker that hears of training threads in the middle of a batch counts itself at once", async () => {
    const before = crowdOf();
    const crowd = new Int32Array(new SharedArrayBuffer(4));
    setCrowd(new Int32Array(new SharedArrayBuffer(4)));
    try {
      const text =
        "export default () => ({ strided: true, fields: {}, length: 9, describe: () => null," +
        "async *pass() { for (let k = 0; k < 9; k++) { if (k === 2) await new Promise(() => {});" +
        'yield { x: { dtype: "int32", shape: [1], data: Int32Array.of(k) } }; } } })';
      const address = `data:text/javascript,${encodeURIComponent(text)}`;
      const loader = await parallel(address, { workers: 1, prefetch: 2 });
      const pass = loader.pass(0);
      await pass.next();
      const first = crowdOf()!;
      await until(() => first[0] === 1); // in the third batch
      setCrowd(crowd);
      await pass.next();
      await until(() => crowd[0] === 1);
      expect(first[0]).toBe(0);
      await loader.close();
      expect(crowd[0]).toBe(0);
    } finally {
      setCrowd(before!);
    }
  });

  test("memory moves to the caller", async () => {
    const text =
      "export default () => { const kept = new Float32Array([1, 2]); return { strided: true, fields: {}," +
      "length: 3, describe: () => null, *pass() { for (let k = 0; k < 3; k++) " +
      'yield { x: { dtype: "float32", shape: [2], data: kept } }; } }; }';
    const loader = await parallel(`data:text/javascript,${encodeURIComponent(text)}`, {
      workers: 1,
    });
    open.push(loader);
    const batches = await all(loader.pass(0)); // a loader that keeps its arrays goes on having them
    expect(batches.map(({ x }) => Array.from(x.data))).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
  });

  test("a process ends by itself, with workers open, closed or failed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "chainrule-parallel-"));
    const library = new URL("../../src/data/pipeline/parallel.ts", import.meta.url).pathname;
    const loading = (wish: Wish) =>
      `await parallel(${JSON.stringify(module.href)}, { workers: 2, arguments: ${JSON.stringify(wish)} })`;
    const file = join(folder, "main.ts");
    writeFileSync(
      file,
      `import { parallel } from ${JSON.stringify(library)};
       const loader = ${loading({ kind: "random", records: 64, batchSize: 4 })};
       for await (const { x } of loader) { console.log(x.shape[0]); break; }
       await loader.close();
       console.log("closed");
       try { ${loading({ kind: "refuses", records: 1, batchSize: 1 })} } catch (e) { console.log(e.code); }
       const open = ${loading({ kind: "random", records: 64, batchSize: 4 })};
       for await (const { x } of open) { console.log(x.shape[0]); break; }`,
    );
    const jiti = new URL("../../node_modules/.bin/jiti", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(jiti, [file], { timeout: 60_000 });
    rmSync(folder, { recursive: true });
    expect(stdout.trim().split("\n")).toEqual(["4", "closed", "THREAD_FAILED", "4"]);
  });
});
