// What the examples that train on data share: their options, on the command line too, and a table that
// grows by a line per epoch. Nothing here computes.

import { parseArgs } from "node:util";
import type { Callback, Scores } from "chainrule/train";
import { type ExampleOptions, fixed } from "./show.ts";

/** What every example that trains on data takes. */
export interface TrainOptions extends ExampleOptions {
  /** Passes over the training data; each example has its own default. */
  readonly epochs?: number;
  /** Determines weights, order and everything drawn; default 1. */
  readonly seed?: number;
  /** Less data and fewer epochs: seconds of work that show that it learns. */
  readonly short?: boolean;
  /** Learn from nine tenths of the training data and measure on the last, as for choosing settings. */
  readonly validate?: boolean;
  /** Folder that has the data sets as folders; default the environment variable CHAINRULE_DATA. */
  readonly dataDir?: string;
  /** Which data set, where an example can use several. */
  readonly set?: string;
  /** Which network, where an example has several. */
  readonly model?: string;
}

/** `--epochs 3 --seed 2 --short --validate --data-dir FOLDER --set NAME --model NAME`. */
export function commandLine(args: string[] = process.argv.slice(2)): TrainOptions {
  const [text, flag] = [{ type: "string" } as const, { type: "boolean" } as const];
  const { values } = parseArgs({
    args,
    options: {
      epochs: text,
      seed: text,
      "data-dir": text,
      set: text,
      model: text,
      short: flag,
      validate: flag,
    },
  });
  const { "data-dir": dataDir, epochs, seed, ...others } = values;
  const number = (x?: string): number | undefined => (x === undefined ? undefined : Number(x));
  return { ...others, dataDir, epochs: number(epochs), seed: number(seed) };
}

/** Prints the titles once and then a line of cells per call, right-aligned in columns of at least 10. */
export function growingTable(
  print: (line: string) => void,
  titles: readonly string[],
): (...cells: readonly string[]) => void {
  const widths = titles.map((title) => Math.max(10, title.length));
  const line = (cells: readonly string[]): void =>
    print(`  ${cells.map((cell, k) => cell.padStart(widths[k])).join("  ")}`);
  line(titles);
  line(widths.map((width) => "─".repeat(width)));
  return (...cells) => line(cells);
}

/** A callback for `fit` that prints loss and accuracy of each epoch, of what is learned and of what is not. */
export function accuracyTable(print: (line: string) => void): Callback {
  const titles = ["epoch", "loss", "accuracy", "test loss", "accuracy", "seconds"];
  const row = growingTable(print, titles);
  const cells = ({ loss, accuracy }: Scores): string[] => [
    fixed(loss, 4),
    `${fixed(100 * accuracy, 2)} %`,
  ];
  return {
    onEpoch: ({ epoch, train, validation, seconds }) =>
      row(String(epoch), ...cells(train), ...cells(validation!), fixed(seconds, 1)),
  };
}
