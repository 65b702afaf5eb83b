// The loss over the first updates of the deep network with large weights: as it is, and with the gradient clipped.

import { type ReactElement, useMemo } from "react";
import { shown } from "../../explorer/numbers.ts";
import { type Both, useText } from "../../language/language.ts";
import { words as own } from "../words.ts";
import type { WidgetFacts } from "./all.ts";
import { Chart, type Line } from "./chart.tsx";
import { useComputed } from "./computed.ts";
import { Legend } from "./legend.tsx";

const updates = 30;

const ways: readonly (Omit<Line, "values" | "label"> & {
  readonly clip: string;
  readonly label: Both;
})[] = [
  { clip: "off", color: "backward", width: 3, label: { en: "as it is", zh: "不裁剪" } },
  { clip: "1", color: "update", label: { en: "clipped to norm 1", zh: "裁剪到范数 1" } },
  {
    clip: "0.1",
    color: "forward",
    dash: [6, 4],
    label: { en: "clipped to norm 0.1", zh: "裁剪到范数 0.1" },
  },
];

export function Clipping({ settings }: WidgetFacts): ReactElement {
  const text = useText();
  const histories = useComputed(
    (session) =>
      Promise.all(ways.map(({ clip }) => session.history("deep", { ...settings, clip }, updates))),
    JSON.stringify({ ...settings, clip: undefined }),
  );
  const lines = useMemo(
    () =>
      ways.map(({ label, ...way }, k) => ({
        ...way,
        label: text(label),
        values:
          histories?.[k].losses.map((loss) =>
            Number.isFinite(loss) && loss < 1e12 ? loss : null,
          ) ?? [],
      })),
    [histories, text],
  );
  const ends = ways.map((_, k) => {
    const end = histories?.[k].losses.at(-1);
    if (end === undefined) return "";
    return Number.isNaN(end) ? `NaN (${text(own.notANumber)})` : shown(end, 3);
  });
  const label = lines.map((line, k) => `${line.label}: ${ends[k]}`).join(", ");
  const facts = useMemo(() => {
    const x = Array.from({ length: updates + 1 }, (_, k) => k);
    return {
      label,
      x,
      lines,
      log: true,
      whole: true,
      height: 260,
      xLabel: text(own.updates),
      yLabel: text(own.loss),
    };
  }, [lines, label, text]);
  return (
    <>
      <Legend lines={lines} numbers={ends} />
      <Chart facts={facts} />
    </>
  );
}
