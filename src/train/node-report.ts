// A run's report as a file: reads what the run directory holds and writes `report.html` into it. Older runs, which recorded
// less, get a report of what there is.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkChoice } from "../core/checks.ts";
import { ChainruleError } from "../core/errors.ts";
import { checkOptionNames } from "../core/option-names.ts";
import { isRecord } from "../core/tree.ts";
import { readTextOrExplain, writeFileAtomic } from "../formats/node-files.ts";
import type { EpochLine, StepLine } from "./callbacks/log-lines.ts";
import { directoryOf } from "./checkpoints/node-directory.ts";
import { isLocked } from "./checkpoints/node-lock.ts";
import { runFiles } from "./node-run.ts";
import {
  type HealthLine,
  type ReportData,
  type ReportFacts,
  thinned,
} from "./report/report-data.ts";
import { type ReportLanguage, type ReportPage, reportHtml } from "./report/report-html.ts";
import { decodeRun, type RunDescription } from "./runs/run.ts";

/** Names of the files that a recorder adds to a run directory. */
export const reportFiles = {
  metrics: "metrics.jsonl",
  tensorboard: "tensorboard",
  facts: "report.json",
  page: "report.html",
} as const;

/** Options of `writeReport`. */
export interface WriteReportOptions {
  /** The language in which the page opens; it can be switched there. Default: the reader's, as the browser tells it. */
  readonly language?: ReportLanguage;
}

/**
 * Writes `report.html` into a run directory and gives back its path: curves, confusion matrix, worst examples, sizes of
 * updates, model, configuration. The file holds all it needs and loads nothing.
 *
 * Errors: `MISSING_FILE` where there is no run, `BAD_CHECKPOINT` for a damaged description, `WRITE_FAILED`.
 */
export async function writeReport(
  directory: string,
  options: WriteReportOptions = {},
): Promise<string> {
  checkOptionNames("writeReport", options, { language: true });
  const { language } = options;
  if (language !== undefined) checkChoice("writeReport", "language", language, ["en", "zh"]);
  const folder = directoryOf("writeReport", directory);
  const data = await readReportData(folder);
  const html = reportHtml(data, readPage(), { language, hash: sha256Base64 });
  const path = join(folder, reportFiles.page);
  await writeFileAtomic(path, html);
  return path;
}

/** Gathers what the files of a run directory say. */
export async function readReportData(folder: string): Promise<ReportData> {
  const run = await readDescription(folder);
  const facts = await readReportFacts(folder);
  if (run === undefined && facts === undefined) throw noRun(folder);
  const lines = await readLines(join(folder, reportFiles.metrics));
  const epochs = lines.filter(isEpochLine);
  const older =
    epochs.length > 0 ? [] : (await readLines(join(folder, runFiles.history))).map(asEpoch);
  return {
    ...facts,
    name: facts?.name ?? run!.recipe.name,
    folder: basename(folder),
    configuration:
      facts?.configuration ?? (run?.options as ReportFacts["configuration"] | undefined),
    library: run?.library,
    status: statusOf(folder, run, facts),
    results: run?.results ?? {},
    epochs: [...epochs, ...older.filter(isEpochLine)],
    steps: thinned(lines.filter(isStepLine)),
    health: lines.filter(isHealthLine),
  };
}

/** How a run stands: what its files say, unless its process is gone and had no time to say anything. */
export function statusOf(
  folder: string,
  run: RunDescription | undefined,
  facts: ReportFacts | undefined,
): string | undefined {
  if (run === undefined) return facts?.ended;
  if (run.status !== "training") return run.status;
  if (facts?.ended === "failed" || isLocked(folder)) return facts?.ended ?? "training";
  return "broken off";
}

/** Reads `report.json`; undefined where there is none, or one that is damaged or of another version. */
export async function readReportFacts(folder: string): Promise<ReportFacts | undefined> {
  const path = join(folder, reportFiles.facts);
  if (!existsSync(path)) return undefined;
  const value = parsed(await readTextOrExplain(path));
  if (!isRecord(value) || value.format !== "chainrule-report" || value.version !== 1)
    return undefined;
  const { name, configuration, environment, ended = "" } = value;
  const isNamed = typeof name === "string" && typeof ended === "string";
  const isWhole = isNamed && isRecord(configuration) && isRecord(environment);
  return isWhole ? (value as unknown as ReportFacts) : undefined;
}

async function readDescription(folder: string): Promise<RunDescription | undefined> {
  const path = join(folder, runFiles.description);
  if (!existsSync(path)) return undefined;
  return decodeRun(await readTextOrExplain(path, { what: "the run's description" }), path);
}

/** The whole lines of a file of JSON lines; a torn or spoiled one is left out. */
async function readLines(path: string): Promise<unknown[]> {
  if (!existsSync(path)) return [];
  const lines = (await readTextOrExplain(path)).split("\n");
  return lines.map(parsed).filter((value) => value !== undefined);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A line of `history.jsonl` as one of `metrics.jsonl`. */
function asEpoch(line: unknown): unknown {
  return isRecord(line) ? { kind: "epoch", step: line.steps, ...line } : line;
}

function isLine(line: unknown, kind: string): line is Record<string, unknown> {
  return isRecord(line) && line.kind === kind && typeof line.step === "number";
}

function isStepLine(line: unknown): line is StepLine {
  return isLine(line, "step") && isRecord(line.train);
}

function isEpochLine(line: unknown): line is EpochLine {
  return isLine(line, "epoch") && isRecord(line.train) && typeof line.epoch === "number";
}

function isHealthLine(line: unknown): line is HealthLine {
  const { weights, updates, gradients = {} } = isLine(line, "health") ? line : {};
  return isRecord(weights) && isRecord(updates) && isRecord(gradients);
}

/** Where the bundled page is: beside this file's folder in the package, in `dist` when the sources are run. */
const pageFolders = ["../report/", "../../dist/report/"];

function readPage(): ReportPage {
  for (const folder of pageFolders) {
    const script = fileURLToPath(new URL(`${folder}page.js`, import.meta.url));
    if (!existsSync(script)) continue;
    const style = fileURLToPath(new URL(`${folder}page.css`, import.meta.url));
    return { script: readFileSync(script, "utf8"), style: readFileSync(style, "utf8") };
  }
  throw new ChainruleError({
    code: "MISSING_FILE",
    op: "writeReport",
    problem: "the report's page is not in the package",
    fix: "Install the package again; with its sources, run `npm run build`.",
  });
}

function sha256Base64(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function noRun(folder: string): ChainruleError {
  return new ChainruleError({
    code: "MISSING_FILE",
    op: "writeReport",
    problem: `${folder} holds no run: neither ${runFiles.description} nor ${reportFiles.facts} is there`,
    fix: "Name a run directory that `chainrule train` or `runRecorder` has written.",
    detail: { folder },
  });
}
