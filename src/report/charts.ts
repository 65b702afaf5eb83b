// Line charts over steps, drawn by uPlot: as wide as their place, in the page's colours, light or dark.

import uPlot from "uplot";
import { make, number, percent } from "./dom.ts";

/** One line: its points as (step, value), ascending. */
export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [step: number, value: number | null | undefined])[];
  /** Name of a CSS colour variable. */
  readonly color: string;
  readonly look?: "faint" | "points" | "dashed";
}

/** Options of a chart. */
export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly logarithmic: boolean;
  /** Whether values are fractions, which are shown as percent. */
  readonly isShare?: boolean;
  /** Whether the axis begins at 0, for what is read as a share of its largest value. */
  readonly fromZero?: boolean;
}

const height = 250;
const drawn = new Map<HTMLElement, uPlot>();
const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    const width = Math.floor(contentRect.width);
    if (width > 0) drawn.get(target as HTMLElement)?.setSize({ width, height });
  }
});

/** Makes a chart that follows the width of its place. */
export function chart(lines: readonly Line[], options: ChartOptions): HTMLElement {
  const place = make("div", "plot");
  const whole = make("figure", "chart", make("figcaption", "", options.title), place);
  const shown = lines.filter(({ points }) => points.length > 0);
  requestAnimationFrame(() => {
    const plot = new uPlot(settings(shown, options, place), aligned(shown, options), place);
    drawn.set(place, plot);
    resized.observe(place);
  });
  return whole;
}

/** Forgets the charts of a page that is built anew. */
export function forgetCharts(): void {
  for (const [place, plot] of drawn) {
    resized.unobserve(place);
    plot.destroy();
  }
  drawn.clear();
}

/** A running mean from both sides, in which a point counts less the farther away it is; so it does not lag behind. */
export function smoothed(points: Line["points"]): Line["points"] {
  const values = points.map(([, value]) => value ?? null);
  const weight = Math.min(0.97, 1 - 50 / (50 + points.length));
  const before = running(values, weight);
  const after = running(values.toReversed(), weight).reverse();
  return points.map(([step], k) => {
    const [a, b] = [before[k], after[k]];
    return [step, a === null || b === null ? null : (a + b) / 2];
  });
}

function running(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let scale = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    scale = weight * scale + (1 - weight);
    return sum / scale;
  });
}

function aligned(lines: readonly Line[], { logarithmic }: ChartOptions): uPlot.AlignedData {
  const steps = [...new Set(lines.flatMap(({ points }) => points.map(([step]) => step)))];
  steps.sort((a, b) => a - b);
  const columns = lines.map(({ points }) => {
    const at = new Map(points);
    return steps.map((step) => {
      const value = at.get(step);
      if (value === null || (logarithmic && value !== undefined && value <= 0)) return null;
      return value;
    });
  });
  return [steps, ...columns] as uPlot.AlignedData;
}

function settings(
  lines: readonly Line[],
  { xLabel, logarithmic, isShare = false, fromZero = false }: ChartOptions,
  place: HTMLElement,
): uPlot.Options {
  const format = isShare ? percent : number;
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const axis: uPlot.Axis = {
    stroke: color("quiet"),
    font: `12px ${color("font")}`,
    grid: { stroke: color("line"), width: 1 },
    ticks: { show: false },
  };
  const decades = (_: uPlot, __: number, least: number, most: number): number[] => {
    const first = Math.ceil(Math.log10(least) - 1e-9);
    const count = Math.floor(Math.log10(most) + 1e-9) - first + 1;
    const stride = Math.ceil(count / 7);
    return Array.from({ length: count }, (_, k) => 10 ** (first + k)).filter(
      (_, k) => k % stride === 0,
    );
  };
  const ticks = (
    _: uPlot,
    values: (number | null)[],
    __: number,
    ___: number,
    by: number,
  ): string[] =>
    values.map((value) => (value === null ? "" : axisText(value, by, { logarithmic, isShare })));
  return {
    width: Math.max(200, Math.floor(place.clientWidth)),
    height,
    cursor: { points: { size: 6 }, y: false },
    legend: { live: true },
    scales: {
      x: { time: false },
      y: {
        distr: logarithmic ? 3 : 1,
        ...(fromZero && !logarithmic ? { range: (_, __, most) => [0, 1.05 * most || 1] } : {}),
      },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 28, values: (_, steps) => steps.map(stepText) },
      { ...axis, size: 62, values: ticks, ...(logarithmic ? { splits: decades } : {}) },
    ],
    series: [
      { label: xLabel, value: (_, step) => (step === null ? "" : stepText(step)) },
      ...lines.map((line) => series(line, color, format)),
    ],
  };
}

function series(
  { label, color: name, look, points }: Line,
  color: (name: string) => string,
  format: (value: number) => string,
): uPlot.Series {
  const few = points.length <= 60;
  return {
    label,
    stroke: look === "faint" ? `${color(name)}59` : color(name),
    width: look === "faint" ? 1 : 2,
    dash: look === "dashed" ? [4, 4] : undefined,
    points: { show: look === "points" && few, size: 5, fill: color(name) },
    spanGaps: true,
    value: (_, value) => (value === null || value === undefined ? "" : format(value)),
  };
}

/** A value beside the axis, with as many digits as the distance of the ticks asks for. */
function axisText(
  value: number,
  by: number,
  { logarithmic, isShare }: { readonly logarithmic: boolean; readonly isShare: boolean },
): string {
  if (isShare) return `${(100 * value).toFixed(digitsOf(100 * by))} %`;
  if (logarithmic) return powerText(Math.round(Math.log10(value)));
  const size = Math.abs(value);
  if (size < by / 2) return "0";
  if (size < 1e5 && by >= 1e-5) return value.toFixed(digitsOf(by));
  const digits = digitsOf(by / 10 ** Math.floor(Math.log10(size)));
  return value.toExponential(Math.min(digits, 3)).replace("e+", "e");
}

/** Digits after the point that a step between ticks needs: 1 for 0.2, 2 for 0.25. */
function digitsOf(step: number): number {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const scaled = step * 10 ** digits;
  return Math.abs(scaled - Math.round(scaled)) < 1e-6 ? digits : digits + 1;
}

function powerText(exponent: number): string {
  if (exponent >= -2 && exponent <= 3) return String(Number(`1e${exponent}`));
  const raised = String(exponent).replaceAll(/./g, (c) =>
    c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)],
  );
  return `10${raised}`;
}

function stepText(step: number): string {
  if (!Number.isInteger(step)) return "";
  return step >= 1e6 ? `${step / 1e6}M` : step.toLocaleString("en-US");
}
