// Small pieces of address arithmetic and counting that the hand-written kernels share.

import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";

/** Runs `body` while `counter` ≥ `step`, taking `step` off each time. */
export function whileCounting(
  f: FunctionBuilder,
  counter: Local,
  step: number,
  body: () => void,
): void {
  f.block((done) => {
    f.loop((again) => {
      f.get(counter).i32(step).op("i32.lt_s").brIf(done);
      body();
      f.increment(counter, -step).br(again);
    });
  });
}

/** Runs `body`, which makes `counter` smaller, while it is positive. */
export function whilePositive(f: FunctionBuilder, counter: Local, body: () => void): void {
  f.block((done) => {
    f.loop((again) => {
      f.get(counter).i32(0).op("i32.le_s").brIf(done);
      body();
      f.br(again);
    });
  });
}

/** Pushes the smaller of two locals. */
export function pushMin(f: FunctionBuilder, a: Local, b: Local): void {
  f.get(a).get(b).get(a).get(b).op("i32.lt_s").op("select");
}

/** Pushes `⌈value / divisor⌉`. */
export function pushCeilDivide(f: FunctionBuilder, value: Local, divisor: Local): void {
  f.get(value).get(divisor).op("i32.add").i32(1).op("i32.sub").get(divisor).op("i32.div_u");
}

/** `pointer += count · stride`, with a local or constant stride in bytes. */
export function movePointer(
  f: FunctionBuilder,
  pointer: Local,
  count: Local,
  stride: { local: Local } | { bytes: number },
): void {
  f.get(pointer).get(count);
  if ("local" in stride) f.get(stride.local);
  else f.i32(stride.bytes);
  f.op("i32.mul").op("i32.add").set(pointer);
}

/** Fresh i32 locals. */
export function integers(f: FunctionBuilder, count: number): Local[] {
  return Array.from({ length: count }, () => f.local("i32"));
}

/** The parameters of a function by name; they are its first locals. */
export function parametersOf<Name extends string>(
  names: readonly Name[],
): Readonly<Record<Name, Local>> {
  return Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, Local>;
}
