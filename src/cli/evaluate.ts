// `chainrule evaluate`: a saved run on its test data.

import { currentTarget } from "../index.ts";
import { evaluate } from "../train/node.ts";
import { taskOptionsOf } from "../train/runs/recipe.ts";
import { confusionText } from "./confusion.ts";
import { revive, type SavedArguments, tellUnfinished } from "./saved.ts";
import { colorsFor } from "./text.ts";
import { classNames, prefixed, testText } from "./train-text.ts";

/** Runs the command. */
export async function evaluateRun(directory: string, given: SavedArguments): Promise<void> {
  const run = await revive(directory, given);
  tellUnfinished(run);
  const options = taskOptionsOf(run.recipe);
  const test = await evaluate(run.model, run.data.test, options);
  const { samples, scores, confusion } = test;
  const classes = confusion && classNames(run.data.classes, confusion);
  if (given.json) {
    const counts = classes?.map((_, a) => classes.map((_, p) => confusion!.at(a, p)));
    const found = { ...prefixed("test", scores), samples, classes, confusion: counts };
    const line = { recipe: run.recipe.name, target: currentTarget(), ...found };
    process.stdout.write(`${JSON.stringify({ ...line, runDirectory: run.directory })}\n`);
    return;
  }
  const colors = colorsFor(process.stdout);
  const matrix = confusion && `${confusionText(confusion, classes!, process.stdout)}\n`;
  const result = testText(test, process.stdout);
  process.stdout.write(`\n  ${colors.bold(run.recipe.name)}\n\n${matrix ?? ""}${result}\n`);
}
