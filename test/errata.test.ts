// docs/errata.md, recomputed: each entry marked ✓ has a check, and each check an entry. A check
// computes the right value with the library, finds it in the entry's text, and shows that the
// printed value is another one.

import { setTarget } from "chainrule";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formulas, words } from "./errata/formulas.ts";
import { numbers } from "./errata/numbers.ts";
import { marked } from "./errata/page.ts";
import { programs } from "./errata/programs.ts";

const checks = { ...numbers, ...formulas, ...programs, ...words };

test("every entry marked ✓ is recomputed here, and nothing else is", () => {
  expect(marked.length).toBeGreaterThan(30);
  expect(Object.keys(checks)).toEqual(marked);
});

describe("errata", () => {
  beforeAll(() => setTarget("reference"));
  afterAll(() => setTarget("wasm"));
  test.each(Object.entries(checks))("%s", (_, check) => check());
});
