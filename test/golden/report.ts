// The report of a golden run: failures with op, case, largest error and tolerance; a count per group; what is
// unsupported; and the line that closes it.

import type { Fault } from "./compare.ts";
import type { Outcome, Setting } from "./run.ts";

/** Number of cases by outcome. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** One target's outcomes. */
export interface TargetOutcomes {
  readonly setting: Setting;
  readonly outcomes: readonly Outcome[];
  readonly seconds: number;
}

/** Counts outcomes by kind. */
export function countsOf(outcomes: readonly Outcome[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { kind } of outcomes) counts[kind]++;
  return counts;
}

/** How many cases were skipped for the lack of each name. */
export function unsupportedNames(outcomes: readonly Outcome[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) {
    if (outcome.kind !== "skipped") continue;
    counts.set(outcome.name, (counts.get(outcome.name) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Counts per group, in the order of the cases. */
export function groupCounts(outcomes: readonly Outcome[]): Map<string, Counts> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { group } = outcome.golden;
    groups.set(group, [...(groups.get(group) ?? []), outcome]);
  }
  return new Map([...groups].map(([group, list]) => [group, countsOf(list)]));
}

/** One line per fault of a case: `group.op.0 (op): grad x: error 0.5 at element 3, allowed 1e-7 (…)`. */
export function failureLines(outcome: Outcome): string[] {
  if (outcome.kind !== "failed") return [];
  const { id, op } = outcome.golden;
  return outcome.faults.map((fault) => `${id} (${op}): ${describeFault(fault)}`);
}

/** The report as text, without the closing line. */
export function reportText({ setting, outcomes, seconds }: TargetOutcomes): string {
  const lines = [`${setting.target}, ${setting.dtype}, ${seconds.toFixed(1)} s`, ""];
  for (const outcome of outcomes) {
    lines.push(...failureLines(outcome).map((line) => `  FAILED ${line}`));
  }
  if (outcomes.some(({ kind }) => kind === "failed")) lines.push("");
  for (const [group, counts] of groupCounts(outcomes)) lines.push(groupLine(group, counts));
  const unsupported = [...unsupportedNames(outcomes)];
  if (unsupported.length > 0) {
    lines.push("", "  unsupported:");
    for (const [name, count] of unsupported)
      lines.push(`    ${String(count).padStart(4)}  ${name}`);
  }
  return `${lines.join("\n")}\n`;
}

/** The closing line. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The report as data. */
export function reportData({ setting, outcomes, seconds }: TargetOutcomes): unknown {
  const failures = outcomes.flatMap((outcome) =>
    outcome.kind === "failed"
      ? [{ case: outcome.golden.id, op: outcome.golden.op, faults: outcome.faults }]
      : [],
  );
  return {
    ...setting,
    seconds: Number(seconds.toFixed(3)),
    ...countsOf(outcomes),
    groups: Object.fromEntries(groupCounts(outcomes)),
    unsupported: Object.fromEntries(unsupportedNames(outcomes)),
    failures,
  };
}

function groupLine(group: string, { passed, failed, skipped }: Counts): string {
  const cell = (count: number, word: string): string => `${String(count).padStart(5)} ${word}`;
  return `  ${group.padEnd(12)}${cell(passed, "passed")},${cell(failed, "failed")},${cell(skipped, "skipped")}`;
}

function describeFault({
  what,
  problem,
  at,
  computed,
  stored,
  error,
  allowed,
  elements,
}: Fault): string {
  if (problem !== undefined) return `${what} ${problem}`;
  const others = elements === 1 ? "" : `, and ${elements! - 1} more elements`;
  const numbers = `computed ${show(computed)}, stored ${show(stored)}`;
  return `${what}: error ${show(error)} at element ${at}, allowed ${show(allowed)} (${numbers}${others})`;
}

function show(x: number | undefined): string {
  return Number(x?.toPrecision(9)).toString();
}
