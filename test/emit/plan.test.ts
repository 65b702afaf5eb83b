import { expect, test } from "vitest";
import { emitPlan } from "../../src/compiler/4-emit/wasm/plan.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import { libraryModule } from "../../src/runtime/wasm/library/module.ts";
import { apply, at, buffersOf, kernel, load, store } from "./kernels.ts";
import "./rows.ts";

const { relaxedSimd } = wasmFeatures();

/** x[i] + y[i] into z[i]; made anew each time, so that equal kernels are different objects. */
const addition = (n: number) =>
  kernel(
    [n],
    [],
    buffersOf(`float32[${n}]`, `float32[${n}]`, `>float32[${n}]`),
    load("float32", 0, at([1])),
    load("float32", 1, at([1])),
    apply("float32", "test.add", 0, 1),
    store("float32", 2, at([1]), 2),
  );

const ref = (buffer: number, offset = 0) => ({ buffer, offset });

/** Argument 0: six numbers; argument 1: the result; scratch: a product. */
const plan: Plan = {
  buffers: [
    { dtype: "float32", elements: 6, place: { kind: "argument", index: 0 } },
    { dtype: "float32", elements: 4, place: { kind: "argument", index: 1 } },
    { dtype: "float32", elements: 4, place: { kind: "scratch", offset: 64 } },
  ],
  steps: [
    {
      kind: "extern",
      name: "gemm_f32",
      buffers: [ref(2), ref(0), ref(0, 2)],
      numbers: [2, 2, 2, 2, 1, 2, 1, 2, 2, 2, 0],
      tiles: 1,
    },
    { kind: "loops", kernel: addition(4), buffers: [ref(2), ref(0, 1), ref(1)] },
    {
      kind: "repeat",
      count: 3,
      body: [{ kind: "loops", kernel: addition(4), buffers: [ref(1), ref(0), ref(1)] }],
    },
    {
      kind: "repeat",
      count: 0,
      body: [{ kind: "loops", kernel: addition(4), buffers: [ref(1), ref(1), ref(1)] }],
    },
  ],
  outputs: [],
  scratchBytes: 128,
  arguments: 2,
};

test("a plan binds its buffers through the table and repeats steps", () => {
  const memory = new WebAssembly.Memory({ initial: 20, maximum: 20 });
  const env = { memory, workspace: 65536 };
  const library = new WebAssembly.Instance(
    new WebAssembly.Module(libraryModule({ relaxedSimd }) as BufferSource),
    { env },
  );
  const { bytes, externs, hostFunctions } = emitPlan(plan, { relaxedSimd });
  expect([externs, hostFunctions]).toEqual([["gemm_f32"], []]);
  const module = new WebAssembly.Module(bytes as BufferSource);
  const imports = { env, library: library.exports } as WebAssembly.Imports;
  const instance = new WebAssembly.Instance(module, imports);
  const x = [1, 2, 3, 4, 5, 6];
  new Float32Array(memory.buffer, 2048, 6).set(x);
  new Int32Array(memory.buffer, 512, 3).set([16384, 2048, 4096]);
  (instance.exports.run as (table: number) => void)(512);
  // [[1, 2], [3, 4]] · [[3, 4], [5, 6]] = [[13, 16], [29, 36]], + [2, 3, 4, 5], + 3 · [1, 2, 3, 4]
  expect(Array.from(new Float32Array(memory.buffer, 4096, 4))).toEqual([18, 25, 42, 53]);
});

test("equal kernels are emitted once", () => {
  const once = emitPlan({ ...plan, steps: plan.steps.slice(1, 2) }, { relaxedSimd }).bytes.length;
  const steps = Array.from({ length: 10 }, () => ({
    kind: "loops" as const,
    kernel: addition(4),
    buffers: [ref(2), ref(0), ref(1)],
  }));
  const many = emitPlan({ ...plan, steps }, { relaxedSimd }).bytes.length;
  expect(many - once).toBeLessThan(10 * 25);
});

test("the same plan gives the same bytes", () => {
  expect(emitPlan(plan, { relaxedSimd }).bytes).toEqual(emitPlan(plan, { relaxedSimd }).bytes);
});
