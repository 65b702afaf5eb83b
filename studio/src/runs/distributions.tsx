// How the values of parameters are spread, over the steps: as ridges, the newest in front, or as a heat map.

import { type ReactElement, useCallback, useMemo, useState } from "react";
import { Canvas } from "./canvas.tsx";
import { resolved } from "./colors.ts";
import type { HistogramAt } from "./run-news.ts";
import type { ShownRun } from "./shown-run.ts";
import { short } from "./text.ts";
import { useRunWords } from "./words.ts";

type Kind = "ridges" | "heat";

const height = 260;
const columns = 96;
const [top, bottom, right] = [14, 28, 62];
/** Ridges that are drawn at most. */
const mostRidges = 28;

export function Distributions({
  run,
  tick,
}: {
  readonly run: ShownRun;
  readonly tick: number;
}): ReactElement {
  const words = useRunWords();
  const [kind, setKind] = useState<Kind>("ridges");
  const tags = [...run.data.histograms.keys()].sort((a, b) =>
    a.localeCompare(b, undefined, { numeric: true }),
  );
  if (tags.length === 0) return <p className="empty">{words.distributionsNone}</p>;
  return (
    <>
      <p className="note">{words.distributionsLead}</p>
      <div className="choices">
        <label>
          {words.look}
          <select value={kind} onChange={(event) => setKind(event.target.value as Kind)}>
            <option value="ridges">{words.asRidges}</option>
            <option value="heat">{words.asHeat}</option>
          </select>
        </label>
      </div>
      <div className="charts">
        {tags.map((tag) => (
          <Distribution
            key={tag}
            tag={tag}
            list={run.data.histograms.get(tag)!}
            kind={kind}
            tick={tick}
          />
        ))}
      </div>
    </>
  );
}

interface DistributionFacts {
  readonly tag: string;
  readonly list: readonly HistogramAt[];
  readonly kind: Kind;
  readonly tick: number;
}

function Distribution({ tag, list, kind, tick }: DistributionFacts): ReactElement {
  const words = useRunWords();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list grows in place, which `tick` tells
  const grid = useMemo(() => gridOf(list), [list, tick, list.length]);
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      if (kind === "ridges") drawRidges(context, width, grid);
      else drawHeat(context, width, grid);
    },
    [grid, kind],
  );
  const range = `${short(grid.from)} … ${short(grid.to)}`;
  const steps = `${words.step} ${short(grid.rows[0]?.step ?? 0)} – ${short(grid.rows.at(-1)?.step ?? 0)}`;
  return (
    <figure className="chart">
      <figcaption>
        <b>{tag}</b>
      </figcaption>
      <Canvas draw={draw} height={height} label={`${tag}: ${words.values} ${range}, ${steps}`} />
    </figure>
  );
}

/** Histograms over one range in columns of one width: densities that are comparable. */
interface Grid {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly { readonly step: number; readonly density: Float64Array }[];
  readonly most: number;
}

function gridOf(list: readonly HistogramAt[]): Grid {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { buckets } of list) {
    for (let k = 0; k + 2 < buckets.length; k += 3) {
      if (!(buckets[k + 2] > 0) || !Number.isFinite(buckets[k + 1] - buckets[k])) continue;
      from = Math.min(from, buckets[k]);
      to = Math.max(to, buckets[k + 1]);
    }
  }
  if (!(to > from)) [from, to] = [from - 0.5 || 0, from + 0.5 || 1];
  const rows = list.map(({ step, buckets }) => ({ step, density: spread(buckets, from, to) }));
  const most = Math.max(
    1e-300,
    ...rows.map(({ density }) => density.reduce((a, b) => Math.max(a, b), 0)),
  );
  return { from, to, rows, most };
}

/** The share of values in each column; a bucket that covers several gives each its part. */
function spread(buckets: Float64Array, from: number, to: number): Float64Array {
  const density = new Float64Array(columns);
  const scale = columns / (to - from);
  let total = 0;
  for (let k = 0; k + 2 < buckets.length; k += 3) {
    const [left, end, count] = [
      (buckets[k] - from) * scale,
      (buckets[k + 1] - from) * scale,
      buckets[k + 2],
    ];
    if (!(count > 0) || !Number.isFinite(left) || !Number.isFinite(end)) continue;
    total += count;
    const width = Math.max(end - left, 1e-9);
    for (
      let c = Math.max(0, Math.floor(left));
      c < Math.min(columns, Math.max(end, left + 1e-9));
      c++
    ) {
      const part = Math.min(end, c + 1) - Math.max(left, c);
      density[c] += count * (end - left < 1e-9 ? 1 : Math.max(0, part) / width);
    }
  }
  return total === 0 ? density : density.map((value) => value / total);
}

function drawRidges(
  context: CanvasRenderingContext2D,
  width: number,
  { from, to, rows, most }: Grid,
): void {
  const [line, paper, ink] = ["var(--forward)", "var(--paper)", "var(--soft)"].map((name) =>
    resolved(name),
  );
  const shown = evenly(rows, mostRidges);
  const base = height - bottom;
  const tall = (base - top) * 0.45;
  const lift = shown.length > 1 ? (base - top - tall) / (shown.length - 1) : 0;
  const inner = width - right;
  const x = (c: number): number => 4 + (c / (columns - 1)) * (inner - 8);
  shown.forEach(({ density }, k) => {
    const y = base - (shown.length - 1 - k) * lift;
    const own = density.reduce((a, b) => Math.max(a, b), 1e-300);
    const scale = tall / Math.sqrt(own * most); // halfway between one scale for all and one for each
    const first = Math.max(0, density.findIndex((value) => value > 0) - 1);
    const last = Math.min(columns - 1, density.findLastIndex((value) => value > 0) + 1);
    context.beginPath();
    context.moveTo(x(first), y);
    for (let c = first; c <= last; c++) context.lineTo(x(c), y - density[c] * scale);
    context.lineTo(x(last), y);
    context.closePath();
    context.globalAlpha = 0.92;
    context.fillStyle = paper;
    context.fill();
    context.globalAlpha = 0.1 + (0.25 * (k + 1)) / shown.length;
    context.fillStyle = line;
    context.fill();
    context.globalAlpha = 0.35 + (0.65 * (k + 1)) / shown.length;
    context.strokeStyle = line;
    context.lineWidth = 1.2;
    context.stroke();
  });
  context.globalAlpha = 1;
  axis(context, inner, from, to, ink);
  context.textAlign = "left";
  if (shown.length > 1)
    context.fillText(short(shown[0].step), inner + 6, base - (shown.length - 1) * lift + 4);
  context.fillText(short(shown.at(-1)!.step), inner + 6, base + 1);
}

function drawHeat(
  context: CanvasRenderingContext2D,
  width: number,
  { from, to, rows, most }: Grid,
): void {
  const [line, ink] = ["var(--forward)", "var(--soft)"].map((name) => resolved(name));
  const inner = width - right;
  const tall = (height - bottom - top) / rows.length;
  rows.forEach(({ density }, row) => {
    density.forEach((value, c) => {
      if (value === 0) return;
      context.globalAlpha = 0.06 + 0.94 * Math.sqrt(value / most);
      context.fillStyle = line;
      const [left, end] = [c, c + 1].map((edge) => Math.round((edge / columns) * inner));
      const [high, low] = [row, row + 1].map((edge) => Math.round(top + edge * tall));
      context.fillRect(left, high, end - left, Math.max(1, low - high));
    });
  });
  context.globalAlpha = 1;
  axis(context, inner, from, to, ink);
  context.textAlign = "left";
  context.fillText(short(rows[0].step), inner + 6, top + 10);
  if (rows.length > 1) context.fillText(short(rows.at(-1)!.step), inner + 6, height - bottom);
}

function axis(
  context: CanvasRenderingContext2D,
  inner: number,
  from: number,
  to: number,
  ink: string,
): void {
  context.fillStyle = ink;
  const places = [0, 0.25, 0.5, 0.75, 1];
  for (const share of places) {
    context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    context.fillText(
      short(Number((from + share * (to - from)).toPrecision(3))),
      2 + share * (inner - 4),
      height - 8,
    );
  }
}

/** At most `count` of some things, from the first to the last. */
export function evenly<T>(things: readonly T[], count: number): T[] {
  if (things.length <= count) return [...things];
  return Array.from(
    { length: count },
    (_, k) => things[Math.round((k * (things.length - 1)) / (count - 1))],
  );
}
