// The confusion matrix as text: what was there down the side, what the model said across. A narrow terminal gets narrow
// columns, then no recall, and none of it where the counts do not fit.

import type { metrics } from "../index.ts";
import { columnsOf, cut, padEnd, padStart } from "./columns.ts";
import { colorsFor, grouped, percent, widthOf } from "./text.ts";

/** More classes than this do not fit side by side. */
const classesShown = 12;

/** Columns that the share of each class takes which is recognised. */
const recallColumns = 9;

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
  const least = String(most).length + 1;
  const roomWith = (columns: number): number =>
    Math.floor((widthOf(stream) - side - 5 - columns) / classes.length);
  const hasRecall = roomWith(recallColumns) >= least;
  const room = roomWith(hasRecall ? recallColumns : 0);
  if (room < least) return "";
  const cell = Math.min(room, Math.max(4, grouped(most).length + 1, longest + 1));
  const across = classes.map((name) => padStart(cut(name, cell - 1), cell)).join("");
  const heading = `  ${"actual".padEnd(side)} ${across}${hasRecall ? "   recall" : ""}`;
  const lines = classes.map((name, actual) => {
    const cells = classes.map((_, predicted) => {
      const count = confusion.at(actual, predicted);
      const text = (count === 0 ? "·" : String(count)).padStart(cell);
      if (predicted === actual) return colors.green(text);
      return count === 0 ? colors.dim(text) : colors.yellow(text);
    });
    const recall = hasRecall ? recallText(confusion.recall(actual)) : "";
    return `  ${padEnd(name, side)} ${cells.join("")}${recall}`;
  });
  return `${colors.dim(heading)}\n${lines.join("\n")}\n\n`;
}

function recallText(recall: number): string {
  const share = Number.isNaN(recall) ? "–" : percent(recall, 1);
  return share.padStart(recallColumns);
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
