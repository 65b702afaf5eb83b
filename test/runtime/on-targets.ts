// What tests of the engine share: the targets, and values in few words.

import { beforeEach, describe } from "vitest";
import { ChainruleError, Parameter, setTarget, type Tensor } from "../../src/index.ts";

/** The tests of `body`, on each target. */
export function onTargets(
  what: string,
  body: (target: string) => void,
  targets = ["reference", "wasm"],
): void {
  for (const target of process.env.TARGETS?.split(",") ?? targets) {
    describe(`${what} on ${target}`, () => {
      beforeEach(() => setTarget(target));
      body(target);
    });
  }
}

/** A float32 vector as a parameter. */
export function weights(...values: number[]): Parameter {
  return new Parameter(Float32Array.from(values), [values.length], "float32");
}

/** Elements of a tensor. */
export function elements(x: Tensor): number[] {
  return Array.from(x.dataSync());
}

/** The code of the error that an action throws, or "none". */
export function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ChainruleError) return error.code;
    throw error;
  }
  return "none";
}
