// The rate at which this engine's WebAssembly can do arithmetic at all: fused multiply-adds of 128 bits on registers, in
// enough independent chains to hide their latency. All shares of the peak in the tables refer to it.
//   node benchmarks/peak.mjs [threads] → one line of JSON

import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

const chains = 12;
const unrolled = 4;
const rounds = 200_000;
/** Operations of one call: four lanes, a multiplication and an addition each. */
const flops = rounds * unrolled * chains * 4 * 2;

/** GFLOP/s of so many threads at once: the best of several short runs each, summed. */
export async function measurePeak(threads = 1) {
  if (threads === 1) return bestRate();
  const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url)));
  await Promise.all(workers.map((worker) => answer(worker)));
  const answers = workers.map((worker) => answer(worker));
  for (const worker of workers) worker.postMessage("go");
  const rates = await Promise.all(answers);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return rates.reduce((sum, rate) => sum + rate, 0);
}

function answer(worker) {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

/** GFLOP/s of this thread. */
function bestRate() {
  const f = kernel();
  const warmUntil = performance.now() + 60;
  while (performance.now() < warmUntil) f(rounds / 10);
  let fastest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 12; k++) {
    const start = performance.now();
    f(rounds);
    fastest = Math.min(fastest, performance.now() - start);
  }
  return flops / fastest / 1e6;
}

let compiled;

function kernel() {
  if (compiled === undefined) {
    if (process.versions.node.startsWith("20.")) {
      setFlagsFromString("--experimental-wasm-relaxed-simd");
    }
    const module = new WebAssembly.Module(moduleBytes());
    compiled = new WebAssembly.Instance(module).exports.f;
  }
  return compiled;
}

// --- the module: (rounds: i32) → f32, a loop over `unrolled` × `chains` instructions ---

function moduleBytes() {
  const [factor, addend] = [chains + 1, chains + 2];
  const instructions = [
    ...splat(0.999),
    ...setLocal(factor),
    ...splat(0.001),
    ...setLocal(addend),
    ...[0x03, 0x40], // loop
    ...Array.from({ length: unrolled }, () => everyChain(factor, addend)).flat(2),
    ...[...getLocal(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0], // branch while --rounds
    0x0b,
    ...sumOfChains(),
    ...[0xfd, 0x1f, 0], // first lane
    0x0b,
  ];
  const body = [1, ...leb(chains + 2), 0x7b, ...instructions];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}

/** chain = chain · factor + addend, for every chain. */
function everyChain(factor, addend) {
  return Array.from({ length: chains }, (_, k) => [
    ...getLocal(k + 1),
    ...getLocal(factor),
    ...getLocal(addend),
    ...[0xfd, ...leb(0x105)], // f32x4.relaxed_madd
    ...setLocal(k + 1),
  ]);
}

function sumOfChains() {
  const rest = Array.from({ length: chains - 1 }, (_, k) => [
    ...getLocal(k + 2),
    ...[0xfd, ...leb(0xe4)], // f32x4.add
  ]);
  return [...getLocal(1), ...rest.flat()];
}

function splat(value) {
  return [0x43, ...new Uint8Array(Float32Array.of(value).buffer), 0xfd, 0x13];
}

function getLocal(index) {
  return [0x20, ...leb(index)];
}

function setLocal(index) {
  return [0x21, ...leb(index)];
}

function section(id, content) {
  return [id, ...leb(content.length), ...content];
}

function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

if (!isMainThread) {
  kernel();
  parentPort.once("message", () => parentPort.postMessage(bestRate()));
  parentPort.postMessage("ready");
} else if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const threads = Number(process.argv[2] ?? 1);
  console.log(JSON.stringify({ threads, gflops: await measurePeak(threads) }));
}
