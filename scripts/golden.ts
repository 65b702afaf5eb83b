// npm run golden -- <folder> [--target reference|wasm] [--dtype float32|float64] [--group g] [--op o] [--json]
// Runs a folder of golden cases against the library and ends with `N passed, N failed, N skipped`; exit code 1 when a
// case failed or the folder cannot be read, 2 when the arguments make no sense.

import { parseArgs } from "node:util";
import { ChainruleError } from "../src/core/errors.ts";
import { targets } from "../src/index.ts";
import type { Float } from "../test/golden/entry.ts";
import { type GoldenCase, readFolder } from "../test/golden/folder.ts";
import {
  closingLine,
  countsOf,
  reportData,
  reportText,
  type TargetOutcomes,
} from "../test/golden/report.ts";
import { runCases, type Setting, settingFor } from "../test/golden/run.ts";
import { table } from "../test/golden/table/index.ts";

const usage =
  "usage: npm run golden -- <folder> [--target reference|wasm] [--dtype float32|float64] [--group g] [--op o] [--json]";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const request = readArguments(args);
    if (typeof request === "string") return usageError(request);
    const cases = await readFolder(request.folder, request.selection);
    const results: TargetOutcomes[] = [];
    for (const setting of request.settings) results.push(await timed(cases, setting));
    print(results, request.json);
    return results.some(({ outcomes }) => countsOf(outcomes).failed > 0) ? 1 : 0;
  } catch (error) {
    if (isArgumentError(error)) return usageError(error.message);
    console.error(error instanceof ChainruleError ? error.message : error);
    return 1;
  }
}

interface Request {
  readonly folder: string;
  readonly selection: { readonly group?: string; readonly op?: string };
  readonly settings: readonly Setting[];
  readonly json: boolean;
}

/** What is asked for, or what is wrong with the arguments. */
function readArguments(args: readonly string[]): Request | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      target: { type: "string", multiple: true },
      dtype: { type: "string" },
      group: { type: "string" },
      op: { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const { group, op, dtype, target = targets, json } = values;
  if (positionals.length !== 1) return `one folder is needed; received ${positionals.length}`;
  if (dtype !== undefined && !isFloat(dtype))
    return `dtype must be float32 or float64, not ${dtype}`;
  const unknown = target.find((name) => !targets.includes(name));
  if (unknown !== undefined) return `no target is named ${unknown}`;
  return {
    folder: positionals[0],
    selection: { ...(group === undefined ? {} : { group }), ...(op === undefined ? {} : { op }) },
    settings: target.map((name) => settingFor(name, dtype)),
    json,
  };
}

function isFloat(name: string): name is Float {
  return name === "float32" || name === "float64";
}

function isArgumentError(error: unknown): error is TypeError {
  return error instanceof TypeError && String(Object(error).code).startsWith("ERR_PARSE_ARGS");
}

async function timed(cases: readonly GoldenCase[], setting: Setting): Promise<TargetOutcomes> {
  const start = performance.now();
  const outcomes = await runCases(cases, table, setting);
  return { setting, outcomes, seconds: (performance.now() - start) / 1000 };
}

function print(results: readonly TargetOutcomes[], json: boolean): void {
  const total = countsOf(results.flatMap(({ outcomes }) => outcomes));
  if (json) {
    console.log(JSON.stringify({ ...total, targets: results.map(reportData) }));
    return;
  }
  for (const result of results) console.log(reportText(result));
  console.log(closingLine(total));
}

function usageError(problem: string): number {
  console.error(`golden: ${problem}\n${usage}`);
  return 2;
}
