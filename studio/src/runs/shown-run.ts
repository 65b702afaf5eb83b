// A run that is shown: what the list says of it, its data, and its colour.

import { filesToRead, type RunRow } from "./connection.ts";
import type { RunData } from "./run-data.ts";

export interface ShownRun {
  readonly id: string;
  readonly name: string;
  /** Its place among the colours of lines. */
  readonly color: number;
  readonly row: RunRow;
  readonly data: RunData;
}

/** Bytes of all files that are read of a run. */
export function bytesOf({ files }: RunRow): number {
  const wanted = filesToRead(files);
  return wanted.reduce((sum, { bytes }) => sum + bytes, 0);
}
