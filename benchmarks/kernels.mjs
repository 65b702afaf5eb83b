// GFLOP/s of the WebAssembly matrix-product kernel on the shapes that decide our workloads, one thread.
// Run: npx jiti benchmarks/kernels.mjs

import { wasmFeatures } from "../src/runtime/wasm/features.ts";
import { libraryModule } from "../src/runtime/wasm/library/module.ts";

const { relaxedSimd, wide } = wasmFeatures();
const pages = 2048;
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
const workspace = 65536;
const library = new WebAssembly.Instance(
  new WebAssembly.Module(libraryModule({ relaxedSimd, wide })),
  {
    env: { memory, workspace },
  },
).exports;
const floats = new Float32Array(memory.buffer);
for (let i = 0; i < floats.length; i++) floats[i] = ((i * 37) % 101) / 101 - 0.5;

const layouts = {
  NN: (_m, n, k) => [k, 1, n, 1],
  TN: (m, n) => [1, m, n, 1],
  NT: (_m, _n, k) => [k, 1, 1, k],
};

const shapes = [
  [256, 256, 256],
  [512, 512, 512],
  [1024, 1024, 1024],
  [64, 128, 784],
  [64, 784, 128],
  [784, 128, 64],
  [32, 10, 784],
  [10, 784, 32],
  [32, 784, 10],
  [32, 10, 10],
  [64, 64, 128],
  [128, 64, 64],
  [64, 10, 64],
  [10, 64, 64],
  [256, 4096, 1024],
  [16, 6400, 152],
  [1, 128, 784],
  [1, 784, 128],
];

console.log(`Node ${process.version}, relaxed SIMD ${relaxedSimd ? "on" : "off"}; GFLOP/s`);
for (const [m, n, k] of shapes) {
  const row = Object.entries(layouts).map(([name, strides]) => {
    const speed = measure(m, n, k, strides(m, n, k));
    return `${name} ${speed.toFixed(1).padStart(5)}`;
  });
  console.log(`${[m, n, k].join(",").padEnd(16)} ${row.join("  ")}`);
}

function measure(m, n, k, strides) {
  const c = 2 << 20;
  const a = c + 4 * m * n + 4096;
  const b = a + 4 * m * k + 4096;
  if (b + 4 * k * n > memory.buffer.byteLength) return Number.NaN;
  const work = 2 * m * n * k;
  const rounds = Math.max(1, Math.round(4e6 / work));
  const run = () => {
    for (let i = 0; i < rounds; i++) {
      library.gemm_f32(c, a, b, m, n, k, ...strides, n, m, n, 0, 0);
    }
  };
  const warmUntil = performance.now() + 200;
  while (performance.now() < warmUntil) run();
  const times = [];
  for (let i = 0; i < 25; i++) times.push(processorTime(run));
  return (work * rounds) / (Math.min(...times) * 1e3);
}

/** Microseconds of processor time, which neighbours on the machine disturb less than the clock. */
function processorTime(run) {
  const start = process.cpuUsage();
  run();
  return process.cpuUsage(start).user;
}
