// Trains for a long time and fails if resident memory grows: compiled steps of an MNIST-sized perceptron (784-128-10,
// batch 64), then the same steps uncompiled. Nothing is disposed of anywhere; every step gets fresh input tensors.
//   node scripts/soak.mjs [--compiled 200000] [--uncompiled 20000] [--limit 32] [--json]
// Growth: floor of the last quarter of the samples minus that of the first quarter after warm-up, in MiB; the floor is
// the lowest fifth, since resident memory rises between collections. The limit bounds it; the slope, by least squares,
// says what a longer run would bring. Under `node --expose-gc` each sample comes after a collection, and the growth of
// what JavaScript retains is reported too: finer, for short runs.

import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    compiled: { type: "string", default: "200000" },
    uncompiled: { type: "string", default: "20000" },
    limit: { type: "string", default: "32" },
    json: { type: "boolean", default: false },
  },
});
const limit = Number(values.limit);
const samples = 200;
const mebi = 2 ** 20;

const { compile, losses, memory, nn, optim, seed, tensor } = await import(
  process.env.CHAINRULE_LIBRARY ?? "../dist/index.js"
);
seed(1);
const batches = Array.from({ length: 8 }, (_, k) => madeUpBatch(k));

const reports = [
  soak("compiled", Number(values.compiled), (step) => compile(step)),
  soak("uncompiled", Number(values.uncompiled), (step) => step),
];
const failed = reports.filter(
  ({ growth, deviceGrowth }) => !(growth < limit) || deviceGrowth !== 0,
);
if (values.json) console.log(JSON.stringify({ limit, reports, ok: failed.length === 0 }));
else for (const { name, growth, deviceGrowth } of failed) complain(name, growth, deviceGrowth);
process.exitCode = failed.length === 0 ? 0 : 1;

function soak(name, steps, prepare) {
  const model = new nn.Sequential(new nn.Linear(784, 128), new nn.ReLU(), new nn.Linear(128, 10));
  const optimizer = new optim.SGD(model, { learningRate: 0.01, momentum: 0.9 });
  const step = prepare((images, labels) => {
    const loss = losses.crossEntropy(model.forward(images, { training: true }), labels);
    optimizer.step(loss.backward());
    return loss;
  });
  const every = Math.max(1, Math.floor(steps / samples));
  const seen = [];
  const start = performance.now();
  let first;
  let last;
  for (let k = 1; k <= steps; k++) {
    const { images, labels } = batches[k % batches.length];
    const loss = step(tensor(images, { shape: [64, 784] }), tensor(labels));
    if (k % every !== 0) continue;
    last = loss.itemSync();
    first ??= last;
    seen.push({ step: k, ...sampleMemory() });
  }
  const seconds = (performance.now() - start) / 1000;
  const report = { name, steps, seconds, first, last, ...growthOf(seen) };
  if (!Number.isFinite(last) || last >= first)
    throw new Error(`${name}: the loss went from ${first} to ${last}`);
  if (!values.json) describe(report);
  return report;
}

function sampleMemory() {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, retained: heapUsed + external, device: memory().totalBytes };
}

/** The first fifth of the samples is warm-up: code is compiled, the heap finds its size. */
function growthOf(seen) {
  const steady = seen.slice(Math.floor(seen.length / 5));
  const quarter = Math.max(1, Math.floor(steady.length / 4));
  const resident = steady.map((sample) => sample.resident / mebi);
  const retained = steady.map((sample) => sample.retained / mebi);
  const rise = (numbers) => floor(numbers.slice(-quarter)) - floor(numbers.slice(0, quarter));
  return {
    resident: median(resident),
    peak: process.resourceUsage().maxRSS / 1024,
    growth: rise(resident),
    retainedGrowth: rise(retained),
    slope: slopeOf(steady.map(({ step }, k) => [step / 1000, resident[k]])),
    deviceGrowth: steady.at(-1).device - steady[0].device,
  };
}

/** Least-squares slope of points [x, y]. */
function slopeOf(points) {
  const mean = (axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return xx === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / xx;
}

function median(numbers) {
  return quantile(numbers, 0.5);
}

function floor(numbers) {
  return quantile(numbers, 0.2);
}

function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * sorted.length)];
}

/** Bright pixels depend on the label, so that the loss can fall. */
function madeUpBatch(k) {
  const images = new Float32Array(64 * 784);
  const labels = new Int32Array(64);
  for (let row = 0; row < 64; row++) {
    labels[row] = (7 * row + 3 * k) % 10;
    for (let p = 0; p < 784; p++) {
      const noise =
        ((Math.imul(row * 784 + p + k * 50_176, 2_654_435_761) >>> 8) & 0xffff) / 65_536;
      images[row * 784 + p] = p % 10 === labels[row] ? 0.5 + noise / 2 : noise / 4;
    }
  }
  return { images, labels };
}

function describe({ name, steps, seconds, resident, growth, slope, peak, first, last }) {
  const rate = ((1000 * seconds) / steps).toFixed(3);
  console.log(
    `${name}: ${steps} steps in ${seconds.toFixed(1)} s (${rate} ms each), loss ${first.toFixed(3)} → ${last.toExponential(2)}; ` +
      `resident ${resident.toFixed(0)} MiB (peak ${peak.toFixed(0)}), grew by ${growth.toFixed(2)} MiB, ` +
      `${slope.toFixed(4)} MiB per 1,000 steps`,
  );
}

function complain(name, growth, deviceGrowth) {
  const device = deviceGrowth === 0 ? "" : `; the device took ${deviceGrowth} bytes more`;
  console.error(
    `${name}: memory grew by ${growth.toFixed(2)} MiB; the limit is ${limit} MiB${device}`,
  );
}
