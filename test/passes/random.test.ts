// Random graphs: the compiled plan computes what direct evaluation does, its memory does not overlap, and the text form
// of the graph reads back to itself.

import { beforeAll, expect, test } from "vitest";
import { optimizeGraph } from "../../src/compiler/pipeline.ts";
import { parseGraph } from "../../src/ir/parse.ts";
import { printGraph } from "../../src/ir/print.ts";
import { verifyGraph } from "../../src/ir/verify.ts";
import { checkGraph, installTestEngine } from "./machine.ts";
import { randomProgram } from "./random-graphs.ts";

beforeAll(installTestEngine);

const from = Number(process.env.SEED ?? 0);
const seeds = Array.from({ length: Number(process.env.SEEDS ?? 200) }, (_, k) => from + k);

test("random graphs: plans compute what the graph means", () => {
  for (const seed of seeds) {
    const { graph, args } = randomProgram(seed, 4 + (seed % 20));
    try {
      verifyGraph(optimizeGraph(verifyGraph(graph)));
      checkGraph(graph, args, 1e-3);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});

test("random graphs: print, parse, print", () => {
  for (const seed of seeds) {
    const text = printGraph(randomProgram(seed).graph);
    expect(printGraph(parseGraph(text))).toBe(text);
  }
});
