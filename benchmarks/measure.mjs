// One measurement, one process: node measure.mjs <peer> <workload> <seconds> <quick|full>. The last line it prints is
// JSON. A peer module exports load(variant) and build(loaded, workload) → { step(k), loss(), stepsPerCall? }: step trains
// on batch k, and may give a promise; loss waits until all work has finished, the last update included, and gives the
// loss of the last step. python/measure.py is the same for Python.

import { cpus } from "node:os";
import { median } from "./median.mjs";
import { peers } from "./peers.mjs";
import { makeWorkload } from "./workloads.mjs";

const blocksWanted = 7;
const tracedSteps = 10;
const [peerName, workloadId, seconds, pace] = process.argv.slice(2);
const deadline = performance.now() + Number(seconds) * 1000;
const settings =
  pace === "quick"
    ? { warmUp: 300, block: 100, warmUpSteps: 400, blockSteps: 200 }
    : { warmUp: 1500, block: 400, warmUpSteps: 4000, blockSteps: 1500 };

const workload = makeWorkload(workloadId);
const caps = { warmUp: settings.warmUpSteps, block: settings.blockSteps, ...workload.steps };
async function measure() {
  const { module, variant } = peers[peerName];
  const { load, build } = await import(module);
  const start = performance.now();
  const loaded = await load(variant);
  const peer = await build(loaded, workload);
  const runner = new Runner(peer);
  const trace = [await runner.stepAndLoss()];
  const firstStep = performance.now() - start;
  while (trace.length < tracedSteps && runner.hasTime(2)) trace.push(await runner.stepAndLoss());
  await warmUp(runner);
  const blocks = await timedBlocks(runner);
  const last = await closingLosses(runner, trace);
  return {
    version: loaded.version,
    firstStepMilliseconds: firstStep,
    ...perStep(blocks, peer.stepsPerCall ?? 1),
    losses: trace,
    lossFirst: mean(trace.slice(0, last.length)),
    lossLast: mean(last),
    steps: runner.steps,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

/** Counts steps and knows how long one takes. */
class Runner {
  steps = 0;
  /** Milliseconds per step, as last seen. */
  estimate = 0;
  #peer;

  constructor(peer) {
    this.#peer = peer;
  }

  async stepAndLoss() {
    const start = performance.now();
    await this.step();
    const loss = await this.#peer.loss();
    this.estimate = performance.now() - start;
    if (!Number.isFinite(loss)) throw new Error(`the loss of step ${this.steps} is ${loss}`);
    return loss;
  }

  /** A promise where the peer computes in the background. */
  step() {
    return this.#peer.step(this.steps++ % workload.batches.length);
  }

  /** Milliseconds of a block of steps, ended by reading the loss. */
  async block(count) {
    const start = performance.now();
    for (let k = 0; k < count; k++) {
      const pending = this.step();
      if (pending !== undefined) await pending; // awaiting nothing would cost more than a small step
    }
    await this.#peer.loss();
    const milliseconds = performance.now() - start;
    this.estimate = milliseconds / count;
    return milliseconds;
  }

  /** Whether so many more steps fit into the time given. */
  hasTime(count) {
    return performance.now() + count * this.estimate < deadline;
  }
}

/** Runs until the engines have optimised everything; not at all for peers that need seconds per step. */
async function warmUp(runner) {
  if (!runner.hasTime(blocksWanted + 3)) return;
  const end = performance.now() + settings.warmUp;
  const stepsBefore = runner.steps;
  do {
    const count = stepsIn(runner, settings.warmUp / 8, caps.block);
    await runner.block(count);
  } while (performance.now() < end && runner.steps - stepsBefore < caps.warmUp);
}

/** The step caps keep fast peers from training so long that gradients vanish, which changes the work. */
function stepsIn(runner, milliseconds, cap) {
  return Math.max(1, Math.min(cap, Math.round(milliseconds / runner.estimate)));
}

async function timedBlocks(runner) {
  const count = stepsIn(runner, settings.block, caps.block);
  const perStep = [];
  const before = busyTime();
  const start = performance.now();
  while (perStep.length < blocksWanted && (runner.hasTime(count) || perStep.length === 0)) {
    perStep.push((await runner.block(count)) / count);
  }
  const wall = performance.now() - start;
  const after = busyTime();
  return {
    milliseconds: median(perStep),
    fastest: Math.min(...perStep),
    slowest: Math.max(...perStep),
    blocks: perStep.length,
    stepsPerBlock: count,
    ownLoad: (after.own - before.own) / wall,
    otherLoad: Math.max(0, (after.all - before.all - (after.own - before.own)) / wall),
  };
}

/** Times of single steps, where one call makes several. */
function perStep({ milliseconds, fastest, slowest, ...rest }, steps) {
  return {
    milliseconds: milliseconds / steps,
    fastest: fastest / steps,
    slowest: slowest / steps,
    ...rest,
  };
}

/** Losses of the batches that the trace began with, now. */
async function closingLosses(runner, trace) {
  const batches = workload.batches.length;
  const wanted = Math.min(batches, trace.length);
  if (!runner.hasTime(batches + wanted)) return [await runner.stepAndLoss()];
  while (runner.steps % batches !== 0) await runner.step();
  const last = [];
  while (last.length < wanted) last.push(await runner.stepAndLoss());
  return last;
}

/** Milliseconds of processor time used by this process, and by all. */
function busyTime() {
  const { user, system } = process.cpuUsage();
  const all = cpus().reduce(
    (sum, { times }) => sum + times.user + times.nice + times.sys + times.irq,
    0,
  );
  return { own: (user + system) / 1000, all };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function report(result) {
  process.stdout.write(`\n${JSON.stringify(result)}\n`);
}

try {
  report({ ok: true, ...(await measure()) });
} catch (error) {
  report({ ok: false, error: String(error?.message ?? error).split("\n")[0] });
}
process.exit(0);
