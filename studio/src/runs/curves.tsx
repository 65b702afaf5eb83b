// Curves of all runs that are shown: a chart for each thing that was measured, a colour for each run.

import { type ReactElement, useMemo, useState } from "react";
import { Chart } from "./chart.tsx";
import { colorOf } from "./colors.ts";
import type { Line } from "./plot.ts";
import type { Curve } from "./run-data.ts";
import { type Axis, type Series, smoothed } from "./series.ts";
import type { ShownRun } from "./shown-run.ts";
import { short, span } from "./text.ts";
import { useRunWords } from "./words.ts";

/** What people look for first; the rest follows by name. */
const firstCharts = ["loss", "accuracy"];

interface Choices {
  readonly axis: Axis;
  readonly weight: number;
  readonly logarithmic: boolean;
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
    filter: "",
  });
  const { axis, logarithmic } = choices;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tick` says that data were added
  const charts = useMemo(() => chartsOf(runs, choices, words), [runs, choices, tick, words]);
  const options = { xText: axis === "time" ? span : place, logarithmic, height: 240 };
  return (
    <>
      <CurveChoices choices={choices} onChange={setChoices} />
      {charts.length === 0 ? (
        <p className="empty">{runs.length === 0 ? words.nothingShown : words.noCurves}</p>
      ) : null}
      <div className="charts">
        {charts.map(({ name, lines }) => (
          <Chart
            key={name}
            title={words.charts[name] ?? name}
            lines={lines}
            options={{ ...options, yText: /accuracy/i.test(name) ? percent : short }}
            kind={`${axis} ${logarithmic}`}
          />
        ))}
      </div>
      {charts.length > 0 ? <p className="hint">{words.hint}</p> : null}
    </>
  );
}

function CurveChoices({
  choices,
  onChange,
}: {
  readonly choices: Choices;
  readonly onChange: (next: Choices) => void;
}): ReactElement {
  const words = useRunWords();
  const { axis, weight, logarithmic, filter } = choices;
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
}

function chartsOf(
  runs: readonly ShownRun[],
  choices: Choices,
  words: ReturnType<typeof useRunWords>,
): ChartOf[] {
  const charts = new Map<string, Line[]>();
  for (const run of runs) {
    for (const curve of run.data.curves.values()) {
      if (!curve.chart.toLowerCase().includes(choices.filter.trim().toLowerCase())) continue;
      const part = words.parts[curve.part] ?? curve.part;
      const label =
        [runs.length > 1 ? run.name : "", part].filter(Boolean).join(" · ") || curve.chart;
      const lines = linesOf(curve, label, colorOf(run.color), choices);
      charts.set(curve.chart, [...(charts.get(curve.chart) ?? []), ...lines]);
    }
  }
  const named = [...charts]
    .map(([name, lines]) => ({ name, lines }))
    .filter(({ lines }) => lines.length > 0);
  const rank = (name: string): number => {
    const found = firstCharts.findIndex((first) => name.includes(first));
    return (found < 0 ? firstCharts.length : found) + (firstCharts.includes(name) ? 0 : 0.5);
  };
  return named.sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name));
}

const means = new WeakMap<
  Series,
  { readonly version: number; readonly weight: number; readonly values: Float64Array }
>();

/** The running mean of a series, worked out once for all drawings until it grows. */
function runningMean(series: Series, weight: number): Float64Array {
  const known = means.get(series);
  if (known?.version === series.version && known.weight === weight) return known.values;
  const values = smoothed(series.values, weight);
  means.set(series, { version: series.version, weight, values });
  return values;
}

/** A curve as it was measured, pale behind its running mean; one that has few points is drawn once. */
function linesOf(
  { part, series }: Curve,
  label: string,
  color: string,
  { axis, weight }: Choices,
): Line[] {
  const [x, y] = [series.along(axis), series.values];
  if (x.length === 0 || Number.isNaN(x[x.length - 1])) return [];
  if (part === "validation") return [{ label, x, y, color, look: "dashed" }];
  if (weight === 0 || x.length < 30) return [{ label, x, y, color }];
  return [
    { label: "", x, y, color, look: "faint" },
    { label, x, y: runningMean(series, weight), color },
  ];
}
