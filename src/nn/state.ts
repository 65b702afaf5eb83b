// Saving, loading and freezing by path.

import { isFloat } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import type { HostTensor } from "../core/host.ts";
import { sameShape, showShape } from "../core/shape.ts";
import type { Parameter, StateTensor } from "../ir/state.ts";
import { namedState, parameters, walk } from "./walk.ts";

/**
 * Copies all state of a model, the weights and what is not trained, by path: what PyTorch calls a `state_dict`. `loadState`
 * puts it back, `saveSafetensors(path, nn.saveState(model))` writes it to a file, `nn.toTorch(model)` has it under PyTorch's
 * names.
 */
export function saveState(model: object): Map<string, HostTensor> {
  return new Map(
    [...namedState(model)].map(([path, { dtype, shape, slot }]) => [
      path,
      { dtype, shape, data: slot.fetch() },
    ]),
  );
}

/** What `loadState` did. */
export interface LoadReport {
  /** Paths that were not among the tensors. */
  readonly missing: readonly string[];
  /** Tensors for which the model has no place. */
  readonly unexpected: readonly string[];
}

/**
 * Copies tensors into a model's state by path; floats are converted to the state's own float type. With `strict`
 * (the default) every path must be there and no other. Nothing is changed when it throws; the error lists all faults.
 */
export function loadState(
  model: object,
  tensors: ReadonlyMap<string, HostTensor> | Readonly<Record<string, HostTensor>>,
  options: { readonly strict?: boolean } = {},
): LoadReport {
  const given = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  const { state, aliases } = walk(model);
  const named = new Map<string, HostTensor>();
  for (const [name, value] of given) {
    const path = aliases.get(name) ?? name;
    if (path === name || !given.has(path)) named.set(path, value);
  }
  const missing = [...state.keys()].filter((path) => !named.has(path));
  const unexpected = [...named.keys()].filter((path) => !state.has(path));
  const misfits = [...state].flatMap(([path, own]) => misfit(path, own, named.get(path)));
  const faults = (options.strict ?? true) ? [...missing, ...unexpected, ...misfits] : misfits;
  if (faults.length > 0) throw refusal({ missing, unexpected, misfits }, options.strict ?? true);
  for (const [path, own] of state) {
    const value = named.get(path);
    if (value !== undefined) own.set(value.data);
  }
  return { missing, unexpected };
}

/** Selects parameters by path: the path itself, a prefix of whole parts (`layers.0`), `*` for any text, or a test. */
export type PathPattern = string | RegExp | ((path: string) => boolean);

/** Stops the training of the parameters whose path matches; returns their paths. Compiled steps notice. */
export function freeze(model: object, pattern: PathPattern): string[] {
  return setTrainable(model, pattern, false);
}

/** Resumes the training of the parameters whose path matches; returns their paths. */
export function unfreeze(model: object, pattern: PathPattern): string[] {
  return setTrainable(model, pattern, true);
}

/** Whether a path matches a pattern. */
export function matchesPath(path: string, pattern: PathPattern): boolean {
  if (typeof pattern === "function") return pattern(path);
  if (pattern instanceof RegExp) return path.search(pattern) >= 0;
  if (typeof pattern !== "string") throw notPattern(pattern);
  const escaped = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}(\\.|$)`).test(path);
}

function notPattern(given: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "freeze",
    problem: `parameters are chosen by a path, an expression or a test of paths; received ${showValue(given)}`,
    fix: 'Pass e.g. "layers.0", or "*" for all.',
  });
}

function setTrainable(model: object, pattern: PathPattern, trainable: boolean): string[] {
  const all: Map<string, Parameter> = parameters(model);
  const matching = [...all].filter(([path]) => matchesPath(path, pattern));
  for (const [, parameter] of matching) parameter.trainable = trainable;
  if (matching.length > 0) return matching.map(([path]) => path);
  throw new ChainruleError({
    code: "PARAMETER_NOT_FOUND",
    op: trainable ? "unfreeze" : "freeze",
    problem: `no parameter path matches ${String(pattern)}`,
    fix: `The paths are: ${listed([...all.keys()])}.`,
    detail: { pattern: String(pattern), paths: [...all.keys()] },
  });
}

/** As many paths as can be read. */
const mostListed = 24;

function listed(paths: readonly string[]): string {
  const more = paths.length - mostListed;
  const shown = paths.slice(0, mostListed).join(", ") || "none";
  return more > 0 ? `${shown}, and ${more} more` : shown;
}

function misfit(path: string, own: StateTensor, value: HostTensor | undefined): string[] {
  if (value === undefined) return [];
  const sameKind = own.dtype === value.dtype || (isFloat(own.dtype) && isFloat(value.dtype));
  if (sameKind && sameShape(own.shape, value.shape)) return [];
  const needs = `${own.dtype}${showShape(own.shape)}`;
  return [`${path} (needs ${needs}, received ${value.dtype}${showShape(value.shape)})`];
}

function refusal(
  faults: Readonly<Record<"missing" | "unexpected" | "misfits", readonly string[]>>,
  strict: boolean,
): ChainruleError {
  const parts = [
    strict && faults.missing.length > 0 ? `missing: ${faults.missing.join(", ")}` : "",
    strict && faults.unexpected.length > 0 ? `unexpected: ${faults.unexpected.join(", ")}` : "",
    faults.misfits.length > 0 ? `of another shape or type: ${faults.misfits.join(", ")}` : "",
  ];
  return new ChainruleError({
    code: "BAD_CHECKPOINT",
    op: "loadState",
    problem: `the tensors do not fit the model; ${parts.filter((part) => part !== "").join("; ")}`,
    fix: fixOf(faults),
    detail: faults,
  });
}

function fixOf(faults: Parameters<typeof refusal>[0]): string {
  const usual =
    "Build the model as it was when it was saved; { strict: false } ignores missing and unexpected names.";
  const { missing, unexpected } = faults;
  const prefix = unexpected[0]?.match(/^[^.]+\./)?.[0];
  const isAround = prefix !== undefined && unexpected.every((name) => name.startsWith(prefix));
  if (!isAround || missing.length === 0 || missing.some((path) => path.startsWith(prefix)))
    return usual;
  const without = `new Map([...tensors].map(([name, value]) => [name.slice(${prefix.length}), value]))`;
  return `The names begin with "${prefix}", as wrappers of models write them: take it off by ${without}, before nn.fromTorch for PyTorch's names. Otherwise: ${usual}`;
}
