// Loss and accuracy by epoch, of training and test; drawn by uPlot, which is given new data and not made anew.

import { type ReactElement, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { shown } from "../explorer/numbers.ts";
import type { Curves } from "../worker/training-protocol.ts";
import { paletteOf, useDark } from "./colors.ts";
import { type LookStore, useLook } from "./use-training.ts";
import { usePlaygroundWords } from "./words.ts";

interface CurvesFacts {
  readonly store: LookStore;
  readonly classifies: boolean;
}

export function CurvesView({ store, classifies }: CurvesFacts): ReactElement {
  const words = usePlaygroundWords();
  const curves = useLook(store, (look) => look.curves);
  const hasEpoch = curves !== undefined && curves.epochs.length > 0;
  return (
    <div className="curves">
      <Curve
        title={words.curves}
        curves={hasEpoch ? curves : undefined}
        names={["train", "test"]}
      />
      {classifies && (
        <Curve
          title={words.accuracies}
          curves={hasEpoch ? curves : undefined}
          names={["trainAccuracy", "testAccuracy"]}
        />
      )}
    </div>
  );
}

interface CurveFacts {
  readonly title: string;
  readonly curves: Curves | undefined;
  readonly names: readonly ["train", "test"] | readonly ["trainAccuracy", "testAccuracy"];
}

const height = 150;

function Curve({ title, curves, names }: CurveFacts): ReactElement {
  const words = usePlaygroundWords();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const isDark = useDark();
  useEffect(() => {
    const element = place.current!;
    const made = new uPlot(optionsOf(element, isDark), [[], [], []], element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
    };
  }, [isDark]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a plot made anew for the theme needs its data again
  useEffect(() => {
    const [train, test] = names.map((name) => [...(curves?.[name] ?? [])]);
    plot.current?.setData([[...(curves?.epochs ?? [])], train, test]);
  }, [curves, names[0], isDark]);
  const [train, test] = names.map((name) => curves?.[name].at(-1));
  return (
    <figure className="curve">
      <figcaption>
        <span>{title}</span>
        {curves === undefined ? (
          <small>{words.noEpoch}</small>
        ) : (
          <span className="legend">
            <span className="of-train">{words.train}</span> <b>{numberOf(train, names[0])}</b>{" "}
            <span className="of-test">{words.test}</span> <b>{numberOf(test, names[1])}</b>
          </span>
        )}
      </figcaption>
      <div ref={place} className="plot" />
    </figure>
  );
}

/** A loss with three digits; a share of right answers with as many decimals, so that it keeps its width. */
function numberOf(x: number | undefined, name: CurveFacts["names"][number]): string {
  if (x === undefined) return "";
  return name.endsWith("Accuracy") ? x.toFixed(3) : shown(x, 3);
}

/** A label that fits beside the plot, however far the loss has gone: `0.25`, `750`, `2e5`. */
function tickText(x: number): string {
  const rounded = Number(x.toPrecision(6));
  const size = Math.abs(rounded);
  const text = size === 0 || (size >= 1e-3 && size < 1e5) ? `${rounded}` : rounded.toExponential();
  return text.replace("+", "").replaceAll("-", "−");
}

/** Epochs between two labels. */
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

function optionsOf(element: HTMLElement, isDark: boolean): uPlot.Options {
  const style = getComputedStyle(element);
  const axis: uPlot.Axis = {
    stroke: style.color,
    grid: { stroke: "rgba(128,128,128,.16)", width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  const { positive, negative } = paletteOf(isDark);
  const line = (color: readonly number[], dash: number[]): uPlot.Series => ({
    stroke: `rgb(${color.join(" ")})`,
    width: 2,
    dash,
    points: { show: ({ data }) => data[0].length === 1, size: 6 }, // one epoch makes no line
  });
  return {
    width: element.clientWidth,
    height,
    cursor: { show: false },
    legend: { show: false },
    scales: { x: { time: false } },
    axes: [
      { ...axis, size: 26, incrs: wholeSteps },
      { ...axis, size: 48, values: (_, ticks) => ticks.map(tickText) },
    ],
    series: [{}, line(positive, []), line(negative, [6, 4])],
  };
}
