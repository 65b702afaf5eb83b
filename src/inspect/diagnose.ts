// The diagnosis of a model on a batch: data, layers, one measured step, the loss, and short trials, each a list of
// findings. Nothing of the model, the optimizer or any generator is changed.

import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import type { OptionNames } from "../core/option-names.ts";
import type { Dataset } from "../data/dataset.ts";
import { checkOptions } from "../ir/arguments.ts";
import { printAsText, Tensor } from "../ir/tensor.ts";
import { crossEntropy, meanSquaredError } from "../losses/index.ts";
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
import { areLabels, checkLabels, checkLoss } from "./loss-checks.ts";
import { type Measurements, outputShape, type Probe, Step, type Stepping } from "./measure.ts";
import { checkModel } from "./model-checks.ts";
import { checkStep } from "./step-checks.ts";
import { tryRates, tryToOverfit } from "./trials.ts";

/** A batch: records of each field on axis 0. */
export type ProbeBatch = Readonly<Record<string, HostTensor | Tensor>>;

/** What a diagnosis may use besides the model and a batch. */
export interface DiagnoseOptions {
  /** Default: cross-entropy from logits where the targets are class numbers (int32), else the mean squared error. */
  readonly loss?: (outputs: Tensor, targets: Tensor) => Tensor;
  /** For the size of updates and the learning rate. */
  readonly optimizer?: Stepping;
  /** Names of the fields that go in and that should come out; default: the first and the second field. */
  readonly fields?: { readonly inputs: string; readonly targets: string };
  /** For the balance and the order of classes. */
  readonly train?: Dataset;
  /** With `train`: for records that are in both. */
  readonly test?: Dataset;
  /** Whether to train copies of the weights for some steps, which takes most of the time; default true. */
  readonly trials?: boolean;
}

const names: OptionNames<DiagnoseOptions> = {
  loss: true,
  optimizer: true,
  fields: true,
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
 * Errors: `BAD_ARGUMENT` for a batch without two fields; what the model or the loss throws.
 */
export async function diagnose(
  model: Layer,
  batch: ProbeBatch,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const probe = await probeOf("diagnose", model, batch, options);
  const { inputs, targets } = hostOf(probe);
  const records = inputs.shape[0] ?? 1;
  const findings = [
    ...checkFiniteData(probe.fields.inputs, inputs),
    ...checkFiniteData(probe.fields.targets, targets),
    ...checkScale(inputs),
    ...checkTargetScale(targets),
    ...checkSets(probe, options),
    ...checkModel(model, records),
    ...checkLabels(outputShape(probe) ?? [], targets),
  ];
  const step = stepOf(probe, findings);
  if (step === undefined) return new Diagnosis(findings, undefined);
  const { measured, outputs } = step.measure();
  const ofStep = checkStep(measured, records);
  const spoiled = findings.some(({ severity }) => severity === "error");
  if (!spoiled || Number.isFinite(measured.loss)) findings.push(...ofStep);
  const { loss: score } = probe;
  findings.push(
    ...checkLoss({ outputs, targets, score, loss: measured.loss, last: step.lastFunction }),
  );
  if (canTry(measured, options)) findings.push(...trials(step, probe));
  return new Diagnosis(oneOfEach(findings), measured);
}

/** A probe with the names of the fields that it was made from. */
export interface NamedProbe extends Probe {
  readonly fields: { readonly inputs: string; readonly targets: string };
}

/** Reads what is tried from arguments. */
export async function probeOf(
  op: string,
  model: Layer,
  batch: ProbeBatch,
  options: DiagnoseOptions,
): Promise<NamedProbe> {
  checkOptions(op, options, names);
  if (typeof (model as Partial<Layer> | null)?.forward !== "function") throw notModel(op, model);
  if (typeof batch !== "object" || batch === null) throw noBatch(op, batch);
  const [first, second] = Object.keys(batch);
  const fields = options.fields ?? { inputs: first, targets: second };
  const [inputs, targets] = await Promise.all(
    [fields.inputs, fields.targets].map((field) => leafOf(op, batch, field)),
  );
  const { optimizer } = options;
  if (optimizer !== undefined && typeof optimizer?.step !== "function")
    throw notOptimizer(op, optimizer);
  const loss = options.loss ?? (targets.dtype === "int32" ? crossEntropy : meanSquaredError);
  return {
    model,
    inputs,
    targets,
    fields,
    loss: (outputs, given) => loss(outputs, given),
    optimizer,
  };
}

async function leafOf(op: string, batch: ProbeBatch, field: string): Promise<Tensor> {
  const given = batch[field];
  const isTensor = given instanceof Tensor;
  if (!isTensor && !(ArrayBuffer.isView(given?.data) && Array.isArray(given.shape)))
    throw noBatch(op, batch);
  const data = isTensor ? await given.data() : given.data;
  const size = given.shape.reduce((product, extent) => product * extent, 1);
  if (size === 0 || data.length !== size) throw notWhole(op, field, given.shape, data.length);
  return constant(data, given.shape, given.dtype);
}

function hostOf({ inputs, targets }: Probe): { inputs: HostTensor; targets: HostTensor } {
  const host = ({ shape, dtype, value }: Tensor): HostTensor => ({ shape, dtype, data: value! });
  return { inputs: host(inputs), targets: host(targets) };
}

/** What the whole data say; without them, the batch. */
function checkSets(probe: NamedProbe, { train, test }: DiagnoseOptions): Finding[] {
  const { inputs, targets } = hostOf(probe);
  const { fields } = probe;
  const found = checkConstant(inputs);
  const classes = areLabels(targets) || targets.data.every((y) => y === 0 || y === 1);
  const single =
    targets.shape.length === 1 || (targets.shape.length === 2 && targets.shape[1] === 1);
  if (classes && single) {
    const all = train && labelsOf(train, fields.targets);
    found.push(...checkBalance(all ?? targets.data, all !== undefined));
    found.push(...checkOrder(targets.data, all));
  }
  if (train !== undefined && test !== undefined)
    found.push(...checkLeakage(train, test, fields.inputs));
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

function notModel(op: string, model: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs a model with a forward method; received ${showValue(model)}`,
    fix: `Write ${op}(model, batch), where batch is e.g. { images, labels }.`,
  });
}

function notOptimizer(op: string, optimizer: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `optimizer is ${showValue(optimizer)}, which has no step`,
    fix: "Pass one of optim, such as new optim.Adam(model), or leave it out.",
  });
}

function notWhole(
  op: string,
  field: string,
  shape: readonly number[],
  elements: number,
): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `the batch's field ${JSON.stringify(field)} has ${elements} elements, and the shape [${shape.join(", ")}]`,
    fix: "Give it one or more records, and as many elements as its shape says.",
    detail: { field, shape, elements },
  });
}

function noBatch(op: string, batch: unknown): ChainruleError {
  const given =
    typeof batch === "object" && batch !== null ? Object.keys(batch).join(", ") : showValue(batch);
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `needs a batch with inputs and targets as tensors; received ${given === "" ? "no field" : given}`,
    fix: "Pass a record such as { images, labels }, inputs first, or name them with { fields: { inputs, targets } }.",
  });
}
