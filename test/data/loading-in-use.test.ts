// Pipelines and workers where they are used: by `fit`, and by a TypeScript recipe under the built command.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { parallel, pipeline } from "../../src/data/index.ts";
import { nn, seed } from "../../src/index.ts";
import { fit } from "../../src/train/index.ts";
import { buildCommand } from "../cli/build.ts";
import { refusal } from "../formats/damage.ts";

const records = Array.from({ length: 40 }, (_, k) => ({ x: [Math.sin(k), k % 2], y: k % 2 }));

async function weightsAfter(train: Parameters<typeof fit>[1]["train"]): Promise<number[]> {
  seed(1);
  const model = new nn.Linear(2, 2);
  await fit(model, { train, epochs: 2 });
  return Array.from(await model.weight.data());
}

describe("fit", () => {
  test("learns the same from a stream, from random access and with batches made ahead", async () => {
    const batch = { fields: { y: "int32" } } as const;
    const noisy = (
      { x, y }: (typeof records)[0],
      random: { uniform(n: number): Float64Array },
    ) => ({
      x: x.map((value) => value + random.uniform(1)[0]),
      y,
    });
    const stream = pipeline(async function* () {
      yield* records;
    });
    const expected = await weightsAfter(pipeline(records).map(noisy).batch(8, batch));
    expect(await weightsAfter(stream.map(noisy).batch(8, batch))).toEqual(expected);
    expect(await weightsAfter(stream.map(noisy).batch(8, batch).prefetch(2))).toEqual(expected);
    expect(await weightsAfter(pipeline(records).batch(8, batch))).not.toEqual(expected);
  });

  test("learns from workers, whose error ends the run", async () => {
    const module = new URL("./fixtures/loading-worker.ts", import.meta.url);
    const loader = await parallel(module, {
      workers: 1,
      arguments: { kind: "breaks", records: 40, batchSize: 4 },
    });
    const model = new nn.Linear(1, 1);
    const error = await refusal(() =>
      fit(model, {
        train: loader,
        fields: { inputs: "x", targets: "x" },
        forward: ({ x }) => model.forward(x.reshape([-1, 1])).reshape([-1]),
      }),
    );
    await loader.close();
    expect(error.code).toBe("THREAD_FAILED");
    expect(error.message).toMatch(/record 10 is broken/);
  });
});

test("a TypeScript recipe under the command loads in workers, with the command's own library", async () => {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-loading-"));
  try {
    const command = await buildCommand(folder);
    writeFileSync(
      join(folder, "loading.ts"),
      `import { ArrayDataset, pipeline, type Loader } from "chainrule/data";
       export default ({ count }: { readonly count: number }): Loader =>
         pipeline(new ArrayDataset({ x: { data: Float32Array.from({ length: count }, (_, k) => k) } })).batch(4);`,
    );
    writeFileSync(
      join(folder, "recipe.ts"),
      `import { nn } from "chainrule";
       import { digits, parallel } from "chainrule/data";
       import { defineRecipe } from "chainrule/train";
       const loader = await parallel(new URL("./loading.ts", import.meta.url), { workers: 2, arguments: { count: 9 } });
       for await (const { x } of loader) console.log(Array.from(x!.data as Float32Array).join(" "));
       throw new Error("enough");
       export default defineRecipe({ name: "none", data: () => digits(), model: () => new nn.Linear(64, 10) });`,
    );
    const run = promisify(execFile)(process.execPath, [command, "train", "./recipe.ts"], {
      cwd: folder,
    });
    const { stdout, stderr } = await run.catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(`${stdout}${stderr}`).toMatch(/0 1 2 3\s+4 5 6 7\s+8\s[\s\S]*enough/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
