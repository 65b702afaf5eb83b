// What is seen while the command trains: the display of `progress`, or nothing.

import { type Progress, progress } from "../train/node.ts";

/** Nothing is shown. */
export const silent: Progress = { say: () => {}, end: () => {} };

/** Shows rows, and on a terminal the bar, on a stream. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  return progress({ stream, validation: "test" });
}
