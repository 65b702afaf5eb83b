// The line of the losses, drawn by uPlot.

import { type ReactElement, useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useWords } from "../language/language.ts";
import { shown } from "./numbers.ts";

/** Distances between marks: iterations are whole. */
const wholeSteps = [1, 2, 5]
  .flatMap((k) => [k, 10 * k, 100 * k, 1000 * k, 10_000 * k])
  .sort((a, b) => a - b);

export function LossPlot({ losses }: { readonly losses: readonly number[] }): ReactElement {
  const words = useWords();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    const style = getComputedStyle(element);
    const soft = style.getPropertyValue("color");
    const axis = {
      stroke: soft,
      grid: { stroke: "rgba(128,128,128,.16)" },
      font: `12px ${style.fontFamily}`,
    };
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: 130,
        cursor: { y: false },
        legend: { show: false },
        scales: { x: { time: false, range: [0, Math.max(5, losses.length - 1)] } },
        axes: [
          {
            ...axis,
            incrs: wholeSteps,
            label: words.iteration,
            labelSize: 16,
            labelFont: axis.font,
            size: 24,
          },
          { ...axis, size: 64, values: (_, marks) => marks.map((mark) => shown(mark, 5)) },
        ],
        series: [
          {},
          { stroke: "#c2571a", width: 2, points: { show: losses.length < 40, size: 5 } },
        ],
      },
      [losses.map((_, k) => k), [...losses]],
      element,
    );
    const resize = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: 130 }),
    );
    resize.observe(element);
    return () => {
      resize.disconnect();
      plot.destroy();
    };
  }, [losses, words]);
  return <div ref={place} />;
}
