// The training entry for Node: everything of the browser entry, recipes with files, and saved runs.

export type { ExaminationData } from "./examination.ts";
export * from "./index.ts";
export type { KeepPolicy } from "./keep.ts";
export {
  type CheckpointFolder,
  type CheckpointFolderOptions,
  checkpointFolder,
} from "./node-checkpoints.ts";
export { type CsvLogOptions, csvLog, type JsonlLogOptions, jsonlLog } from "./node-logs.ts";
export {
  type Progress,
  type ProgressOptions,
  type ProgressStream,
  progress,
} from "./node-progress.ts";
export { fashionMnistRecipe, mnistRecipe, recipes } from "./node-recipes.ts";
export { type RecorderFacts, runRecorder } from "./node-recorder.ts";
export {
  type LiveState,
  liveStateOf,
  remoteControl,
  steerRun,
  type WantedState,
} from "./node-remote-control.ts";
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
export { listRuns, type RunEntry, readRunEntry } from "./node-runs.ts";
export {
  type HistogramOptions,
  SummaryWriter,
  type SummaryWriterOptions,
} from "./node-tensorboard.ts";
export { type TensorboardOptions, tensorboard } from "./node-tensorboard-callback.ts";
export type { ReportFinding } from "./report-data.ts";
export type { ReportLanguage } from "./report-html.ts";
export type { GraphInput } from "./tensorboard-graph.ts";
export type { Hyperparameter, ResultTag } from "./tensorboard-hparams.ts";
