// A pickled value as tensors by path and plain data beside them. Values may share parts and, in a file made to harm, contain
// themselves or be shared into exponential size; so depth, cycles and the number of visits are bounded.

import type { Json } from "../core/json.ts";
import { type Refuse, shown } from "./bad-file.ts";
import { PickleGlobal, PickleObject, type PickleValue } from "./pickle-machine.ts";
import { TorchTensor } from "./torch-rules.ts";

const deepest = 100;
/** Names grow no longer, since long keys shared at many places would fill the memory. */
const longestPath = 4000;

interface Walk {
  readonly tensors: Map<string, TorchTensor>;
  readonly open: Set<PickleValue>;
  readonly bad: Refuse;
  visits: number;
}

/** Takes a value apart; of `part` alone, where that is given. `bytes` of the file bound the work. */
export function flattened(
  value: PickleValue,
  part: string | undefined,
  bytes: number,
  bad: Refuse,
): { readonly tensors: Map<string, TorchTensor>; readonly values: Json | undefined } {
  const walk: Walk = { tensors: new Map(), open: new Set(), bad, visits: bytes + 100_000 };
  const start = part === undefined ? value : partOf(value, part, bad);
  const values = visit(walk, start, "");
  return { tensors: walk.tensors, values };
}

/** The entry at a path of keys joined by dots; keys may have dots themselves. */
function partOf(value: PickleValue, part: string, bad: Refuse): PickleValue {
  const entries = value instanceof Map ? [...value] : [];
  for (const [key, inner] of entries) {
    if (String(key) === part) return inner;
    if (part.startsWith(`${key}.`)) return partOf(inner, part.slice(String(key).length + 1), bad);
  }
  const keys = entries.map(([key]) => keyText(key)).join(", ");
  const here = `has no part ${shown(part)}; here it has ${shown(keys || "no entries", 300)}`;
  throw bad(here, undefined, "Name one of these, or read everything without `part`.");
}

/** Puts tensors aside and gives the rest; undefined where all was tensors. */
function visit(walk: Walk, value: PickleValue, path: string): Json | undefined {
  if (--walk.visits < 0) throw walk.bad("holds more values than its length allows");
  if (value instanceof TorchTensor) return keep(walk, value, path);
  if (value === null || typeof value !== "object" || value instanceof Uint8Array)
    return plain(value);
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof PickleObject) return `<${value.kind}>`;
  if (path.length > longestPath) throw walk.bad(`has names longer than ${longestPath} letters`);
  if (walk.open.has(value)) throw walk.bad(`contains itself, at ${shown(path)}`);
  if (walk.open.size >= deepest) throw walk.bad(`is nested more than ${deepest} deep`);
  walk.open.add(value);
  const result = value instanceof Map ? record(walk, value, path) : list(walk, [...value], path);
  walk.open.delete(value);
  return result;
}

function keep(walk: Walk, tensor: TorchTensor, path: string): undefined {
  const name = path === "" ? "tensor" : path;
  if (name.length > longestPath) throw walk.bad(`has names longer than ${longestPath} letters`);
  if (walk.tensors.has(name)) throw walk.bad(`has two tensors ${shown(name)}`);
  walk.tensors.set(name, tensor);
}

function record(
  walk: Walk,
  map: ReadonlyMap<PickleValue, PickleValue>,
  path: string,
): Json | undefined {
  const entries: [string, Json][] = [];
  for (const [key, item] of map) {
    const value = visit(walk, item, joined(path, keyText(key)));
    if (value !== undefined) entries.push([keyText(key), value]);
  }
  return entries.length === 0 && map.size > 0 ? undefined : Object.fromEntries(entries);
}

function list(walk: Walk, items: readonly PickleValue[], path: string): Json | undefined {
  const values = items.map((item, k) => visit(walk, item, joined(path, String(k))));
  if (values.length > 0 && values.every((value) => value === undefined)) return undefined;
  return values.map((value) => value ?? null);
}

function joined(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function keyText(key: PickleValue): string {
  return key !== null && typeof key === "object" ? "<key>" : String(key);
}

/** Numbers that JSON has no digits for become text. */
function plain(value: null | boolean | number | bigint | string | Uint8Array): Json {
  if (value instanceof Uint8Array) return Array.from(value);
  if (typeof value === "bigint") return String(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
