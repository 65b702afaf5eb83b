// Mistakes with what a run leaves on the disk, and what the error must say.

import { nn } from "../src/index.ts";
import {
  captureState,
  checkpointFolder,
  jsonlLog,
  listRuns,
  loadRun,
  remoteControl,
  runRecorder,
  saveRun,
  tensorboard,
  writeReport,
} from "../src/train/node.ts";
import { refuses } from "./mistakes.ts";

/** What TypeScript would refuse. */
const any = (value: unknown): never => value as never;
const noPath = /needs the path of a directory; received (undefined|""|5)\. Pass a path/;

refuses([
  ["checkpoints nowhere", () => checkpointFolder(any(undefined)), "BAD_ARGUMENT", noPath],
  ["checkpoints in the working directory", () => checkpointFolder(""), "BAD_ARGUMENT", noPath],
  ["no record of a run", () => runRecorder(any(5), { name: "a" }), "BAD_ARGUMENT", noPath],
  ["events nowhere", () => tensorboard(any(undefined)), "BAD_ARGUMENT", noPath],
  ["no run to report on", () => writeReport(any(undefined)), "BAD_ARGUMENT", noPath],
  ["no folder to list", () => listRuns(any(undefined)), "BAD_ARGUMENT", noPath],
  ["no run to load", () => loadRun(""), "BAD_ARGUMENT", noPath],
  ["no run to control", () => remoteControl(any(undefined)), "BAD_ARGUMENT", noPath],
  [
    "a record without a name",
    () => runRecorder("a", any({})),
    "BAD_ARGUMENT",
    /^runRecorder: needs a name for the run; received undefined/,
  ],
  [
    "a record with other data",
    () => runRecorder("a", { name: "a", data: any({ test: [1, 2] }) }),
    "BAD_ARGUMENT",
    /^runRecorder: has data without a data set as `test`/,
  ],
  [
    "a run without facts",
    () => saveRun("never-made", new nn.Linear(1, 1), any({ status: "done" }), []),
    "BAD_ARGUMENT",
    /^saveRun: .*recipe = missing.*status = "done"/,
  ],
  [
    "a log that is never written",
    () => jsonlLog("a", { flushSeconds: -1 }),
    "BAD_ARGUMENT",
    /^jsonlLog: flushSeconds must be a finite number/,
  ],
  [
    "the state of no run",
    () => captureState(any({})),
    "BAD_ARGUMENT",
    /^captureState: takes a run in progress/,
  ],
]);
