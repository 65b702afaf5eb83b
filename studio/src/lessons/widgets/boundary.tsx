// What a network with two inputs says of every point of the plane, while it trains by itself: the border between its
// classes, the four points, and the loss.

import { type ReactElement, useCallback, useEffect, useMemo, useState } from "react";
import type uPlot from "uplot";
import { shown } from "../../explorer/numbers.ts";
import { useText } from "../../language/language.ts";
import { words as own } from "../words.ts";
import type { WidgetFacts } from "./all.ts";
import { Chart, type ChartFacts } from "./chart.tsx";
import { type Colors, channels, useColors } from "./colors.ts";
import { useComputed } from "./computed.ts";
import { spaced, spread } from "./landscape.ts";
import { Player } from "./player.tsx";

/** The part of the plane to show, the points in it with their classes, and how long to train. */
interface Field {
  readonly range: readonly [number, number];
  readonly samples: readonly (readonly [x: number, y: number, label: number])[];
  readonly updates: number;
}

const xor: Field = {
  range: [-0.5, 1.5],
  samples: [
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 0],
  ],
  updates: 400,
};
const twoClasses: Field = {
  range: [0, 6],
  samples: [
    [1, 2, 0],
    [2, 3, 0],
    [3, 4, 1],
    [4, 5, 1],
  ],
  updates: 1000,
};

const grid = 72;

export function Boundary({ program, settings }: WidgetFacts): ReactElement {
  const text = useText();
  const field = program === "xor" ? xor : twoClasses;
  const { updates, range } = field;
  const key = JSON.stringify(settings);
  const [at, setAt] = useState(updates);
  const history = useComputed((session) => session.history(program, settings, updates), key);
  const past = history && Math.min(at, updates);
  const said = useComputed(async (session) => {
    if (history === undefined || past === undefined) return undefined;
    const parameters = Object.fromEntries(
      Object.entries(history.parameters).map(([path, all]) => [path, all[past]]),
    );
    const axis = spaced(...range, grid);
    return session.predictions(program, settings, parameters, axis, axis);
  }, `${key} ${past} ${history?.losses[updates]}`);
  const plane = usePlane(field, said);
  const points = useCallback(
    (plot: uPlot, colors: Colors) => drawSamples(plot, colors, field),
    [field],
  );
  const curve = useMemo((): ChartFacts => {
    const losses = history?.losses ?? [];
    const label = `${text(own.loss)} ${shown(losses.at(-1) ?? 0)}`;
    return {
      ...{ label, x: losses.map((_, k) => k), height: 320, yRange: [0, 1] },
      lines: [{ label, values: losses, color: "backward" }],
      ...{ xLabel: text(own.updates), yLabel: text(own.loss) },
    };
  }, [history, text]);
  const marker = useCallback(
    (plot: uPlot, { backward }: Colors) =>
      mark(plot, past ?? 0, history?.losses[past ?? 0], backward),
    [history, past],
  );
  // New settings begin a new run, shown at its end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` is what starts a run
  useEffect(() => setAt(updates), [key]);
  return (
    <>
      <div className="widget-pair">
        <Chart facts={plane} over={points} />
        <Chart facts={curve} over={marker} />
      </div>
      <Player at={at} end={updates} onSeek={setAt} stride={updates / 100}>
        {text(own.loss)} <b>{history && past !== undefined ? shown(history.losses[past]) : "…"}</b>
      </Player>
    </>
  );
}

function usePlane({ range }: Field, said: Float32Array | undefined): ChartFacts {
  const text = useText();
  const colors = useColors();
  return useMemo((): ChartFacts => {
    const picture = said && pictureOfClasses(said, colors);
    return {
      label: text({
        en: "What the network says of each point: blue 0, orange 1",
        zh: "网络对每个点的判断：蓝色为 0，橙色为 1",
      }),
      ...{ x: [...range], lines: [{ label: "", values: [null, null], color: "soft" }] },
      ...{ xLabel: "x₁", yLabel: "x₂", height: 320, xRange: range, yRange: range },
      under: (plot) => picture && spread(plot, picture),
    };
  }, [range, said, colors, text]);
}

/** Blue where the network says 0, orange where it says 1, the paper where it cannot tell. */
function pictureOfClasses(said: Float32Array, colors: Colors): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: grid, height: grid });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(grid, grid);
  const [paper, zero, one] = [colors.paper, colors.forward, colors.backward].map(channels);
  for (const [at, y] of said.entries()) {
    const share = Math.abs(2 * y - 1) * 0.75;
    const pixel = paper.map((from, k) => from + ((y > 0.5 ? one : zero)[k] - from) * share);
    const [row, column] = [Math.floor(at / grid), at % grid];
    image.data.set([...pixel, 255], ((grid - 1 - row) * grid + column) * 4);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Circles for class 0, squares for class 1. */
function drawSamples(plot: uPlot, { ink, paper }: Colors, { samples }: Field): void {
  const { ctx } = plot;
  const size = 7 * devicePixelRatio;
  for (const [x, y, label] of samples) {
    const [left, top] = [plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)];
    ctx.beginPath();
    if (label === 0) ctx.arc(left, top, size, 0, 2 * Math.PI);
    else ctx.rect(left - size, top - size, 2 * size, 2 * size);
    Object.assign(ctx, { fillStyle: paper, strokeStyle: ink, lineWidth: 2 * devicePixelRatio });
    ctx.fill();
    ctx.stroke();
  }
}

function mark(plot: uPlot, x: number, y: number | undefined, color: string): void {
  if (y === undefined) return;
  plot.ctx.beginPath();
  plot.ctx.arc(
    plot.valToPos(x, "x", true),
    plot.valToPos(y, "y", true),
    5 * devicePixelRatio,
    0,
    2 * Math.PI,
  );
  plot.ctx.fillStyle = color;
  plot.ctx.fill();
}
