// Random kernels against the interpreter. All values are small whole numbers, so that sums are exact in any order.

import { describe, expect, test } from "vitest";
import type { DType } from "../../src/core/dtype.ts";
import type { Affine, KernelBuffer, LoopKernel, Statement } from "../../src/ir/loops.ts";
import { interpret } from "./interpret.ts";
import { accumulate, apply, cast, constant, fillBuffer, load, numbers, store } from "./kernels.ts";
import { isOdd, not, select } from "./rows.ts";
import { runEmitted } from "./run.ts";

class KernelMaker {
  readonly #pick: (n: number) => number;
  readonly #sizes: number[];
  readonly #parallel: number[];
  readonly #reduce: number[];
  readonly #types: readonly DType[];
  /** Only float64 and comparisons of it: vectors of two lanes. */
  readonly #doubles: boolean;
  readonly #buffers: KernelBuffer[] = [];
  readonly #body: Statement[] = [];

  constructor(seed: number, doubles: boolean) {
    this.#doubles = doubles;
    this.#pick = numbers(seed + 1);
    const size = (): number => [1, 2, 3, 4, 5, 6, 8, 9, 13, 18, 21][this.#pick(11)];
    this.#parallel = Array.from({ length: this.#pick(4) }, size);
    this.#reduce = this.#pick(2) === 0 ? [] : Array.from({ length: 1 + this.#pick(2) }, size);
    this.#sizes = [...this.#parallel, ...this.#reduce];
    const double = this.#pick(5) === 0;
    const mixture = ["float32", "int32", "bool", double ? "float64" : "float32"] as const;
    this.#types = doubles ? mixture.map(() => "float64") : mixture;
  }

  make(): LoopKernel {
    const reduces = this.#reduce.length > 0;
    for (let i = 0; i < 2 + this.#pick(3); i++) this.#addLoad(true);
    for (let i = 0; i < 2 + this.#pick(6); i++) this.#addApply(0);
    let from = 0;
    if (reduces) {
      const sums = 1 + this.#pick(2);
      const before = this.#body.length;
      for (let i = 0; i < sums; i++) {
        const arg = this.#pick(before);
        const { dtype } = this.#body[arg];
        const kind = (["add", "max", "min"] as const)[this.#pick(3)];
        this.#body.push(accumulate(dtype, dtype === "bool" ? "max" : kind, arg));
      }
      from = before;
      for (let i = 0; i < this.#pick(2); i++) this.#addLoad(false);
      for (let i = 0; i < this.#pick(4); i++) this.#addApply(from);
    }
    for (let i = 0; i < 1 + this.#pick(2); i++) this.#addStore(from);
    return {
      parallel: this.#parallel,
      reduce: this.#reduce,
      buffers: this.#buffers,
      body: this.#body,
    };
  }

  /** Buffers in which indices hold values from −1 to 6. */
  fill(): number[][] {
    return this.#buffers.map((b) => fillBuffer(b, this.#pick));
  }

  #buffer(dtype: DType, place: Affine, access: KernelBuffer["access"], more = 0): [number, Affine] {
    let low = 0;
    let high = 0;
    for (const [axis, term] of place.terms.entries()) {
      const reach = term * (this.#sizes[axis] - 1);
      if (reach < 0) low += reach;
      else high += reach;
    }
    this.#buffers.push({ dtype, elements: high - low + 1 + more, access });
    return [this.#buffers.length - 1, { offset: -low, terms: place.terms }];
  }

  /** Random steps; mostly a row-major layout of some of the axes. */
  #terms(includeReduced: boolean): number[] {
    let step = 1;
    const terms = this.#sizes.map(() => 0);
    const axes = this.#sizes.map((_, axis) => axis);
    if (this.#pick(3) === 0) axes.reverse();
    for (const axis of axes.toReversed()) {
      const allowed = includeReduced || axis < this.#parallel.length;
      if (!allowed || this.#pick(4) === 0) continue;
      terms[axis] = this.#pick(6) === 0 ? -step : step;
      step *= this.#sizes[axis];
      if (this.#pick(8) === 0) step += 1;
    }
    return terms;
  }

  #addLoad(includeReduced: boolean): void {
    const dtype = this.#types[this.#pick(4)];
    const terms = this.#terms(includeReduced);
    const kind = this.#pick(5);
    const axes = includeReduced ? this.#sizes.length : this.#parallel.length;
    if (kind === 0 && axes > 0) this.#addBounded(dtype, terms, this.#pick(axes));
    else if (kind === 1 && !this.#doubles) this.#addGather(dtype, terms, includeReduced);
    else {
      const [buffer, at] = this.#buffer(dtype, { offset: 0, terms }, "read");
      this.#body.push(load(dtype, buffer, at));
    }
  }

  /** A load of x[…, d·i + shift, …] where that index lies in 0 … size−1. */
  #addBounded(dtype: DType, terms: number[], axis: number): void {
    const size = 1 + this.#pick(this.#sizes[axis] + 2);
    const direction = this.#pick(3) === 0 ? -1 : 1;
    const shift = this.#pick(7) - 3 + (direction < 0 ? this.#sizes[axis] : 0);
    const others = terms.map((term, i) => (i === axis ? 0 : term));
    const stride = this.#pick(2) === 0 ? 1 : 1 + this.#pick(30);
    const [buffer, place] = this.#buffer(
      dtype,
      { offset: 0, terms: others },
      "read",
      stride * size,
    );
    const with1 = (step: number): number[] => others.map((t, i) => (i === axis ? step : t));
    const index = { offset: shift, terms: this.#sizes.map((_, i) => (i === axis ? direction : 0)) };
    const at = { offset: place.offset + stride * shift, terms: with1(stride * direction) };
    this.#body.push(
      load(dtype, buffer, at, { bounds: [{ at: index, size }], fill: this.#pick(3) }),
    );
  }

  #addGather(dtype: DType, terms: number[], includeReduced: boolean): void {
    const index = this.#buffer("int32", { offset: 0, terms: this.#terms(includeReduced) }, "read");
    this.#body.push(load("int32", ...index));
    const value = this.#body.length - 1;
    const scale = 1 + this.#pick(9);
    const size = 1 + this.#pick(8);
    const table = this.#buffer(dtype, { offset: 0, terms }, "read", scale * size);
    this.#body.push(load(dtype, ...table, { dynamic: [{ value, scale, size }] }));
  }

  #value(from: number, dtype: DType): number {
    const found = [...this.#body.keys()].filter((i) => {
      const s = this.#body[i];
      return s.dtype === dtype && s.kind !== "store" && (i >= from || s.kind === "constant");
    });
    if (found.length > 0 && this.#pick(8) > 0) return found[this.#pick(found.length)];
    const sources = [...this.#body.keys()]
      .slice(from)
      .filter((i) => this.#body[i].kind !== "store");
    if (sources.length === 0 || this.#pick(3) === 0) {
      this.#body.push(constant(dtype, dtype === "bool" ? this.#pick(2) : this.#pick(9) - 4));
    } else this.#body.push(cast(dtype, sources[this.#pick(sources.length)]));
    return this.#body.length - 1;
  }

  #addApply(from: number): void {
    const dtype = this.#types[this.#pick(4)];
    const a = this.#value(from, dtype);
    const b = this.#value(from, dtype);
    const choice = this.#pick(8);
    if (choice === 0) {
      const condition = this.#value(from, "bool");
      this.#body.push(apply(dtype, select, condition, a, b));
    } else if (choice === 1 && from === 0 && !this.#doubles) {
      const terms = this.#terms(this.#body.every((s) => s.kind !== "accumulate"));
      this.#body.push({ kind: "index", dtype: "int32", at: { offset: this.#pick(5), terms } });
    } else if (dtype === "bool") {
      const fn = ["test.and", "test.or", "test.xor"][this.#pick(3)];
      this.#body.push(choice === 2 ? apply("bool", not, a) : apply("bool", fn, a, b));
    } else if (choice === 2) {
      const fn = ["test.lt", "test.eq", "test.ge", "test.ne"][this.#pick(4)];
      this.#body.push(apply("bool", fn, a, b));
    } else if (choice === 3) this.#body.push(apply("bool", isOdd, a));
    else if (choice === 4) this.#body.push(apply(dtype, "test.abs", a));
    else {
      const fn = ["test.add", "test.sub", "test.max", "test.min", "test.hypot"][this.#pick(5)];
      this.#body.push(apply(dtype, fn, a, b));
    }
  }

  /** Every parallel point has its own place, or adds to a shared one. */
  #addStore(from: number): void {
    const dtype = this.#types[this.#pick(4)];
    const value = this.#value(from, dtype);
    const adds = dtype !== "bool" && this.#pick(3) === 0;
    let step = 1;
    const terms = this.#sizes.map(() => 0);
    const axes = this.#parallel.map((_, axis) => axis);
    if (this.#pick(3) === 0) axes.reverse();
    for (const axis of axes.toReversed()) {
      if (adds && this.#pick(2) === 0) continue;
      terms[axis] = step;
      step *= this.#sizes[axis];
    }
    const hasIndex = adds && from === 0 && !this.#doubles && this.#pick(2) === 0;
    const index = hasIndex ? this.#value(0, "int32") : -1;
    const target = this.#buffer(dtype, { offset: 0, terms }, adds ? "update" : "write", 4 * step);
    const dynamic = hasIndex ? [{ value: index, scale: step, size: 4 }] : [];
    this.#body.push(store(dtype, ...target, value, { mode: adds ? "add" : "set", dynamic }));
  }
}

describe.each([0, 1, 2, 3, 4, 5, 6, 7])("random kernels, group %i", (group) => {
  test("agree with the interpreter", () => {
    for (let seed = group * 100; seed < group * 100 + 100; seed++) check(seed, false);
  });

  test("of float64 alone agree with the interpreter", () => {
    for (let seed = group * 100; seed < group * 100 + 50; seed++) check(seed, true);
  });
});

function check(seed: number, doubles: boolean): void {
  const maker = new KernelMaker(seed, doubles);
  const kernel = maker.make();
  const buffers = maker.fill();
  const wanted = buffers.map((b) => [...b]);
  interpret(kernel, wanted);
  const got = runEmitted(kernel, buffers, { last: seed % buffers.length });
  const label = `seed ${seed}: ${JSON.stringify(kernel)}`;
  expect(got.map(positiveZeros), label).toEqual(wanted.map(positiveZeros));
}

/** Maxima of 0 and −0 may have either sign. */
function positiveZeros(elements: readonly number[]): number[] {
  return elements.map((x) => (x === 0 ? 0 : x));
}
