// A chart of a lesson: lines drawn by uPlot, and room to paint below and above them.

import { type ReactElement, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Colors, useColors } from "./colors.ts";

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly color: keyof Colors;
  readonly dash?: readonly number[];
  readonly width?: number;
}

/** Draws on the chart's canvas; `plot.valToPos(value, scale, true)` gives canvas pixels. */
export type Paint = (plot: uPlot, colors: Colors) => void;

export interface ChartFacts {
  /** What the chart shows, in words, for those who do not see it. */
  readonly label: string;
  readonly x: readonly number[];
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly height?: number;
  readonly log?: boolean;
  /** Whether x counts something. */
  readonly whole?: boolean;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  readonly under?: Paint;
  readonly onPoint?: (x: number, y: number) => void;
}

interface ChartParts {
  /** Drawn anew for each new record. */
  readonly facts: ChartFacts;
  /** What is painted above the lines; it may change often. */
  readonly over?: Paint;
}

export function Chart({ facts, over }: ChartParts): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(undefined);
  const above = useRef(over);
  const colors = useColors();
  useEffect(() => {
    const element = place.current!;
    if (facts.x.length === 0) return;
    const data = [
      [...facts.x],
      ...facts.lines.map(({ values }) => [...values]),
    ] as uPlot.AlignedData;
    const options = optionsOf(facts, colors, element, (plot) => above.current?.(plot, colors));
    const plot = new uPlot(options, data, element);
    const { onPoint } = facts;
    if (onPoint !== undefined) {
      plot.over.onclick = (event) => point(plot, event, onPoint);
      plot.over.style.cursor = "crosshair";
    }
    const resize = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: heightOf(facts) }),
    );
    resize.observe(element);
    drawn.current = plot;
    return () => {
      drawn.current = undefined;
      resize.disconnect();
      plot.destroy();
    };
  }, [facts, colors]);
  useEffect(() => {
    above.current = over;
    drawn.current?.redraw(false);
  }, [over]);
  return (
    <div
      className={facts.under === undefined ? "chart" : "chart plane"}
      role="img"
      aria-label={facts.label}
      ref={place}
      style={{ minHeight: heightOf(facts) }}
    />
  );
}

function heightOf({ height = 240 }: ChartFacts): number {
  return height;
}

function point(plot: uPlot, event: MouseEvent, onPoint: (x: number, y: number) => void): void {
  const { left, top } = plot.over.getBoundingClientRect();
  onPoint(plot.posToVal(event.clientX - left, "x"), plot.posToVal(event.clientY - top, "y"));
}

function optionsOf(
  facts: ChartFacts,
  colors: Colors,
  element: HTMLElement,
  over: (plot: uPlot) => void,
): uPlot.Options {
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const grid = { show: facts.under === undefined, stroke: colors.line, width: 1 };
  const axis = {
    stroke: colors.soft,
    grid,
    ticks: { show: false },
    font,
    labelFont: font,
    labelSize: 18,
    gap: 6,
    values: (_: uPlot, marks: readonly number[]) => marks.map(numeral),
  };
  const { under, xRange, yRange } = facts;
  return {
    width: element.clientWidth,
    height: heightOf(facts),
    // Exact places: rounding to pixels makes curves jagged.
    pxAlign: false,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, ...(xRange && { range: [...xRange] as [number, number] }) },
      y: { distr: facts.log ? 3 : 1, ...(yRange && { range: [...yRange] as [number, number] }) },
    },
    axes: [
      { ...axis, label: facts.xLabel, size: 30, ...(facts.whole && { incrs: wholeSteps }) },
      {
        ...axis,
        label: facts.yLabel,
        size: 58,
        ...(facts.log && {
          splits: powersBetween,
          filter: (_: uPlot, splits: number[]) => splits,
          values: powers,
        }),
      },
    ],
    series: [
      {},
      ...facts.lines.map(({ label, color, dash, width = 2 }) => ({
        ...{ label, width, stroke: colors[color], dash: dash && [...dash] },
        points: { show: false },
      })),
    ],
    hooks: {
      drawClear: under === undefined ? [] : [(plot) => clipped(plot, () => under(plot, colors))],
      draw: [(plot) => clipped(plot, () => over(plot))],
    },
  };
}

const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Where a logarithmic axis has lines: at powers of ten, not more than eight or so of them. */
function powersBetween(_plot: uPlot, _axis: number, min: number, max: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
  const stride = Math.max(1, Math.ceil((to - from) / 8));
  const count = Math.max(0, Math.floor((to - from) / stride) + 1);
  return Array.from({ length: count }, (_, k) => 10 ** (to - k * stride)).reverse();
}

function powers(_: uPlot, values: readonly number[]): string[] {
  return values.map((value) => `10${superscript(Math.round(Math.log10(value)))}`);
}

function numeral(value: number): string {
  return value.toLocaleString("en-US").replace("-", "−");
}

function superscript(power: number): string {
  return [...String(power)]
    .map((letter) => (letter === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(letter)]))
    .join("");
}

function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}
