// The confusion matrix as text: what was there down the side, what the model said across, in 80 columns.

import type { metrics } from "../index.ts";
import { columnsOf, cut, padEnd, padStart } from "./columns.ts";
import { colorsFor, grouped, percent, widthOf } from "./text.ts";

/** More classes than this do not fit side by side. */
const classesShown = 12;

type ConfusionMatrix = metrics.ConfusionMatrix;

/** Lines of the matrix with the recall of each class, and the pair that is confused most. */
export function confusionText(
  confusion: ConfusionMatrix,
  classes: readonly string[],
  stream: NodeJS.WriteStream,
): string {
  const matrix = classes.length <= classesShown ? matrixText(confusion, classes, stream) : "";
  return `${matrix}${mostConfused(confusion, classes)}`;
}

function matrixText(
  confusion: ConfusionMatrix,
  classes: readonly string[],
  stream: NodeJS.WriteStream,
): string {
  const colors = colorsFor(stream);
  const longest = Math.max(...classes.map(columnsOf));
  const side = Math.max(6, longest);
  const most = Math.max(...confusion.counts);
  const room = Math.floor((widthOf(stream) - side - 14) / classes.length);
  const cell = Math.max(4, Math.min(room, Math.max(grouped(most).length, longest) + 1));
  const across = classes.map((name) => padStart(cut(name, cell - 1), cell)).join("");
  const heading = `  ${"actual".padEnd(side)} ${across}   recall`;
  const lines = classes.map((name, actual) => {
    const cells = classes.map((_, predicted) => {
      const count = confusion.at(actual, predicted);
      const text = (count === 0 ? "·" : String(count)).padStart(cell);
      if (predicted === actual) return colors.green(text);
      return count === 0 ? colors.dim(text) : colors.yellow(text);
    });
    const recall = confusion.recall(actual);
    const share = Number.isNaN(recall) ? "–" : percent(recall, 1);
    return `  ${padEnd(name, side)} ${cells.join("")}  ${share.padStart(7)}`;
  });
  return `${colors.dim(heading)}\n${lines.join("\n")}\n\n`;
}

function mostConfused(confusion: ConfusionMatrix, classes: readonly string[]): string {
  let best = { actual: 0, predicted: 0, count: 0 };
  for (let actual = 0; actual < classes.length; actual++) {
    for (let predicted = 0; predicted < classes.length; predicted++) {
      const count = confusion.at(actual, predicted);
      if (actual !== predicted && count > best.count) best = { actual, predicted, count };
    }
  }
  if (best.count === 0) return "  no sample is taken for another class\n";
  const { actual, predicted, count } = best;
  const times = count === 1 ? "once" : count === 2 ? "twice" : `${grouped(count)} times`;
  return `  most confused: ${classes[actual]} taken for ${classes[predicted]}, ${times}\n`;
}
