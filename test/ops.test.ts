// One loop over the registry makes most tests of ops: whoever adds a definition gets them all, and a failure says what
// to do about it.

import { describe, expect, test } from "vitest";
import "../src/autodiff/checkpoint.ts";
import "../src/autodiff/scan.ts";
import { type DType, hostArray } from "../src/core/dtype.ts";
import { allOps, type OpDefinition } from "../src/ir/op.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import * as functions from "../src/ops/all.ts";
import { constant } from "../src/ops/leaf.ts";
import "../src/ops/random.ts";
import "../src/ops/concatenate.ts";
import type { Device } from "../src/runtime/device.ts";
import { wasmDevice } from "../src/runtime/wasm/device.ts";
import {
  agreesOn,
  type Check,
  exampleHolds,
  exceptions,
  firstDifference,
  ignoresLayout,
  inputsOf,
  isDocumented,
  printsStably,
  refusesErrors,
  takesAnySize,
  typeRuleHolds,
} from "./ops/checks.ts";
import { gradientProblems, gradientsHold } from "./ops/differences.ts";
import { compute, numbers } from "./ops/run.ts";
import { batchesAsALoop, tangentsHold } from "./ops/transforms.ts";

/** Devices that must agree with the reference. */
const devices: readonly Device[] = [wasmDevice()];

const checks: Readonly<Record<string, Check>> = {
  "is documented": isDocumented,
  "example holds": exampleHolds,
  "type rule holds": typeRuleHolds,
  "gradients hold to second order": gradientsHold,
  "tangents hold to second order": tangentsHold,
  "is batched as a loop": batchesAsALoop,
  "takes any size": takesAnySize,
  "ignores the layout of inputs": ignoresLayout,
  "refuses what it must": refusesErrors,
  "prints stably": printsStably,
  ...Object.fromEntries(devices.map((device) => [`agrees on ${device.name}`, agreesOn(device)])),
};

const ops = allOps().filter((op) => !(op.name in exceptions));

describe.each(ops.map((op) => [op.name, op] as const))("op %s", (_name, op) => {
  test.each(Object.entries(checks))("%s", (_title, check) => {
    expect(check(op)).toEqual([]);
  });
});

test("the registry holds the two vocabularies", () => {
  expect(ops.length).toBeGreaterThan(60);
  for (const name of Object.keys(exceptions)) expect(allOps().map((op) => op.name)).toContain(name);
});

/** Two-operand elementwise functions by their op's name. */
const broadcasting = ops.filter(
  (op) => op.body.kind === "scalar" && op.samples[0].inputs.length === 2 && op.name in functions,
);

describe.each(broadcasting.map((op) => [op.name, op] as const))("function %s", (name, op) => {
  const call = (functions as unknown as Record<string, (a: Tensor, b: Tensor) => Tensor>)[name];
  const operands = (shapes: readonly number[][]): Tensor[] =>
    inputsOf(
      { inputs: op.samples[0].inputs.map((x, k) => ({ ...x, shape: shapes[k] })) },
      "float64",
    );

  test("broadcasts as NumPy does", () => {
    const [a, b] = operands([[2, 1], [3]]);
    const y = call(a, b);
    expect(y.shape).toEqual([2, 3]);
    const wide = call(repeated(a, [0, 0, 0, 1, 1, 1], y), repeated(b, [0, 1, 2, 0, 1, 2], y));
    expect(firstDifference(compute(y), compute(wide), 0)).toBeUndefined();
    expect(call(...(operands([[0, 1], [3]]) as [Tensor, Tensor])).shape).toEqual([0, 3]);
  });

  test("sums gradients over broadcast axes", () => {
    const [a, b] = operands([[2, 1], [3]]);
    if (call(a, b).dtype === "float64") expect(gradientProblems(call, [a, b])).toEqual([]);
  });

  test("brings operands to one type", () => {
    const [a, b] = operands([[2], [2]]);
    if (a.dtype !== "float64") return;
    const whole = constant(Int32Array.of(1, 2), [2]);
    const plain = constant(Float64Array.of(1, 2), [2]);
    expect(numbers(call(b, whole))).toEqual(numbers(call(b, plain)));
    const types: DType[] = ["float64", "bool"];
    expect(types).toContain(call(whole, b).dtype);
  });
});

function repeated(x: Tensor, places: readonly number[], like: Tensor): Tensor {
  const data = hostArray(x.dtype, places.length);
  places.forEach((place, k) => {
    data[k] = x.value![place];
  });
  return constant(data, like.shape, x.dtype);
}

test("every op has a distinct example or sample that a wrong body would fail", () => {
  const silent: OpDefinition[] = ops.filter((op) => op.example!.output.values.length === 0);
  expect(silent.map((op) => op.name)).toEqual([]);
});
