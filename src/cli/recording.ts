// What a run of the command line records of itself besides weights and checkpoints: metrics, TensorBoard's event files, and
// its report, with what a diagnosis finds before the first step.

import { type Batch, gather } from "../data/node.ts";
import { diagnose } from "../inspect/index.ts";
import { type Data, isLoader } from "../train/loop/feed.ts";
import {
  type Callback,
  libraryVersion,
  type RecorderFacts,
  runRecorder,
  writeReport,
} from "../train/node.ts";
import type { Run } from "./run.ts";

/** Records of the training data that a diagnosis looks at. */
const probeSize = 64;

/** The callback that records a run. */
export function recording(run: Run): Callback {
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
    diagnose: diagnosisOf(run),
  });
}

/** Writes the report anew, with the final numbers; a run is finished without it, too. */
export async function reportAgain({ directory }: Run): Promise<void> {
  await writeReport(directory).catch((error: Error) => {
    process.stderr.write(`  no report could be written: ${error.message}\n`);
  });
}

/** Looks at the first records, with the recipe's own forward pass and loss. */
function diagnosisOf({ recipe, data, model, optimizer }: Run): RecorderFacts["diagnose"] {
  const { fields, forward, loss, classWeights } = recipe;
  const task = { fields, forward, loss, classWeights, optimizer };
  const { train, test } = data;
  const sets = isLoader(train) ? { test } : { train, test };
  return async () => {
    const batch = await probeOf(train);
    if (batch === undefined) return [];
    const { findings } = await diagnose(model, batch, { ...task, ...sets, trials: false });
    return findings;
  };
}

/** The first records of a data set, or the first batch of a loader, if there is one. */
async function probeOf(train: Data): Promise<Batch | undefined> {
  if (!isLoader(train)) {
    const size = Math.min(probeSize, train.size);
    return gather(
      train,
      Int32Array.from({ length: size }, (_, k) => k),
    );
  }
  for await (const batch of train.pass(0)) return batch;
  return undefined;
}
