// Whether loading keeps up with training: W3's network (a CNN for 28 × 28 images) on MNIST, which lies in memory, and on a
// folder of PNG images that workers decode, crop at random and mirror. Processes do the same number of steps each: training
// alone on batches in memory, loading alone, and both at once. CPU times are those of the whole process, all threads and
// the system's part (`process.cpuUsage`), from the end of the warm-up on. The measure is wall ÷ ((training + loading CPU) ÷
// 2): 1 is two processors that never wait. It is given twice: for the CPU time of training with all its threads, where
// waiting for one another counts as well, and with one thread.
//   node benchmarks/loading.mjs [--only folder] [--steps 150] [--workers 1] [--rounds 3] [--json]     (0 workers: none)

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { encode } from "fast-png";
import makeLoader, { importData } from "./loading-data.mjs";
import { here } from "./machine.mjs";
import { median } from "./median.mjs";
import { load, makeStep } from "./peers/chainrule.mjs";
import { makeWorkload } from "./workloads.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    steps: { type: "string", default: "150" },
    workers: { type: "string" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    part: { type: "string" },
    folder: { type: "string" },
  },
});
const shared = process.env.CHAINRULE_SHARED ?? resolve(here, "../../shared");
const steps = Number(values.steps);
const warmUp = 20;
const batchSize = 64;
const images = 10_000;
/** Data in memory is read faster than it could be sent. */
const usualWorkers = { mnist: 0, folder: 1 };

if (values.part !== undefined) await measure(values.part);
else await compare();

/** One part in a process of its own. */
async function measure(part) {
  const data = {
    kind: values.only,
    path: values.only === "folder" ? values.folder : join(shared, "data"),
    batchSize,
    records: (steps + warmUp) * batchSize,
  };
  const { loader, step } = await prepare(part, data);
  let done = 0;
  let start;
  while (done < steps + warmUp) {
    for await (const batch of loader.pass(0)) {
      await step(batch);
      if (++done === warmUp) start = { wall: performance.now(), cpu: process.cpuUsage() };
      if (done === steps + warmUp) break;
    }
  }
  const { user, system } = process.cpuUsage(start.cpu);
  const wall = (performance.now() - start.wall) / 1000;
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1e6 }));
  process.exit(0);
}

async function prepare(part, data) {
  if (part === "load") return { loader: await makeLoader(data), step: async () => {} };
  const loaded = await load();
  const { train } = makeStep(loaded.library, makeWorkload("W3"));
  const step = ({ images, labels }) => train(images, labels).item();
  const workers = workersFor(values.only);
  if (part === "both" && workers === 0) return { loader: await makeLoader(data), step };
  if (part === "both") {
    const { parallel } = await importData();
    const module = new URL("./loading-data.mjs", import.meta.url);
    const options = { workers, arguments: data };
    return { loader: await parallel(module, options), step };
  }
  const kept = [];
  for await (const batch of (await makeLoader(data)).pass(0)) {
    if (kept.push(batch) === 16) break;
  }
  return { loader: { pass: () => kept }, step };
}

async function compare() {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-images-"));
  try {
    for (const kind of values.only === undefined ? ["mnist", "folder"] : [values.only]) {
      if (kind === "folder") await writeImages(folder);
      const rounds = Array.from({ length: Number(values.rounds) }, () => round(kind, folder));
      report(kind, rounds);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function round(kind, folder) {
  const part = (name, env = {}) => {
    const args = ["--part", name, "--only", kind, "--folder", folder];
    const numbers = ["--steps", values.steps, "--workers", String(workersFor(kind))];
    const script = fileURLToPath(import.meta.url);
    const child = spawnSync(process.execPath, [script, ...args, ...numbers], {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    if (child.status !== 0) throw new Error(child.stderr);
    return JSON.parse(child.stdout.trimEnd().split("\n").at(-1));
  };
  const oneThread = part("train", { CHAINRULE_THREADS: "1" });
  return { oneThread, training: part("train"), loading: part("load"), both: part("both") };
}

function report(kind, rounds) {
  const of = (pick) => Number(median(rounds.map(pick)).toPrecision(3));
  const row = {
    data: kind,
    workers: workersFor(kind),
    trainingCpu1Thread: of(({ oneThread }) => oneThread.cpu),
    trainingCpu: of(({ training }) => training.cpu),
    trainingWall: of(({ training }) => training.wall),
    loadingCpu: of(({ loading }) => loading.cpu),
    bothCpu: of(({ both }) => both.cpu),
    bothWall: of(({ both }) => both.wall),
    ratio: of(({ training, loading, both }) => both.wall / ((training.cpu + loading.cpu) / 2)),
    ratio1Thread: of(
      ({ oneThread, loading, both }) => both.wall / ((oneThread.cpu + loading.cpu) / 2),
    ),
  };
  if (values.json) console.log(JSON.stringify({ ...row, steps }));
  else console.table([row]);
}

function workersFor(kind) {
  return values.workers === undefined ? usualWorkers[kind] : Number(values.workers);
}

/** The first images of Fashion-MNIST as PNG files, in a folder for each class. */
async function writeImages(folder) {
  const { fashionMnist, gather } = await importData();
  const { train } = await fashionMnist({ dataDir: join(shared, "data"), flat: false });
  for (let label = 0; label < 10; label++) mkdirSync(join(folder, String(label)));
  for (let index = 0; index < images; index++) {
    const { images, labels } = gather(train, [index]);
    const data = Uint8Array.from(images.data, (pixel) => Math.round(255 * pixel));
    const file = join(folder, String(labels.data[0]), `${index}.png`);
    writeFileSync(file, encode({ width: 28, height: 28, channels: 1, data }));
  }
}
