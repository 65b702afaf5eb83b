// All runs as a table: which are shown, how they ended, their scores, and the settings in which they differ, which is what
// comparing them is about. Any column sorts; a filter keeps the rows that fit.

import { memo, type ReactElement, useContext, useDeferredValue, useMemo, useState } from "react";
import { type Language, LanguageContext } from "../language/language.ts";
import { colorOf } from "./colors.ts";
import type { RunRow } from "./connection.ts";
import { type FilterCell, filterOf } from "./filter-runs.ts";
import { moment, plain, score, short } from "./text.ts";
import { type RunWords, useRunWords } from "./words.ts";

interface TableFacts {
  readonly rows: readonly RunRow[];
  readonly shown: ReadonlySet<string>;
  readonly colors: ReadonlyMap<string, number>;
  readonly onShow: (ids: readonly string[], isShown: boolean) => void;
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

/** Rows at first, and with each wish for more; one tick shows so many at once. */
const rowsAtOnce = 100;
const shownAtOnce = 8;

function Table({ rows, shown, colors, onShow }: TableFacts): ReactElement {
  const words = useRunWords();
  const [filter, setFilter] = useState("");
  const [isAll, setAll] = useState(false);
  const [most, setMost] = useState(rowsAtOnce);
  const [order, setOrder] = useState({ by: "when", isUp: false });
  const columns = useColumns(rows, isAll);
  const wanted = useDeferredValue(filter);
  const sorted = useMemo(() => {
    const column = columns.find(({ id }) => id === order.by) ?? columns[0];
    const fits = filterOf(wanted);
    return rows
      .filter((row) => fits(columns.map((each) => cellOf(each, row))))
      .sort((a, b) => (order.isUp ? 1 : -1) * compare(column.key(a), column.key(b)));
  }, [rows, columns, order, wanted]);
  const sortBy = (id: string): void =>
    setOrder({ by: id, isUp: order.by === id ? !order.isUp : true });
  const first = sorted.filter(({ status }) => status !== "damaged").slice(0, shownAtOnce);
  return (
    <>
      <div className="choices">
        <label className="filter">
          {words.filterRuns}
          <input
            type="search"
            value={filter}
            placeholder={words.filterExample}
            onChange={(event) => setFilter(event.target.value)}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={isAll}
            onChange={(event) => setAll(event.target.checked)}
          />
          {words.allSettings}
        </label>
        <span className="buttons">
          <button
            type="button"
            className="button"
            onClick={() => {
              onShow([...shown], false);
              onShow(
                first.map(({ id }) => id),
                true,
              );
            }}
          >
            {words.showFirst}
          </button>
          <button type="button" className="button" onClick={() => onShow([...shown], false)}>
            {words.showNone}
          </button>
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <section className="scroll" tabIndex={0} aria-label={words.table}>
        <table className="runs-table">
          <Head columns={columns} order={order} sortBy={sortBy} />
          <tbody>
            {sorted.slice(0, most).map((row) => (
              <Row
                key={row.id}
                row={row}
                columns={columns}
                color={shown.has(row.id) ? colors.get(row.id) : undefined}
                isShown={shown.has(row.id)}
                onShow={onShow}
              />
            ))}
          </tbody>
        </table>
        {sorted.length === 0 ? <p className="empty">{words.noneFits}</p> : null}
      </section>
      {sorted.length > most ? (
        <button type="button" className="button more" onClick={() => setMost(most + rowsAtOnce)}>
          {words.moreRuns(Math.min(rowsAtOnce, sorted.length - most))}
        </button>
      ) : null}
    </>
  );
}

/** Drawn anew when runs change, and not with each piece that is read of one. */
export const RunsTable: typeof Table = memo(Table) as unknown as typeof Table;

interface Order {
  readonly by: string;
  readonly isUp: boolean;
}

interface HeadFacts {
  readonly columns: readonly Column[];
  readonly order: Order;
  readonly sortBy: (id: string) => void;
}

function Head({ columns, order, sortBy }: HeadFacts): ReactElement {
  const words = useRunWords();
  return (
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
              <span aria-hidden="true">{order.by === id ? (order.isUp ? " ↑" : " ↓") : ""}</span>
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface RowFacts {
  readonly row: RunRow;
  readonly columns: readonly Column[];
  readonly color: number | undefined;
  readonly isShown: boolean;
  readonly onShow: TableFacts["onShow"];
}

function Row({ row, columns, color, isShown, onShow }: RowFacts): ReactElement {
  const words = useRunWords();
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`${words.show}: ${row.name}`}
          checked={isShown}
          disabled={row.status === "damaged"}
          onChange={(event) => onShow([row.id], event.target.checked)}
        />
      </td>
      {columns.map(({ id, cell, isNumber }) => (
        <td
          key={id}
          className={isNumber ? "number" : id}
          title={id === "name" ? row.folder : undefined}
        >
          {id === "name" ? <Swatch place={color} /> : null}
          {id === "status" ? <StatusMark row={row} text={cell(row)} /> : cell(row)}
          {id === "status" && row.problem !== undefined ? <small> {row.problem}</small> : null}
        </td>
      ))}
    </tr>
  );
}

function cellOf({ id, head, key, cell }: Column, row: RunRow): FilterCell {
  const name = id.replace(/^(result|setting) /, "");
  return { names: [head, name], key: key(row), text: cell(row) };
}

function sortOf(id: string, { by, isUp }: Order): "ascending" | "descending" | undefined {
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

function useColumns(rows: readonly RunRow[], isAll: boolean): Column[] {
  const words = useRunWords();
  const language = useContext(LanguageContext);
  return useMemo(() => columnsOf(rows, isAll, words, language), [rows, isAll, words, language]);
}

function columnsOf(
  rows: readonly RunRow[],
  isAll: boolean,
  words: RunWords,
  language: Language,
): Column[] {
  const statusOf = (row: RunRow): string => {
    const status =
      row.live !== undefined && row.live.status !== "running" ? row.live.status : row.status;
    return words.statuses[status] ?? status;
  };
  const scores = namesOf(rows, ({ results }) => results).filter((name) => name.startsWith("test"));
  const settings = settingsOf(rows, isAll);
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
        return done === undefined
          ? "–"
          : `${short(done)} / ${short(live?.epochs ?? epochsWanted ?? done)}`;
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
function scoreHead(name: string, words: RunWords): string {
  const head = name.slice(4, 5).toLowerCase() + name.slice(5);
  return words.charts[head] ?? head;
}

/** Settings that are not the same in all runs, or all of them. */
function settingsOf(rows: readonly RunRow[], isAll: boolean): string[] {
  const own = rows.filter(({ configuration }) => Object.keys(configuration).length > 0);
  const names = namesOf(own, ({ configuration }) => configuration).filter(
    (name) => !hasOwnPlace.includes(name),
  );
  if (isAll) return names.slice(0, 4 * mostSettings);
  const varied = names.filter((name) => new Set(valuesOf(own, name)).size > 1);
  return varied.slice(0, mostSettings);
}

/** The values of a setting in the runs that have it. */
function valuesOf(rows: readonly RunRow[], name: string): string[] {
  const values = rows.map(({ configuration }) => configuration[name]);
  return values.filter((value) => value !== undefined).map(plain);
}

function namesOf(
  rows: readonly RunRow[],
  facts: (row: RunRow) => Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(facts(row))))];
}
