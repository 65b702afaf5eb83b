// What a run of the command line records of itself besides weights and checkpoints: metrics, TensorBoard's event files, and
// its report, with what a diagnosis finds before the first step.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Batch, batches } from "../data/node.ts";
import { diagnose, type Finding } from "../inspect/index.ts";
import { isLocked } from "../train/checkpoints/node-lock.ts";
import { type Data, isLoader } from "../train/loop/feed.ts";
import {
  type Callback,
  libraryVersion,
  type RecorderFacts,
  runRecorder,
  writeReport,
} from "../train/node.ts";
import { reportFiles } from "../train/node-report.ts";
import { runFiles } from "../train/node-run.ts";
import { openRun } from "../train/runs/node-place.ts";
import type { Run } from "./run.ts";

/** Records of the training data that a diagnosis looks at. */
const probeSize = 64;

/** Hears what a diagnosis finds before the first step. */
export type OnFindings = (findings: readonly Finding[]) => void;

/** The callback that records a run. */
export function recording(run: Run, onFindings: OnFindings): Callback {
  const { recipe, options, data, facts, directory } = run;
  const { dataDir, onProgress, ...settings } = options;
  const { device, code } = facts;
  const commit = code && code.commit.slice(0, 10) + (code.dirty ? " + changes" : "");
  return runRecorder(directory, {
    name: recipe.name,
    configuration: { recipe: facts.recipe.module ?? recipe.name, ...settings },
    environment: {
      chainrule: libraryVersion(),
      ...(device === undefined ? {} : { device }),
      ...(commit === undefined ? {} : { code: commit }),
    },
    data: { ...recipe, ...data },
    diagnose: diagnosisOf(run, onFindings),
  });
}

/** Writes the report anew, with the final numbers; a run is finished without it, too. */
export async function reportAgain({ directory }: Pick<Run, "directory">): Promise<void> {
  await writeReport(directory).catch((error: Error) => {
    process.stderr.write(`  no report could be written: ${error.message}\n`);
  });
}

/**
 * Writes the report of a finished run where its process was stopped before it could: there is none, or one from before the
 * final numbers. Another process that has the run just now writes it itself.
 */
export async function reportIfOld(directory: string): Promise<void> {
  const [described, reported] = await Promise.all(
    [runFiles.description, reportFiles.page].map((name) => writtenAt(join(directory, name))),
  );
  if (reported >= described || isLocked(directory)) return;
  try {
    await openRun(directory).close(); // removes what was left half written
  } catch {} // what stands in the way stops the report too, which says so
  await reportAgain({ directory });
}

async function writtenAt(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

/** Looks at a batch before the first step, with the recipe's own forward pass and loss. */
function diagnosisOf(
  { recipe, options, data, model, optimizer }: Run,
  onFindings: OnFindings,
): RecorderFacts["diagnose"] {
  const { fields, forward, loss, classWeights } = recipe;
  const task = { fields, forward, loss, classWeights, optimizer };
  const { train, test } = data;
  const sets = isLoader(train) ? { test } : { train, test };
  return async () => {
    const batch = await probeOf(train, options.seed);
    if (batch === undefined) return [];
    const { findings } = await diagnose(model, batch, { ...task, ...sets, trials: false });
    onFindings(findings);
    return findings;
  };
}

/** Some records of a data set, drawn as training will draw them, or the first batch of a loader, if there is one. */
async function probeOf(train: Data, seed: number): Promise<Batch | undefined> {
  const drawn = { batchSize: probeSize, shuffle: true, seed };
  const loader = isLoader(train) ? train : batches(train, drawn);
  for await (const batch of loader.pass(0)) return batch;
  return undefined;
}
