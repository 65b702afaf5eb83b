// The same network on all 1,437 images at once: the loss, and the share of 360 unseen images that it reads rightly.

import { type ReactElement, useMemo } from "react";
import { shown } from "../../explorer/numbers.ts";
import { useText } from "../../language/language.ts";
import { words as own } from "../words.ts";
import type { WidgetFacts } from "./all.ts";
import { Chart, type ChartFacts } from "./chart.tsx";
import { useComputed } from "./computed.ts";

const updates = 200;

export function DigitsTraining({ settings: { learningRate } }: WidgetFacts): ReactElement {
  const text = useText();
  const history = useComputed(
    (session) => session.history("digits", { batch: "all", learningRate }, updates),
    String(learningRate),
  );
  const title = {
    loss: text({ en: "loss", zh: "损失" }),
    score: text({ en: "unseen images read rightly", zh: "未见过的图片中识别正确的比例" }),
  };
  const [loss, score] = [history?.losses.at(-1), history?.scores.at(-1)];
  const charts = useMemo((): readonly ChartFacts[] => {
    const x = Array.from({ length: updates + 1 }, (_, k) => k);
    const both = { x, height: 240, xLabel: text(own.updates) };
    return [
      {
        ...both,
        label: title.loss,
        yLabel: title.loss,
        lines: [{ label: title.loss, values: history?.losses ?? [], color: "backward" }],
        yRange: [0, 2.5],
      },
      {
        ...both,
        label: title.score,
        yLabel: "%",
        lines: [
          {
            label: title.score,
            values: (history?.scores ?? []).map((one) => 100 * one),
            color: "update",
          },
        ],
        yRange: [0, 100],
      },
    ];
  }, [history, text, title.loss, title.score]);
  return (
    <div className="widget-pair">
      <div>
        <p className="chart-title">
          {title.loss} <b>{loss === undefined ? "…" : shown(loss, 3)}</b>
        </p>
        <Chart facts={charts[0]} />
      </div>
      <div>
        <p className="chart-title">
          {title.score} <b>{score === undefined ? "…" : `${(100 * score).toFixed(1)} %`}</b>
        </p>
        <Chart facts={charts[1]} />
      </div>
    </div>
  );
}
