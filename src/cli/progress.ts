// What is seen while the command trains: the display of `progress`, or nothing but what is wrong. Warnings and what a
// recipe prints appear above the bar of a terminal, where they would else begin in the middle of it.

import { format } from "node:util";
import { type Progress, progress } from "../train/node.ts";
import { colorsFor, widthOf, wrap } from "./text.ts";

/** No progress is shown, but what else is to be said is. */
export const silent: Progress = {
  say: (line) => void process.stderr.write(`${line}\n`),
  end: () => {},
};

/** Shows rows, and on a terminal the bar, on a stream. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  return progress({ stream, validation: "test" });
}

/** A paragraph for the display, in the colour of warnings. */
export function warning(text: string, stream: NodeJS.WriteStream): string {
  const lines = text.split("\n").flatMap((line) => wrap(line, widthOf(stream) - 2));
  return lines.map((line) => `  ${colorsFor(stream).yellow(line)}`).join("\n");
}

/**
 * Has the display say what goes to the console, where it is a terminal's; gives back what ends that. Errors and warnings that
 * are kept in a file, by `2>errors.txt`, go there.
 */
export function sayAbove(
  progress: Progress,
  stream: NodeJS.WriteStream,
  errors: NodeJS.WriteStream = process.stderr,
): () => void {
  if (progress === silent || !stream.isTTY) return () => {};
  const { log, info, debug, error, warn } = console;
  const say = (...values: unknown[]): void => progress.say(format(...values));
  Object.assign(console, { log: say, info: say, debug: say });
  if (errors.isTTY) {
    const sayWarning = (...values: unknown[]): void =>
      progress.say(warning(format(...values), stream));
    Object.assign(console, { error: say, warn: sayWarning });
  }
  return () => void Object.assign(console, { log, info, debug, error, warn });
}
