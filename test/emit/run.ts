// Emits a kernel, runs it in a fresh memory, and returns its buffers. The buffers stand at the very end of memory, with
// watched gaps between them, so that a read or write outside of them traps or is seen.

import { wasmStorage } from "../../src/compiler/4-emit/wasm/conversions.ts";
import { emitPlan } from "../../src/compiler/4-emit/wasm/plan.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { LoopKernel } from "../../src/ir/loops.ts";
import { scalarFunction } from "../../src/ir/scalar.ts";
import { wasmFeatures } from "../../src/runtime/wasm/features.ts";
import type { Elements } from "./interpret.ts";

const gapWord = 0x7fc0dead;

/** Runs an emitted kernel on copies of the buffers; `last` is the buffer that ends where memory ends. */
export function runEmitted(
  kernel: LoopKernel,
  buffers: readonly Elements[],
  { last = 0, relaxedSimd = wasmFeatures().relaxedSimd } = {},
): Elements[] {
  const { bytes, hostFunctions } = emitPlan(
    {
      buffers: kernel.buffers.map((b, index) => ({ ...b, place: { kind: "argument", index } })),
      steps: [
        {
          kind: "loops",
          kernel,
          buffers: kernel.buffers.map((_, buffer) => ({ buffer, offset: 0 })),
        },
      ],
      outputs: [],
      scratchBytes: 0,
      arguments: buffers.length,
    },
    { relaxedSimd },
  );
  const sizes = kernel.buffers.map((b) => b.elements * wasmStorage[b.dtype]);
  const total = sizes.reduce((sum, size) => sum + size + 80, 1024);
  const pages = Math.ceil(total / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const addresses = place(sizes, last, pages * 65536);
  const words = new Int32Array(memory.buffer);
  words.fill(gapWord);
  words.set([0, ...addresses], 16);
  for (const [i, { dtype }] of kernel.buffers.entries()) {
    viewOf(memory, dtype, addresses[i], buffers[i].length).set(buffers[i]);
  }
  const js = Object.fromEntries(hostFunctions.map((name) => [name, scalarFunction(name).js]));
  const module = new WebAssembly.Module(bytes as BufferSource);
  const instance = new WebAssembly.Instance(module, { env: { memory }, js });
  (instance.exports.run as (table: number) => void)(64);
  const results = kernel.buffers.map(({ dtype }, i) =>
    Array.from(viewOf(memory, dtype, addresses[i], buffers[i].length)),
  );
  const covered = new Set<number>();
  for (const [i, size] of sizes.entries()) {
    for (let b = 0; b < size; b += 4) covered.add((addresses[i] + b) / 4);
  }
  for (let w = 64; w < words.length; w++) {
    if (!covered.has(w) && words[w] !== gapWord) throw new Error(`a write outside: word ${w}`);
  }
  return results;
}

/** Addresses from the end of memory down, `last` first; float64 buffers stay aligned to 4 bytes only. */
function place(sizes: readonly number[], last: number, end: number): number[] {
  const addresses: number[] = [];
  let top = end;
  const order = [last, ...sizes.keys()].filter((i, at, all) => all.indexOf(i) === at);
  for (const i of order) {
    top -= sizes[i];
    top -= top % 8;
    addresses[i] = top;
    top -= 16;
  }
  return addresses;
}

function viewOf(
  memory: WebAssembly.Memory,
  dtype: DType,
  address: number,
  length: number,
): Float32Array | Float64Array | Int32Array {
  if (dtype === "float64") return new Float64Array(memory.buffer, address, length);
  if (dtype === "float32") return new Float32Array(memory.buffer, address, length);
  return new Int32Array(memory.buffer, address, length);
}
