// A chart that is moved and zoomed, drawn by uPlot. It holds curves of any length and gives uPlot only what the present
// sight shows: two points per column of pixels. So a frame costs one pass over the points in sight and a small drawing.

import uPlot from "uplot";
import { resolved } from "./colors.ts";
import { columnPlaces, extremes, placeOf, type Sight } from "./series.ts";

/** One curve. */
export interface Line {
  readonly label: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly color: string;
  readonly look?: "faint" | "dashed";
}

export interface PlotOptions {
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  readonly logarithmic: boolean;
  readonly height: number;
}

/** A curve with fewer points than this per column is drawn point by point. */
const sparse = 1.5;

export class Plot {
  readonly #place: HTMLElement;
  readonly #options: PlotOptions;
  readonly #plot: uPlot;
  #lines: readonly Line[];
  #whole: readonly [number, number];
  /** What is in sight; all of it where nothing is said. */
  #window: readonly [number, number] | undefined;
  #frame = 0;

  constructor(place: HTMLElement, lines: readonly Line[], options: PlotOptions) {
    this.#place = place;
    this.#options = options;
    this.#lines = lines;
    this.#whole = rangeOf(lines);
    this.#plot = new uPlot(this.#settings(), [[], ...lines.map(() => [])], place);
    this.#draw();
    this.#listen();
  }

  get isZoomed(): boolean {
    return this.#window !== undefined;
  }

  /** Takes longer curves, of the same number and looks. */
  update(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#whole = rangeOf(lines);
    this.#soon();
  }

  resize(width: number): void {
    this.#plot.setSize({ width, height: this.#options.height });
    this.#draw();
  }

  /** Shows more or less around a share of the width. */
  zoom(factor: number, around = 0.5): void {
    const [from, to] = this.#sight();
    const middle = from + around * (to - from);
    this.#see(middle - (middle - from) * factor, middle + (to - middle) * factor);
  }

  /** Moves by a share of the width. */
  move(share: number): void {
    const [from, to] = this.#sight();
    const by = share * (to - from);
    this.#see(from + by, to + by);
  }

  reset(): void {
    this.#window = undefined;
    this.#soon();
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#plot.destroy();
  }

  #sight(): readonly [number, number] {
    return this.#window ?? this.#whole;
  }

  #see(from: number, to: number): void {
    const [first, last] = this.#whole;
    const width = Math.max(to - from, (last - first) * 1e-6);
    const begin = Math.min(Math.max(from, first), last - width);
    this.#window = width < last - first ? [begin, begin + width] : undefined;
    this.#soon();
  }

  #soon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const [from, to] = this.#sight();
    const columns = Math.max(50, Math.round(this.#plot.over.clientWidth || 300));
    const sight = { from, to: to > from ? to : from + 1, columns };
    const data = this.#inSight(sight);
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      this.#plot.setScale("x", { min: sight.from, max: sight.to });
    });
  }

  #inSight(sight: Sight): uPlot.AlignedData {
    const lines = this.#lines;
    const isDense = lines.every(({ x }) => countIn(x, sight) > sparse * sight.columns);
    if (lines.length > 0 && isDense) {
      const columns = lines.map(({ x, y }) => this.#drawable(extremes(x, y, sight)));
      return [columnPlaces(sight), ...columns];
    }
    const tables = lines.map((line) => this.#table(line, sight));
    return tables.length === 0 ? [[]] : uPlot.join(tables);
  }

  #table({ x, y }: Line, sight: Sight): uPlot.AlignedData {
    if (countIn(x, sight) > 4 * sight.columns)
      return [columnPlaces(sight), this.#drawable(extremes(x, y, sight))];
    const begin = Math.max(0, placeOf(x, sight.from) - 1);
    const end = placeOf(x, sight.to) + 2;
    return [[...x.subarray(begin, end)], this.#drawable([...y.subarray(begin, end)])];
  }

  /** What a scale cannot show is left out: NaN and infinities, and what has no logarithm. */
  #drawable(values: (number | null)[]): (number | null)[] {
    const { logarithmic } = this.#options;
    for (let k = 0; k < values.length; k++) {
      const value = values[k];
      if (value !== null && (!Number.isFinite(value) || (logarithmic && value <= 0)))
        values[k] = null;
    }
    return values;
  }

  #settings(): uPlot.Options {
    const { logarithmic, height, xText, yText } = this.#options;
    const color = (name: string): string => resolved(this.#place, name);
    const font = `12px ${getComputedStyle(this.#place).fontFamily}`;
    const axis: uPlot.Axis = {
      ...{ stroke: color("var(--soft)"), font, ticks: { show: false } },
      grid: { stroke: color("var(--line)"), width: 1 },
    };
    const exponents = (_: uPlot, values: (number | null)[]): string[] =>
      values.map((value) => (value === null || !isDecade(value) ? "" : yText(value)));
    const plain = (_: uPlot, values: number[]): string[] => values.map(yText);
    return {
      ...{ width: Math.max(160, this.#place.clientWidth), height, pxAlign: 0 },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      legend: { show: true, live: true },
      scales: { x: { time: false, auto: false }, y: { distr: logarithmic ? 3 : 1 } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          space: 70,
          values: (_, values) => values.map(xText),
        },
        { ...axis, size: 58, values: logarithmic ? exponents : plain },
      ],
      series: [
        { label: "", value: (_, value) => (value === null ? "" : xText(value)) },
        ...this.#lines.map(({ label, color: name, look }) => ({
          ...{ label, stroke: color(name), width: look === "faint" ? 1 : 2, spanGaps: true },
          ...{ alpha: look === "faint" ? 0.28 : 1, dash: look === "dashed" ? [6, 4] : undefined },
          points: { show: false },
          class: look ?? "solid",
          value: (_: uPlot, value: number | null) =>
            value === null || value === undefined ? "" : yText(value),
        })),
      ],
    };
  }

  /** Dragging chooses a range where all is in sight, and moves what is in sight otherwise. */
  #listen(): void {
    const { over } = this.#plot;
    over.style.touchAction = "pan-y";
    over.addEventListener("pointerdown", (down) => {
      if (down.button !== 0) return;
      over.setPointerCapture(down.pointerId);
      const end = this.isZoomed ? this.#drag(down.clientX) : this.#choose(down.clientX);
      over.addEventListener("pointerup", end, { once: true });
    });
    over.addEventListener("dblclick", () => this.reset());
    over.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #drag(startX: number): () => void {
    const { over } = this.#plot;
    const [from, to] = this.#sight();
    const scale = (to - from) / over.clientWidth;
    const onMove = (event: PointerEvent): void => {
      const by = (startX - event.clientX) * scale;
      this.#see(from + by, to + by);
    };
    over.addEventListener("pointermove", onMove);
    return () => over.removeEventListener("pointermove", onMove);
  }

  #choose(startX: number): (event: PointerEvent) => void {
    const { over } = this.#plot;
    const { left } = over.getBoundingClientRect();
    const rangeTo = (event: PointerEvent): [number, number] => {
      const x = Math.min(over.clientWidth, Math.max(0, event.clientX - left));
      return [Math.min(startX - left, x), Math.max(startX - left, x)];
    };
    const onMove = (event: PointerEvent): void => {
      const [begin, end] = rangeTo(event);
      this.#plot.setSelect(
        { left: begin, width: end - begin, top: 0, height: over.clientHeight },
        false,
      );
    };
    over.addEventListener("pointermove", onMove);
    return (event) => {
      over.removeEventListener("pointermove", onMove);
      this.#plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      const [begin, end] = rangeTo(event);
      if (end - begin < 4) return;
      this.#see(this.#plot.posToVal(begin, "x"), this.#plot.posToVal(end, "x"));
    };
  }

  /** Pinching, or the wheel with Ctrl; without it the page scrolls. */
  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const { left, width } = this.#plot.over.getBoundingClientRect();
    this.zoom(Math.exp(event.deltaY * 0.004), (event.clientX - left) / width);
  }
}

function countIn(x: Float64Array, { from, to }: Sight): number {
  return placeOf(x, to) - placeOf(x, from);
}

function rangeOf(lines: readonly Line[]): readonly [number, number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { x } of lines) {
    if (x.length === 0) continue;
    first = Math.min(first, x[0]);
    last = Math.max(last, x[x.length - 1]);
  }
  return first <= last ? [first, last] : [0, 1];
}

function isDecade(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-6;
}
