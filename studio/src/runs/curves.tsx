// Curves of all runs that are shown: a chart for each thing that was measured, a colour for each run.

import { type ReactElement, useMemo, useState } from "react";
import { Chart } from "./chart.tsx";
import { colorOf } from "./colors.ts";
import type { Line, PlotOptions } from "./plot.ts";
import type { Curve } from "./run-data.ts";
import { type Axis, RunningMean, type Series } from "./series.ts";
import { bytesOf, type ShownRun } from "./shown-run.ts";
import { short, span } from "./text.ts";
import { type RunWords, useRunWords } from "./words.ts";

/** Charts that are there at first; a run may have hundreds. */
const chartsAtFirst = 48;

/** What people look for first; the rest follows by name. */
const firstCharts = ["loss", "accuracy"];

interface Choices {
  readonly axis: Axis;
  readonly weight: number;
  readonly logarithmic: boolean;
  readonly logarithmicX: boolean;
  readonly filter: string;
}

export function Curves({
  runs,
  tick,
}: {
  readonly runs: readonly ShownRun[];
  readonly tick: number;
}): ReactElement {
  const words = useRunWords();
  const [choices, setChoices] = useState<Choices>({
    axis: "step",
    weight: 0.6,
    logarithmic: false,
    logarithmicX: false,
    filter: "",
  });
  const [isAll, setAll] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tick` says that data were added
  const { charts, hidden } = useMemo(
    () => chartsOf(runs, choices, words),
    [runs, choices, tick, words],
  );
  const some = isAll ? charts : charts.slice(0, chartsAtFirst);
  const { axis, logarithmic, logarithmicX } = choices;
  return (
    <>
      <CurveChoices choices={choices} onChange={setChoices} />
      {charts.length === 0 && hidden === 0 ? (
        <p className="empty">{emptyText(runs, choices, words)}</p>
      ) : null}
      {hidden > 0 ? <p className="note">{words.notAlong(hidden, words.axes[axis])}</p> : null}
      <div className="charts">
        {some.map(({ name, lines, options }) => (
          <Chart
            key={name}
            title={words.charts[name] ?? name}
            lines={lines}
            options={options}
            kind={`${axis} ${logarithmic} ${logarithmicX}`}
          />
        ))}
      </div>
      {some.length < charts.length ? (
        <button type="button" className="button more" onClick={() => setAll(true)}>
          {words.allCharts(charts.length)}
        </button>
      ) : null}
      {charts.length > 0 ? <p className="hint">{words.hint}</p> : null}
    </>
  );
}

/** Why there is no curve: nothing was chosen, nothing is called so, nothing is there. */
function emptyText(runs: readonly ShownRun[], { filter }: Choices, words: RunWords): string {
  if (runs.length === 0) return words.nothingShown;
  if (filter.trim() !== "" && runs.some(({ data }) => data.curves.size > 0))
    return words.noneCalled(filter.trim());
  return runs.some(({ data, row }) => data.bytes < bytesOf(row)) ? words.reading : words.noCurves;
}

function CurveChoices({
  choices,
  onChange,
}: {
  readonly choices: Choices;
  readonly onChange: (next: Choices) => void;
}): ReactElement {
  const words = useRunWords();
  const { axis, weight, logarithmic, logarithmicX, filter } = choices;
  return (
    <div className="choices">
      <label>
        {words.over}
        <select
          value={axis}
          onChange={(event) => onChange({ ...choices, axis: event.target.value as Axis })}
        >
          {(["step", "time", "epoch"] as const).map((name) => (
            <option key={name} value={name}>
              {words.axes[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.smoothing}
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={weight}
          onChange={(event) => onChange({ ...choices, weight: Number(event.target.value) })}
        />
        <output>{weight.toFixed(2)}</output>
      </label>
      <label>
        <input
          type="checkbox"
          checked={logarithmic}
          onChange={(event) => onChange({ ...choices, logarithmic: event.target.checked })}
        />
        {words.logarithmic}
      </label>
      <label>
        <input
          type="checkbox"
          checked={logarithmicX}
          onChange={(event) => onChange({ ...choices, logarithmicX: event.target.checked })}
        />
        {words.logarithmicX}
      </label>
      <label>
        {words.filter}
        <input
          type="search"
          value={filter}
          onChange={(event) => onChange({ ...choices, filter: event.target.value })}
        />
      </label>
    </div>
  );
}

/** A step or an epoch; between two points there is no step of its own. */
function place(value: number): string {
  return short(Math.abs(value) >= 1000 ? Math.round(value) : value);
}

function percent(value: number): string {
  return `${Number((100 * value).toFixed(2))} %`;
}

interface ChartOf {
  readonly name: string;
  readonly lines: readonly Line[];
  readonly options: PlotOptions;
}

interface Charts {
  readonly charts: readonly ChartOf[];
  /** Curves that have no place along the axis, such as epochs in files that know none. */
  readonly hidden: number;
}

function chartsOf(runs: readonly ShownRun[], choices: Choices, words: RunWords): Charts {
  const charts = new Map<string, Line[]>();
  const wanted = choices.filter.trim().toLowerCase();
  let hidden = 0;
  for (const run of runs) {
    for (const curve of run.data.curves.values()) {
      const { chart, part, series } = curve;
      const title = (words.charts[chart] ?? "").toLowerCase();
      if (!chart.toLowerCase().includes(wanted) && !title.includes(wanted)) continue;
      if (series.size === 0) continue;
      if (Number.isNaN(series.along(choices.axis)[series.size - 1])) {
        hidden++;
        continue;
      }
      const partName = words.parts[part] ?? part;
      const label =
        [runs.length > 1 ? run.name : "", partName].filter(Boolean).join(" · ") || chart;
      const lines = linesOf(curve, label, colorOf(run.color), choices);
      charts.set(chart, [...(charts.get(chart) ?? []), ...lines]);
    }
  }
  const named = [...charts].map(([name, lines]) => ({
    ...{ name, lines },
    options: optionsOf(name, choices),
  }));
  const rank = (name: string): number => {
    const found = firstCharts.findIndex((first) => name.includes(first));
    return (found < 0 ? firstCharts.length : found) + (firstCharts.includes(name) ? 0 : 0.5);
  };
  named.sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
  return { charts: named, hidden };
}

function optionsOf(name: string, { axis, logarithmic, logarithmicX }: Choices): PlotOptions {
  return {
    xText: axis === "time" ? span : place,
    yText: /accuracy/i.test(name) ? percent : short,
    ...{ logarithmic, logarithmicX, height: 240 },
  };
}

const means = new WeakMap<
  Series,
  { readonly cuts: number; readonly weight: number; readonly mean: RunningMean }
>();

/** The running mean of a series; what was worked out for an earlier drawing stays as long as the series only grows. */
function runningMean(series: Series, weight: number): Float64Array {
  const { cuts, values } = series;
  let known = means.get(series);
  if (known?.cuts !== cuts || known.weight !== weight) {
    known = { cuts, weight, mean: new RunningMean(weight) };
    means.set(series, known);
  }
  return known.mean.over(values);
}

/** A curve as it was measured, pale behind its running mean; one that has few points is drawn once. */
function linesOf(
  { part, series }: Curve,
  label: string,
  color: string,
  { axis, weight }: Choices,
): Line[] {
  const x = series.along(axis);
  const y = (): Float64Array => series.values;
  if (part === "validation") return [{ label, x, y, color, look: "dashed" }];
  if (weight === 0 || x.length < 30) return [{ label, x, y, color }];
  return [
    { label: "", x, y, color, look: "faint" },
    { label, x, y: () => runningMean(series, weight), color },
  ];
}
