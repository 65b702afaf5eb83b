// All runs as a table: which are shown, how they ended, their scores, and the settings in which they differ, which is what
// comparing them is about. Any column sorts.

import { type ReactElement, useContext, useState } from "react";
import { LanguageContext } from "../language/language.ts";
import { colorOf } from "./colors.ts";
import type { RunRow } from "./connection.ts";
import { moment, plain, score } from "./text.ts";
import { useRunWords } from "./words.ts";

interface TableFacts {
  readonly rows: readonly RunRow[];
  readonly shown: ReadonlySet<string>;
  readonly colors: ReadonlyMap<string, number>;
  readonly onShow: (id: string, isShown: boolean) => void;
}

interface Column {
  readonly id: string;
  readonly head: string;
  readonly key: (row: RunRow) => string | number;
  readonly cell: (row: RunRow) => string;
  readonly isNumber?: boolean;
}

/** Settings that another column shows, or that say too little in a table. */
const hasOwnPlace: readonly string[] = ["epochs", "code"];

/** Settings with more different values than runs are worth a column only up to so many. */
const mostSettings = 8;

export function RunsTable({ rows, shown, colors, onShow }: TableFacts): ReactElement {
  const words = useRunWords();
  const columns = useColumns(rows);
  const [order, setOrder] = useState({ by: "when", isUp: false });
  const column = columns.find(({ id }) => id === order.by) ?? columns[0];
  const sorted = [...rows].sort(
    (a, b) => (order.isUp ? 1 : -1) * compare(column.key(a), column.key(b)),
  );
  const sortBy = (id: string): void =>
    setOrder({ by: id, isUp: order.by === id ? !order.isUp : true });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section className="scroll" tabIndex={0} aria-label={words.table}>
      <table className="runs-table">
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{words.show}</span>
            </th>
            {columns.map(({ id, head, isNumber }) => (
              <th
                key={id}
                scope="col"
                className={isNumber ? "number" : undefined}
                aria-sort={sortOf(id, order)}
              >
                <button type="button" onClick={() => sortBy(id)}>
                  {head}
                  <span aria-hidden="true">
                    {order.by === id ? (order.isUp ? " ↑" : " ↓") : ""}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={row.id}>
              <td>
                <input
                  type="checkbox"
                  aria-label={`${words.show}: ${row.name}`}
                  checked={shown.has(row.id)}
                  disabled={row.status === "damaged"}
                  onChange={(event) => onShow(row.id, event.target.checked)}
                />
              </td>
              {columns.map(({ id, cell, isNumber }) => (
                <td
                  key={id}
                  className={isNumber ? "number" : id}
                  title={id === "name" ? row.folder : undefined}
                >
                  {id === "name" ? (
                    <Swatch place={shown.has(row.id) ? colors.get(row.id) : undefined} />
                  ) : null}
                  {id === "status" ? <StatusMark row={row} text={cell(row)} /> : cell(row)}
                  {id === "status" && row.problem !== undefined ? (
                    <small> {row.problem}</small>
                  ) : null}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function sortOf(
  id: string,
  { by, isUp }: { readonly by: string; readonly isUp: boolean },
): "ascending" | "descending" | undefined {
  if (by !== id) return undefined;
  return isUp ? "ascending" : "descending";
}

/** The colour of a run's curves. */
export function Swatch({ place }: { readonly place: number | undefined }): ReactElement {
  const style = place === undefined ? undefined : { background: colorOf(place) };
  return <span className="swatch" style={style} aria-hidden="true" />;
}

function StatusMark({ row, text }: { readonly row: RunRow; readonly text: string }): ReactElement {
  const kind = row.live === undefined || row.live.status === "running" ? row.status : "paused";
  return <span className={`mark ${kind}`}>{text}</span>;
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number")
    return (Number.isNaN(a) ? -Infinity : a) - (Number.isNaN(b) ? -Infinity : b);
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

function useColumns(rows: readonly RunRow[]): Column[] {
  const words = useRunWords();
  const language = useContext(LanguageContext);
  const statusOf = (row: RunRow): string => {
    const status =
      row.live !== undefined && row.live.status !== "running" ? row.live.status : row.status;
    return words.statuses[status] ?? status;
  };
  const scores = namesOf(rows, ({ results }) => results).filter((name) => name.startsWith("test"));
  const settings = differing(rows);
  return [
    { id: "name", head: words.run, key: ({ name }) => name, cell: ({ name }) => name },
    { id: "status", head: words.status, key: statusOf, cell: statusOf },
    ...scores.map((name) => ({
      ...{ id: `result ${name}`, head: scoreHead(name, words), isNumber: true },
      key: ({ results }: RunRow) => results[name] ?? Number.NaN,
      cell: ({ results }: RunRow) => score(name, results[name]),
    })),
    {
      ...{
        id: "epochs",
        head: words.progress,
        isNumber: true,
        key: ({ epochs, live }) => live?.epoch ?? epochs ?? Number.NaN,
      },
      cell: ({ epochs, epochsWanted, live }) => {
        const done = live === undefined ? epochs : live.epoch - 1;
        return done === undefined ? "–" : `${done} / ${live?.epochs ?? epochsWanted ?? done}`;
      },
    },
    ...settings.map((name) => ({
      ...{
        id: `setting ${name}`,
        head: name,
        isNumber: rows.every(({ configuration }) => typeof configuration[name] !== "string"),
      },
      key: ({ configuration }: RunRow) =>
        typeof configuration[name] === "number" ? configuration[name] : plain(configuration[name]),
      cell: ({ configuration }: RunRow) => plain(configuration[name]),
    })),
    {
      id: "when",
      head: words.when,
      key: ({ when }) => when,
      cell: ({ when }) => moment(when, language),
    },
  ];
}

/** `testAccuracy` → `accuracy`. */
function scoreHead(name: string, words: ReturnType<typeof useRunWords>): string {
  const head = name.slice(4, 5).toLowerCase() + name.slice(5);
  return words.charts[head] ?? head;
}

/** Settings that are not the same in all runs; all of one run's are in its details. */
function differing(rows: readonly RunRow[]): string[] {
  const own = rows.filter(({ configuration }) => Object.keys(configuration).length > 0);
  const names = namesOf(own, ({ configuration }) => configuration).filter(
    (name) => !hasOwnPlace.includes(name),
  );
  const varied = names.filter(
    (name) => new Set(own.map(({ configuration }) => plain(configuration[name]))).size > 1,
  );
  return varied.slice(0, mostSettings);
}

function namesOf(
  rows: readonly RunRow[],
  facts: (row: RunRow) => Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(facts(row))))];
}
