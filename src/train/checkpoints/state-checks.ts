// What a training state must hold to be continued from: a damaged or foreign one is refused with what is wrong with it.

import { ChainruleError } from "../../core/errors.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import { showShape } from "../../core/shape.ts";
import { isRecord } from "../../core/tree.ts";
import type { StateTensor } from "../../ir/state.ts";
import type { TrainingFacts, TrainingState } from "./training-state.ts";

/** What the facts of a state hold. */
export interface Facts extends TrainingFacts {
  readonly format: "chainrule-training";
  readonly version: 1;
  readonly samples: number;
  readonly seconds: number;
  readonly cursor: { readonly epoch: number; readonly batch: number };
  readonly learningRate: number;
  /** The learning rate before the first step, which schedules start from. */
  readonly firstRate: number;
  readonly rateIsSet: boolean;
  readonly history: Json;
  readonly random: { readonly [name: string]: { readonly seed: number; readonly draw: number } };
  readonly frozen: readonly string[];
  readonly sums: { readonly names: readonly string[]; readonly samples: number };
  readonly callbacks: { readonly [name: string]: Json };
  readonly fits: Json;
}

/** Checks what is used of the facts, so that a damaged or foreign state is refused with its reason. */
export function checkedFacts(state: TrainingState): Facts {
  const { facts, tensors } = (state ?? {}) as Partial<TrainingState>;
  if (!isRecord(facts) || !(tensors instanceof Map))
    throw bad("is none: it has no facts and tensors");
  const { format, version } = facts as TrainingFacts;
  if (format !== "chainrule-training")
    throw bad('is not a state of a training run: its format is not "chainrule-training"');
  if (version !== 1)
    throw bad(`has format version ${JSON.stringify(version)}; this library reads version 1`);
  const count = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0;
  const { cursor, sums } = facts as Partial<Facts>;
  const texts = (x: unknown): boolean => listOf(x, (item) => typeof item === "string");
  const source = (x: unknown): boolean =>
    isRecord(x) && Number.isSafeInteger(x.seed) && count(x.draw);
  const checks: Readonly<Record<string, boolean>> = {
    step: count(facts.step),
    samples: count(facts.samples),
    seconds: Number.isFinite(facts.seconds),
    cursor: isRecord(cursor) && count(cursor.epoch) && count(cursor.batch),
    learningRate: Number.isFinite(facts.learningRate),
    firstRate: Number.isFinite(facts.firstRate),
    history: listOf(facts.history, isRecord),
    random: isRecord(facts.random) && Object.values(facts.random).every(source),
    frozen: texts(facts.frozen),
    sums: isRecord(sums) && texts(sums.names) && count(sums.samples) && areWhole(sums, tensors),
    callbacks: isRecord(facts.callbacks),
  };
  const wrong = Object.keys(checks).filter((name) => !checks[name]);
  if (wrong.length === 0) return facts as Facts;
  throw bad(`has fields of the wrong kind: ${wrong.join(", ")}`);
}

/** Whether there is a sum and a weight for each name. */
function areWhole({ names }: Facts["sums"], tensors: TrainingState["tensors"]): boolean {
  return ["metrics/sums", "metrics/weights"].every(
    (path) => (tensors.get(path)?.data.length ?? 0) === names.length,
  );
}

function listOf(value: unknown, fits: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(fits);
}

/** As many differences as can be read. */
const mostListed = 8;

/** Where the checksum of a data set stands; states of earlier versions and some data sets have none. */
const contents = /^(data\..*)\.contents$/;

const otherRecords =
  "Pass the records that the run began with, in their order. To go on with others on purpose, pass them without fingerprint: { size, fields, read: (field, at) => data.read(field, at) }, or { size, get } in a pipeline.";

/** Refuses a state that belongs to a run of other forms or other records, with the differences. */
export function checkForms(saved: Json, now: Json): void {
  const [a, b] = [leavesOf(saved), leavesOf(now)];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((p) => {
    const isKnown = !contents.test(p) || (a.has(p) && b.has(p));
    return isKnown && a.get(p) !== b.get(p);
  });
  if (paths.length === 0) return;
  const shown = paths.slice(0, mostListed).map((p) => {
    const what = p.replace(contents, "the records of $1");
    return `${what} (saved: ${a.get(p) ?? "none"}; here: ${b.get(p) ?? "none"})`;
  });
  const more = paths.length > mostListed ? `, and ${paths.length - mostListed} more` : "";
  const fix = paths.every((p) => contents.test(p)) ? otherRecords : undefined;
  throw bad(`belongs to another run; what differs: ${shown.join(", ")}${more}`, paths, fix);
}

/** Paths and values of everything in a JSON value. */
function leavesOf(value: Json, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0)
    return new Map([[path, JSON.stringify(value)]]);
  const below = Object.entries(value).flatMap(([key, child]) => [
    ...leavesOf(child, path === "" ? key : `${path}.${key}`),
  ]);
  return new Map(below);
}

/** Refuses a state that lacks a tensor, or has one of another type. */
export function checkTensors(
  slots: ReadonlyMap<string, StateTensor>,
  tensors: ReadonlyMap<string, HostTensor>,
): void {
  const wrong = [...slots].flatMap(([path, { dtype, shape }]) => {
    const found = tensors.get(path);
    const needed = `${dtype}${showShape(shape)}`;
    const has = found && `${found.dtype}${showShape(found.shape)}`;
    return has === needed ? [] : [`${path} (needs ${needed}, has ${has ?? "none"})`];
  });
  if (wrong.length === 0) return;
  throw bad(`lacks tensors: ${wrong.slice(0, mostListed).join(", ")}`, wrong);
}

function bad(
  problem: string,
  differences: readonly string[] = [],
  fix = "Build model, optimizer and data as they were when the state was saved, or start a new run.",
): ChainruleError {
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "resume",
    problem: `the state ${problem}`,
    fix,
    detail: { differences },
  });
}
