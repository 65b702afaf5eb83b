// A saved run as data: what `run.json` says. Reading checks every field that is used, so that a damaged or foreign file
// is refused with its reason. Where the files are and how they are written is in node-run.ts.

import { ChainruleError } from "../../core/errors.ts";
import { isRecord } from "../../core/tree.ts";
import type { EpochRecord } from "../fit.ts";
import type { RecipeOptions } from "./recipe.ts";

/** What a run directory's `run.json` holds. */
export interface RunDescription {
  readonly format: "chainrule-run";
  readonly version: 1;
  /** Version of the library that wrote it. */
  readonly library: string;
  /** A built-in recipe by name, or the module that exports it. */
  readonly recipe: { readonly name: string; readonly module?: string };
  readonly options: RecipeOptions;
  readonly target: string;
  readonly parameters: number;
  readonly classes?: readonly string[];
  readonly status: "training" | "interrupted" | "finished";
  /** Final numbers, as the command line prints them. */
  readonly results: Readonly<Record<string, number>>;
  /** When the run began, and when this was written, as ISO 8601. */
  readonly started?: string;
  readonly saved?: string;
  /** Whole epochs behind these weights. */
  readonly epochs?: number;
  /** What computed it; the same settings give the same bits where this is the same. */
  readonly device?: string;
  /** State of the git repository that the recipe, or else the working directory, lies in. */
  readonly code?: { readonly commit: string; readonly dirty: boolean };
  /** SHA-256 of `model.safetensors`, which belongs to this description and no other. */
  readonly weightsSha256: string;
}

/** Text of `run.json`; results that are no finite numbers, which JSON cannot hold, are left out. */
export function encodeRun(run: RunDescription): string {
  const kept = Object.entries(run.results).filter(([, value]) => Number.isFinite(value));
  return `${JSON.stringify({ ...run, results: Object.fromEntries(kept) }, null, 2)}\n`;
}

/** Reads the text of `run.json`; anything else is a `BAD_CHECKPOINT` error that names `file`. */
export function decodeRun(text: string, file: string): RunDescription {
  const value = parse(text, file);
  if (!isRecord(value) || value.format !== "chainrule-run") {
    throw bad(file, 'is not a run of this library: `format` is not "chainrule-run"');
  }
  if (value.version !== 1) {
    throw bad(
      file,
      `has format version ${JSON.stringify(value.version)}; this library reads version 1`,
    );
  }
  const faults = wrongFields(value);
  if (faults.length === 0) return value as unknown as RunDescription;
  throw bad(file, `has fields of the wrong kind: ${faults.join(", ")}`);
}

/** Refuses to save what `decodeRun` would refuse to read. */
export function checkRun(run: RunDescription): void {
  const faults = wrongFields({ ...run, results: isRecord(run.results) ? {} : run.results });
  if (faults.length === 0) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "saveRun",
    problem: `the facts of the run have fields of the wrong kind: ${faults.join(", ")}`,
    fix: "Pass { recipe: { name }, options, target, status, results } as RunFacts says.",
    detail: { faults },
  });
}

function wrongFields(value: Readonly<Record<string, unknown>>): string[] {
  const wrong = Object.entries(fields).filter(([name, fits]) => !fits(value[name]));
  return wrong.map(([name]) => `${name} = ${JSON.stringify(value[name]) ?? "missing"}`);
}

/** Text of `history.jsonl`: one epoch per line. */
export function encodeHistory(history: readonly EpochRecord[]): string {
  return history.map((record) => `${JSON.stringify(record)}\n`).join("");
}

/** The error for a run that cannot be used. */
export function bad(file: string, problem: string, cause?: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "run",
    problem: `${file} ${problem}`,
    fix: "Name a run directory that `chainrule train` has written; train again if this one is damaged.",
    detail: { file },
    cause,
  });
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const fields: Readonly<Record<string, Check>> = {
  library: isText,
  recipe: (value) =>
    isRecord(value) && isText(value.name) && (value.module === undefined || isText(value.module)),
  options: isOptions,
  target: isText,
  parameters: isNumber,
  classes: (value) => value === undefined || isTexts(value),
  status: (value) => ["training", "interrupted", "finished"].includes(value as string),
  started: (value) => value === undefined || isText(value),
  saved: (value) => value === undefined || isText(value),
  epochs: (value) => value === undefined || isNumber(value),
  device: (value) => value === undefined || isText(value),
  code: (value) => value === undefined || (isRecord(value) && isText(value.commit)),
  results: (value) => isRecord(value) && Object.values(value).every(isNumber),
  weightsSha256: isText,
};

function isOptions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { epochs, batchSize, learningRate, seed, optimizer, hidden, dataDir } = value;
  return (
    [epochs, batchSize, learningRate, seed].every(isNumber) &&
    isText(optimizer) &&
    Array.isArray(hidden) &&
    hidden.every(isNumber) &&
    (dataDir === undefined || isText(dataDir))
  );
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw bad(
      file,
      `is not JSON (${cause instanceof Error ? cause.message : String(cause)})`,
      cause,
    );
  }
}
