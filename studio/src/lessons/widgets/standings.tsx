// How far each optimizer of the race has come at an update: where it is, and how low.

import type { ReactElement } from "react";
import { shown } from "../../explorer/numbers.ts";
import { useText } from "../../language/language.ts";
import type { ProgramHistory } from "../../worker/protocol.ts";
import { words as own } from "../words.ts";
import { type Field, racers } from "./race-fields.ts";

interface StandingsFacts {
  readonly field: Field;
  readonly ways: readonly ProgramHistory[] | undefined;
  readonly at: number;
  readonly factor: number;
}

export function Standings({ field, ways, at, factor }: StandingsFacts): ReactElement {
  const text = useText();
  return (
    <div className="fact-table">
      <table>
        <thead>
          <tr>
            {[own.optimizer, own.learningRate, { en: "x, y", zh: "x, y" }, own.loss].map(
              (column) => (
                <th key={column.en} scope="col">
                  {text(column)}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {racers.map(({ id, label, color, sign: letter }, k) => {
            const way = ways?.[k];
            const now = Math.min(at, (way?.losses.length ?? 1) - 1);
            return (
              <tr key={id}>
                <th scope="row">
                  <span className={`ink-${color}`}>{letter}</span> {text(label)}
                </th>
                <td>{shown(field.rates[id] * factor, 3)}</td>
                <td>
                  {way === undefined
                    ? "…"
                    : pointsOf(way)
                        [now].map((one) => one.toFixed(3).replace("-", "−"))
                        .join(", ")}
                </td>
                <td>{way === undefined ? "…" : shown(way.losses[now], 2)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Where an optimizer was, update by update. */
export function pointsOf({
  parameters: { "model.x": x, "model.y": y },
}: ProgramHistory): [number, number][] {
  return x.map(([one], k) => [one, y[k][0]]);
}
