// A run's state as data, and back: everything that decides what the next step does. What must be the same for a state to
// fit, the forms of model, optimizer and data, stands in it too, so that a state of another run is refused and not mixed in.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import type { HostTensor } from "../../core/host.ts";
import type { Json } from "../../core/json.ts";
import { showShape } from "../../core/shape.ts";
import type { StateTensor } from "../../ir/state.ts";
import { namedState, parameters, walk } from "../../nn/walk.ts";
import { Generator, random } from "../../ops/random.ts";
import type { Callback, CallbackState, TrainingRun } from "../callback.ts";
import type { EpochRecord } from "../fit.ts";
import { LiveRun, type RunParts } from "../loop/live-run.ts";
import { fromJson, toJson } from "./numbers-as-json.ts";
import { checkedFacts, checkForms, checkTensors, type Facts } from "./state-checks.ts";
import type { TrainingState } from "./training-state.ts";

/**
 * Copies all that a run needs to continue to the same bits. Call it between two steps: from a callback that comes last, or
 * while the run is paused. `fit(model, { ...same, resume: state })` continues.
 *
 * Errors: `BAD_ARGUMENT` for an optimizer or a callback that cannot give its state.
 */
export function captureState(run: TrainingRun): TrainingState {
  const live = liveRun(run);
  const { done, cursor, tally, parts } = live;
  const tensors = captureWeights(run);
  for (const [path, tensor] of cursor.batch === 0 ? [] : tally.tensors)
    tensors.set(`metrics/${path}`, tensor);
  const callbacks: Record<string, Json> = {};
  for (const { name, state } of remembering(parts.callbacks)) {
    callbacks[name] = toJson(state.data);
    for (const [path, tensor] of state.tensors ?? [])
      tensors.set(`callbacks/${name}/${path}`, tensor);
  }
  const facts: Facts = {
    format: "chainrule-training",
    version: 1,
    step: done.steps,
    samples: done.samples,
    seconds: done.seconds,
    cursor: { ...cursor },
    learningRate: live.learningRate,
    firstRate: live.firstRate,
    rateIsSet: live.rateIsSet,
    history: toJson(live.history),
    random: Object.fromEntries([...generators(parts)].map(([name, { state }]) => [name, state])),
    frozen: frozenIn(parts.model),
    sums:
      cursor.batch === 0
        ? { names: [], samples: 0 }
        : { names: tally.names, samples: tally.samples },
    callbacks,
    fits: formsOf(live),
  };
  return { tensors, facts };
}

/** Puts a state into a run that has done nothing yet. Errors: `BAD_CHECKPOINT` for a state of another run; nothing changes then. */
export function restoreState(run: LiveRun, state: TrainingState): void {
  const facts = checkedFacts(state);
  const { parts } = run;
  checkForms(facts.fits, formsOf(run));
  const slots = slotsOf(parts);
  checkTensors(slots, state.tensors);
  for (const [path, slot] of slots) slot.set(state.tensors.get(path)!.data);
  for (const [name, generator] of generators(parts))
    if (facts.random[name] !== undefined) generator.restore(facts.random[name]);
  for (const [path, parameter] of parameters(parts.model))
    parameter.trainable = !facts.frozen.includes(path);
  parts.optimizer.learningRate = facts.learningRate; // which its tensor may hold rounded
  run.firstRate = facts.firstRate;
  run.rateIsSet = facts.rateIsSet;
  run.history.push(...(fromJson(facts.history) as unknown as EpochRecord[]));
  const { step, samples, seconds, cursor, sums } = facts;
  Object.assign(run.done, { epochs: run.history.length, steps: step, samples, seconds });
  Object.assign(run.cursor, cursor);
  run.tally.restore(sums.names, sums.samples, below("metrics/", state.tensors));
  for (const callback of parts.callbacks) restoreCallback(callback, facts, state.tensors);
}

/** Copies weights, optimizer and averages of a run. */
export function captureWeights(run: TrainingRun): Map<string, HostTensor> {
  const slots = [...slotsOf(liveRun(run).parts)];
  return new Map(slots.map(([path, state]) => [path, copied(state)]));
}

/** Puts weights, optimizer and averages of an earlier step back into a run, which goes on from where it stands. */
export function restoreWeights(run: TrainingRun, tensors: ReadonlyMap<string, HostTensor>): void {
  for (const [path, slot] of slotsOf(liveRun(run).parts)) slot.set(tensors.get(path)!.data);
  // The rate belongs to the schedule, and not to the weights; its tensor was put back with the others.
}

/** Refuses at the beginning of a run what could not be saved later, and looks at the data before anybody changes them. */
export function checkCanCapture(run: LiveRun): void {
  formsOf(run);
}

/** Refuses what is no list of callbacks, and callbacks whose states could not be told apart. */
export function checkCallbacks(callbacks: readonly Callback[]): void {
  const areObjects =
    Array.isArray(callbacks) && callbacks.every((one) => typeof one === "object" && one !== null);
  if (!areObjects) throw noCallbacks(callbacks);
  const names = callbacks.filter(({ state }) => state !== undefined).map(({ name }) => name);
  const wrong = names.find((name, k) => name === undefined || names.indexOf(name) !== k);
  if (wrong === undefined && !names.includes(undefined)) return;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem:
      wrong === undefined
        ? "a callback has state to keep in checkpoints, and no name to keep it under"
        : `two callbacks with state have the name "${wrong}"`,
    fix: "Give each callback that has `state` a `name` of its own.",
    detail: { names },
  });
}

function noCallbacks(given: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "fit",
    problem: `callbacks are a list of objects with functions; received ${showValue(given)}`,
    fix: "Write callbacks: [earlyStopping(), { onEpoch: (record, run) => … }].",
  });
}

// --- parts of the state ---

/** All slots by their names in the state. */
function slotsOf({ model, optimizer, average }: RunParts): Map<string, StateTensor> {
  if (optimizer.stateTensors === undefined) throw stateless(optimizer);
  const all = new Map<string, StateTensor>();
  for (const [path, state] of namedState(model)) all.set(`model/${path}`, state);
  for (const [name, state] of optimizer.stateTensors()) all.set(`optimizer/${name}`, state);
  for (const [name, state] of average?.stateTensors() ?? []) all.set(`average/${name}`, state);
  return all;
}

/** All sources of random numbers that a step may draw from. */
function generators({ model, generator }: RunParts): Map<string, Generator> {
  const own = [...walk(model).owners].flatMap(([path, owner]) =>
    owner instanceof Generator && owner !== random ? [[`model/${path}`, owner] as const] : [],
  );
  return new Map([["masks", generator], ["default", random], ...own]);
}

function frozenIn(model: object): string[] {
  return [...parameters(model)].flatMap(([path, { trainable }]) => (trainable ? [] : [path]));
}

/** What a state is for: it fits a run of the same forms. */
function formsOf(run: LiveRun): Json {
  run.forms ??= makeForms(run.parts);
  return run.forms;
}

function makeForms(parts: RunParts): Json {
  const { optimizer, data, seed, accumulate, average, task } = parts;
  const tensors = [...slotsOf({ ...parts, average: undefined })].map(([path, state]) => {
    return [path, `${state.dtype}${showShape(state.shape)}`] as const;
  });
  const { inputs, targets, weights = null, mask = null } = task;
  return {
    optimizer: optimizer.constructor?.name ?? "Object",
    tensors: Object.fromEntries(tensors),
    data: data.describe(),
    fields: { inputs, targets, weights, mask },
    seed,
    accumulate,
    ema: average?.decay ?? null,
  };
}

function* remembering(
  callbacks: readonly Callback[],
): Iterable<{ readonly name: string; readonly state: CallbackState }> {
  for (const callback of callbacks) {
    const state = callback.state?.();
    if (state !== undefined) yield { name: callback.name!, state };
  }
}

function restoreCallback(
  callback: Callback,
  facts: Facts,
  tensors: ReadonlyMap<string, HostTensor>,
): void {
  const { name } = callback;
  if (callback.restore === undefined || name === undefined) return;
  if (!Object.hasOwn(facts.callbacks, name)) return; // it was not there yet
  const data = fromJson(facts.callbacks[name]) ?? undefined;
  callback.restore({ data, tensors: below(`callbacks/${name}/`, tensors) });
}

function below(
  prefix: string,
  tensors: ReadonlyMap<string, HostTensor>,
): ReadonlyMap<string, HostTensor> {
  const found = [...tensors].filter(([path]) => path.startsWith(prefix));
  return new Map(found.map(([path, tensor]) => [path.slice(prefix.length), tensor]));
}

function copied({ dtype, shape, slot }: StateTensor): HostTensor {
  return { dtype, shape, data: slot.fetch() };
}

// --- what is refused ---

function liveRun(run: TrainingRun): LiveRun {
  if (run instanceof LiveRun) return run;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "captureState",
    problem: "takes a run in progress",
    fix: "Pass the run that fit gives to callbacks, or control.run.",
  });
}

function stateless(optimizer: object): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "captureState",
    problem: `the optimizer ${optimizer.constructor?.name ?? ""} gives no state: it has no stateTensors()`,
    fix: "Give it stateTensors(), a map from names to State, as those of optim have. L-BFGS, which works with minimize, cannot be continued.",
  });
}
