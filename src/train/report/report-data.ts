// What a report shows, as data: the page embeds it as JSON and draws it. Everything in it that a user or a file named is
// plain text, which the page never reads as HTML.

import type { Json } from "../../core/json.ts";
import type { EpochLine, StepLine } from "../callbacks/log-lines.ts";

/** Numbers by the name of what they measure. */
export type Numbers = Readonly<Record<string, number>>;

/** Norms of each parameter at one step: of its values, of what the step added to them, and of its gradient before clipping. */
export interface HealthLine {
  readonly kind: "health";
  readonly step: number;
  readonly epoch: number;
  readonly weights: Numbers;
  readonly updates: Numbers;
  /** Not in older runs; parameters without a gradient have none. */
  readonly gradients?: Numbers;
}

/** A row of the model's table. */
export interface ModelRow {
  readonly path: string;
  readonly depth: number;
  readonly layer: string;
  readonly outputs: readonly (readonly number[])[];
  readonly parameters: number;
  readonly flops: number;
}

/** The model layer by layer. */
export interface ModelTable {
  readonly rows: readonly ModelRow[];
  readonly parameters: number;
  readonly trainable: number;
  readonly parameterBytes: number;
  readonly flops: number;
}

/** A sample on which the model does badly. */
export interface WorstExample {
  /** Its number in the data set, counted from 0. */
  readonly index: number;
  readonly loss: number;
  /** Class, or value, that it should be; and what the model says. */
  readonly label: string;
  readonly predicted: string;
  /** Probability of the predicted class. */
  readonly probability?: number;
  /** A PNG file as `data:` URL, where samples are pictures. */
  readonly picture?: string;
}

/** The model on data that it has not learnt from. */
export interface Examination {
  readonly samples: number;
  readonly classes?: readonly string[];
  /** Row-major counts: true classes down, predicted ones across. */
  readonly confusion?: readonly number[];
  readonly worst: readonly WorstExample[];
}

/** Something that a diagnosis has found. */
export interface ReportFinding {
  readonly name: string;
  readonly severity: string;
  readonly layer?: string;
  /** What was found, with the numbers. */
  readonly found?: string;
  /** The same in Chinese; older reports have none. */
  readonly foundInChinese?: string;
  readonly meaning: string;
  readonly help: string;
}

/** What `report.json` of a run directory holds: what the report shows and no other file has. */
export interface ReportFacts {
  readonly format: "chainrule-report";
  readonly version: 1;
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly ended?: string;
  readonly configuration: Readonly<Record<string, Json>>;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly model?: ModelTable;
  readonly examination?: Examination;
  readonly findings?: readonly ReportFinding[];
}

/** Everything on the page. */
export interface ReportData extends Partial<Omit<ReportFacts, "format" | "version">> {
  readonly name: string;
  readonly folder: string;
  readonly library?: string;
  readonly status?: string;
  readonly results: Numbers;
  readonly epochs: readonly EpochLine[];
  readonly steps: readonly StepLine[];
  readonly health: readonly HealthLine[];
}

/** Steps that a page holds at most; the width of a screen has no more. */
const stepsShown = 1500;

/** Leaves out steps evenly, so that a page stays small; the last one stays. */
export function thinned(steps: readonly StepLine[]): StepLine[] {
  const stride = Math.ceil(steps.length / stepsShown);
  return steps.filter((_, k) => (steps.length - 1 - k) % stride === 0);
}

/** JSON for a `<script type="application/json">`, in which nothing ends the script; numbers have five digits. */
export function embeddedJson(data: ReportData): string {
  const short = (_key: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  return JSON.stringify(data, short).replaceAll("<", "\\u003c");
}
