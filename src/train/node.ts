// The training entry for Node: everything of the browser entry, recipes with files, and saved runs.

export type { KeepPolicy } from "./callbacks/keep.ts";
export {
  type CsvLogOptions,
  csvLog,
  type JsonlLogOptions,
  jsonlLog,
} from "./callbacks/node-logs.ts";
export {
  type Progress,
  type ProgressOptions,
  type ProgressStream,
  progress,
} from "./callbacks/node-progress.ts";
export {
  type CheckpointFolder,
  type CheckpointFolderOptions,
  checkpointFolder,
} from "./checkpoints/node-checkpoints.ts";
export * from "./index.ts";
export { type WriteReportOptions, writeReport } from "./node-report.ts";
export {
  checkRunDirectory,
  libraryVersion,
  loadRun,
  type RunFacts,
  restoreModel,
  runFiles,
  type SavedRun,
  saveRun,
} from "./node-run.ts";
export type { ExaminationData } from "./report/examination.ts";
export type { ReportFinding } from "./report/report-data.ts";
export type { ReportLanguage } from "./report/report-html.ts";
export { fashionMnistRecipe, mnistRecipe, recipes } from "./runs/node-recipes.ts";
export { type RecorderFacts, runRecorder } from "./runs/node-recorder.ts";
export { liveStateOf, remoteControl, steerRun } from "./runs/node-remote-control.ts";
export { listRuns, type RunEntry, readRunEntry } from "./runs/node-runs.ts";
export {
  type HistogramOptions,
  SummaryWriter,
  type SummaryWriterOptions,
} from "./tensorboard/node-tensorboard.ts";
export { type TensorboardOptions, tensorboard } from "./tensorboard/node-tensorboard-callback.ts";
export type { GraphInput } from "./tensorboard/tensorboard-graph.ts";
export type { Hyperparameter, ResultTag } from "./tensorboard/tensorboard-hparams.ts";
