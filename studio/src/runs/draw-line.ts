// How a curve is drawn on the canvas of a chart. Where columns of pixels hold many points each, a noisy curve is a column of
// colour from its least to its largest value: filling those costs a tenth of stroking a line that goes up and down in each.

import type uPlot from "uplot";

export interface Stroke {
  readonly color: string;
  readonly look?: "faint" | "dashed";
  /** The points in sight and one beyond on each side, where they are few; otherwise two values per column are drawn. */
  readonly points?: readonly [x: Float64Array, y: Float64Array];
}

/** A curve is noisy where so many pixels lie between the least and the largest value of most columns. */
const noisy = 3;

/** Draws the curve with a number. */
export function drawLine(plot: uPlot, index: number, { color, look, points }: Stroke): void {
  const { ctx, bbox } = plot;
  const width = (look === "faint" ? 1 : 2) * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = look === "faint" ? 0.3 : 1;
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  if (look === "dashed") ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  if (points === undefined) drawColumns(plot, columnsOf(plot, index), width);
  else drawPoints(plot, points);
  ctx.restore();
}

/** What a scale cannot show is passed over: NaN and infinities, and what has no logarithm. One point alone is a dot. */
function drawPoints(plot: uPlot, [xs, ys]: readonly [Float64Array, Float64Array]): void {
  const { ctx } = plot;
  let count = 0;
  let last: readonly [number, number] = [0, 0];
  ctx.beginPath();
  for (let k = 0; k < xs.length; k++) {
    const [x, y] = [plot.valToPos(xs[k], "x", true), plot.valToPos(ys[k], "y", true)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    ctx.lineTo(x, y);
    last = [x, y];
    count++;
  }
  ctx.stroke();
  if (count === 1) drawDot(ctx, last);
}

function drawDot(ctx: CanvasRenderingContext2D, [x, y]: readonly [number, number]): void {
  ctx.beginPath();
  ctx.arc(x, y, 3.5 * devicePixelRatio, 0, 2 * Math.PI);
  ctx.fill();
}

/** Columns that hold points: left edge, and the pixels of their largest and least value, one after the other. */
type Columns = readonly number[];

function columnsOf(plot: uPlot, index: number): Columns {
  const { data, bbox } = plot;
  const values = data[index];
  const step = (2 * bbox.width) / values.length;
  const columns: number[] = [];
  for (let k = 0; k < values.length; k += 2) {
    const [least, most] = [values[k], values[k + 1]];
    if (least === null || least === undefined || most === null || most === undefined) continue;
    const [top, bottom] = [plot.valToPos(most, "y", true), plot.valToPos(least, "y", true)];
    columns.push(bbox.left + (k / 2) * step, top, bottom);
  }
  return columns;
}

function drawColumns({ ctx, bbox, data }: uPlot, columns: Columns, width: number): void {
  const step = (2 * bbox.width) / data[0].length;
  if (isNoisy(columns)) fillColumns(ctx, columns, step, width);
  else strokeMiddles(ctx, columns, step);
}

function isNoisy(columns: Columns): boolean {
  let wide = 0;
  for (let k = 0; k < columns.length; k += 3)
    if (columns[k + 2] - columns[k + 1] > noisy * devicePixelRatio) wide++;
  return wide > columns.length / 6;
}

/** Each column reaches the one before it, so that the curve has no holes; over columns without points goes a line. */
function fillColumns(
  ctx: CanvasRenderingContext2D,
  columns: Columns,
  step: number,
  width: number,
): void {
  ctx.beginPath();
  for (let k = 0; k < columns.length; k += 3) {
    const [left, top, bottom] = columns.slice(k, k + 3);
    let [high, low] = [top, bottom];
    if (k > 0 && left - columns[k - 3] < 1.5 * step) {
      high = Math.min(top, columns[k - 1]);
      low = Math.max(bottom, columns[k - 2]);
    } else if (k > 0) {
      ctx.moveTo(columns[k - 3] + step / 2, (columns[k - 2] + columns[k - 1]) / 2);
      ctx.lineTo(left + step / 2, (top + bottom) / 2);
    }
    const begin = Math.round(left);
    const end = Math.max(begin + 1, Math.round(left + step));
    ctx.fillRect(begin, Math.round(high - width / 2), end - begin, low - high + width);
  }
  ctx.stroke();
}

/** A line through the middles, and a column where the curve has a peak. */
function strokeMiddles(ctx: CanvasRenderingContext2D, columns: Columns, step: number): void {
  ctx.beginPath();
  for (let k = 0; k < columns.length; k += 3)
    ctx.lineTo(columns[k] + step / 2, (columns[k + 1] + columns[k + 2]) / 2);
  ctx.stroke();
  for (let k = 0; k < columns.length; k += 3) {
    const height = columns[k + 2] - columns[k + 1];
    if (height > noisy * devicePixelRatio)
      ctx.fillRect(Math.round(columns[k]), columns[k + 1], step, height);
  }
}
