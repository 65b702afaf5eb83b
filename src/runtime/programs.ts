// Programs by structure: a graph of the same structure as one that was prepared before, recorded by whatever function,
// runs the same program. Values and state are arguments, so nothing of the earlier graph is in it.

import type { Device, Program } from "./device.ts";
import { detachGraph, type Extract, structureOf } from "./extract.ts";

/** Programs kept, least recently used first. */
const programsKept = 256;

const programs = new Map<string, Program>();

/** The program of a graph, prepared where there is none of its structure. */
export function programFor(device: Device, found: Extract): Program {
  const key = `${device.name};${structureOf(found)}`;
  const program = programs.get(key) ?? device.prepare(detachGraph(found));
  programs.delete(key);
  programs.set(key, program);
  if (programs.size > programsKept) programs.delete(programs.keys().next().value!);
  return program;
}
