// A surface as a picture: heights in steps from low to high, with a line where the step changes.

import type uPlot from "uplot";
import { type Colors, channels } from "./colors.ts";

/** Heights over a grid, in steps, row by row from the lowest y. */
export interface Levels {
  readonly columns: number;
  readonly rows: number;
  readonly values: Uint8Array;
}

/** How many steps a picture has. */
export const steps = 16;

/** Evenly spaced numbers from `from` to `to`. */
export function spaced(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
}

/** Makes the picture. */
export function pictureOf(
  { columns, rows, values: level }: Levels,
  colors: Colors,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: columns, height: rows });
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const { fills, edges } = palette(colors);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      const here = level[at];
      const isEdge =
        (column > 0 && level[at - 1] !== here) || (row > 0 && level[at - columns] !== here);
      pixels[(rows - 1 - row) * columns + column] = (isEdge ? edges : fills)[here];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The colour of each step, and of the line at its border, as the four bytes of a pixel. */
function palette(colors: Colors): { readonly fills: Uint32Array; readonly edges: Uint32Array } {
  const [low, high, ink] = [colors.low, colors.high, colors.soft].map(channels);
  const shade = (step: number): number[] =>
    low.map((from, k) => from + ((high[k] - from) * step) / (steps - 1));
  const all = Array.from({ length: steps }, (_, step) => shade(step));
  const packed = (list: readonly (readonly number[])[]): Uint32Array =>
    new Uint32Array(Uint8ClampedArray.from(list.flatMap((one) => [...one, 255])).buffer);
  const mixed = all.map((one) => one.map((from, k) => 0.75 * from + 0.25 * ink[k]));
  return { fills: packed(all), edges: packed(mixed) };
}

/** Paints a picture over the whole of a chart. */
export function spread(plot: uPlot, picture: HTMLCanvasElement): void {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.imageSmoothingEnabled = true;
  plot.ctx.drawImage(picture, left, top, width, height);
}

/** Draws a way through points given in the chart's numbers, in canvas pixels. */
export function drawWay(
  plot: uPlot,
  points: readonly (readonly [number, number])[],
  color: string,
  dots = true,
): void {
  const { ctx } = plot;
  const scale = devicePixelRatio;
  const placed = points.map(
    ([x, y]) => [plot.valToPos(x, "x", true), plot.valToPos(y, "y", true)] as const,
  );
  Object.assign(ctx, {
    strokeStyle: color,
    fillStyle: color,
    lineWidth: 1.8 * scale,
    lineJoin: "round",
  });
  ctx.beginPath();
  for (const [x, y] of placed) ctx.lineTo(x, y);
  ctx.stroke();
  for (const [x, y] of dots ? placed : []) {
    ctx.beginPath();
    ctx.arc(x, y, 2.6 * scale, 0, 2 * Math.PI);
    ctx.fill();
  }
}
