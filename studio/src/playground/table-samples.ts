// A table of the user's own as data to learn from. Tables found in the wild have names, tickets and remarks among their
// columns, records without an answer and no header: what no network can read is left out and listed, not refused.

import { data } from "chainrule";
import type { TableData } from "./description.ts";
import { Refusal } from "./problems.ts";

type Records = data.ArrayDataset<"inputs" | "targets">;

/** A table that was read, and what of it cannot be used. */
export interface TableRecords {
  readonly train: Records;
  readonly test: Records;
  readonly classes: readonly string[] | undefined;
  readonly features: readonly string[];
  readonly leftOut: LeftOut;
}

/** What a table holds and the network does not get. */
export interface LeftOut {
  /** Columns of text that are no categories, or without any value. */
  readonly columns: readonly string[];
  /** Records without the value that is to be predicted. */
  readonly records: number;
}

/** Most different whole numbers that are taken for classes. */
const mostClasses = 10;
/** Fewest records of which some can be kept for the test. */
const fewest = 4;

/** Reads CSV text; a first line with numbers in it, above numbers, is a record and no header. */
export function readTable(text: string): data.Table {
  const table = data.parseCsv(text);
  const isRecord = table.columns.some(
    ({ name, kind }) => (kind === "integer" || kind === "number") && isNumeral(name),
  );
  return isRecord ? data.parseCsv(text, { header: false }) : table;
}

/** Columns of a table that cannot be inputs. */
export function unreadable(table: data.Table): string[] {
  const columns = table.describe();
  return columns
    .filter(({ kind, missing }) => kind === "text" || missing === table.size)
    .map(({ name }) => name);
}

/** Makes records; columns are standardised by those to learn from, categories become indicators. Errors: a `Refusal`. */
export function tableRecords(
  { text, target, without = [] }: TableData,
  testShare: number,
): TableRecords {
  const { table, records } = answered(readTable(text), target);
  const unread = unreadable(table).filter((name) => name !== target);
  const features = table.names.filter(
    (name) => name !== target && !unread.includes(name) && !without.includes(name),
  );
  if (features.length === 0) throw new Refusal("noInputs", "No column is left as an input.");
  const { kind } = table.column(target);
  const isClass = kind === "category" || kind === "boolean";
  const parts = table.split({ validation: testShare, ...(isClass && { stratify: target }) });
  const preprocessor = data.TablePreprocessor.fit(parts.train, {
    inputs: features,
    targets: target,
    scale: "standard",
    targetScale: "standard",
    missing: "mean",
    unseen: "unknown",
  });
  return {
    train: preprocessor.transform(parts.train),
    test: preprocessor.transform(parts.validation),
    classes: preprocessor.classes,
    features,
    leftOut: { columns: unread, records },
  };
}

/** The records that have what is to be predicted, as classes where it is one of a few; and how many have not. */
function answered(whole: data.Table, target: string): { table: data.Table; records: number } {
  whole.column(target);
  const known = whole.dropMissing([target]);
  const { values, kind } = known.column(target);
  if (known.size < fewest) throw new Refusal("fewRecords", `There are ${known.size} records.`);
  if (kind === "text") throw new Refusal("textTarget", `${target} is text.`);
  const different = new Set<unknown>(values).size;
  const isClass =
    kind === "category" || kind === "boolean" || (kind === "integer" && different <= mostClasses);
  if (isClass && different < 2) throw new Refusal("oneClass", `${target} has one value.`);
  const records = whole.size - known.size;
  return { table: isClass ? withClasses(known, target) : known, records };
}

/** The table with a column of whole numbers read as categories. */
function withClasses(table: data.Table, target: string): data.Table {
  const columns = table.columns.map((column): data.TableColumn => {
    const { name, kind, values } = column;
    if (name !== target || kind !== "integer") return column;
    return { name, kind: "category", values: Array.from(values, String) };
  });
  return new data.Table(columns);
}

function isNumeral(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
