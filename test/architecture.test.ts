// ARCHITECTURE.md shows graph and plan texts; they are what the library prints today.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { compileGraph, optimizeGraph } from "../src/compiler/pipeline.ts";
import { printPlan } from "../src/compiler/print-plan.ts";
import "../src/index.ts";
import { argumentLeaf } from "../src/ir/argument.ts";
import type { Graph } from "../src/ir/graph.ts";
import { printGraph } from "../src/ir/print.ts";
import { wasmFacts } from "../src/runtime/wasm/facts.ts";

const page = resolve(import.meta.dirname, "../ARCHITECTURE.md");

it("ARCHITECTURE.md shows what the library prints (UPDATE_PAGES=1 rewrites it)", () => {
  const x = argumentLeaf({ shape: [2, 3], dtype: "float32" });
  const w = argumentLeaf({ shape: [2, 3], dtype: "float32" });
  const y = x.mul(w).relu().sum();
  const graph = (...outputs: Graph["outputs"][number][]): Graph => ({
    arguments: [x, w],
    outputs,
    writes: [],
  });
  const both = graph(y, y.gradient(w));
  const texts = {
    graph: printGraph(graph(y)),
    gradient: printGraph(optimizeGraph(both)),
    plan: printPlan(compileGraph(both, wasmFacts)),
  };
  let text = readFileSync(page, "utf8");
  for (const [name, printed] of Object.entries(texts)) {
    const block = new RegExp(`<!-- ${name} -->(\\n\`\`\`\\n[^\`]*\`\`\`)?`);
    text = text.replace(block, () => `<!-- ${name} -->\n\`\`\`\n${printed.trimEnd()}\n\`\`\``);
  }
  if (process.env.UPDATE_PAGES) writeFileSync(page, text);
  expect(readFileSync(page, "utf8")).toBe(text);
});
