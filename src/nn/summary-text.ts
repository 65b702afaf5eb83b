// A summary as a table: a tree of layers with shapes, parameters, arithmetic and memory, and the totals below.

import { showShape } from "../core/shape.ts";
import type { Summary, SummaryRow } from "./summary.ts";

const header = ["Layer", "Path", "Output", "Parameters", "FLOPs", "Activations"] as const;
/** Columns of numbers stand to the right. */
const firstNumber = 3;

/** The table with a final line feed. */
export function summaryText(facts: Omit<Summary, "toString">): string {
  const { rows } = facts;
  const cells = rows.map((row, k) => [
    branches(rows, k) + row.layer + (isFrozen(row) ? " (frozen)" : ""),
    row.path,
    row.outputs.map(showShape).join(", "),
    row.parameters === 0 ? "" : grouped(row.parameters),
    row.flops === 0 ? "" : counted(row.flops),
    row.activationBytes === 0 ? "" : bytesText(row.activationBytes),
  ]);
  const widths = header.map((title, k) =>
    Math.max(title.length, ...cells.map((row) => row[k].length)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, k) => (k < firstNumber ? cell.padEnd(widths[k]) : cell.padStart(widths[k])))
      .join("  ")
      .trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const lines = [line(header), rule, ...cells.map(line), rule, ...totals(facts)];
  return `${lines.join("\n")}\n`;
}

function totals(facts: Omit<Summary, "toString">): string[] {
  const { parameters, trainable, state, rows } = facts;
  const frozen = parameters - trainable;
  const parts = [`${grouped(trainable)} trained`, `${grouped(frozen)} frozen`];
  const numbers: readonly (readonly [string, string])[] = [
    ["Input", rows[0].inputs.map(showShape).join(", ")],
    [
      "Parameters",
      `${grouped(parameters)}${frozen > 0 ? ` (${parts.join(", ")})` : ""}, ${bytesText(facts.parameterBytes)}`,
    ],
    ...(state > 0 ? [["State", `${grouped(state)} numbers that are not trained`] as const] : []),
    ["Forward pass", `${counted(facts.flops)}FLOP`],
    ["Activations", bytesText(facts.activationBytes)],
  ];
  return numbers.map(([name, value]) => `${name.padEnd(14)}${value}`);
}

/** The lines of the tree before a row. */
function branches(rows: readonly SummaryRow[], at: number): string {
  const { depth } = rows[at];
  if (depth === 0) return "";
  const parts = Array.from({ length: depth }, (_, level) => {
    const next = rows.slice(at + 1).find((row) => row.depth <= level + 1);
    const goesOn = next !== undefined && next.depth === level + 1;
    if (level === depth - 1) return goesOn ? "├─ " : "└─ ";
    return goesOn ? "│  " : "   ";
  });
  return parts.join("");
}

function isFrozen({ parameters, trainable }: SummaryRow): boolean {
  return parameters > 0 && trainable === 0;
}

/** 1234567 as 1,234,567. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** With three digits and a letter, 1.23 M; whole numbers below 1000 as they are. */
function counted(value: number): string {
  const units = ["", "k", "M", "G", "T", "P"];
  return scaled(value, 1000, units);
}

function bytesText(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  while (rest >= base && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  const digits = unit === 0 ? String(rest) : rest.toFixed(rest < 10 ? 2 : rest < 100 ? 1 : 0);
  return `${digits} ${units[unit]}`;
}
