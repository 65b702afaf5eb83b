// `run.json`, as run directories hold it.

import fc from "fast-check";
import { decodeRun, encodeRun, type RunDescription } from "../../src/train/runs/run.ts";
import type { FuzzTarget } from "./engine/target.ts";

const run: RunDescription = {
  ...{ format: "chainrule-run", version: 1, library: "1.0.0", target: "wasm", parameters: 10 },
  recipe: { name: "digits", module: "/a/recipe.ts" },
  options: {
    ...{ epochs: 1, batchSize: 32, learningRate: 0.01, optimizer: "adam", hidden: [64], seed: 0 },
    dataDir: "/data",
  },
  ...{ status: "training", results: { testLoss: 1 }, started: "2025-01-01", epochs: 1 },
  ...{ code: { commit: "0123", dirty: false }, classes: ["a", "b"], weightsSha256: "ab" },
};
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const target: FuzzTarget = {
  parse(bytes) {
    const { recipe, options, results, classes, code } = decodeRun(
      new TextDecoder().decode(bytes),
      "run.json",
    );
    // What users of a description rely on.
    return [recipe.name.length, options.hidden.map(Math.abs), Object.keys(results), classes, code];
  },
  seeds: [bytesOf(encodeRun(run)), bytesOf(encodeRun({ ...run, status: "finished" }))],
  structured: fc
    .tuple(fc.constantFrom(...Object.keys(run)), fc.jsonValue())
    .map(([name, value]) => bytesOf(JSON.stringify({ ...run, [name]: value }))),
  words: ["null", "{}", "[]", "-1", "1e999", '"__proto__":', "NaN"],
};
export default target;
