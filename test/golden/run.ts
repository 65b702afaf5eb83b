// Runs golden cases on a target and says of each whether it passed, failed or has no counterpart in the library.

import { setTarget } from "../../src/index.ts";
import { alternativesAt, slackOf } from "./alternatives.ts";
import { type Expected, type Fault, faultOf } from "./compare.ts";
import { type Entry, type Float, type Results, Unsupported } from "./entry.ts";
import type { Described, GoldenCase } from "./folder.ts";

/** Where and in what precision cases run. */
export interface Setting {
  readonly target: string;
  readonly dtype: Float;
}

/** What became of one case; `skipped` names what the library lacks. */
export type Outcome =
  | { readonly kind: "passed"; readonly golden: GoldenCase }
  | { readonly kind: "failed"; readonly golden: GoldenCase; readonly faults: readonly Fault[] }
  | { readonly kind: "skipped"; readonly golden: GoldenCase; readonly name: string };

/** The precision in which a target is compared: double on the reference, single elsewhere. */
export function settingFor(target: string, dtype?: Float): Setting {
  return { target, dtype: dtype ?? (target === "reference" ? "float64" : "float32") };
}

/** Runs all cases, one after another. */
export async function runCases(
  cases: readonly GoldenCase[],
  table: Readonly<Record<string, Entry>>,
  setting: Setting,
): Promise<Outcome[]> {
  setTarget(setting.target);
  const outcomes: Outcome[] = [];
  for (const golden of cases) outcomes.push(await runCase(golden, table, setting.dtype));
  return outcomes;
}

async function runCase(
  golden: GoldenCase,
  table: Readonly<Record<string, Entry>>,
  dtype: Float,
): Promise<Outcome> {
  const entry = Object.hasOwn(table, golden.op) ? table[golden.op] : undefined;
  if (entry === undefined) return { kind: "skipped", golden, name: golden.op };
  const expected = expectations(golden, dtype);
  try {
    const faults = compareAll(await entry(golden, dtype), expected);
    return faults.length === 0 ? { kind: "passed", golden } : { kind: "failed", golden, faults };
  } catch (error) {
    if (error instanceof Unsupported) return { kind: "skipped", golden, name: error.message };
    return { kind: "failed", golden, faults: [{ what: "it", problem: `threw ${String(error)}` }] };
  }
}

interface Wanted extends Expected {
  readonly from: keyof Results;
  readonly name: string;
}

function compareAll(results: Results, expected: readonly Wanted[]): Fault[] {
  return expected.flatMap((wanted) => faultOf(results[wanted.from].get(wanted.name), wanted) ?? []);
}

/** What the outputs and gradients of a case should be. */
function expectations(golden: GoldenCase, dtype: Float): Wanted[] {
  const outputs = golden.outputs.filter(({ name }) => !isSingleTwin(golden, name));
  return [
    ...outputs.map((entry) => expectation(golden, "output", entry, dtype)),
    ...golden.grads.map((entry) => expectation(golden, "grad", entry, dtype)),
  ];
}

function expectation(
  golden: GoldenCase,
  role: "output" | "grad",
  entry: Described,
  dtype: Float,
): Wanted {
  const stored = golden.stored(role, entry);
  const [relative, absolute] = (dtype === "float64" ? entry.tol64 : entry.tol32) ?? [0, 0];
  const slack = role === "output" ? slackOf(golden, entry.name, dtype) : 1;
  return {
    what: `${role} ${entry.name}`,
    from: role === "grad" ? "grads" : "outputs",
    name: entry.name,
    stored,
    dtype: entry.dtype === "I32" ? "int32" : entry.dtype === "BOOL" ? "bool" : dtype,
    tolerance: [slack * relative, slack * absolute],
    also: furtherValues(golden, role, entry, dtype),
  };
}

/** `y_f32`: the output `y` as single precision computes it, beside `y` itself. */
function isSingleTwin(golden: GoldenCase, name: string): boolean {
  const twinOf = name.endsWith("_f32") ? name.slice(0, -4) : null;
  return twinOf !== null && golden.outputs.some((output) => output.name === twinOf);
}

/** Values beside the stored one: its twin in single precision, and what `alternatives.ts` knows. */
function furtherValues(
  golden: GoldenCase,
  role: "output" | "grad",
  entry: Described,
  dtype: Float,
): (at: number) => readonly number[] {
  const stored = golden.stored(role, entry).data;
  const twin = golden.outputs.find(({ name }) => role === "output" && name === `${entry.name}_f32`);
  const single = twin && golden.stored("output", twin).data;
  const alternatives = alternativesAt(golden, role);
  return (at) => {
    const further = alternatives?.(stored[at], at) ?? [];
    if (dtype === "float64" || single === undefined) return further;
    return [...further, Math.fround(stored[at]), single[at]];
  };
}
