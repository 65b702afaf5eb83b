// The diagnosis of a model on a batch: data, layers, one measured step, the loss, and short trials, each a list of
// findings. Nothing of the model, the optimizer or any generator is changed.

import type { OptionNames } from "../core/option-names.ts";
import { printAsText } from "../core/print-as-text.ts";
import { sizeOf } from "../core/shape.ts";
import type { Dataset } from "../data/dataset.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Layer } from "../nn/layer.ts";
import { constant } from "../ops/leaf.ts";
import {
  checkBalance,
  checkConstant,
  checkFiniteData,
  checkLeakage,
  checkOrder,
  checkScale,
  checkTargetScale,
  labelsOf,
} from "./data-checks.ts";
import { type Finding, findingsText, worstFirst } from "./finding.ts";
import { firstStepFactor } from "./first-step.ts";
import { areLabels, checkLabels, checkLoss } from "./loss-checks.ts";
import { type Measurements, outputShape, Step } from "./measure.ts";
import { checkModel } from "./model-checks.ts";
import {
  hostOf,
  type Probe,
  type ProbeBatch,
  type ProbeOptions,
  probeNames,
  probeOf,
} from "./probe.ts";
import { checkStep } from "./step-checks.ts";
import { tryRates, tryToOverfit } from "./trials.ts";

/**
 * What a diagnosis may use besides the model and a batch. Fields, forward pass and loss are those of `fit`, with its
 * defaults: the first field goes in, the second should come out, and class numbers (int32) have the cross-entropy of logits.
 */
export interface DiagnoseOptions extends ProbeOptions {
  /** For the balance and the order of classes. */
  readonly train?: Dataset;
  /** With `train`: for records that are in both. */
  readonly test?: Dataset;
  /** Whether to train copies of the weights for some steps, which takes most of the time; default true. */
  readonly trials?: boolean;
}

const names: OptionNames<DiagnoseOptions> = {
  ...probeNames,
  train: true,
  test: true,
  trials: true,
};

/** What is wrong, worst first, and the numbers that were measured. Prints as text; `JSON.stringify` gives the facts. */
export class Diagnosis {
  readonly findings: readonly Finding[];
  /** Missing where the step could not be computed, for a reason that the findings tell. */
  readonly measurements: Measurements | undefined;

  constructor(findings: readonly Finding[], measurements: Measurements | undefined) {
    this.findings = worstFirst(findings);
    this.measurements = measurements;
  }

  /** Whether there is neither an error nor a warning. */
  get healthy(): boolean {
    return this.findings.every(({ severity }) => severity === "info");
  }

  toString(): string {
    return findingsText(this.findings);
  }
}

printAsText(Diagnosis);

/**
 * Looks for what usually goes wrong in training: in a batch, in the model, in the gradients of one step, in the loss, and in
 * short trials on copies of the weights. The model, the optimizer and random generators are left as they are, bit for bit.
 *
 * ```ts
 * const diagnosis = await diagnose(model, batch, { optimizer, train, test });
 * console.log(String(diagnosis));
 * ```
 * Models with several inputs, masks and weights are told as to `fit`: `{ fields: { inputs: ["ids", "places"], mask: "mask" } }`.
 *
 * Errors: `BAD_ARGUMENT` for a batch without two fields; what the model or the loss throws.
 */
export async function diagnose(
  model: Layer,
  batch: ProbeBatch,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  checkOptions("diagnose", options, names);
  const probe = await probeOf("diagnose", model, batch, options);
  const targets = hostOf(probe.targets);
  const records = targets.shape[0] ?? 1;
  const ofData = [
    ...checkFields(probe),
    ...checkTargetScale(targets),
    ...checkSets(probe, options),
    ...checkModel(model, records),
    ...checkLabels(outputShape(probe) ?? [], targets, probe.loss),
  ];
  const step = stepOf(probe, ofData);
  if (step === undefined) return new Diagnosis(ofData, undefined);
  const { measured, outputs } = step.measure();
  const findings: Finding[] = [];
  const spoiled = ofData.some(({ severity }) => severity === "error");
  if (!spoiled || Number.isFinite(measured.loss))
    findings.push(...checkStep(measured, records, firstStepFactor(probe.optimizer)));
  const { loss: score } = probe;
  const last = step.lastFunction;
  if (outputs !== undefined)
    findings.push(...checkLoss({ outputs, targets, score, loss: measured.loss, last }));
  if (canTry(measured, options)) findings.push(...trials(step, probe));
  return new Diagnosis([...ofData, ...oneOfEach(findings)], measured);
}

/** What the fields of the batch say, each by itself. */
function checkFields({ task, batch }: Probe): Finding[] {
  const several = task.inputs.length > 1;
  const inputs = task.inputs.map((name) => [name, hostOf(batch[name])] as const);
  const used = new Set([...task.inputs, task.targets]);
  const finite = [...used].flatMap((name) => checkFiniteData(name, hostOf(batch[name])));
  const scale = inputs.flatMap(([name, host]) => checkScale(host, several ? name : undefined));
  const constant = inputs.map(([name, host]) => checkConstant(host, several ? name : undefined));
  // Of several inputs some may be the same in all records, such as places in a sequence or a mask.
  const all = constant.every((found) => found.some(({ severity }) => severity === "error"));
  const told = constant.flat().filter(({ severity }) => all || severity !== "error");
  return [...finite, ...scale, ...told];
}

/** What the whole data say; without them, the batch. */
function checkSets({ task, targets: given }: Probe, { train, test }: DiagnoseOptions): Finding[] {
  const targets = hostOf(given);
  const found: Finding[] = [];
  const classes = areLabels(targets) || targets.data.every((y) => y === 0 || y === 1);
  if (classes && sizeOf(targets.shape) === targets.shape[0]) {
    const all = train && labelsOf(train, task.targets);
    found.push(...checkBalance(all ?? targets.data, all !== undefined));
    found.push(...checkOrder(targets.data, all));
  }
  if (train !== undefined && test !== undefined)
    found.push(...checkLeakage(train, test, task.inputs));
  return found;
}

/** Records the step; where that fails for a reason that was found already, there is none. */
function stepOf(probe: Probe, findings: readonly Finding[]): Step | undefined {
  try {
    return new Step(probe);
  } catch (error) {
    if (findings.some(({ severity }) => severity === "error")) return undefined;
    throw error;
  }
}

function canTry(
  { loss, gradientNorm }: Measurements,
  { trials: wanted = true }: DiagnoseOptions,
): boolean {
  return wanted && Number.isFinite(loss) && gradientNorm > 0 && Number.isFinite(gradientNorm);
}

/** A fall by so much in the trials of the learning rate shows that the batch can be learned. */
const convincing = 0.3;

function trials(step: Step, probe: Probe): Finding[] {
  const rates = probe.optimizer === undefined ? undefined : tryRates(step, probe);
  const findings = rates?.findings ?? [];
  if ((rates?.fall ?? 0) >= convincing || alreadyLearned(probe, step)) return findings;
  return [...findings, ...tryToOverfit(probe)];
}

/** Whether the loss is far below that of outputs that are 0, so that there is little left to learn. */
function alreadyLearned({ loss, targets }: Probe, step: Step): boolean {
  const { outputs, measured } = step.measure();
  if (outputs === undefined) return false;
  try {
    const zero = constant(outputs.data.map(() => 0) as Float32Array, outputs.shape, outputs.dtype);
    return measured.loss < convincing * loss(zero, targets).itemSync();
  } catch {
    return false;
  }
}

/** One finding of a name and layer, the first. */
function oneOfEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ name, layer }) => {
    const key = `${name} ${layer ?? ""}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
