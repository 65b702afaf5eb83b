// The address of one lane of a vector load or store.

import type { Statement } from "../../../ir/loops.ts";
import { wasmStorage } from "./conversions.ts";
import type { Index } from "./cursors.ts";
import type { Nest } from "./nest.ts";

/** One access about to be emitted: copy `copy` of a statement, lanes `step` bytes apart. */
export interface LaneAccess {
  readonly nest: Nest;
  readonly s: Extract<Statement, { kind: "load" | "store" }>;
  readonly place: Index;
  readonly copy: number;
  readonly step: number;
}

/**
 * Pushes the address for a lane and returns the bytes that the instruction is to add. An access with conditions may
 * have its origin before the memory: there everything is added on the stack.
 */
export function pushLaneAddress(access: LaneAccess, lane: number, extra: number): number {
  const { nest, s, place, copy } = access;
  const offset = place.offset + nest.schedule.lanes * copy * access.step + extra;
  const conditions = s.dynamic.length + (s.kind === "load" ? s.bounds.length : 0);
  const explicit = offset < 0 || conditions > 0;
  nest.f.get(nest.locals[place.cursor]);
  for (const { value, scale } of s.dynamic) {
    nest.f.get(nest.value(value, copy)).lane("i32x4.extract_lane", lane);
    nest.f
      .i32(scale * wasmStorage[s.dtype])
      .op("i32.mul")
      .op("i32.add");
  }
  if (explicit && offset !== 0) nest.f.i32(offset).op("i32.add");
  return explicit ? 0 : offset;
}
