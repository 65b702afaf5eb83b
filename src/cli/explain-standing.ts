// Where a run stands: the weights, the optimizer's state, the learning rate and the masks that `fit` would take for its next
// step. It is read from the run's newest checkpoint; a run without any, and a fresh model, stand at the beginning.

import { join } from "node:path";
import { nn } from "../index.ts";
import { restoreState } from "../train/checkpoints/capture.ts";
import { partsOf, prepared } from "../train/loop/begin.ts";
import { LiveRun, type RunParts } from "../train/loop/live-run.ts";
import { checkpointFolder, type Optimizer, optimizerNamed } from "../train/node.ts";
import { runFiles } from "../train/node-run.ts";
import { fitOptionsOf, type PreparedRun } from "./run.ts";

export interface Standing extends Pick<RunParts, "optimizer" | "generator"> {
  /** Updates that were done; 0 where the optimizer begins anew. */
  readonly updates: number;
}

type Given = Pick<PreparedRun, "recipe" | "options" | "data" | "model">;

/** Puts what the run in `directory` would go on from into its model. Errors: `BAD_CHECKPOINT`. */
export async function standingOf(given: Given, directory?: string): Promise<Standing> {
  const { model, data } = given;
  await prepared(data.train);
  const options = fitOptionsOf({ ...given, optimizer: optimizerOf(given) });
  nn.named(model);
  const run = new LiveRun(partsOf(model, options));
  const folder = directory && join(directory, runFiles.checkpoints);
  const state = folder && (await checkpointFolder(folder).load());
  if (state) restoreState(run, state);
  run.plan(options);
  run.follow();
  const { optimizer, generator } = run.parts;
  return { optimizer, generator, updates: run.done.steps };
}

function optimizerOf({ recipe, options, model }: Given): Optimizer {
  const own = recipe.optimizer?.(model, options);
  return own ?? optimizerNamed(options.optimizer, model, options.learningRate);
}
