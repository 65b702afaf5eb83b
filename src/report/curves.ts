// The curves of a run: loss and metrics of training and validation in one chart each, the learning rate, and the norm of
// the gradients.

import type { ReportData } from "../train/report/report-data.ts";
import { chart, type Line, smoothed } from "./charts.ts";
import { isShare, make, number, percent } from "./dom.ts";
import { named, type Words } from "./words.ts";

/** How curves are to be shown. */
export interface CurveChoice {
  readonly smooth: boolean;
  readonly logarithmic: boolean;
}

/** Charts of all scores. */
export function curves(data: ReportData, w: Words, choice: CurveChoice): HTMLElement {
  const names = new Set([...data.steps, ...data.epochs].flatMap(({ train }) => Object.keys(train)));
  for (const { validation } of data.epochs) for (const name in validation ?? {}) names.add(name);
  const ordered = [...names].sort((a, b) => Number(b === "loss") - Number(a === "loss"));
  const charts = [
    ...ordered.map((name) => scoreChart(name, data, w, choice)),
    ...extraCharts(data, w, choice),
  ];
  if (charts.length === 0) return make("p", "note", w.noCurves);
  return make("div", "charts", ...charts);
}

function scoreChart(name: string, data: ReportData, w: Words, choice: CurveChoice): HTMLElement {
  const batches = data.steps.map(({ step, train }) => [step, train[name]] as const);
  const means = data.epochs.map(({ step, train }) => [step, train[name]] as const);
  const checked = data.epochs.flatMap(({ step, validation }) =>
    validation?.[name] === undefined ? [] : [[step, validation[name]] as const],
  );
  const few = batches.length < 3;
  const training: Line[] = few
    ? [{ label: w.epochMeans, points: means, color: "first", look: "points" }]
    : choice.smooth
      ? [
          { label: w.batches, points: batches, color: "first", look: "faint" },
          { label: w.smoothed, points: smoothed(batches), color: "first" },
        ]
      : [{ label: w.batches, points: batches, color: "first" }];
  const validation: Line = {
    label: w.validation,
    points: checked,
    color: "second",
    look: "points",
  };
  const share = isShare(name);
  return chart([...training, validation], {
    title: named(name, w),
    xLabel: w.step,
    logarithmic: choice.logarithmic && !share,
    isShare: share,
  });
}

function extraCharts(data: ReportData, w: Words, choice: CurveChoice): HTMLElement[] {
  const { steps } = data;
  const rates = steps.map(({ step, learningRate }) => [step, learningRate] as const);
  const norms = steps.flatMap(({ step, gradientNorm }) =>
    gradientNorm === undefined ? [] : [[step, gradientNorm] as const],
  );
  const charts: HTMLElement[] = [];
  const changes = new Set(rates.map(([, rate]) => rate)).size > 1;
  const options = { xLabel: w.step, logarithmic: choice.logarithmic };
  if (changes) {
    const line: Line = { label: w.learningRate, points: rates, color: "third" };
    charts.push(chart([line], { title: w.learningRate, ...options, fromZero: true }));
  }
  if (norms.length > 2) {
    const line: Line = { label: w.eachBatch, points: norms, color: "third", look: "faint" };
    const mean: Line = { label: w.running, points: smoothed(norms), color: "third" };
    const lines = choice.smooth ? [line, mean] : [{ ...line, look: undefined }];
    charts.push(chart(lines, { title: w.gradientNorm, ...options }));
  }
  return charts;
}

/** A score as people read it. */
export function scoreText(name: string, value: number): string {
  return isShare(name) ? percent(value) : number(value);
}
