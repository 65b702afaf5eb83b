import { describe, expect, test } from "vitest";
import type { LoopKernel } from "../../src/ir/loops.ts";
import { interpret } from "./interpret.ts";
import {
  accumulate,
  apply,
  at,
  buffersOf,
  cast,
  constant,
  fillBuffer,
  kernel,
  load,
  numbers,
  store,
} from "./kernels.ts";
import { isOdd, not, select } from "./rows.ts";
import { runEmitted } from "./run.ts";

/** Runs a kernel with every buffer in turn at the end of memory and compares with the interpreter. */
function check(k: LoopKernel, given?: number[][]): number[][] {
  const pick = numbers(7);
  const buffers = given ?? k.buffers.map((b) => fillBuffer(b, pick));
  const wanted = buffers.map((b) => [...b]);
  interpret(k, wanted);
  for (let last = 0; last < k.buffers.length; last++) {
    expect(runEmitted(k, buffers, { last }), `buffer ${last} last`).toEqual(wanted);
  }
  return wanted;
}

const sizes = [1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 64, 67];

describe("elementwise", () => {
  test.each(sizes)("sum of two rows of %i", (n) => {
    check(
      kernel(
        [n],
        [],
        buffersOf(`float32[${n}]`, `float32[${n}]`, `>float32[${n}]`),
        load("float32", 0, at([1])),
        load("float32", 1, at([1])),
        apply("float32", "test.add", 0, 1),
        store("float32", 2, at([1]), 2),
      ),
    );
  });

  test.each(sizes)("a bias row added to 3 rows of %i", (n) => {
    check(
      kernel(
        [3, n],
        [],
        buffersOf(`float32[${3 * n}]`, `float32[${n}]`, "float32[3]", `>float32[${3 * n}]`),
        load("float32", 0, at([n, 1])),
        load("float32", 1, at([0, 1])),
        load("float32", 2, at([1, 0])),
        apply("float32", "test.add", 0, 1),
        apply("float32", "mul2", 3, 2),
        store("float32", 3, at([n, 1]), 4),
      ),
    );
  });

  test.each([
    [5, 7],
    [8, 8],
    [1, 9],
    [9, 1],
    [4, 3],
  ])("transpose %i × %i", (m, n) => {
    check(
      kernel(
        [m, n],
        [],
        buffersOf(`float32[${m * n}]`, `>float32[${m * n}]`),
        load("float32", 0, at([1, m])),
        store("float32", 1, at([n, 1]), 0),
      ),
    );
  });

  test.each([6, 16, 21])("reversed and strided rows of %i", (n) => {
    check(
      kernel(
        [n],
        [],
        buffersOf(`float32[${n}]`, `int32[${3 * n}]`, `>float32[${n}]`, `>int32[${2 * n}]`),
        load("float32", 0, at([-1], n - 1)),
        load("int32", 1, at([3], 1)),
        store("float32", 2, at([1]), 0),
        store("int32", 3, at([2], 1), 1),
        store("int32", 3, at([2]), 1),
      ),
    );
  });

  test("in place, with two results", () => {
    check(
      kernel(
        [37],
        [],
        buffersOf("~float32[37]", "~float32[37]", "float32[37]"),
        load("float32", 0, at([1])),
        load("float32", 1, at([1])),
        load("float32", 2, at([1])),
        apply("float32", "test.add", 1, 2),
        store("float32", 1, at([1]), 3),
        apply("float32", "test.sub", 0, 3),
        store("float32", 0, at([1]), 5),
      ),
    );
  });

  test("a single point and a size of zero", () => {
    const body = [load("float32", 0, at([])), store("float32", 1, at([]), 0)];
    check(kernel([], [], buffersOf("float32[1]", ">float32[1]"), ...body));
    const none = [load("float32", 0, at([1])), store("float32", 1, at([1]), 0)];
    check(kernel([0], [], buffersOf("float32[1]", ">float32[1]"), ...none));
  });

  test.each(sizes)(
    "two indices that differ by a constant and move with no axis, at %i points",
    (n) => {
      check(
        kernel(
          [n],
          [],
          buffersOf(`>int32[${n}]`),
          { kind: "index", dtype: "int32", at: at([], 2) },
          { kind: "index", dtype: "int32", at: at([], 5) },
          apply("int32", "test.add", 0, 1),
          store("int32", 0, at([1]), 2),
        ),
      );
    },
  );

  test("many points are cut into tiles", () => {
    const n = 70_001;
    const k = kernel(
      [n],
      [],
      buffersOf(`int32[${n}]`, `>int32[${n}]`),
      { kind: "index", dtype: "int32", at: at([3], -5) },
      load("int32", 0, at([1])),
      apply("int32", "test.add", 0, 1),
      store("int32", 1, at([1]), 2),
    );
    check(k);
    check(
      kernel(
        [3, 257, 130],
        [],
        buffersOf("float32[100230]", "float32[257]", ">float32[100230]"),
        load("float32", 0, at([33410, 130, 1])),
        load("float32", 1, at([0, 1, 0])),
        apply("float32", "test.max", 0, 1),
        store("float32", 2, at([33410, 130, 1]), 2),
      ),
    );
  });
});

describe("types", () => {
  test.each(["float32", "int32", "bool", "float64"] as const)("casts of %s", (from) => {
    const values = {
      float32: [0, -0.5, 1.75, -7.25, 3e9, -3e9, Number.NaN],
      float64: [0, -0.5, 1.75, -7.25, 3e9, -3e9, Number.NaN],
      int32: [0, 1, -1, 7, 2 ** 30, -(2 ** 31), 5],
      bool: [0, 1, 1, 0, 1, 0, 1],
    }[from];
    for (const to of ["float32", "int32", "bool", "float64"] as const) {
      const k = kernel(
        [7],
        [],
        buffersOf(`${from}[7]`, `>${to}[7]`),
        load(from, 0, at([1])),
        cast(to, 0),
        store(to, 1, at([1]), 1),
      );
      check(k, [values, values.map(() => 9)]);
    }
  });

  test.each(["float32", "int32", "float64"] as const)("masks and select on %s", (dtype) => {
    check(
      kernel(
        [23],
        [],
        buffersOf(`${dtype}[23]`, `${dtype}[23]`, "bool[23]", `>${dtype}[23]`, ">bool[23]"),
        load(dtype, 0, at([1])),
        load(dtype, 1, at([1])),
        load("bool", 2, at([1])),
        apply("bool", "test.lt", 0, 1),
        apply("bool", not, 2),
        apply("bool", "test.xor", 3, 4),
        apply(dtype, select, 5, 0, 1),
        store(dtype, 3, at([1]), 6),
        store("bool", 4, at([1]), 5),
      ),
    );
  });

  test("NaN passes maxima, with constants too", () => {
    const special = [Number.NaN, 1, -1, Number.NaN, Infinity, -Infinity, 0, 3];
    for (const fn of ["test.max", "test.min"]) {
      for (const args of [
        [0, 1],
        [0, 2],
        [2, 0],
      ]) {
        const k = kernel(
          [8],
          [],
          buffersOf("float32[8]", "float32[8]", ">float32[8]"),
          load("float32", 0, at([1])),
          load("float32", 1, at([-1], 7)),
          constant("float32", 0.5),
          apply("float32", fn, ...args),
          store("float32", 2, at([1]), 3),
        );
        check(k, [special, special, special]);
      }
    }
  });

  test("functions in JavaScript, also on single points", () => {
    for (const dtype of ["float32", "int32", "float64"] as const) {
      check(
        kernel(
          [11],
          [],
          buffersOf(`${dtype}[11]`, `${dtype}[1]`, `>${dtype}[11]`, ">bool[11]"),
          load(dtype, 0, at([1])),
          load(dtype, 1, at([0])),
          apply(dtype, "test.cube", 1),
          apply(dtype, "test.hypot", 0, 2),
          apply("bool", isOdd, 0),
          store(dtype, 2, at([1]), 3),
          store("bool", 3, at([1]), 4),
        ),
      );
    }
  });
});

describe("reductions", () => {
  test.each(sizes)("sums, products and extremes over rows of %i", (n) => {
    for (const combine of ["add", "max", "min"] as const) {
      for (const dtype of ["float32", "int32", "float64"] as const) {
        check(
          kernel(
            [5],
            [n],
            buffersOf(`${dtype}[${5 * n}]`, `${dtype}[5]`, `>${dtype}[5]`),
            load(dtype, 0, at([n, 1])),
            load(dtype, 1, at([1, 0])),
            apply(dtype, "test.sub", 0, 1),
            accumulate(dtype, combine, 2),
            apply(dtype, "test.add", 3, 1),
            store(dtype, 2, at([1, 0]), 4),
          ),
        );
      }
    }
  });

  test.each(sizes)("sums over columns of 6 × %i", (n) => {
    check(
      kernel(
        [n],
        [6],
        buffersOf(`float32[${6 * n}]`, `float32[${n}]`, `>float32[${n}]`),
        load("float32", 0, at([1, n])),
        accumulate("float32", "add", 0),
        load("float32", 1, at([1, 0])),
        apply("float32", "mul2", 1, 2),
        store("float32", 2, at([1, 0]), 3),
      ),
    );
  });

  test("over several axes, over everything, and two results at once", () => {
    check(
      kernel(
        [4],
        [3, 9],
        buffersOf("float32[108]", ">float32[4]", ">float32[4]"),
        load("float32", 0, at([9, 36, 1])),
        accumulate("float32", "add", 0),
        accumulate("float32", "max", 0),
        apply("float32", "test.sub", 2, 1),
        store("float32", 1, at([1, 0, 0]), 3),
        store("float32", 2, at([1, 0, 0]), 1),
      ),
    );
    check(
      kernel(
        [],
        [301],
        buffersOf("int32[301]", ">int32[1]"),
        load("int32", 0, at([1])),
        accumulate("int32", "add", 0),
        store("int32", 1, at([0]), 1),
      ),
    );
  });

  test("over nothing gives the identity", () => {
    for (const combine of ["add", "mul", "max", "min"] as const) {
      const k = kernel(
        [5],
        [0],
        buffersOf("float32[1]", ">float32[5]"),
        load("float32", 0, at([0, 1])),
        accumulate("float32", combine, 0),
        store("float32", 1, at([1, 0]), 1),
      );
      check(k);
    }
  });

  test("any and all on bool; NaN passes", () => {
    for (const combine of ["max", "min"] as const) {
      const k = kernel(
        [6],
        [5],
        buffersOf("bool[30]", ">bool[6]"),
        load("bool", 0, at([5, 1])),
        accumulate("bool", combine, 0),
        store("bool", 1, at([1, 0]), 1),
      );
      check(k);
      const row = Array.from({ length: 40 }, (_, i) => (i === 29 ? Number.NaN : i));
      const floats = kernel(
        [],
        [40],
        buffersOf("float32[40]", ">float32[1]"),
        load("float32", 0, at([1])),
        accumulate("float32", combine, 0),
        store("float32", 1, at([0]), 1),
      );
      expect(check(floats, [row, [0]])[1]).toEqual([Number.NaN]);
    }
  });

  test("a value that does not depend on the reduced axis", () => {
    check(
      kernel(
        [6],
        [7],
        buffersOf("float32[6]", "float32[7]", ">float32[6]", ">float32[6]"),
        load("float32", 0, at([1, 0])),
        load("float32", 1, at([0, 1])),
        accumulate("float32", "add", 0),
        accumulate("float32", "add", 1),
        store("float32", 2, at([1, 0]), 2),
        store("float32", 3, at([1, 0]), 3),
      ),
    );
  });
});

describe("bounds and dynamic indices", () => {
  test.each([1, 3, 4, 6, 9, 17])("padding a 3 × %i matrix on all sides", (n) => {
    const w = n + 4;
    const bounds = [
      { at: at([1, 0], -1), size: 3 },
      { at: at([0, 1], -2), size: n },
    ];
    for (const dtype of ["float32", "int32", "bool", "float64"] as const) {
      const k = kernel(
        [5, w],
        [],
        buffersOf(`${dtype}[${3 * n}]`, `>${dtype}[${5 * w}]`),
        load(dtype, 0, at([n, 1], -n - 2), { bounds, fill: 1 }),
        store(dtype, 1, at([w, 1]), 0),
      );
      check(k);
    }
  });

  test("gathers rows and single elements; outside is NaN or 0", () => {
    for (const dtype of ["float32", "int32", "float64"] as const) {
      const table = { dynamic: [{ value: 0, scale: 6, size: 5 }] };
      const rows = kernel(
        [7, 6],
        [],
        buffersOf("int32[7]", `${dtype}[30]`, `>${dtype}[42]`),
        load("int32", 0, at([1, 0])),
        load(dtype, 1, at([0, 1]), table),
        store(dtype, 2, at([6, 1]), 1),
      );
      const index = [0, 4, 2, -1, 5, 1, 3];
      const values = Array.from({ length: 30 }, (_, i) => i + 1);
      check(rows, [index, values, new Array(42).fill(0)]);
      const single = kernel(
        [7],
        [],
        buffersOf("int32[7]", `${dtype}[30]`, `>${dtype}[7]`),
        load("int32", 0, at([1])),
        load(dtype, 1, at([1]), { dynamic: [{ value: 0, scale: 4, size: 5 }] }),
        store(dtype, 2, at([1]), 1),
      );
      check(single, [index, values, new Array(7).fill(0)]);
    }
  });

  test("scatters and adds; repeated indices add up, outside is dropped", () => {
    const index = [0, 4, 2, -1, 5, 4, 4];
    for (const dtype of ["float32", "int32", "float64"] as const) {
      for (const mode of ["set", "add"] as const) {
        for (const inner of [1, 2, 3, 6, 8]) {
          const k = kernel(
            [7, inner],
            [],
            buffersOf("int32[7]", `${dtype}[${7 * inner}]`, `~${dtype}[${5 * inner}]`),
            load("int32", 0, at([1, 0])),
            load(dtype, 1, at([inner, 1])),
            store(dtype, 2, at([0, 1]), 1, {
              mode,
              dynamic: [{ value: 0, scale: inner, size: 5 }],
            }),
          );
          const pick = numbers(inner);
          check(k, [index, ...k.buffers.slice(1).map((b) => fillBuffer(b, pick))]);
        }
      }
    }
  });

  test("adds along an axis that the place does not depend on", () => {
    check(
      kernel(
        [5, 9],
        [],
        buffersOf("float32[45]", "~float32[5]"),
        load("float32", 0, at([9, 1])),
        store("float32", 1, at([1, 0]), 0, { mode: "add" }),
      ),
    );
  });
});
