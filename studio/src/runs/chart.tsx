// A chart on the page: its title, the buttons and keys that move it, and its place, which it fills.

import { type KeyboardEvent, type ReactElement, useEffect, useRef } from "react";
import "uplot/dist/uPlot.min.css";
import { useIsSeen } from "../shell/is-seen.ts";
import { useLook } from "./colors.ts";
import { drawNot, drawSoon } from "./drawing.ts";
import { type Line, Plot, type PlotOptions } from "./plot.ts";
import { useRunWords } from "./words.ts";

interface ChartFacts {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly options: PlotOptions;
  /** Changes whenever the chart has to be made anew, and not only its curves. */
  readonly kind: string;
}

export function Chart({ title, lines, options, kind }: ChartFacts): ReactElement {
  const words = useRunWords();
  const place = useRef<HTMLElement>(null);
  const plot = useRef<Plot>(undefined);
  const look = useLook();
  const isSeen = useIsSeen(place);
  const form = `${kind} ${look} ${lines.map(({ label, color, look }) => `${label} ${color} ${look}`).join()}`;
  const latest = useRef({ lines, options });
  const zoomed = useRef<{ kind: string; window: Plot["window"] }>(undefined);
  useEffect(() => {
    latest.current = { lines, options };
    plot.current?.update(lines);
  }, [lines, options]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `form` stands for all that needs a new plot
  useEffect(() => {
    if (!isSeen) return;
    const element = place.current!;
    const resize = new ResizeObserver(() => plot.current?.resize(element.clientWidth));
    const make = (): void => {
      const { lines, options } = latest.current;
      const window = zoomed.current?.kind === kind ? zoomed.current.window : undefined;
      plot.current = new Plot(element, lines, options, window);
      resize.observe(element);
    };
    drawSoon(make);
    return () => {
      drawNot(make);
      resize.disconnect();
      zoomed.current = { kind, window: plot.current?.window ?? zoomed.current?.window };
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [form, isSeen]);
  const onKey = (event: KeyboardEvent): void => {
    const act = keys[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (plot.current !== undefined) act(plot.current);
  };
  return (
    <figure className="chart">
      <figcaption>
        <b>{title}</b>
        <span className="zoom">
          <button
            type="button"
            title={words.zoomIn}
            aria-label={`${title}: ${words.zoomIn}`}
            onClick={() => plot.current?.zoom(0.5)}
          >
            +
          </button>
          <button
            type="button"
            title={words.zoomOut}
            aria-label={`${title}: ${words.zoomOut}`}
            onClick={() => plot.current?.zoom(2)}
          >
            −
          </button>
          <button
            type="button"
            title={words.reset}
            aria-label={`${title}: ${words.reset}`}
            onClick={() => plot.current?.reset()}
          >
            ↔
          </button>
        </span>
      </figcaption>
      <section
        ref={place}
        className="plot"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: so that keys reach it
        tabIndex={0}
        aria-label={`${title}: ${words.chartKeys}`}
        onKeyDown={onKey}
      />
    </figure>
  );
}

const keys: Readonly<Record<string, (plot: Plot) => void>> = {
  ArrowLeft: (plot) => plot.move(-0.1),
  ArrowRight: (plot) => plot.move(0.1),
  "+": (plot) => plot.zoom(0.7),
  "=": (plot) => plot.zoom(0.7),
  "-": (plot) => plot.zoom(1 / 0.7),
  "0": (plot) => plot.reset(),
};
