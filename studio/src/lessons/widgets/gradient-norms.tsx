// How large the gradient is in each layer of the deep network: five ways to build it, with the lesson's depth and weights.

import { type ReactElement, useMemo } from "react";
import { shown } from "../../explorer/numbers.ts";
import { type Both, useText } from "../../language/language.ts";
import { words as own } from "../words.ts";
import type { WidgetFacts } from "./all.ts";
import { Chart, type Line } from "./chart.tsx";
import { useComputed } from "./computed.ts";
import { Legend } from "./legend.tsx";

interface Way extends Omit<Line, "values" | "label"> {
  readonly activation: string;
  readonly variant: string;
  readonly label: Both;
}

const ways: readonly Way[] = [
  {
    activation: "sigmoid",
    variant: "plain",
    color: "backward",
    label: { en: "sigmoid", zh: "sigmoid" },
  },
  {
    activation: "tanh",
    variant: "plain",
    color: "violet",
    dash: [6, 4],
    label: { en: "tanh", zh: "tanh" },
  },
  { activation: "relu", variant: "plain", color: "forward", label: { en: "ReLU", zh: "ReLU" } },
  {
    activation: "sigmoid",
    variant: "batchNorm",
    color: "update",
    label: { en: "sigmoid, batch norm", zh: "sigmoid + 批归一化" },
  },
  {
    activation: "sigmoid",
    variant: "residual",
    color: "ink",
    dash: [2, 4],
    label: { en: "sigmoid, residual", zh: "sigmoid + 残差" },
  },
];

export function GradientNorms({ settings }: WidgetFacts): ReactElement {
  const text = useText();
  const { depth, gain, activation, variant } = settings;
  const norms = useComputed(
    (session) =>
      Promise.all(
        ways.map((way) =>
          session.gradientNorms("deep", {
            depth,
            gain,
            activation: way.activation,
            variant: way.variant,
          }),
        ),
      ),
    `${depth} ${gain}`,
  );
  const lines = useMemo(
    () =>
      ways.map(({ label, ...way }, k) => ({
        ...way,
        label: text(label),
        width: way.activation === activation && way.variant === variant ? 4 : 2,
        // A gradient of 0 has no logarithm, and one beyond float32 no number.
        values: norms?.[k].map((norm) => (norm > 0 && Number.isFinite(norm) ? norm : null)) ?? [],
      })),
    [norms, text, activation, variant],
  );
  const facts = useMemo(() => {
    const ends = lines.map(({ label, values }) => `${label} ${first(values)}`).join(", ");
    const x = lines[0].values.map((_, layer) => layer + 1);
    const label = `${text(own.gradientNorm)}: ${ends}`;
    return {
      label,
      x,
      lines,
      log: true,
      whole: true,
      height: 300,
      xLabel: text(own.layer),
      yLabel: text(own.gradientNorm),
    };
  }, [lines, text]);
  return (
    <>
      <Legend lines={lines} numbers={lines.map(({ values }) => first(values))} />
      <Chart facts={facts} />
    </>
  );
}

/** The gradient of the first layer, in words. */
function first([norm]: Line["values"]): string {
  return norm === undefined ? "" : shown(norm ?? 0, 2);
}
