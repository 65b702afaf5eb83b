// Measuring a model: mean loss and metrics over a data set, and which class it takes for which.

import { checkMethod } from "../core/checks.ts";
import { ChainruleError } from "../core/errors.ts";
import type { HostTensor } from "../core/host.ts";
import { checkOptionNames, type OptionNames } from "../core/option-names.ts";
import type { Tensor } from "../ir/tensor.ts";
import { ConfusionMatrix, predictions } from "../metrics/index.ts";
import { type Compiled, compile } from "../runtime/compile.ts";
import { checkData, type Data, Feed, loaderOf } from "./loop/feed.ts";
import { forwardOf, hasScorePerClass, measure } from "./loop/measure.ts";
import { batchOf, feedsOf, flatten, type Layout, outcomeOf } from "./loop/outcome.ts";
import { pauser } from "./loop/pause.ts";
import { Tally } from "./loop/tally.ts";
import {
  accuracyOf,
  hasOwnLoss,
  type Model,
  type Scores,
  type Task,
  type TaskOptions,
  taskOf,
} from "./task.ts";

/** How a model is measured. */
export interface EvaluateOptions<Outputs = Tensor> extends TaskOptions<Outputs> {
  /** Samples at a time of a data set; default 250, which changes speed and memory but no result. */
  readonly batchSize?: number;
}

/** A model measured on a data set. */
export interface Evaluation {
  readonly samples: number;
  /** Means over the samples, and metrics over all of them. */
  readonly scores: Scores;
  /** For classification: the class of each sample as the model sees it. */
  readonly predicted?: Int32Array;
  /** For classification: which class was taken for which. */
  readonly confusion?: ConfusionMatrix;
}

/**
 * Measures a model on data, in inference mode.
 *
 * `const { scores, confusion } = await evaluate(model, test);`
 */
export async function evaluate<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  data: Data,
  options: EvaluateOptions<Own> = {},
): Promise<Evaluation> {
  return evaluator(model, options)(data);
}

/** Makes an `evaluate` that keeps its compiled forward pass from call to call. */
export function evaluator<Outputs, Own = Outputs>(
  model: Model<Outputs>,
  options: EvaluateOptions<Own> = {},
): (data: Data) => Promise<Evaluation> {
  checkMethod("evaluate", "model", model, "forward");
  checkOptionNames("evaluate", options, evaluateNames);
  let pass: MeasuringPass | undefined;
  return async (data) => {
    const { batchSize } = options;
    checkData("evaluate", data);
    const loader = loaderOf("evaluate", data, { batchSize, defaultSize: 250 });
    await loader.prepare?.();
    const task = taskOf("evaluate", loader, options);
    if (pass === undefined || !isAlike(pass.task, task)) pass = measuringPass(model, task);
    const tally = new Tally(task);
    const classes = new Classes(!hasOwnLoss(task));
    const pause = pauser();
    const feed = new Feed(loader, { epoch: 0, batch: 0 }, 1);
    try {
      for (let [batch] = await feed.next(); batch !== undefined; [batch] = await feed.next()) {
        const tensors = pass.run(...feedsOf(task, batch));
        const targets = batch[task.targets];
        if (pass.classes !== undefined)
          classes.add(targets, (await tensors.pop()!.data()) as Int32Array, pass.classes);
        tally.add(pass.layout, await outcomeOf(pass.layout, tensors, targets.shape[0]));
        if (pause.isDue()) await pause.now();
      }
    } finally {
      await feed.end();
    }
    if (tally.countsNothing) throw nothingCounts(tally.samples);
    return evaluationOf(task, tally, classes);
  };
}

const evaluateNames: OptionNames<EvaluateOptions> = {
  fields: true,
  forward: true,
  loss: true,
  metrics: true,
  classWeights: true,
  batchSize: true,
};

function evaluationOf(task: Task, { samples, scores }: Tally, classes: Classes): Evaluation {
  const { confusion, predicted } = classes;
  if (confusion === undefined) return { samples, scores };
  // Counted, where the mean over batches would be rounded.
  const isCounted = task.metrics.accuracy === accuracyOf && confusion.total === samples;
  const exact = isCounted ? { ...scores, accuracy: confusion.accuracy } : scores;
  return { samples, scores: exact, predicted, confusion };
}

/** Whether what was recorded for one task serves another. */
function isAlike(a: Task, b: Task): boolean {
  const key = ({ names, inputs, targets, classifies }: Task): string =>
    JSON.stringify([names, inputs, targets, classifies]);
  return key(a) === key(b);
}

/** A compiled forward pass with its scores; what it finds out while it is recorded stands beside it. */
interface MeasuringPass {
  readonly task: Task;
  readonly run: Compiled<Tensor[], Tensor[]>;
  layout: Layout;
  /** Number of classes, where the last result is the class of each sample. */
  classes: number | undefined;
}

function measuringPass(model: Model<unknown>, task: Task): MeasuringPass {
  const forward = (...fields: Tensor[]): Tensor[] => {
    const batch = batchOf(task, fields);
    const outputs = forwardOf(task, model, batch, {});
    const { layout, tensors } = flatten(measure(task, outputs, batch));
    pass.layout = layout;
    const isScores = task.classifies && hasScorePerClass(outputs) && outputs.rank === 2;
    if (!isScores || task.mask !== undefined) return tensors;
    pass.classes = outputs.shape[1];
    return [...tensors, predictions(outputs)];
  };
  const run = compile(forward, { name: "evaluate's forward pass" });
  const pass: MeasuringPass = { task, run, layout: undefined as never, classes: undefined };
  return pass;
}

/** The classes of samples as a model sees them, batch after batch. */
class Classes {
  confusion: ConfusionMatrix | undefined;
  readonly #parts: Int32Array[] = [];
  readonly #isStrict: boolean;

  /** Not strict: labels that are no class, to which a loss of one's own gives a meaning such as "ignore", are not counted. */
  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  add({ data }: HostTensor, predicted: Int32Array, count: number): void {
    this.confusion ??= new ConfusionMatrix(count);
    this.#parts.push(predicted);
    const isKnown = (label: number): boolean => this.#isStrict || (label >= 0 && label < count);
    const known = predicted.filter((_, k) => isKnown(data[k]));
    this.confusion.add(data.filter(isKnown), known);
  }

  get predicted(): Int32Array {
    const all = new Int32Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

function nothingCounts(samples: number): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "evaluate",
    problem: `weights or mask are 0 for all ${samples} samples, so there is no mean`,
    fix: "Check the field of weights or the mask, and classWeights.",
    detail: { samples },
  });
}
