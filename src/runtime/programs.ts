// Programs by structure: a graph of the same structure as one that was prepared before, recorded by whatever function,
// runs the same program. Values and state are arguments, so nothing of the earlier graph is in it.

import type { Device, Program } from "./device.ts";
import { detachGraph, type Extract, structureOf } from "./extract.ts";

/** Programs kept, least recently used first. */
const programsKept = 256;

const programs = new Map<string, Program>();
const names = new WeakMap<Program, string>();

/** The programs of a device that need most of the arena, with the compiled function that last asked for each. */
export function largestPrograms(
  { name }: Device,
  count: number,
): { readonly name: string | undefined; readonly scratchBytes: number }[] {
  return [...programs]
    .filter(([key]) => key.startsWith(`${name};`))
    .map(([, program]) => ({ name: names.get(program), scratchBytes: program.scratchBytes ?? 0 }))
    .filter(({ scratchBytes }) => scratchBytes > 0)
    .sort((a, b) => b.scratchBytes - a.scratchBytes)
    .slice(0, count);
}

/** Drops the programs of a device that is not used again. */
export function forgetPrograms({ name }: Device): void {
  for (const key of programs.keys()) if (key.startsWith(`${name};`)) programs.delete(key);
}

/** The program of a graph, prepared where there is none of its structure; `name` is who asks, for reports. */
export function programFor(device: Device, found: Extract, name?: string): Program {
  const key = `${device.name};${structureOf(found)}`;
  const program = programs.get(key) ?? device.prepare(detachGraph(found));
  if (name !== undefined) names.set(program, name);
  programs.delete(key);
  programs.set(key, program);
  if (programs.size > programsKept) programs.delete(programs.keys().next().value!);
  return program;
}
