// Runs plans the plain way: kernels by the interpreter, library calls by naive loops, all scratch memory in one buffer of
// noise, so that storages that overlap in place and time give wrong numbers.

import { contractAxes, wasmProducts } from "../../src/compiler/gemm-tiles.ts";
import { compileGraph } from "../../src/compiler/pipeline.ts";
import type { BufferRef, Plan, PlanStep, TargetFacts } from "../../src/compiler/plan.ts";
import { convertArray, type DType, type HostArray } from "../../src/core/dtype.ts";
import { philoxFill } from "../../src/core/random.ts";
import { installEngine } from "../../src/ir/engine.ts";
import { type Graph, inOrder, rootsOf } from "../../src/ir/graph.ts";
import { opNamed } from "../../src/ir/op.ts";
import { scalarFunction } from "../../src/ir/scalar.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { evaluate } from "../../src/runtime/reference/evaluate.ts";
import { interpret } from "../emit/interpret.ts";

/** Tests build graphs and never compute tensors by reading them. */
export function installTestEngine(): void {
  const refuse = (): never => {
    throw new Error("tests of passes do not evaluate tensors");
  };
  installEngine({ read: refuse, readSync: refuse, assign: refuse, recorded: () => {} });
}

/** A target like `wasm`: native are the functions that have an instruction. */
export const testTarget: TargetFacts = {
  name: "test",
  storage: { float32: 4, float64: 8, int32: 4, bool: 4 },
  isNative: (fn, dtype) => {
    const { wasm, wasmTypes = ["float32", "float64", "int32"] } = scalarFunction(fn);
    return wasm !== undefined && wasmTypes.includes(dtype);
  },
  products: wasmProducts,
};

type Memory = Float32Array | Float64Array | Int32Array;

/** Runs a plan; `args` are changed by writes. Returns the outputs. */
export function runPlan(plan: Plan, args: readonly Memory[]): number[][] {
  const scratch = new ArrayBuffer(plan.scratchBytes);
  new Uint8Array(scratch).fill(0x5a);
  const memories = plan.buffers.map(({ dtype, elements, place }): Memory => {
    if (place.kind === "argument") return args[place.index];
    return new arrays[dtype](scratch, place.offset, elements);
  });
  const at = ({ buffer, offset }: BufferRef): Memory => memories[buffer].subarray(offset);
  const run = (step: PlanStep): void => {
    if (step.kind === "repeat") {
      for (let k = 0; k < step.count; k++) step.body.forEach(run);
    } else if (step.kind === "loops") {
      interpret(step.kernel, step.buffers.map(at) as unknown as number[][]);
    } else if (step.host !== undefined) {
      const { types, attributes } = step.host;
      const [out, ...inputs] = step.buffers.map((ref, k) => {
        const length = types[k].shape.reduce((a, b) => a * b, 1);
        return { ...types[k], data: at(ref).subarray(0, length) };
      });
      const { body } = opNamed(step.name);
      if (body.kind === "host") body.run(out, inputs, attributes);
    } else if (step.name === "philox") {
      const [out, state] = step.buffers.map(at);
      philoxFill(out.subarray(0, step.numbers[0]) as Int32Array, [
        state[0],
        state[1],
        state[2],
        state[3],
      ]);
    } else {
      const operands = step.buffers.map(({ buffer, offset }) => ({
        memory: memories[buffer],
        offset,
      }));
      multiply(step.name, operands, step.numbers);
    }
  };
  plan.steps.forEach(run);
  return plan.outputs.map(({ ref, shape }) =>
    Array.from(
      at(ref).subarray(
        0,
        shape.reduce((a, b) => a * b, 1),
      ),
    ),
  );
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Int32Array,
} satisfies Record<DType, unknown>;

interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** The axes of a call, in the groups batch, rows, columns and inner. */
function axesOf(name: string, numbers: readonly number[]): Axis[][] {
  if (/^gemm_(f32|f64|i32)$/.test(name)) {
    const [m, n, k, aRow, aInner, bInner, bColumn, cRow] = numbers;
    return [
      [],
      [{ size: m, a: aRow, b: 0, c: cRow }],
      [{ size: n, a: 0, b: bColumn, c: 1 }],
      [{ size: k, a: aInner, b: bInner, c: 0 }],
    ];
  }
  if (!/^contract_(f32|f64|i32)$/.test(name)) throw new Error(`no kernel is named ${name}`);
  const words = [
    ["a", "b", "c"],
    ["a", "c"],
    ["b", "c"],
    ["a", "b"],
  ];
  let next = 0;
  return words.map((matrices) =>
    Array.from({ length: contractAxes }, () => {
      const size = numbers[next++];
      const strides = Object.fromEntries(matrices.map((matrix) => [matrix, numbers[next++]]));
      return { size, a: 0, b: 0, c: 0, ...strides };
    }),
  );
}

/** Calls `visit` for every point of some axes, with its place in each matrix. */
function walk(
  axes: readonly Axis[],
  at: { a: number; b: number; c: number },
  visit: (at: { a: number; b: number; c: number }) => void,
): void {
  const [axis, ...rest] = axes;
  if (axis === undefined) visit(at);
  else
    for (let i = 0; i < axis.size; i++)
      walk(rest, { a: at.a + i * axis.a, b: at.b + i * axis.b, c: at.c + i * axis.c }, visit);
}

function multiply(
  name: string,
  [c, a, b]: readonly { readonly memory: Memory; readonly offset: number }[],
  numbers: readonly number[],
): void {
  const [batch, row, column, inner] = axesOf(name, numbers);
  const start = { a: a.offset, b: b.offset, c: c.offset };
  walk([...batch, ...row, ...column], start, (at) => {
    let sum = numbers.at(-1) === 1 ? c.memory[at.c] : 0;
    walk(inner, at, (point) => {
      sum += a.memory[point.a] * b.memory[point.b];
    });
    c.memory[at.c] = sum;
  });
}

/** What a graph means: outputs and written values by direct evaluation. */
export function evaluateGraph(
  graph: Graph,
  args: readonly HostArray[],
): { outputs: number[][]; writes: number[][] } {
  const values = new Map<Tensor, HostArray>(graph.arguments.map((t, k) => [t, args[k]]));
  for (const t of inOrder(rootsOf(graph), (x) => values.has(x))) {
    if (values.has(t)) continue;
    const inputs = t.inputs.map((x) => ({ shape: x.shape, dtype: x.dtype, data: values.get(x)! }));
    values.set(t, evaluate(t, inputs));
  }
  const numbers = (t: Tensor): number[] => Array.from(values.get(t)!);
  return { outputs: graph.outputs.map(numbers), writes: graph.writes.map((w) => numbers(w.value)) };
}

/** Compiles and runs a graph, and compares outputs and writes with direct evaluation. */
export function checkGraph(graph: Graph, args: readonly HostArray[], tolerance = 1e-4): Plan {
  const plan = compileGraph(graph, testTarget);
  checkPlan(plan);
  const wanted = evaluateGraph(graph, args);
  const memory = args.map((x, k): Memory => {
    const { dtype } = graph.arguments[k];
    return arrays[dtype].from(dtype === "bool" ? x : convertArray(x, dtype)) as Memory;
  });
  const outputs = runPlan(plan, memory);
  for (const [k, got] of outputs.entries())
    compare(got, wanted.outputs[k], tolerance, `output ${k}`);
  graph.writes.forEach(({ argument }, k) => {
    compare(
      Array.from(memory[argument]),
      wanted.writes[k],
      tolerance,
      `write ${k} to argument ${argument}`,
    );
  });
  const written = new Set(graph.writes.map((write) => write.argument));
  memory.forEach((now, k) => {
    if (!written.has(k))
      compare(Array.from(now), Array.from(args[k]), 0, `argument ${k}, not written,`);
  });
  return plan;
}

function compare(
  got: readonly number[],
  wanted: readonly number[],
  tolerance: number,
  what: string,
): void {
  if (got.length !== wanted.length)
    throw new Error(`${what}: ${got.length} elements, not ${wanted.length}`);
  got.forEach((x, i) => {
    const y = wanted[i];
    const same = Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * (1 + Math.abs(y));
    if (!same) throw new Error(`${what}, element ${i}: ${x}, not ${y}`);
  });
}

/** Checks a plan's own rules: places inside memory, and no two storages that live at one time on the same bytes. */
export function checkPlan(plan: Plan): void {
  const lives = plan.buffers.map(() => ({ first: Number.POSITIVE_INFINITY, last: -1 }));
  const touch = ({ buffer }: BufferRef, at: number): void => {
    lives[buffer].first = Math.min(lives[buffer].first, at);
    lives[buffer].last = at;
  };
  plan.steps.forEach((step, at) => {
    if (step.kind !== "repeat") for (const ref of step.buffers) touch(ref, at);
  });
  for (const { ref } of plan.outputs) touch(ref, plan.steps.length);
  const blocks = plan.buffers.flatMap(({ dtype, elements, place }, k) => {
    if (place.kind !== "scratch") return [];
    const end = place.offset + elements * testTarget.storage[dtype] + 16;
    if (place.offset % 64 !== 0 || end > plan.scratchBytes)
      throw new Error(`buffer ${k} is placed badly`);
    return [{ k, start: place.offset, end, ...lives[k] }];
  });
  for (const a of blocks) {
    for (const b of blocks) {
      const together = a.k < b.k && a.first <= b.last && b.first <= a.last;
      if (together && a.start < b.end && b.start < a.end)
        throw new Error(`buffers ${a.k} and ${b.k} overlap`);
    }
  }
}
