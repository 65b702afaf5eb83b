// Checks a pass of the graph by its text: what it is given and what it gives, both verified.

import { expect } from "vitest";
import type { Graph } from "../../src/ir/graph.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { verifyGraph } from "../../src/ir/verify.ts";

/** Expects the pass to turn one text into the other; both lack the first line, and may be indented. */
export function check(pass: (graph: Graph) => Graph, before: string, after: string): void {
  const result = verifyGraph(pass(verifyGraph(parseGraph(`graph\n${before}`))));
  const lines = (text: string): string[] =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  expect(lines(printGraph(result))).toEqual(["graph", ...lines(after)]);
}
