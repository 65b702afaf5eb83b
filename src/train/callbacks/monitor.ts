// The number of an epoch that early stopping, plateaus and the best checkpoint look at.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { EpochRecord } from "../fit.ts";
import { flatScores } from "./log-lines.ts";

/**
 * Which number of an epoch is watched: a function of its record, or a score by the name that logs give it: `"loss"`,
 * `"accuracy"`, `"validation/loss"`, `"validation/accuracy"`.
 */
export type Monitor = string | ((record: EpochRecord) => number);

/** What is watched, and in which direction it is better. */
export interface Watch {
  readonly monitor?: Monitor;
  readonly mode?: "min" | "max";
}

/**
 * A function that gives the watched number of an epoch; default: the validation loss, or the training loss where there is no
 * validation. Errors: `BAD_ARGUMENT` for what is no monitor, for a score by name that is no loss without a `mode`, and in
 * an epoch without that score.
 */
export function watcher(op: string, { monitor, mode }: Watch): (record: EpochRecord) => number {
  if (mode !== undefined) checkChoice(op, "mode", mode, ["min", "max"]);
  if (monitor === undefined) return ({ train, validation }) => (validation ?? train).loss;
  if (typeof monitor === "function") return (record) => checked(op, monitor(record), record);
  if (typeof monitor !== "string" || monitor === "") throw noMonitor(op, monitor);
  if (mode === undefined && !/(^|\/)loss$/.test(monitor)) throw noMode(op, monitor);
  return (record) => {
    const scores = flatScores(record);
    if (Object.hasOwn(scores, monitor)) return scores[monitor];
    throw new ChainruleError({
      code: "BAD_ARGUMENT",
      op,
      problem: `there is no score "${monitor}" to watch`,
      fix: `${fromKeras(monitor)}Use one of ${Object.keys(scores).join(", ")}${record.validation === undefined ? "; there is no validation" : ""}.`,
      detail: { monitor },
    });
  };
}

function checked(op: string, value: unknown, record: EpochRecord): number {
  if (typeof value === "number") return value;
  const scores = [record.train, record.validation].map((all) => Object.keys(all ?? {}).join(", "));
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `monitor must return a number; it returned ${showValue(value)}`,
    fix: `Scores are train: { ${scores[0]} }${record.validation ? `, validation: { ${scores[1]} }` : ", and there is no validation"}.`,
  });
}

function noMonitor(op: string, monitor: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `monitor is ${showValue(monitor)}`,
    fix: 'Name a score, such as "validation/loss", or write ({ validation }) => validation.accuracy.',
  });
}

/** What Keras's `val_loss` is here. */
function fromKeras(monitor: string): string {
  if (!monitor.startsWith("val_")) return "";
  return `The scores of validation data have names such as "validation/${monitor.slice(4)}". `;
}

function noMode(op: string, monitor: string): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op,
    problem: `"${monitor}" is no loss, so whether more or less of it is better has to be said`,
    fix: `${fromKeras(monitor)}Add mode: "max" where larger is better, as of an accuracy, or mode: "min".`,
    detail: { monitor },
  });
}
