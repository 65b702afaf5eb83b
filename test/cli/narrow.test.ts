// What commands print on terminals of other widths than 80 columns, and what is printed while the bar of a run stands.

import { expect, test } from "vitest";
import { columnsOf } from "../../src/cli/columns.ts";
import { confusionText } from "../../src/cli/confusion.ts";
import { findingsText } from "../../src/cli/findings-text.ts";
import { predictionText } from "../../src/cli/predict-text.ts";
import { sayAbove, silent } from "../../src/cli/progress.ts";
import { metrics } from "../../src/index.ts";
import type { Finding } from "../../src/inspect/index.ts";

const digits = Array.from({ length: 10 }, (_, k) => String(k));

const terminal = (columns: number): NodeJS.WriteStream =>
  ({ columns, isTTY: false }) as unknown as NodeJS.WriteStream;

const widest = (text: string): number => Math.max(...text.split("\n").map(columnsOf));

test.each([
  [80, 4, true],
  [50, 3, true],
  [41, 3, false],
])("a confusion matrix of %i columns", (columns, cell, hasRecall) => {
  const confusion = new metrics.ConfusionMatrix(10);
  for (let k = 0; k < 36; k++) confusion.add([k % 10, 3], [k % 10, 3]);
  const text = confusionText(confusion, digits, terminal(columns));
  expect(widest(text)).toBeLessThanOrEqual(columns);
  expect(text).toContain(`\n  0      ${"4".padStart(cell)}${"·".padStart(cell)}`);
  expect(text.includes("recall")).toBe(hasRecall);
});

test("a confusion matrix that does not fit is left out, not broken", () => {
  const confusion = new metrics.ConfusionMatrix(10);
  confusion.add([1, 1], [2, 1]);
  const text = confusionText(confusion, digits, terminal(25));
  expect(text).toBe("  most confused: 1 taken for 2, once\n");
});

test("the bars of a prediction take what is left beside the picture", () => {
  const prediction = { index: 3, predicted: "5", probabilities: digits.map((_, k) => k / 45) };
  const image = { pixels: new Float32Array(64), imageShape: [1, 8, 8] as const };
  const shown = (columns: number): string =>
    predictionText(prediction as never, digits, image, terminal(columns));
  expect(widest(shown(80))).toBe(2 + 16 + 3 + 3 + 24 + 8);
  expect(widest(shown(50))).toBe(50);
  expect(shown(50)).toContain("█");
  expect(widest(shown(34))).toBeLessThanOrEqual(34);
  expect(shown(34)).not.toContain("█");
});

test("findings are said with what helps, the ones that need no action are not", () => {
  const finding = (name: string, severity: string, layer?: string): Finding =>
    ({ name, severity, layer, found: "It is 204.", help: "Divide by 255." }) as never;
  const text = findingsText(
    [finding("dead-relu", "error", "layers.1"), finding("leakage", "info")],
    terminal(80),
  );
  expect(text).toBe(
    "  error  dead-relu in layers.1\n    It is 204.\n    What helps: Divide by 255.\n",
  );
  expect(findingsText([finding("leakage", "info")], terminal(80))).toBe("");
  const many = findingsText(Array(6).fill(finding("leakage", "warning")), terminal(80));
  expect(many).toMatch(/\n\n {2}2 more findings in the report\n$/);
});

test("what is printed while the bar stands appears above it", () => {
  const said: string[] = [];
  const progress = { ...silent, say: (line: string) => void said.push(line) };
  const { warn, log } = console;
  const shown = { columns: 24, isTTY: true } as never;
  const giveBack = sayAbove(progress, shown, shown);
  console.log("a recipe says %d", 3);
  console.warn("the disk is full, and this is long");
  giveBack();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = said.map((line) => line.replace(/\x1b\[\d+m/g, ""));
  expect(plain).toEqual(["a recipe says 3", "  the disk is full, and\n  this is long"]);
  expect(console.warn).toBe(warn);
  const apart = sayAbove(progress, terminal(80));
  expect(console.log).toBe(log); // a file has no bar
  apart();
  const kept = sayAbove(progress, shown, terminal(80));
  expect(console.warn).toBe(warn); // 2>errors.txt
  expect(console.log).not.toBe(log);
  kept();
  const quiet = sayAbove(silent, shown, shown);
  expect(console.log).toBe(log); // there is no bar
  quiet();
  expect(console.log).toBe(log);
});
