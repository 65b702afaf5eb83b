// Which lessons were read: kept between visits, and never lost or broken by what else is in the store.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { noteProgress, readProgress } from "../../studio/src/lessons/progress.ts";

const key = "chainrule-studio-lessons";
let kept: Map<string, string>;

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

it("goes from begun to read, and not back", () => {
  noteProgress("digits", "begun");
  expect(readProgress().get("digits")).toBe("begun");
  noteProgress("digits", "read");
  noteProgress("digits", "begun");
  noteProgress("activations", "begun");
  expect([...readProgress()]).toEqual([
    ["digits", "read"],
    ["activations", "begun"],
  ]);
});

it.each(["", "{", "null", "[1]", '{"digits":"<b>"}', '{"digits":1}', '"read"'])(
  "takes %j for nothing",
  (text) => {
    kept.set(key, text);
    expect(readProgress().size).toBe(0);
    noteProgress("digits", "read");
    expect([...readProgress()]).toEqual([["digits", "read"]]);
  },
);
