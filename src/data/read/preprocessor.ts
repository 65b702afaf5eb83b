// From tables to tensors: a preprocessor is fitted on the training records alone, then makes inputs and targets of these
// and of all others. It is JSON, to be kept beside the model, because a prediction needs the same means and categories.

import { checkChoice } from "../../core/checks.ts";
import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import { checkOptionNames, type OptionNames } from "../../core/option-names.ts";
import { printAsText } from "../../core/print-as-text.ts";
import { ArrayDataset } from "../dataset.ts";
import type { TableColumn } from "./column.ts";
import {
  type ColumnRules,
  type ColumnScale,
  codesOf,
  encodeColumn,
  type FittedCategory,
  type FittedColumn,
  type FittedNumber,
  fitColumn,
  namesOf,
} from "./fit-column.ts";
import { checkFitted } from "./fitted-json.ts";
import { isMissing, Table } from "./table.ts";

/** Options of `TablePreprocessor.fit`; rules given here hold for all inputs that have none of their own. */
export interface PreprocessorOptions extends ColumnRules {
  /** Columns that go in; default: all that are not targets. */
  readonly inputs?: readonly string[];
  /** The column, or columns, to be predicted: one of categories or truth values, or any of numbers. */
  readonly targets: string | readonly string[];
  /** Rules for single columns. */
  readonly columns?: Readonly<Record<string, ColumnRules>>;
  /** Scale of targets that are numbers; default `none`. `restoreTargets` undoes it. */
  readonly targetScale?: ColumnScale;
}

const ruleNames = {
  missing: true,
  indicator: true,
  log: true,
  scale: true,
  encode: true,
  unseen: true,
} as const satisfies OptionNames<ColumnRules>;

const fitNames = {
  ...ruleNames,
  inputs: true,
  targets: true,
  columns: true,
  targetScale: true,
} as const satisfies OptionNames<PreprocessorOptions>;

/**
 * Makes tensors of tables, by what it measured on the training records.
 *
 * `const preprocessor = TablePreprocessor.fit(train, { targets: "species" });`
 * `await fit(model, { train: preprocessor.transform(train), validation: preprocessor.transform(test) });`
 */
export class TablePreprocessor {
  readonly #inputs: readonly FittedColumn[];
  readonly #targets: readonly FittedColumn[];

  private constructor(inputs: readonly FittedColumn[], targets: readonly FittedColumn[]) {
    this.#inputs = inputs;
    this.#targets = targets;
  }

  /** Measures the training records. Errors: `BAD_ARGUMENT` names the column that rules are missing for, or do not fit. */
  static fit(train: Table, options: PreprocessorOptions): TablePreprocessor {
    checkOptionNames("TablePreprocessor.fit", options, fitNames);
    if (!(train instanceof Table)) throw noTable(train);
    if (train.size === 0)
      throw refused("there are no records to fit to", "Fit on training records.", {});
    const { inputs, targets, columns = {}, targetScale = "none", ...rules } = options;
    for (const own of [rules, ...Object.values(columns)]) checkRules(own);
    checkChoice("TablePreprocessor.fit", "targetScale", targetScale, scales);
    const targetNames = typeof targets === "string" ? [targets] : targets;
    if (!Array.isArray(targetNames))
      throw refused(
        `targets is ${showValue(targets)}`,
        "Name the column, or the columns, to be predicted.",
        {},
      );
    const names = inputs ?? train.names.filter((name) => !targetNames.includes(name));
    for (const name of Object.keys(columns)) if (!names.includes(name)) throw noInput(name, names);
    if (names.length === 0) throw refused("there are no inputs", "Name columns in `inputs`.", {});
    const both = names.find((name) => targetNames.includes(name));
    if (both !== undefined) throw isBoth(both);
    const fitted = names.map((name) => {
      const own = Object.hasOwn(columns, name) ? columns[name] : {};
      return fitColumn(train.column(name), { ...rules, ...own }, own);
    });
    const fittedTargets = targetNames.map((name) => fitTarget(train.column(name), targetScale));
    checkTargets(fittedTargets);
    return new TablePreprocessor(fitted, fittedTargets);
  }

  /** Makes again the preprocessor that `describe` described. Errors: `BAD_FILE` where it did not. */
  static from(description: Json): TablePreprocessor {
    const { inputs, targets } = checkFitted(description);
    return new TablePreprocessor(inputs, targets);
  }

  /** All that was measured, as JSON. */
  describe(): Json {
    return JSON.parse(
      JSON.stringify({ version: 1, inputs: this.#inputs, targets: this.#targets }),
    ) as Json;
  }

  /** Names of the numbers of an input, `sex=male` for a category. */
  get inputNames(): readonly string[] {
    return this.#inputs.flatMap(namesOf);
  }

  get targetNames(): readonly string[] {
    return this.#targets.map(({ name }) => name);
  }

  /** The classes of the target by their numbers; undefined where targets are numbers. */
  get classes(): readonly string[] | undefined {
    const [target] = this.#targets;
    return target === undefined || target.as === "number" ? undefined : target.categories;
  }

  /** What becomes what, as `console.log` shows it. */
  toString(): string {
    const inputs = this.#inputs.map(({ name }) => name).join(", ");
    const classes = this.classes === undefined ? "" : ` (${this.classes.length} classes)`;
    const targets = `${this.targetNames.join(", ")}${classes}`;
    return `TablePreprocessor: ${inputs} as ${this.inputNames.length} numbers → ${targets}`;
  }

  /**
   * Makes a data set of records.
   *
   * Shape: `inputs` float32 `[F]`; `targets` int32 `[]`, the number of the class, or float32 `[T]`.
   */
  transform(table: Table): ArrayDataset<"inputs" | "targets"> {
    const { data, shape } = this.inputs(table);
    return new ArrayDataset({
      inputs: { data, shape: shape.slice(1) },
      targets: this.#target(table),
    });
  }

  /** Makes the inputs alone, for a prediction; the table needs no targets. Shape: `[N, F]`. */
  inputs(table: Table): HostTensor {
    return encoded(this.#inputs, table);
  }

  /** Brings predicted numbers `[N, T]` back to the units of the table. */
  restoreTargets(predicted: ArrayLike<number>): Float64Array {
    const scales = this.#targets.filter((target): target is FittedNumber => target.as === "number");
    if (scales.length === 0) throw noNumbers(this.targetNames);
    return Float64Array.from(predicted, (value, k) => {
      const { centre, spread } = scales[k % scales.length];
      return value * spread + centre;
    });
  }

  #target(table: Table): { data: Int32Array | Float32Array; shape: readonly number[] } {
    const [target] = this.#targets;
    if (target !== undefined && target.as !== "number")
      return { data: codesOf(target, table.column(target.name)), shape: [] };
    const { data, shape } = encoded(this.#targets, table);
    return { data: data as Float32Array, shape: shape.slice(1) };
  }
}

printAsText(TablePreprocessor);

const scales: readonly ColumnScale[] = ["standard", "minMax", "robust", "none"];
const missing = ["error", "mean", "median", "mostFrequent", "category", "keep"];

function encoded(columns: readonly FittedColumn[], table: Table): HostTensor {
  const width = columns.reduce((sum, column) => sum + namesOf(column).length, 0);
  const data = new Float32Array(table.size * width);
  let offset = 0;
  for (const fitted of columns) {
    encodeColumn(fitted, table.column(fitted.name), data, offset, width);
    offset += namesOf(fitted).length;
  }
  return { dtype: "float32", shape: [table.size, width], data };
}

/** Targets that are numbers are scaled; truth values and categories are classes. None may be missing. */
function fitTarget(column: TableColumn, scale: ColumnScale): FittedColumn {
  const absent = [...column.values].filter(isMissing).length;
  if (absent > 0) throw lacksTargets(column, absent);
  if (column.kind !== "boolean") return fitColumn(column, { scale }, {});
  const classes: FittedCategory = {
    ...{ as: "oneHot", name: column.name, kind: "boolean", categories: ["false", "true"] },
    ...{ fill: null, indicator: false, unseen: "error" },
  };
  return classes;
}

function checkTargets(targets: readonly FittedColumn[]): void {
  if (targets.length > 0 && (targets.length === 1 || targets.every(({ as }) => as === "number")))
    return;
  const list = targets.map(({ name, kind }) => `${name} (${kind})`).join(", ");
  throw refused(
    targets.length === 0 ? "there are no targets" : `targets of several kinds: ${list}`,
    "Name one column of categories, or columns of numbers.",
    { targets: targets.map(({ name }) => name) },
  );
}

function checkRules(rules: ColumnRules): void {
  const op = "TablePreprocessor.fit";
  checkOptionNames(op, rules, ruleNames);
  if (typeof rules.missing !== "number")
    checkChoice(op, "missing", rules.missing ?? "error", missing);
  checkChoice(op, "scale", rules.scale ?? "none", scales);
  checkChoice(op, "encode", rules.encode ?? "oneHot", ["oneHot", "ordinal"]);
  checkChoice(op, "unseen", rules.unseen ?? "error", ["error", "unknown"]);
}

function refused(problem: string, fix: string, detail: Record<string, unknown>): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "TablePreprocessor",
    problem,
    fix,
    detail,
  });
}

function noTable(train: unknown): ChainruleError {
  return refused(
    `takes a table to fit to; received ${showValue(train)}`,
    "Read one by readCsv, or make one by Table.fromRecords.",
    {},
  );
}

function noInput(name: string, names: readonly string[]): ChainruleError {
  return refused(
    `there are rules for ${JSON.stringify(name)}, which is no input; the inputs are ${names.join(", ")}`,
    "Use one of these names in `columns`; targets have `targetScale`.",
    { name, inputs: names },
  );
}

function isBoth(name: string): ChainruleError {
  return refused(
    `${JSON.stringify(name)} is an input and a target`,
    "Leave it out of `inputs`: a model that is told the answer learns nothing.",
    { name },
  );
}

function lacksTargets({ name, values }: TableColumn, absent: number): ChainruleError {
  return refused(
    `the target ${JSON.stringify(name)} lacks ${absent} of ${values.length} values`,
    `Leave these records out by table.dropMissing([${JSON.stringify(name)}]).`,
    { name, missing: absent },
  );
}

function noNumbers(names: readonly string[]): ChainruleError {
  return refused(
    `the target ${names.join(", ")} is a class, not a number`,
    "Look its number up in `classes`.",
    { targets: names },
  );
}
