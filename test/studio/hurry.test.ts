// What waits for the compiler: the lessons' programs open without it, whatever computes much asks for it first.

import { describe, expect, it } from "vitest";
import { Session } from "../../studio/src/worker/session.ts";

function counted(): { readonly session: Session; readonly asked: () => number } {
  let count = 0;
  const session = new Session(async () => {
    count++;
  });
  return { session, asked: () => count };
}

describe("a session", () => {
  it.each([
    "chain",
    "deep",
    "digits",
    "linear-regression",
    "relu-bce",
    "softmax",
    "surface",
    "two-three-one",
    "xor",
  ] as const)("opens %s, steps on and goes back without a compiler", async (name) => {
    const { session, asked } = counted();
    await session.open(name, {});
    session.advance(2);
    session.rewind(1);
    expect(asked()).toBe(0);
  });

  it("asks for it before it opens a moment of the playground, which may be large", async () => {
    const { session, asked } = counted();
    await expect(session.open("custom", {})).rejects.toThrow();
    expect(asked()).toBe(1);
  });

  it("asks for it before a program runs by itself", async () => {
    const { session, asked } = counted();
    await session.history("xor", {}, 2);
    expect(asked()).toBe(1);
  });
});
