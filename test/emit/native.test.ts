// Every native spelling, run in both forms of code on special values, against its meaning in JavaScript.

import { describe, expect, test } from "vitest";
import { wasmIsNative } from "../../src/compiler/4-emit/wasm/native.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { LoopKernel } from "../../src/ir/loops.ts";
import { scalarFunction } from "../../src/ir/scalar.ts";
import { interpret } from "./interpret.ts";
import { apply, at, buffersOf, cast, constant, kernel, load, store } from "./kernels.ts";
import { binary, bits, comparisons, fma, rare, select, unary } from "./rows.ts";
import { runEmitted } from "./run.ts";

const values: Record<DType, number[]> = {
  float32: [0, -0, 1, -1.5, 2.5, 3.5, -7, Infinity, -Infinity, Number.NaN, 1e10],
  float64: [0, -0, 1, -1.5, 2.5, 3.5, -7, Infinity, -Infinity, Number.NaN, 1e10],
  int32: [0, 1, -1, 5, 31, -7, 2 ** 31 - 1, -(2 ** 31), 1000, 12, 3],
  bool: [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1],
};

/** All pairs of the values, through a function of one or two operands. */
function pairs(fn: string, dtype: DType, result: DType, scalarForm: boolean): LoopKernel {
  const arity = scalarFunction(fn).arity;
  const double = scalarForm ? [constant("float64", 0), constant("float32", 0)] : []; // a mixture
  const first = double.length;
  return kernel(
    [11, 11],
    [],
    buffersOf(`${dtype}[11]`, `${dtype}[11]`, `>${result}[121]`),
    ...double,
    load(dtype, 0, at([1, 0])),
    load(dtype, 1, at([0, 1])),
    apply(result, fn, ...[first, first + 1].slice(2 - arity)),
    store(result, 2, at([11, 1]), first + 2),
  );
}

function checkPairs(fn: string, dtype: DType, result: DType): void {
  for (const scalarForm of [false, true]) {
    const k = pairs(fn, dtype, result, scalarForm);
    const buffers = [values[dtype], values[dtype], new Array(121).fill(0)];
    const wanted = buffers.map((b) => [...b]);
    interpret(k, wanted);
    const got = runEmitted(k, buffers);
    expect(got[2].map(plainZero), `${fn} ${dtype} ${scalarForm}`).toEqual(wanted[2].map(plainZero));
  }
}

const plainZero = (x: number): number => (x === 0 ? 0 : x);

describe("native spellings", () => {
  test.each(Object.entries({ ...unary, ...binary }))("%s", (fn, types) => {
    for (const dtype of types) {
      expect(wasmIsNative(fn, dtype), dtype).toBe(scalarFunction(fn).wasm !== undefined);
      const isHost = scalarFunction(fn).wasm === undefined;
      if (!isHost || dtype !== "int32") checkPairs(fn, dtype, dtype);
    }
  });

  test.each(comparisons)("%s", (fn) => {
    for (const dtype of ["float32", "float64", "int32"] as const) checkPairs(fn, dtype, "bool");
  });

  test("the bits of a float32", () => checkPairs(bits, "float32", "int32"));

  test("multiply-add is exact where both roundings are", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const relaxedSimd of [false, true]) {
        const k = kernel(
          [5],
          [],
          buffersOf(`${dtype}[5]`, `>${dtype}[5]`),
          load(dtype, 0, at([1])),
          constant(dtype, 3),
          apply(dtype, fma, 0, 1, 0),
          store(dtype, 1, at([1]), 2),
        );
        const got = runEmitted(
          k,
          [
            [1, 2, -3, 4, 0.5],
            [0, 0, 0, 0, 0],
          ],
          { relaxedSimd },
        );
        expect(got[1]).toEqual([4, 8, -12, 16, 2]);
      }
    }
  });

  test("shifts by a constant", () => {
    for (const fn of ["test.shl", "test.shr_s", "test.shr_u"]) {
      const k = kernel(
        [11],
        [],
        buffersOf("int32[11]", ">int32[11]"),
        load("int32", 0, at([1])),
        constant("int32", 3),
        apply("int32", fn, 0, 1),
        store("int32", 1, at([1]), 2),
      );
      const buffers = [values.int32, new Array(11).fill(0)];
      const wanted = buffers.map((b) => [...b]);
      interpret(k, wanted);
      expect(runEmitted(k, buffers)).toEqual(wanted);
    }
  });

  test("select keeps the type of its alternatives", () => {
    const k = kernel(
      [11],
      [],
      buffersOf("int32[11]", "bool[11]", ">bool[11]"),
      load("int32", 0, at([1])),
      cast("bool", 0),
      load("bool", 1, at([1])),
      apply("bool", select, 1, 2, 1),
      store("bool", 2, at([1]), 3),
    );
    const buffers = [values.int32, values.bool, new Array(11).fill(0)];
    const wanted = buffers.map((b) => [...b]);
    interpret(k, wanted);
    expect(runEmitted(k, buffers)).toEqual(wanted);
  });

  test.each(
    ["test.lt", "test.gt"].flatMap((fn) => [
      { fn, first: 0, second: 1 },
      { fn, first: 1, second: 0 },
    ]),
  )("a choice between operands $first, $second of $fn", ({ fn, first, second }) => {
    const body = [
      load("float32", 0, at([1, 0])),
      load("float32", 1, at([0, 1])),
      apply("bool", fn, 0, 1),
      apply("float32", select, 2, first, second),
      store("float32", 2, at([11, 1]), 3),
    ];
    const buffers = buffersOf("float32[11]", "float32[11]", ">float32[121]");
    const operands = [values.float32, values.float32, new Array(121).fill(5)];
    const wanted = operands.map((b) => [...b]);
    const k = kernel([11, 11], [], buffers, ...body);
    interpret(k, wanted);
    expect(runEmitted(k, operands)[2]).toEqual(wanted[2]); // with the sign of zeros
  });

  test.each([1, 2])("a choice with 0 as operand %i keeps the other's bits", (position) => {
    const args = [1, 2, 2];
    args[position] = 0;
    const k = kernel(
      [11],
      [],
      buffersOf("bool[11]", "float32[11]", ">float32[11]"),
      constant("float32", 0),
      load("bool", 0, at([1])),
      load("float32", 1, at([1])),
      apply("float32", select, ...args),
      store("float32", 2, at([1]), 3),
    );
    const operands = [values.bool, values.float32, new Array(11).fill(5)];
    const wanted = operands.map((b) => [...b]);
    interpret(k, wanted);
    expect(runEmitted(k, operands)[2]).toEqual(wanted[2]);
  });

  test("a conditional function calls JavaScript only where its condition holds in a vector", () => {
    const k = kernel(
      [19],
      [],
      buffersOf("bool[19]", "float32[19]", ">float32[19]"),
      load("bool", 0, at([1])),
      load("float32", 1, at([1])),
      apply("float32", rare.name, 0, 1, 1),
      store("float32", 2, at([1]), 2),
    );
    const numbers = Array.from({ length: 19 }, (_, i) => i + 0.5);
    const run = (flags: number[]): number[] => {
      rare.calls = 0;
      return Array.from(runEmitted(k, [flags, numbers, new Array(19).fill(0)])[2]);
    };
    expect(run(new Array(19).fill(0))).toEqual(numbers);
    expect(rare.calls).toBe(0);
    const flags = numbers.map((_, i) => Number(i === 5 || i === 18));
    expect(run(flags)).toEqual(numbers.map((x, i) => (flags[i] ? Math.fround(Math.sin(x)) : x)));
    expect(rare.calls).toBeLessThan(8);
  });
});
