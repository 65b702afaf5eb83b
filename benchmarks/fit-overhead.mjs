// What `fit` costs over the bare compiled loop, with everything on: progress, JSONL, TensorBoard and checkpoints every 500
// steps. Both train the same model on the same batches in one process, in turn, so that what disturbs the machine disturbs
// both. Where a process happens to have its arrays changes its steps by some percent, so the medians of several are taken.
//   node benchmarks/fit-overhead.mjs [--only W2,W3] [--processes 7] [--rounds 5] [--bare] [--cpu] [--library FOLDER]
// --bare leaves callbacks and checkpoints away: what is left is the loop of `fit` itself. --cpu measures processor time in
// place of time, for a machine with other work; set CHAINRULE_THREADS=1 with it, since waiting threads count as well. FOLDER
// holds index.js and train/node.js (default: ../dist); sources do with `npx jiti`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./median.mjs";
import { asTensors, makeOptimizer, makeStep } from "./peers/chainrule.mjs";
import { models } from "./peers/chainrule-models.mjs";
import { makeWorkload } from "./workloads.mjs";

/** Steps in an epoch; each has the same number of checkpoints. */
const stepsIn = { W2: 1000, W3: 500 };

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "W2,W3" },
    processes: { type: "string", default: "7" },
    rounds: { type: "string", default: "5" },
    bare: { type: "boolean", default: false },
    cpu: { type: "boolean", default: false },
    library: { type: "string", default: join(import.meta.dirname, "../dist") },
    extension: { type: "string", default: "js" }, // "ts" for sources
  },
});
/** Milliseconds of this process, or of the clock. */
const now = values.cpu
  ? () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    }
  : () => performance.now();
const rounds = Number(values.rounds);
const ids = values.only.split(",");
if (values.processes === "1") {
  for (const id of ids) console.log(JSON.stringify(await measure(id)));
} else {
  for (const id of ids)
    report(
      id,
      Array.from({ length: Number(values.processes) }, () => apart(id)),
    );
}

/** What a process of its own measures. */
function apart(id) {
  const script = fileURLToPath(import.meta.url);
  const options = ["--only", id, "--processes", "1", "--rounds", values.rounds];
  for (const name of ["library", "extension"]) options.push(`--${name}`, values[name]);
  for (const name of ["bare", "cpu"]) if (values[name]) options.push(`--${name}`);
  const run = spawnSync(process.execPath, [...process.execArgv, script, ...options]);
  if (run.status !== 0) throw new Error(String(run.stderr));
  return JSON.parse(run.stdout);
}

function report(id, found) {
  const of = (name) => median(found.map((one) => one[name]));
  const all = found.map(({ share }) => `${(100 * share).toFixed(1)}`).join(", ");
  console.log(
    `${id}  bare ${of("loop").toFixed(1)} µs/step  fit ${of("fit").toFixed(1)} µs/step  ` +
      `over it ${of("extra").toFixed(1)} µs/step  ${(100 * of("share")).toFixed(1)} % (${all})`,
  );
}

/** Microseconds a step of both, and what `fit` is over the bare loop: medians over the epochs. */
async function measure(id) {
  const library = await load("index");
  const training = await load("train/node");
  const folder = mkdtempSync(join(tmpdir(), "fit-overhead-"));
  try {
    return await compare(id, { library, training, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(name) {
  return import(pathToFileURL(join(resolve(values.library), `${name}.${values.extension}`)).href);
}

async function compare(id, parts) {
  const workload = makeWorkload(id);
  const batches = workload.batches.map((batch) => asTensors(parts.library, workload, batch));
  const steps = stepsIn[id];
  const bare = bareLoop(parts.library, workload, batches, steps);
  bare();
  const pairs = [];
  await throughFit(parts, workload, batches, steps, (seconds) => {
    pairs.push({ fit: seconds / steps, bare: bare() / steps });
  });
  const [, ...kept] = pairs; // the first epoch records and compiles
  const of = (pick) => median(kept.map(pick));
  return {
    fit: 1e6 * of((pair) => pair.fit),
    loop: 1e6 * of((pair) => pair.bare),
    extra: 1e6 * of((pair) => pair.fit - pair.bare),
    share: of((pair) => pair.fit / pair.bare - 1),
  };
}

/** Seconds of a loop over the compiled step. */
function bareLoop(library, workload, batches, steps) {
  const { train } = makeStep(library, workload);
  return () => {
    const start = now();
    for (let k = 0; k < steps; k++) {
      const { x, target } = batches[k % batches.length];
      train(x, target);
    }
    return (now() - start) / 1000;
  };
}

/** Trains with `fit`, and gives the seconds of each epoch. */
async function throughFit({ library, training, folder }, workload, batches, steps, onSeconds) {
  const model = models[workload.kind](library, workload);
  const optimizer = makeOptimizer(library, model, workload.optimizer);
  const host = batches.map(({ x, target }) => ({ x: hostOf(x), y: hostOf(target) }));
  const fieldOf = ({ dtype, shape }) => ({ dtype, shape: shape.slice(1) });
  const data = {
    fields: { x: fieldOf(host[0].x), y: fieldOf(host[0].y) },
    length: steps,
    *pass(_, { skip = 0 } = {}) {
      for (let k = skip; k < steps; k++) yield host[k % host.length];
    },
    describe: () => ({ workload: workload.id }),
  };
  const own = join(folder, workload.id);
  const { checkpointFolder, fit, jsonlLog, progress, tensorboard } = training;
  let start = 0;
  await fit(model, {
    ...{ train: data, optimizer, epochs: rounds + 1, metrics: {} },
    loss: library.losses[workload.loss],
    callbacks: [
      ...(values.bare
        ? []
        : [
            progress({ stream: { isTTY: true, columns: 100, write() {} } }),
            jsonlLog(`${own}.jsonl`),
            tensorboard(own, { histogramEpochs: 0 }),
          ]),
      {
        onStart() {
          start = now();
        },
        onEpoch() {
          onSeconds((now() - start) / 1000);
          start = now();
        },
      },
    ],
    checkpoints: values.bare
      ? undefined
      : { store: checkpointFolder(`${own}-checkpoints`), everySteps: 500 },
  });
}

function hostOf(tensor) {
  return { dtype: tensor.dtype, shape: tensor.shape, data: tensor.dataSync() };
}
