// Probabilities, targets and their difference beside the adjoints of the logits: they are the same numbers.

import type { ReactElement } from "react";
import { shown } from "../../explorer/numbers.ts";
import { type Both, useText } from "../../language/language.ts";
import { Prose } from "../prose.tsx";
import type { WidgetFacts } from "./all.ts";
import { logitsOf, softmax } from "./layer-values.ts";

export function Logits({ settings, view }: WidgetFacts): ReactElement | null {
  const text = useText();
  const logits = view && logitsOf(view.trace);
  if (logits === undefined) return null;
  const p = softmax(logits);
  const label = Number(settings.label);
  const columns: readonly Both[] = [
    { en: "class", zh: "类别" },
    { en: "logit $z$", zh: "logit $z$" },
    { en: "probability $p$", zh: "概率 $p$" },
    { en: "target $y$", zh: "目标 $y$" },
    { en: "difference $p - y$", zh: "差 $p - y$" },
    { en: "gradient $\\partial L / \\partial z$", zh: "梯度 $\\partial L / \\partial z$" },
  ];
  return (
    <div className="fact-table">
      <table className="logits">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.en} scope="col">
                <Prose text={text(column)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {p.map((probability, k) => {
            const y = k === label ? 1 : 0;
            return (
              // biome-ignore lint/suspicious/noArrayIndexKey: a class is its number
              <tr key={k}>
                <th scope="row">{k}</th>
                <td>{shown(logits.values[k])}</td>
                <td
                  className="bar forward"
                  style={{ "--share": probability } as React.CSSProperties}
                >
                  {probability.toFixed(4)}
                </td>
                <td>{y}</td>
                <td>{shown(probability - y)}</td>
                <td
                  className="bar backward"
                  style={{ "--share": Math.abs(logits.adjoints[k]) } as React.CSSProperties}
                >
                  {shown(logits.adjoints[k])}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
