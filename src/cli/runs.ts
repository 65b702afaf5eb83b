// `chainrule runs`: the runs in a folder beside each other; `runs compare`: what differs between some of them.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ChainruleError } from "../index.ts";
import { listRuns, type RunEntry, readRunEntry } from "../train/node.ts";
import { shortened } from "./columns.ts";
import { type Column, tableText } from "./table.ts";
import { colorsFor, duration, grouped, number, percent, plural, shownPath, wrap } from "./text.ts";

/** What `runs` can be sorted by; what is smallest comes first. */
const orders: Readonly<Record<string, (entry: RunEntry) => string | number>> = {
  name: ({ name }) => name,
  recipe: ({ recipe }) => recipe,
  status: ({ status }) => status,
  accuracy: ({ results }) => -(results.testAccuracy ?? -1),
  loss: ({ results }) => results.testLoss ?? Number.POSITIVE_INFINITY,
  time: ({ results }) => results.seconds ?? Number.POSITIVE_INFINITY,
  parameters: ({ results }) => results.parameters ?? Number.POSITIVE_INFINITY,
  when: ({ when }) => -Date.parse(when),
};

/** Runs the command. */
export async function listRunsIn(
  folders: readonly string[],
  options: { readonly sort?: string; readonly reverse?: boolean; readonly json?: boolean },
): Promise<void> {
  const { sort = "when", reverse = false, json = false } = options;
  if (folders.length === 0 && !existsSync("runs")) {
    if (json) process.stdout.write("[]\n");
    else
      process.stdout.write("\n  no runs yet: `npx chainrule train digits` makes one in runs/\n\n");
    return;
  }
  const found = await listRuns(...(folders.length === 0 ? ["runs"] : folders));
  const entries = sorted(found, orders[sort]);
  if (reverse) entries.reverse();
  if (json) process.stdout.write(`${JSON.stringify(entries)}\n`);
  else process.stdout.write(listText(entries, process.stdout));
}

/** Compares runs. Errors: those of damaged runs, since nothing can be said of them. */
export async function compareRuns(
  directories: readonly string[],
  { json = false, all = false }: { readonly json?: boolean; readonly all?: boolean },
): Promise<void> {
  const entries = await Promise.all(directories.map(readUsable));
  if (json) process.stdout.write(`${JSON.stringify(comparison(entries))}\n`);
  else process.stdout.write(comparisonText(entries, all, process.stdout));
}

function listText(entries: readonly RunEntry[], stream: NodeJS.WriteStream): string {
  const colors = colorsFor(stream);
  const whole = entries.filter(({ status }) => status !== "damaged");
  const broken = entries.filter(({ status }) => status === "damaged");
  if (entries.length === 0) return "\n  no runs here\n\n";
  const table =
    whole.length === 0 ? "" : `${tableText(columnsOf(whole, colors), roomOf(stream), colors)}\n`;
  const damage = broken.map(({ directory, problem }) => {
    const lines = wrap(`${shownPath(directory)}: ${problem}`, roomOf(stream) - 9);
    return `  ${colors.red("damaged")}  ${lines.join("\n           ")}\n`;
  });
  const end = damage.length === 0 ? "" : `${damage.join("")}\n`;
  return `\n${table}${end}`;
}

function columnsOf(entries: readonly RunEntry[], colors: ReturnType<typeof colorsFor>): Column[] {
  const yellow = ["interrupted", "training", "stopped", "aborted", "broken off"];
  const paints: Readonly<Record<string, (text: string) => string>> = {
    finished: colors.green,
    failed: colors.red,
    ...Object.fromEntries(yellow.map((status) => [status, colors.yellow])),
  };
  const column = (
    head: string,
    cell: (entry: RunEntry) => string,
    more: Partial<Column>,
  ): Column => ({
    head,
    cells: entries.map(cell),
    ...more,
  });
  const right = { numeric: true };
  return [
    column("run", ({ directory }) => shownPath(directory), { paint: () => colors.bold }),
    column("recipe", ({ recipe }) => recipe, { rank: 5 }),
    column("status", ({ status }) => status, {
      paint: (row) => paints[entries[row].status],
    }),
    column("epochs", epochsText, { ...right, rank: 4 }),
    ...scoreNames(entries).map((name, k) =>
      column(scoreHead(name), ({ results }) => scoreText(name, results[name]), {
        ...right,
        rank: k < 2 ? undefined : 7 + k,
        paint: (row) => (row === bestOf(name, entries) ? colors.green : undefined),
      }),
    ),
    column(
      "time",
      ({ results }) => (results.seconds === undefined ? "–" : duration(results.seconds)),
      {
        ...right,
        rank: 3,
      },
    ),
    column("parameters", ({ results }) => countText(results.parameters), { ...right, rank: 6 }),
    column("when", ({ when }) => whenText(when), { rank: 2 }),
  ];
}

/** Scores on test data, those that everybody looks for first. */
function scoreNames(entries: readonly RunEntry[]): string[] {
  const names = new Set(entries.flatMap(({ results }) => Object.keys(results)));
  const first = ["testAccuracy", "testLoss"].filter((name) => names.has(name));
  const others = [...names].filter((name) => name.startsWith("test") && !first.includes(name));
  return [...first, ...others];
}

/** `testAccuracy` → `accuracy`. */
function scoreHead(name: string): string {
  return name.slice(4, 5).toLowerCase() + name.slice(5);
}

function scoreText(name: string, value: number | undefined): string {
  if (value === undefined) return "–";
  return /accuracy/i.test(name) ? percent(value) : number(value);
}

/** Row of the best score, where runs differ. */
function bestOf(name: string, entries: readonly RunEntry[]): number {
  const worse = /loss|error|perplexity/i.test(name) ? 1 : -1;
  const values = entries.map(({ results }) => results[name] ?? Number.NaN);
  const known = values.filter((value) => !Number.isNaN(value));
  if (new Set(known).size < 2) return -1;
  return values.indexOf(worse === 1 ? Math.min(...known) : Math.max(...known));
}

function epochsText({ epochs, epochsWanted }: RunEntry): string {
  if (epochsWanted === undefined) return "–";
  return epochs === epochsWanted ? String(epochs) : `${epochs ?? "?"}/${epochsWanted}`;
}

function countText(value: number | undefined): string {
  return value === undefined ? "–" : grouped(value);
}

/** `today 14:05`, `21 Nov 14:05`, `21 Nov 2025`. */
function whenText(when: string): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return "–";
  const now = new Date();
  const time = `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
  if (date.toDateString() === now.toDateString()) return `today ${time}`;
  const day = `${date.getDate()} ${date.toLocaleString("en", { month: "short" })}`;
  return date.getFullYear() === now.getFullYear()
    ? `${day} ${time}`
    : `${day} ${date.getFullYear()}`;
}

/** A name and what it is in each run. */
interface Row {
  readonly name: string;
  readonly values: readonly unknown[];
  readonly differs: boolean;
}

function comparison(entries: readonly RunEntry[]): object {
  const differing = (rows: readonly Row[]): object =>
    Object.fromEntries(
      rows.filter(({ differs }) => differs).map(({ name, values }) => [name, values]),
    );
  return {
    runs: entries.map(({ directory }) => directory),
    configuration: differing(rowsOf(entries.map(({ configuration }) => configuration))),
    results: Object.fromEntries(
      rowsOf(entries.map(({ results }) => results)).map(({ name, values }) => [name, values]),
    ),
  };
}

function comparisonText(
  entries: readonly RunEntry[],
  all: boolean,
  stream: NodeJS.WriteStream,
): string {
  const colors = colorsFor(stream);
  const settings = rowsOf(entries.map(({ configuration }) => configuration));
  const shown = settings.filter(({ differs }) => all || differs);
  const results = rowsOf(entries.map(({ results }) => results));
  const rows = [...shown, ...results];
  const names = rows.map(({ name }) => name);
  const free = roomOf(stream) - Math.max(0, ...names.map((name) => name.length)) - 2;
  const beside = Math.min(entries.length, Math.max(1, Math.floor(free / (leastColumns + 2))));
  const room = Math.max(leastColumns, Math.floor(free / beside) - 2);
  const columns = entries.map(
    ({ name }, k): Column => ({
      head: shortened(name, room),
      cells: rows.map((row, r) => shortened(cellText(row, k, r >= shown.length), room)),
      paint: (r) => (isBest(rows[r], k, r >= shown.length, entries) ? colors.green : undefined),
    }),
  );
  const side: Column = { head: "", cells: names, paint: () => colors.dim };
  const tables = inGroups(columns, beside).map((some) =>
    tableText([side, ...some], roomOf(stream), colors),
  );
  const equal = settings.length - settings.filter(({ differs }) => differs).length;
  const note = `  ${plural(equal, "setting")} ${equal === 1 ? "is" : "are"} the same; --all shows them too`;
  const end = all ? "" : `${colors.dim(note)}\n\n`;
  return `\n${tables.join("\n")}\n${end}`;
}

/** Columns of a compared run at least; of those that do not fit beside each other, tables stand below each other. */
const leastColumns = 10;

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, k) =>
    items.slice(k * size, (k + 1) * size),
  );
}

function isBest(
  row: Row,
  column: number,
  isResult: boolean,
  entries: readonly RunEntry[],
): boolean {
  return isResult && /accuracy|loss/i.test(row.name) && bestOf(row.name, entries) === column;
}

function cellText({ name, values }: Row, k: number, isResult: boolean): string {
  const value = values[k];
  if (value === undefined) return "–";
  if (!isResult || typeof value !== "number")
    return typeof value === "string" ? value : JSON.stringify(value);
  if (name === "seconds") return duration(value);
  const isCount = Number.isInteger(value) && !/accuracy/i.test(name);
  return isCount ? grouped(value) : scoreText(name, value);
}

function rowsOf(records: readonly Readonly<Record<string, unknown>>[]): Row[] {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return names.map((name) => {
    const values = records.map((record) => record[name]);
    return {
      name,
      values,
      differs: new Set(values.map((value) => JSON.stringify(value))).size > 1,
    };
  });
}

function sorted(
  entries: readonly RunEntry[],
  key: (entry: RunEntry) => string | number,
): RunEntry[] {
  const keyed = entries.map((entry) => ({ entry, by: key(entry) }));
  keyed.sort((a, b) => (a.by < b.by ? -1 : a.by > b.by ? 1 : 0));
  return keyed.map(({ entry }) => entry);
}

async function readUsable(directory: string): Promise<RunEntry> {
  const path = resolve(directory);
  const entry = existsSync(path) ? await readRunEntry(path) : undefined;
  if (entry !== undefined && entry.status !== "damaged") return entry;
  throw new ChainruleError({
    code: entry === undefined ? "MISSING_FILE" : "BAD_CHECKPOINT",
    op: "runs compare",
    problem:
      entry === undefined ? `there is no run ${path}` : `${path} is damaged: ${entry.problem}`,
    fix: "Name runs that `chainrule runs` lists as whole.",
    detail: { path },
  });
}

/** Columns of the terminal, at most 120: a table may be wider than text. */
function roomOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns || 80, 120) - 2;
}
