import { afterAll, expect, test } from "vitest";
import { ModuleBuilder } from "../../src/compiler/4-emit/wasm/encoder.ts";
import { emitPlan } from "../../src/compiler/4-emit/wasm/plan.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { crowdOf } from "../../src/core/crowd.ts";
import { concatenate, type Tensor } from "../../src/index.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Device } from "../../src/runtime/device.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { WasmHeap } from "../../src/runtime/wasm/memory.ts";
import { control } from "../../src/runtime/wasm/threads/control.ts";
import { processorCount, threadCount } from "../../src/runtime/wasm/threads/count.ts";
import { ThreadPool } from "../../src/runtime/wasm/threads/pool.ts";

const rows = 300;
const columns = 210;

/** Elementwise work, a product, and sums along both axes, each large enough for several tiles. */
function graphOf() {
  const x = argumentLeaf({ shape: [rows, columns], dtype: "float32" });
  const w = argumentLeaf({ shape: [columns, 190], dtype: "float32" });
  const y = x.mul(1.5).sub(0.25).tanh().mul(x.exp()).add(x.relu()).add(x.mul(1e5).sin());
  const outputs: Tensor[] = [
    y,
    y.matmul(w),
    y.sum({ axis: 0 }),
    y.logSoftmax(),
    concatenate([y, x]),
  ];
  return { arguments: [x, w], outputs, writes: [] };
}

function values(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(seed + i * 0.37) * 1.7);
}

async function untilThreads(device: Device, count: number): Promise<void> {
  for (let wait = 0; device.threads < count && wait < 2000; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(device.threads).toBe(count);
}

test("one, two and four threads give the same bits", async () => {
  const results: Buffer[][] = [];
  for (const threads of [1, 2, 4]) {
    const device = wasmDevice(threads);
    const program = device.prepare(graphOf());
    const bindings = [values(rows * columns, 1), values(columns * 190, 2)].map(
      (value) => ({ kind: "value", value }) as const,
    );
    program.run(bindings);
    program.run(bindings);
    await untilThreads(device, threads);
    for (let again = 0; again < 20; again++) {
      results.push(program.run(bindings).map((value) => Buffer.from(value.buffer)));
    }
  }
  const differ = results.filter((one) => one.some((bytes, k) => !bytes.equals(results[0][k])));
  expect(differ.length).toBe(0);
});

const heap = new WasmHeap({ shared: true });
const table = heap.allocate(64, "table");

/** A plan of one step of eight tiles, each a call of `tile(number)`. */
const plan: Plan = {
  buffers: [],
  steps: [{ kind: "extern", name: "tile", buffers: [], numbers: [], tiles: 8 }],
  outputs: [],
  scratchBytes: 0,
  arguments: 0,
};

/** A kernel that counts the tiles of each thread at its workspace; `trap` fails on other threads than the caller. */
function countingKernel(caller: number, trap: boolean): WebAssembly.Module {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", { initial: 0, maximum: 65_536 }, true);
  const workspace = module.importGlobal("env", "workspace", "i32");
  const tile = module.function(["i32"], [], (f) => {
    const spin = f.local("i32");
    f.i32(100_000).set(spin);
    f.loop((again) => f.get(spin).i32(1).op("i32.sub").tee(spin).brIf(again));
    f.global(workspace).i32(1).atomic("i32.atomic.rmw.add").op("drop");
    if (!trap) return;
    f.global(workspace).i32(caller).op("i32.ne");
    f.if(() => f.op("unreachable"));
  });
  module.export("tile", tile);
  return new WebAssembly.Module(module.encode() as BufferSource);
}

function poolWith(trap: boolean) {
  const own = heap.allocate(64, "workspace");
  heap.bytes.fill(0, own, own + 64);
  const pool = new ThreadPool({ heap, helpers: 1, table, workspaceBytes: 64 });
  const kernel = countingKernel(own, trap);
  const { bytes } = emitPlan(plan, { relaxedSimd: false, shared: true, threads: true });
  const module = new WebAssembly.Module(bytes as BufferSource);
  const { id, imports } = pool.enter();
  const { memory } = heap;
  const library = new WebAssembly.Instance(kernel, { env: { memory, workspace: own } }).exports;
  const exports = new WebAssembly.Instance(module, {
    env: { memory },
    pool: imports,
    library: library as WebAssembly.ModuleImports,
    js: {},
  }).exports;
  const owner = {};
  pool.share(
    id,
    {
      module,
      library: [{ family: "other", module: kernel, macro: undefined }],
      hostFunctions: [],
      hostCalls: 0,
    },
    owner,
  );
  afterAll(() => void owner);
  const run = (): void => (exports.run as (table: number) => void)(table);
  const tiles = (): number => new Int32Array(memory.buffer)[own >> 2];
  return { pool, run, tiles };
}

test("threads take part in the work, and each tile is done once", async () => {
  const { pool, run, tiles } = poolWith(false);
  run();
  expect(tiles()).toBe(8);
  for (let wait = 0; pool.helpers === 0 && wait < 2000; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  let steps = 1;
  for (; steps < 2000 && tiles() === 8 * steps; steps++) run();
  expect(tiles()).toBeLessThan(8 * steps);
});

test("threads leave their processor to others that compute, and come back", async () => {
  const { pool, run, tiles } = poolWith(false);
  run();
  for (let wait = 0; pool.helpers === 0 && wait < 2000; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const crowd = crowdOf()!;
  const many = processorCount() + 1;
  Atomics.add(crowd, 0, many);
  const before = tiles();
  for (let step = 0; step < 500; step++) run();
  expect(tiles()).toBe(before + 8 * 500);
  Atomics.sub(crowd, 0, many);
  let steps = 0;
  for (; steps < 2000 && tiles() === before + 8 * (500 + steps); steps++) run();
  expect(tiles()).toBeLessThan(before + 8 * (500 + steps));
});

test("the caller computes alone until a thread is ready, also where processors are free", () => {
  const { run, tiles } = poolWith(false);
  const crowd = crowdOf()!;
  const published = new Int32Array(
    crowd.buffer,
    crowd.byteOffset + control.published - control.crowd,
    1,
  );
  Atomics.sub(crowd, 0, 1);
  run();
  expect([tiles(), published[0]]).toEqual([8, 0]);
});

test("a thread that fails gives an error, not a hanging step", async () => {
  const { pool, run } = poolWith(true);
  let failure: unknown;
  for (let step = 0; step < 2000 && failure === undefined; step++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    try {
      run();
    } catch (trap) {
      failure = pool.failure(trap);
    }
  }
  expect(failure).toMatchObject({ code: "THREAD_FAILED" });
  expect(pool.helpers).toBe(0);
  run();
});

test("CHAINRULE_THREADS is a whole number", () => {
  const before = process.env.CHAINRULE_THREADS;
  try {
    process.env.CHAINRULE_THREADS = "3";
    expect(threadCount()).toBe(3);
    process.env.CHAINRULE_THREADS = "many";
    expect(() => threadCount()).toThrow(/CHAINRULE_THREADS is "many"/);
  } finally {
    if (before === undefined) delete process.env.CHAINRULE_THREADS;
    else process.env.CHAINRULE_THREADS = before;
  }
});
