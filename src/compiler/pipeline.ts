// The compiler: a graph becomes a plan in four stages, each a list of passes in order. Stages 1 to 3 are here; stage 4,
// the emission of code, belongs to a target and takes the plan.

import { type Graph, inTurn, rewrite } from "../ir/graph.ts";
import { batchProducts } from "./1-graph/batch-products.ts";
import { prepareContractions } from "./1-graph/contractions.ts";
import { shared, shareEqual } from "./1-graph/cse.ts";
import { inlined } from "./1-graph/inline.ts";
import { joinPaddings } from "./1-graph/join-paddings.ts";
import { inBlocks } from "./1-graph/long-sums.ts";
import { mergeScans } from "./1-graph/scans.ts";
import { simplified } from "./1-graph/simplify.ts";
import { stackTerms } from "./1-graph/stack-terms.ts";
import { withoutBarriers } from "./2-loops/barriers.ts";
import { collapseAxes } from "./2-loops/collapse.ts";
import { expandFunctions } from "./2-loops/expand.ts";
import { fuse } from "./2-loops/fuse.ts";
import type { LoopStep } from "./2-loops/kernel.ts";
import { mergeKernels } from "./2-loops/merge.ts";
import { lowerGraph, type Program } from "./2-loops/steps.ts";
import { planMemory } from "./3-memory/plan-memory.ts";
import { placeWrites } from "./3-memory/writes.ts";
import type { Plan, TargetFacts } from "./plan.ts";

/** Rewrites of the graph, in order. */
export const graphPasses: readonly ((graph: Graph) => Graph)[] = [
  (graph) => rewrite(graph, inTurn(inlined, shared(), simplified)),
  mergeScans,
  joinPaddings,
  stackTerms,
  batchProducts,
  prepareContractions,
  (graph) => rewrite(graph, inTurn(simplified, inBlocks)),
  shareEqual,
];

/** Rewrites of one kernel, in order. */
export const kernelPasses: readonly ((step: LoopStep, target: TargetFacts) => LoopStep)[] = [
  expandFunctions,
  collapseAxes,
];

/** Compiles a graph to a plan for a target. */
export function compileGraph(graph: Graph, target: TargetFacts): Plan {
  const simple = optimizeGraph(graph);
  return planMemory(simple, placeWrites(lowerProgram(simple, target)), target);
}

/** The graph after all rewrites. */
export function optimizeGraph(graph: Graph): Graph {
  return graphPasses.reduce((now, pass) => pass(now), graph);
}

/** The steps of an optimized graph, not yet ordered or placed. */
export function lowerProgram(graph: Graph, target: TargetFacts): Program {
  const program = mergeKernels(
    lowerGraph(graph, fuse(graph, target.isNative), target, (body) => compileGraph(body, target)),
  );
  const finish = (step: LoopStep): LoopStep =>
    kernelPasses.reduce((now, pass) => pass(now, target), step);
  const steps = program.steps.map((s) => (s.kind === "loops" ? finish(s) : s));
  return withoutBarriers({ ...program, steps });
}
