// Exact resume on two threads, with layers wide enough for both to have work.

import { expect, test } from "vitest";
import { threads } from "../../src/index.ts";
import { compared, run, statesOf } from "./resume-case.ts";

process.env.CHAINRULE_THREADS = "2";

test("after every step, on two threads", async () => {
  const settings = { width: 8192 };
  await run(settings); // asks for the threads
  for (let wait = 0; threads() < 2 && wait < 500; wait++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(threads()).toBe(2);
  const whole = compared(await run(settings));
  const states = await statesOf(settings);
  for (const resume of [states[1], states[4], states[8]])
    expect(compared(await run(settings, { resume }))).toEqual(whole);
}, 60_000);
