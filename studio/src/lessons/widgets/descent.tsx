// Gradient descent with the lesson's learning rate, twice: on the parabola of one weight, and on the surface of weight and
// bias. Both are the loss of a line through five points.

import { type ReactElement, useMemo } from "react";
import { shown } from "../../explorer/numbers.ts";
import { useText } from "../../language/language.ts";
import type { ProgramHistory } from "../../worker/protocol.ts";
import { words as own } from "../words.ts";
import type { WidgetFacts } from "./all.ts";
import { Chart, type ChartFacts, type Paint } from "./chart.tsx";
import { useColors } from "./colors.ts";
import { useComputed } from "./computed.ts";
import { drawWay, pictureOf, spaced, spread, steps } from "./landscape.ts";

const updates = 40;
const weights = [-3.2, 7.2] as const;
const biases = [-6, 8] as const;
const grid = 280;

type Point = readonly [number, number];

export function Descent({ settings: { learningRate } }: WidgetFacts): ReactElement {
  const text = useText();
  const found = useComputed(async (session) => {
    const [slope, line, levels] = await Promise.all([
      session.history("linear-regression", { data: "slope", learningRate }, updates),
      session.history("linear-regression", { data: "line", learningRate }, updates),
      session.levels("line", spaced(...weights, grid), spaced(...biases, grid), steps),
    ]);
    return { slope, line, levels };
  }, String(learningRate));
  const parabola = useParabola();
  const surface = useSurface(found?.levels);
  const parabolaWay = useWay(found?.slope, (history, k) => history.losses[k]);
  const surfaceWay = useWay(found?.line, (history, k) => history.parameters["model.bias"][k][0]);
  return (
    <div className="widget-pair">
      <div>
        <p className="chart-title">
          {text({ en: "One weight: a parabola", zh: "一个权重：抛物线" })}
        </p>
        <Chart facts={parabola} over={parabolaWay} />
        <p>{losses(found?.slope, text(own.updates))}</p>
      </div>
      <div>
        <p className="chart-title">
          {text({ en: "Weight and bias: a valley", zh: "权重与偏置：山谷" })}
        </p>
        <Chart facts={surface} over={surfaceWay} />
        <p>{losses(found?.line, text(own.updates))}</p>
      </div>
    </div>
  );
}

/** `loss 44 → 0.0023 → … (40 updates)`. */
function losses(history: ProgramHistory | undefined, updateWord: string): string {
  if (history === undefined) return "…";
  const some = [0, 1, 2, 5, 10, updates].map((k) => `${k}: ${shown(history.losses[k], 3)}`);
  return `${updateWord} → L   ${some.join("   ")}`;
}

/** Draws where the weight was after each update, with something of the history as the other axis. */
function useWay(
  history: ProgramHistory | undefined,
  other: (history: ProgramHistory, update: number) => number,
): Paint {
  // biome-ignore lint/correctness/useExhaustiveDependencies: `other` is the same each time
  return useMemo(() => {
    const weights = history?.parameters["model.weight"] ?? [];
    const way = weights.map(([w], k): Point => [w, other(history!, k)]);
    return (plot, colors) => drawWay(plot, way, colors.backward);
  }, [history]);
}

function useParabola(): ChartFacts {
  const text = useText();
  return useMemo((): ChartFacts => {
    const x = spaced(...weights, 120);
    return {
      label: text({ en: "Gradient descent on a parabola", zh: "抛物线上的梯度下降" }),
      lines: [{ label: "L", values: x.map((w) => 11 * (w - 2) ** 2), color: "soft" }],
      ...{ x, xLabel: "w", yLabel: "L", height: 320, xRange: weights, yRange: [-8, 300] },
    };
  }, [text]);
}

function useSurface(levels: Uint8Array | undefined): ChartFacts {
  const text = useText();
  const colors = useColors();
  return useMemo((): ChartFacts => {
    const picture = levels && pictureOf({ columns: grid, rows: grid, values: levels }, colors);
    return {
      label: text({
        en: "Gradient descent on the surface of weight and bias",
        zh: "权重与偏置的曲面上的梯度下降",
      }),
      ...{ x: [...weights], lines: [{ label: "", values: [null, null], color: "soft" }] },
      ...{ xLabel: "w", yLabel: "b", height: 320, xRange: weights, yRange: biases },
      under: (plot) => picture && spread(plot, picture),
    };
  }, [levels, colors, text]);
}
