// A tensor does not pass for a number: a comparison on it would take a branch before there is a value.

import { expect, it } from "vitest";
import { compile, type Tensor, tensor } from "../../src/index.ts";

it("refuses to be a number or a truth value, and names the way out", () => {
  const x = tensor([1]);
  expect(() => (x as unknown as number) > 0).toThrow(
    /was used as a number\. Compare and compute with methods/,
  );
  expect(() => (x as unknown as number) + 1).toThrow(/was used as a number/);
  expect(`${x}`).toContain("Tensor(float32[1]");
  const branch = compile((y: Tensor) => ((y.sum() as unknown as number) > 0 ? y : y.neg()));
  expect(() => branch(x)).toThrow(expect.objectContaining({ code: "VALUE_IN_TRACE" }));
});
