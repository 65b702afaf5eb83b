// Ops whose body is a TypeScript function, inside compiled steps: with state, repeated, beside steps that threads share.

import { expect, test } from "vitest";
import { emitPlan } from "../../src/compiler/4-emit/wasm/plan.ts";
import { compileGraph } from "../../src/compiler/pipeline.ts";
import { printPlan } from "../../src/compiler/print-plan.ts";
import { ChainruleError, compile, gradients, scan, type Tensor, tensor } from "../../src/index.ts";
import { argumentLeaf } from "../../src/ir/argument.ts";
import type { Device } from "../../src/runtime/device.ts";
import { wasmDevice } from "../../src/runtime/wasm/device.ts";
import { wasmFacts } from "../../src/runtime/wasm/facts.ts";
import { checkPlan } from "../passes/machine.ts";
import { codeOf, elements, onTargets, weights } from "./on-targets.ts";

onTargets("host kernels", () => {
  test("work uncompiled, compiled, and differentiated", () => {
    const f = (x: Tensor): Tensor =>
      x
        .mul(2)
        .sort()
        .values.mul(tensor([1, 10, 100]))
        .sum();
    const x = tensor([3, 1, 2]);
    expect(f(x).itemSync()).toBe(642);
    expect(compile(f)(x).itemSync()).toBe(642);
    expect(elements(gradients(f(x), [x])[0])).toEqual([200, 2, 20]);
  });

  test("read and write state in repeated steps", () => {
    const state = weights(3, 1, 2, 0);
    const step = compile(() => {
      state.assign(state.sort({ descending: true }).values.add(tensor([0, 0, 0, 10])));
      return state.sum();
    });
    expect(step.repeat(3)().itemSync()).toBe(36);
    expect(elements(state)).toEqual([11, 10, 3, 12]);
  });

  test("read what kernels computed, and feed kernels", () => {
    const f = compile((x: Tensor) => {
      const order = x.neg().exp().argSort({ axis: 0 });
      return x.gather(order, 0).transpose(0, 1).mul(2).sort({ axis: 0 }).values.add(1);
    });
    const y = f(
      tensor([
        [1, 5],
        [4, 2],
      ]),
    );
    expect(y.toArraySync()).toEqual([
      [9, 3],
      [11, 5],
    ]);
  });

  test("throw their error out of the run, and leave the program usable", () => {
    const f = compile((a: Tensor) => a.add(0).inverse().sum());
    const singular = tensor([
      [1, 2],
      [2, 4],
    ]);
    const regular = tensor([
      [2, 0],
      [0, 4],
    ]);
    expect(codeOf(() => f(singular))).toBe("SINGULAR");
    expect(f(regular).itemSync()).toBe(0.75);
    expect(codeOf(() => singular.cholesky().dataSync())).toBe("NOT_POSITIVE_DEFINITE");
  });

  test("run in every turn of a loop, forwards and backwards", () => {
    const xs = tensor([
      [2, 1],
      [0, 3],
      [5, 4],
    ]);
    const step = (carry: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = carry.mul(0.5).add(x).sort().values;
      return [next, next.mul(next)];
    };
    const looped = compile((all: Tensor) => {
      const [last, squares] = scan(step, all.select(0, 0), all);
      const loss = last.sum().add(squares.sum());
      return [last, loss, gradients(loss, [all])[0]] as const;
    });
    const unrolled = compile((all: Tensor) => {
      let carry = all.select(0, 0);
      let loss = tensor(0);
      for (let k = 0; k < 3; k++) {
        const [next, squares] = step(carry, all.select(0, k));
        [carry, loss] = [next, loss.add(squares.sum())];
      }
      loss = loss.add(carry.sum());
      return [carry, loss, gradients(loss, [all])[0]] as const;
    });
    expect(looped(xs).map(elements)).toEqual(unrolled(xs).map(elements));
    expect(elements(looped(xs)[0])).toEqual([5.375, 6.25]);
  });

  test("take tensors of no elements", () => {
    const empty = tensor(new Float32Array(0), { shape: [0, 3] });
    expect(empty.sort().values.sum().itemSync()).toBe(0);
    expect(tensor(new Float32Array(0), { shape: [2, 0] }).sort().indices.shape).toEqual([2, 0]);
  });
});

/** Sorting and factorising beside work that is cut into tiles. */
function graphOf() {
  const x = argumentLeaf({ shape: [300, 210], dtype: "float32" });
  const { values } = x.tanh().mul(x.exp()).sort();
  const square = values.transpose(0, 1).matmul(values).div(300);
  const outputs = [square.inverse().matmul(square), values.exp().sum({ axis: 0 })];
  return { arguments: [x], outputs, writes: [] };
}

async function untilThreads(device: Device, count: number): Promise<void> {
  for (let wait = 0; device.threads < count && wait < 2000; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(device.threads).toBe(count);
}

test("one and four threads give the same bits", async () => {
  const value = Float32Array.from({ length: 300 * 210 }, (_, i) => Math.sin(1 + i * i * 0.37));
  const results: Buffer[][] = [];
  for (const threads of [1, 4]) {
    const device = wasmDevice(threads);
    const program = device.prepare(graphOf());
    const run = () => program.run([{ kind: "value", value }]);
    run();
    run();
    await untilThreads(device, threads);
    for (let again = 0; again < 3; again++) {
      results.push(run().map((result) => Buffer.from(result.buffer)));
    }
  }
  const differ = results.filter((one) => one.some((bytes, k) => !bytes.equals(results[0][k])));
  expect(differ.length).toBe(0);
});

test("plans name the op, its operands and attributes; equal calls are one import", () => {
  const [a, b] = [
    [2, 3],
    [2, 3],
  ].map((shape) => argumentLeaf({ shape, dtype: "float32" }));
  const plan = compileGraph(
    { arguments: [a, b], outputs: [a.argSort(), b.argSort()], writes: [] },
    wasmFacts,
  );
  checkPlan(plan);
  expect(printPlan(plan)).toBe(`plan arguments 2 scratch 128
  p0 : int32[6] at scratch 0
  p1 : float32[6] at argument 0
  p2 : int32[6] at scratch 64
  p3 : float32[6] at argument 1
  host argSort (p0 : int32[2, 3], p1 : float32[2, 3]) {"descending":false}
  host argSort (p2 : int32[2, 3], p3 : float32[2, 3]) {"descending":false}
  return p0 : int32[2, 3]
  return p2 : int32[2, 3]
`);
  const { hostCalls } = emitPlan(plan, { relaxedSimd: false });
  expect(hostCalls.map(({ name }) => name)).toEqual(["argSort"]);
});

test("errors of a batch say which matrix and which pivot", () => {
  const batch = tensor([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 2],
      [2, 1],
    ],
  ]);
  try {
    batch.cholesky().dataSync();
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ChainruleError);
    expect((error as ChainruleError).detail).toMatchObject({ index: 1, pivot: -3, item: 1 });
    expect((error as Error).message).toMatch(/^cholesky: matrix 1 of \[2, 2, 2\] is not positive/);
  }
});
