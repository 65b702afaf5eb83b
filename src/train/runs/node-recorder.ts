// A run that records itself: `metrics.jsonl` (steps, epochs, sizes of updates and gradients), `tensorboard/`, and at its end
// `report.json` and `report.html`. What cannot be written is said once and costs no run.

import { cpus } from "node:os";
import { join } from "node:path";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { writeFileAtomic } from "../../formats/node-files.ts";
import { argumentLeaf } from "../../ir/argument.ts";
import type { Layer } from "../../nn/layer.ts";
import { summary } from "../../nn/summary.ts";
import { currentTarget } from "../../runtime/target.ts";
import type { Callback, StepEvent, TrainingRun } from "../callback.ts";
import { epochLine, isKept, stepLine } from "../callbacks/log-lines.ts";
import { isDoneInJson, RunLog } from "../callbacks/node-logs.ts";
import { directoryOf } from "../checkpoints/node-directory.ts";
import type { FitResult } from "../fit.ts";
import { readReportFacts, reportFiles, writeReport } from "../node-report.ts";
import { type ExaminationData, examine } from "../report/examination.ts";
import { pictureUrl, smallPicture, stacked } from "../report/node-pictures.ts";
import { ParameterHealth, withGradients } from "../report/parameter-health.ts";
import type { HealthLine, ModelTable, ReportFacts, ReportFinding } from "../report/report-data.ts";
import { taskOf } from "../task.ts";
import { SummaryWriter } from "../tensorboard/node-tensorboard.ts";
import { tensorboardWithMore } from "../tensorboard/node-tensorboard-callback.ts";
import type { GraphInput } from "../tensorboard/tensorboard-graph.ts";
import type { Hyperparameter } from "../tensorboard/tensorboard-hparams.ts";

/** What a recorder is told about a run. */
export interface RecorderFacts {
  /** Name of the run or of its recipe, for the report. */
  readonly name: string;
  /** Settings of the run, as its report shows them. */
  readonly configuration?: Readonly<Record<string, Json>>;
  /** More about where it runs; Node, processor and target are there anyway. */
  readonly environment?: Readonly<Record<string, string | number>>;
  /** Data not learnt from: for the confusion matrix, the worst examples, and the table and graph of the model. */
  readonly data?: ExaminationData;
  /** What goes into the model, batch included, where there is no `data` to see it from. */
  readonly input?: GraphInput | readonly GraphInput[];
  /** Looks for what is wrong before the first step; `diagnose` of chainrule/inspect gives such findings. */
  readonly diagnose?: (
    run: TrainingRun,
  ) => Promise<readonly ReportFinding[]> | readonly ReportFinding[];
}

const factNames: OptionNames<RecorderFacts> = {
  name: true,
  configuration: true,
  environment: true,
  data: true,
  input: true,
  diagnose: true,
};

/**
 * Records a run in its directory: `metrics.jsonl`, TensorBoard's event files, and at the end `report.html`.
 *
 * `fit(model, { train, callbacks: [runRecorder("runs/first", { name: "first", data: { test } })] })`
 */
export function runRecorder(directory: string, facts: RecorderFacts): Callback {
  checkOptionNames("runRecorder", facts, factNames);
  const path = directoryOf("runRecorder", directory);
  checkFacts(facts);
  const recorder = new Recorder(path, facts);
  return {
    name: `runRecorder ${directory}`,
    gradientNorms: true,
    onStart: (run) => recorder.start(run),
    onStep: (event, run) => recorder.step(event, run),
    onEpoch: (record, run) => {
      recorder.log.add(`${JSON.stringify(epochLine(record))}\n`);
      recorder.board.onEpoch?.(record, run);
    },
    onEnd: (result, run, error) => recorder.end(result, run, error),
    state: () => {
      recorder.log.flush();
      return recorder.board.state?.() ?? {};
    },
  };
}

function checkFacts({ name, data }: RecorderFacts): void {
  const problem =
    typeof name !== "string" || name === ""
      ? `needs a name for the run; received ${showValue(name)}`
      : data !== undefined && typeof data.test?.read !== "function"
        ? "has data without a data set as `test`"
        : undefined;
  if (problem === undefined) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "runRecorder",
    problem,
    fix: 'Write runRecorder("runs/first", { name: "first", data: { test } }); `data` may be left out.',
  });
}

class Recorder {
  readonly log: RunLog;
  readonly board: Callback;
  readonly #scalars: (values: Readonly<Record<string, number>>, step: number) => void;
  readonly #directory: string;
  readonly #facts: RecorderFacts;
  #health: ParameterHealth | undefined;
  #report: ReportFacts | undefined;

  constructor(directory: string, facts: RecorderFacts) {
    this.#directory = directory;
    this.#facts = facts;
    this.log = new RunLog("runRecorder", join(directory, reportFiles.metrics), {}, isDoneInJson);
    const { callback, scalars } = tensorboardWithMore(join(directory, reportFiles.tensorboard), {
      graph: inputsOf(facts),
      hparams: hyperparameters(facts.configuration ?? {}),
    });
    this.board = callback;
    this.#scalars = scalars;
  }

  async start(run: TrainingRun): Promise<void> {
    const goesOn = run.done.steps > 0;
    this.log.start(run);
    this.board.onStart?.(run);
    this.#health = new ParameterHealth(run.model);
    this.#health.after(run.done.steps, 0, run.done.seconds);
    const older = goesOn
      ? await readReportFacts(this.#directory).catch(() => undefined)
      : undefined;
    const { name, configuration = {}, diagnose } = this.#facts;
    const look = diagnose && (() => attempt("diagnose the model", async () => diagnose(run)));
    this.#report = {
      format: "chainrule-report",
      version: 1,
      name,
      startedAt: older?.startedAt ?? new Date().toISOString(),
      configuration,
      environment: { ...environment(), ...this.#facts.environment },
      model: modelTable(run.model, inputsOf(this.#facts)),
      findings: goesOn ? older?.findings : await look?.(),
    };
    await this.#save(this.#report);
  }

  step(event: StepEvent, run: TrainingRun): Promise<void> | undefined {
    const { step, epoch } = event;
    if (isKept(step)) {
      this.log.add(`${JSON.stringify(stepLine(event, run.done.seconds))}\n`);
    }
    this.board.onStep?.(event, run);
    const line = this.#health?.after(step, epoch, run.done.seconds);
    return line && this.#note(line, event);
  }

  /** Records the sizes of a step's updates, and of its gradients, which are read for such steps only. */
  async #note(line: HealthLine, { step, gradientNorms }: StepEvent): Promise<void> {
    const norms = await gradientNorms?.();
    this.log.add(`${JSON.stringify(norms ? withGradients(line, norms) : line)}\n`);
    const named = Object.entries(norms ?? {}).map(([path, g]) => [`gradients/${path}`, g] as const);
    if (named.length > 0) this.#scalars(Object.fromEntries(named), step);
  }

  async end(result: FitResult, run: TrainingRun, error: unknown): Promise<void> {
    this.log.close();
    await this.board.onEnd?.(result, run, error);
    if (this.#report === undefined) return;
    const { data } = this.#facts;
    const failed = error !== undefined;
    const pictures: HostTensor[] = [];
    const draw = (sample: HostTensor): string => {
      pictures.push(smallPicture(sample));
      return pictureUrl(pictures.at(-1)!);
    };
    const look = data && !failed && (() => examine(run.model, data, draw));
    const examination = look ? await attempt("examine the model", look) : undefined;
    const endedAt = new Date().toISOString();
    const ended = failed ? "failed" : result.ended;
    await this.#save({ ...this.#report, endedAt, ended, examination });
    const { steps } = run.done;
    await attempt("write event files", async () => this.#show(pictures, steps));
    await attempt("write the report", () => writeReport(this.#directory));
  }

  /** Gives TensorBoard what is known at the end: the settings as text, and the worst examples. */
  #show(pictures: readonly HostTensor[], step: number): void {
    const writer = new SummaryWriter(join(this.#directory, reportFiles.tensorboard));
    const settings = Object.entries(this.#facts.configuration ?? {});
    const rows = settings.map(([name, value]) => `| ${name} | ${JSON.stringify(value)} |\n`);
    if (rows.length > 0)
      writer.text("configuration", `| setting | value |\n|---|---|\n${rows.join("")}`);
    if (pictures.length > 0) writer.image("worst examples", stacked(pictures), step);
    writer.close();
  }

  async #save(report: ReportFacts): Promise<void> {
    const path = join(this.#directory, reportFiles.facts);
    await attempt("write the report", () => writeFileAtomic(path, JSON.stringify(report)));
  }
}

/** Does what a run can do without; says why where it fails. */
async function attempt<T>(what: string, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`runRecorder: could not ${what}: ${reason}`);
    return undefined;
  }
}

function inputsOf({ data, input }: RecorderFacts): readonly GraphInput[] {
  if (input !== undefined) return [input].flat();
  if (data === undefined || data.forward !== undefined) return [];
  const { fields } = data.test;
  return taskOf("runRecorder", data.test, data).inputs.map((name) => {
    const { dtype, shape } = fields[name];
    return { dtype, shape: [1, ...shape] };
  });
}

/** The model as a table; undefined where its forward pass cannot be recorded. */
function modelTable(model: Layer, inputs: readonly GraphInput[]): ModelTable | undefined {
  if (inputs.length === 0) return undefined;
  try {
    const leaves = inputs.map(({ shape, dtype = "float32" }) => argumentLeaf({ shape, dtype }));
    const { rows, parameters, trainable, parameterBytes, flops } = summary(model, leaves);
    const shown = rows.map((row) => {
      const { path, depth, layer, outputs, parameters, flops } = row;
      return { path, depth, layer, outputs, parameters, flops };
    });
    return { rows: shown, parameters, trainable, parameterBytes, flops };
  } catch (error) {
    if (error instanceof ChainruleError) return undefined;
    throw error;
  }
}

function environment(): Record<string, string | number> {
  const processors = cpus();
  return {
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    processor: processors[0]?.model.trim() || "unknown",
    cores: processors.length,
    target: currentTarget(),
  };
}

/** What TensorBoard can compare runs by: numbers, texts and truth values; lists as texts. */
function hyperparameters(
  configuration: Readonly<Record<string, Json>>,
): Record<string, Hyperparameter> {
  const entries = Object.entries(configuration).flatMap(([name, value]) => {
    if (value === null) return [];
    return [[name, typeof value === "object" ? JSON.stringify(value) : value] as const];
  });
  return Object.fromEntries(entries);
}
