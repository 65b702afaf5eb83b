// The log of a run: a line for each epoch, the newest first, as `chainrule train` printed it.

import type { ReactElement } from "react";
import type { EpochRow } from "./run-news.ts";
import type { ShownRun } from "./shown-run.ts";
import { score, short, span } from "./text.ts";
import { useRunWords } from "./words.ts";

/** Lines that are shown; older ones are in the file. */
const mostLines = 500;

export function LogTable({ run }: { readonly run: ShownRun }): ReactElement {
  const words = useRunWords();
  const rows = run.data.epochs.slice(-mostLines).reverse();
  if (rows.length === 0) return <p className="empty">{words.logNone}</p>;
  const columns = columnsOf(rows);
  const nameOf = ([part, name]: Column): string =>
    `${words.charts[name] ?? name} · ${words.parts[part]}`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section className="scroll" tabIndex={0} aria-label={words.tabs.log}>
      <table>
        <thead>
          <tr>
            {[words.epoch, words.step, ...columns.map(nameOf), words.rate, words.axes.time].map(
              (head) => (
                <th key={head} scope="col" className="number">
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.epoch}>
              <td className="number">{row.epoch}</td>
              <td className="number">{short(row.step)}</td>
              {columns.map(([part, name]) => (
                <td key={`${part} ${name}`} className="number">
                  {score(name, row[part][name])}
                </td>
              ))}
              <td className="number">{short(row.learningRate)}</td>
              <td className="number">{Number.isFinite(row.seconds) ? span(row.seconds) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

type Column = readonly ["train" | "validation", string];

function columnsOf(rows: readonly EpochRow[]): Column[] {
  const parts = ["train", "validation"] as const;
  return parts.flatMap((part) => {
    const names = new Set(rows.flatMap((row) => Object.keys(row[part])));
    return [...names].map((name): Column => [part, name]);
  });
}
