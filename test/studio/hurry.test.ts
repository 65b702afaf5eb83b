// What waits for the compiler: programs of a few numbers open without it, whatever computes much asks for it first.

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
  it.each(["chain", "two-three-one", "linear-regression", "relu-bce", "softmax", "xor"] as const)(
    "opens %s, steps on and goes back without a compiler",
    async (name) => {
      const { session, asked } = counted();
      await session.open(name, {});
      session.advance(2);
      session.rewind(1);
      expect(asked()).toBe(0);
    },
  );

  it.each(["digits", "deep", "surface"] as const)(
    "asks for it before it opens %s",
    async (name) => {
      const { session, asked } = counted();
      await session.open(name, {});
      expect(asked()).toBe(1);
    },
  );

  it("asks for it before a program runs by itself", async () => {
    const { session, asked } = counted();
    await session.history("xor", {}, 2);
    expect(asked()).toBe(1);
  });
});
