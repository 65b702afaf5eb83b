// A chart that is moved and zoomed, drawn by uPlot. It holds curves of any length and gives uPlot only what the present
// sight shows: two points per column of pixels. So a frame costs one pass over the points in sight and a small drawing.
// What is in sight is kept as places along the axis as it is drawn: of a logarithmic one, powers of ten.

import uPlot from "uplot";
import { resolved } from "./colors.ts";
import { drawLine } from "./draw-line.ts";
import { drawNot, drawSoon } from "./drawing.ts";
import { columnPlaces, extremes, placeOf, type Sight } from "./series.ts";

/** One curve. */
export interface Line {
  readonly label: string;
  readonly x: Float64Array;
  /** Asked for when it is drawn. */
  readonly y: () => Float64Array;
  readonly color: string;
  readonly look?: "faint" | "dashed";
}

export interface PlotOptions {
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  readonly logarithmic: boolean;
  /** The x axis, too. */
  readonly logarithmicX: boolean;
  readonly height: number;
}

/** Curves with fewer points than this per column, all together, are drawn point by point. */
const sparse = 1.5;

export class Plot {
  readonly #place: HTMLElement;
  readonly #options: PlotOptions;
  readonly #plot: uPlot;
  #lines: readonly Line[];
  #whole: readonly [number, number];
  /** What is in sight; all of it where nothing is said. */
  #window: readonly [number, number] | undefined;
  readonly #colors: readonly string[];
  #seen: Sight = { from: 0, to: 1, columns: 1 };
  readonly #draw = (): void => this.#drawNow();

  constructor(
    place: HTMLElement,
    lines: readonly Line[],
    options: PlotOptions,
    window?: readonly [number, number],
  ) {
    this.#window = window;
    this.#place = place;
    this.#options = options;
    this.#lines = lines;
    this.#colors = lines.map(({ color }) => resolved(color));
    this.#whole = this.#rangeOf(lines);
    this.#plot = new uPlot(this.#settings(), [[], ...lines.map(() => [])], place);
    drawSoon(this.#draw); // in a frame of its own
    this.#listen();
  }

  /** What was zoomed into, for a plot that takes this one's place. */
  get window(): readonly [number, number] | undefined {
    return this.#window;
  }

  /** Takes longer curves, of the same number and looks. */
  update(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#whole = this.#rangeOf(lines);
    drawSoon(this.#draw);
  }

  resize(width: number): void {
    if (width === this.#plot.width) return;
    this.#plot.setSize({ width, height: this.#options.height });
    drawSoon(this.#draw);
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
    drawSoon(this.#draw);
  }

  destroy(): void {
    drawNot(this.#draw);
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
    drawSoon(this.#draw);
  }

  /** The x of a place. */
  #at(place: number): number {
    return this.#options.logarithmicX ? 10 ** place : place;
  }

  #placeAt(x: number): number {
    return this.#options.logarithmicX ? Math.log10(x) : x;
  }

  #drawNow(): void {
    const [from, to] = this.#sight();
    const columns = Math.max(50, Math.round(this.#plot.bbox.width / devicePixelRatio || 300));
    const sight: Sight = {
      ...{ from: this.#at(from), to: this.#at(to > from ? to : from + 1), columns },
      isLogarithmic: this.#options.logarithmicX,
    };
    this.#seen = sight;
    const data = this.#inSight(sight);
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      this.#plot.setScale("x", { min: sight.from, max: sight.to });
    });
  }

  #inSight(sight: Sight): uPlot.AlignedData {
    const lines = this.#lines;
    const points = lines.reduce((sum, { x }) => sum + countIn(x, sight), 0);
    if (points > sparse * sight.columns) {
      const columns = lines.map(({ x, y }) => this.#drawable(extremes(x, y(), sight)));
      return [columnPlaces(sight), ...columns];
    }
    const tables = lines.map((line): uPlot.AlignedData => {
      const [x, y] = this.#pointsOf(line, sight);
      return [[...x], this.#drawable([...y])];
    });
    return tables.length === 0 ? [[]] : uPlot.join(tables);
  }

  /** The points in sight, and one on each side. */
  #pointsOf({ x, y }: Line, { from, to }: Sight): [Float64Array, Float64Array] {
    const begin = Math.max(0, placeOf(x, from) - 1);
    const end = placeOf(x, to) + 2;
    return [x.subarray(begin, end), y().subarray(begin, end)];
  }

  #drawLine(index: number): void {
    const line = this.#lines[index - 1];
    if (line === undefined) return;
    const isDense = countIn(line.x, this.#seen) > 1.5 * this.#seen.columns;
    const points = isDense ? undefined : this.#pointsOf(line, this.#seen);
    drawLine(this.#plot, index, { color: this.#colors[index - 1], look: line.look, points });
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

  #rangeOf(lines: readonly Line[]): readonly [number, number] {
    let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const { x } of lines) {
      const begin = this.#options.logarithmicX ? placeOf(x, Number.MIN_VALUE) : 0;
      if (begin >= x.length) continue;
      first = Math.min(first, this.#placeAt(x[begin]));
      last = Math.max(last, this.#placeAt(x[x.length - 1]));
    }
    if (first > last) return [0, 1];
    const rounding = this.#options.logarithmicX ? 1e-9 : 0; // so that 10 ** log10(x) does not lose the last point
    return [first - rounding, last + rounding];
  }

  #settings(): uPlot.Options {
    const { logarithmic, logarithmicX, height, xText, yText } = this.#options;
    const font = `12px ${getComputedStyle(this.#place).fontFamily}`;
    const axis: uPlot.Axis = {
      ...{ stroke: resolved("var(--soft)"), font, ticks: { show: false } },
      grid: { stroke: resolved("var(--line)"), width: 1 },
    };
    /** Of powers of ten, so many that they stay apart; of their parts none where there are several. */
    const gridOf = (isLogarithmic: boolean): uPlot.Axis.Grid =>
      isLogarithmic ? { ...axis.grid, filter: (_, values) => decadesOf(values) } : axis.grid!;
    const labels =
      (text: (value: number) => string, onlyDecades: boolean) =>
      (_: uPlot, values: (number | null)[]): string[] =>
        values.map((value) =>
          value === null || (onlyDecades && isWide(values) && !isDecade(value)) ? "" : text(value),
        );
    return {
      ...{ width: Math.max(160, this.#place.clientWidth), height, pxAlign: 0 },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      legend: { show: true, live: true },
      hooks: { drawSeries: [(_, index) => this.#drawLine(index)] },
      scales: {
        x: {
          time: false,
          auto: false,
          distr: logarithmicX ? 3 : 1,
          range: (_, from, to) => [from, to],
        },
        y: { distr: logarithmic ? 3 : 1 },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          space: 70,
          values: labels(xText, logarithmicX),
        },
        {
          ...axis,
          grid: gridOf(logarithmic),
          size: 58,
          values: labels(yText, logarithmic),
        },
      ],
      series: [
        { label: "", value: (_, value) => (value === null ? "" : xText(value)) },
        ...this.#lines.map(({ label, color: name, look }) => ({
          ...{ label, stroke: resolved(name), width: 2, points: { show: false } },
          paths: () => null, // `drawSeries` draws
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
      const end = this.#window ? this.#drag(down.clientX) : this.#choose(down.clientX);
      // A finger whose movement the browser takes for scrolling is cancelled, and never lifted.
      const listening = new AbortController();
      for (const kind of ["pointerup", "pointercancel"] as const)
        over.addEventListener(
          kind,
          (event) => {
            listening.abort();
            end(event);
          },
          { signal: listening.signal },
        );
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
      if (event.type === "pointercancel" || end - begin < 4) return;
      const placeOfPixel = (pixel: number): number =>
        this.#placeAt(this.#plot.posToVal(pixel, "x"));
      this.#see(placeOfPixel(begin), placeOfPixel(end));
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

/** The values at which a logarithmic axis has lines; the others become `null`. */
function decadesOf(values: readonly (number | null)[]): (number | null)[] {
  if (!isWide(values)) return [...values];
  const count = values.filter((value) => value !== null && isDecade(value)).length;
  const every = Math.ceil(count / 7);
  return values.map((value) =>
    value !== null && isDecade(value) && Math.round(Math.log10(value)) % every === 0 ? value : null,
  );
}

/** Whether a logarithmic axis spans so much that its powers of ten say enough. */
function isWide(values: readonly (number | null)[]): boolean {
  return values.filter((value) => value !== null && isDecade(value)).length > 1;
}

function isDecade(value: number): boolean {
  const power = Math.log10(value);
  return Math.abs(power - Math.round(power)) < 1e-6;
}
