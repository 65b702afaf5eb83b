// A diagnosis that goes along with a run: every so many steps it measures one step on a batch of its own, without trials,
// and tells what it has not told before. The step is recorded once, so a measurement costs little more than a step.

import type { OptionNames } from "../core/option-names.ts";
import { checkWhole } from "../data/order.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Callback, StepEvent, TrainingRun } from "../train/callback.ts";
import { Diagnosis } from "./diagnose.ts";
import { findingsText } from "./finding.ts";
import { firstStepFactor } from "./first-step.ts";
import { Step } from "./measure.ts";
import { type ProbeBatch, type ProbeOptions, probeNames, probeOf } from "./probe.ts";
import { checkStep } from "./step-checks.ts";

/** Options of the callback. */
export interface DiagnosisOptions extends Omit<ProbeOptions, "optimizer"> {
  /** The records that are measured each time; some 32 of the training data. */
  readonly batch: ProbeBatch;
  /** Steps between measurements; default 200. */
  readonly every?: number;
  /** What is done with the text of new findings; default `console.warn`. */
  readonly print?: (text: string) => void;
}

const { optimizer: _, ...taskNames } = probeNames;
const names: OptionNames<DiagnosisOptions> = {
  ...taskNames,
  batch: true,
  every: true,
  print: true,
};

/** What was measured after a step. */
export interface DiagnosisReport {
  readonly step: number;
  readonly diagnosis: Diagnosis;
}

/** The callback, with what it has measured so far. */
export interface DiagnosisCallback extends Callback {
  readonly reports: readonly DiagnosisReport[];
}

/**
 * Watches gradients, updates and activations during a run: a callback for `fit`. New findings are printed once; all
 * measurements are kept in `reports`.
 *
 * ```ts
 * await fit(model, { train, callbacks: [diagnosis({ batch, every: 100 })] });
 * ```
 * Errors: `BAD_ARGUMENT` for options that do not exist, and for a batch without two fields.
 */
export function diagnosis(options: DiagnosisOptions): DiagnosisCallback {
  checkOptions("diagnosis", options, names);
  const { batch, every = 200, print = console.warn, ...task } = options;
  checkWhole("diagnosis", "every", every, 1);
  const reports: DiagnosisReport[] = [];
  const told = new Set<string>();
  let step: Step | undefined;
  const measure = async ({ step: number }: StepEvent, run: TrainingRun): Promise<void> => {
    if (number % every !== 0) return;
    if (step === undefined) {
      const { model, optimizer } = run;
      step = new Step(await probeOf("diagnosis", model, batch, { ...task, optimizer }));
    }
    const { measured } = step.measure();
    const records = Object.values(batch)[0].shape[0];
    const found = checkStep(measured, records, firstStepFactor(run.optimizer));
    reports.push({ step: number, diagnosis: new Diagnosis(found, measured) });
    const fresh = found.filter(({ name, layer }) => !told.has(`${name} ${layer}`));
    for (const { name, layer } of fresh) told.add(`${name} ${layer}`);
    const grave = fresh.filter(({ severity }) => severity !== "info");
    if (grave.length > 0) print(`After step ${number}:\n${findingsText(grave)}`);
  };
  return { name: "diagnosis", reports, onStep: measure };
}
