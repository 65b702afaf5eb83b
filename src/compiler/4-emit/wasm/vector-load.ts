// Loads as vector code. A vector of adjacent elements is one instruction; equal ones a splat; others go lane by lane.
// Memory is touched only where bounds and dynamic indices allow, and only for the lanes in use.

import type { Statement } from "../../../ir/loops.ts";
import { wasmStorage } from "./conversions.ts";
import type { Index } from "./cursors.ts";
import type { Local } from "./function.ts";
import type { Nest, Section } from "./nest.ts";
import { type LaneAccess, pushLaneAddress } from "./vector-address.ts";

type Load = Extract<Statement, { kind: "load" }>;

/** One load about to be emitted: copy `copy` of a statement, for `lanes` lanes `step` bytes apart. */
interface LaneLoad extends LaneAccess {
  readonly s: Load;
  readonly bounds: readonly Index[];
  readonly lanes: number;
  readonly target: Local;
}

/** Emits a load statement for one copy of the body. */
export function loadLanes(
  nest: Nest,
  index: number,
  copy: number,
  s: Load,
  section: Section,
): void {
  const { f } = nest;
  const { uniform } = nest.schedule.statements[index];
  const place = nest.cursors.place(index);
  const load: LaneLoad = {
    nest,
    s,
    place,
    bounds: nest.cursors.bounds(index),
    copy,
    lanes: uniform ? 1 : section.lanes,
    step: uniform ? 0 : nest.laneStep(place),
    target: nest.value(index, copy),
  };
  if (uniform || !needsLanes(load)) guardedLoad(load, uniform);
  else if (s.dynamic.length === 0 && load.step === bytesOf(load) && load.lanes > 1)
    boundedLoad(load);
  else eachLane(load);
  if (s.dtype === "bool") f.get(load.target).get(f.splat("i32", 0)).op("i32x4.ne").set(load.target);
}

/** Bytes of one element. */
function bytesOf({ s }: LaneLoad): number {
  return wasmStorage[s.dtype];
}

/** Whether a bound or a dynamic index differs between lanes. */
function needsLanes({ nest, s, bounds }: LaneLoad): boolean {
  if (s.dynamic.some((d) => !nest.schedule.statements[d.value].uniform)) return true;
  return bounds.some((bound) => nest.laneStep(bound) !== 0);
}

/** A load whose conditions hold for all lanes or none. */
function guardedLoad(load: LaneLoad, uniform: boolean): void {
  const { nest, s, target } = load;
  const { f } = nest;
  const read = (): void => {
    if (uniform) {
      const offset = pushLaneAddress(load, 0, 0);
      f.memory(`v128.load${8 * bytesOf(load)}_splat`, offset);
    } else plainLoad(load);
  };
  if (s.bounds.length + s.dynamic.length === 0) {
    read();
    f.set(target);
    return;
  }
  const dynamic = (): void => {
    if (s.dynamic.length === 0) {
      read();
      return;
    }
    pushDynamicConditions(load, 0);
    f.if(read, () => f.get(missing(load)), "v128");
  };
  if (s.bounds.length === 0) dynamic();
  else {
    pushBoundConditions(
      load,
      0,
      load.bounds.map(() => 0),
    );
    f.if(dynamic, () => f.get(fill(load)), "v128");
  }
  f.set(target);
}

/** Leaves `lanes` elements, `step` bytes apart, on the stack; unused lanes are 0 or a useful value. */
function plainLoad(load: LaneLoad): void {
  const { nest, lanes, step } = load;
  const { f } = nest;
  const bytes = bytesOf(load);
  const bits = 8 * bytes;
  if (step === 0) {
    f.memory(`v128.load${bits}_splat`, pushLaneAddress(load, 0, 0));
  } else if (step === bytes) {
    const used = bytes * lanes;
    const width = used === 16 ? "v128.load" : used === 4 ? "v128.load32_zero" : "v128.load64_zero";
    if (lanes === 3) {
      const offset = pushLaneAddress(load, 0, 8);
      f.memory(width, pushLaneAddress(load, 0, 0));
      f.memoryLane("v128.load32_lane", 2, offset);
    } else f.memory(width, pushLaneAddress(load, 0, 0));
  } else if (step === -4 && lanes === 4) {
    const reversed = load.target;
    f.memory("v128.load", pushLaneAddress(load, 0, -12));
    f.set(reversed).get(reversed).get(reversed).shuffle(3, 2, 1, 0);
  } else {
    f.memory(`v128.load${bits}_zero`, pushLaneAddress(load, 0, 0)).set(load.target);
    for (let lane = 1; lane < lanes; lane++) {
      const offset = pushLaneAddress(load, 0, lane * step);
      f.get(load.target).memoryLane(`v128.load${bits}_lane`, lane, offset).set(load.target);
    }
    f.get(load.target);
  }
}

/** Adjacent elements under bounds that differ by lane: at once where all lie inside, else lane by lane. */
function boundedLoad(load: LaneLoad): void {
  const { nest, lanes } = load;
  const steps = load.bounds.map((bound) => nest.laneStep(bound));
  pushBoundConditions(load, 0, steps);
  pushBoundConditions(load, lanes - 1, steps);
  nest.f.op("i32.and").if(
    () => {
      plainLoad(load);
      nest.f.set(load.target);
    },
    () => eachLane(load),
  );
}

/** Loads each useful lane by itself, where its conditions hold. */
function eachLane(load: LaneLoad): void {
  const { nest, s, target } = load;
  const { f } = nest;
  const steps = load.bounds.map((bound) => nest.laneStep(bound));
  const read = (lane: number): void => {
    const offset = pushLaneAddress(load, lane, lane * load.step);
    f.get(target)
      .memoryLane(`v128.load${8 * bytesOf(load)}_lane`, lane, offset)
      .set(target);
  };
  const dynamic = (lane: number): void => {
    if (s.dynamic.length === 0) {
      read(lane);
      return;
    }
    pushDynamicConditions(load, lane);
    f.if(
      () => read(lane),
      s.bounds.length === 0
        ? undefined
        : () => {
            f.get(target).get(missing(load)).lane("i32x4.extract_lane", 0);
            f.lane("i32x4.replace_lane", lane).set(target);
          },
    );
  };
  f.get(s.bounds.length > 0 ? fill(load) : missing(load)).set(target);
  for (let lane = 0; lane < load.lanes; lane++) {
    if (s.bounds.length === 0) dynamic(lane);
    else {
      pushBoundConditions(load, lane, steps);
      f.if(() => dynamic(lane));
    }
  }
}

/** Pushes 1 where all bounds hold for a lane. */
function pushBoundConditions(load: LaneLoad, lane: number, steps: readonly number[]): void {
  const { nest, s, bounds, copy } = load;
  for (const [i, bound] of bounds.entries()) {
    const at = bound.offset + (nest.schedule.lanes * copy + lane) * steps[i];
    nest.f.get(nest.locals[bound.cursor]).i32(at).op("i32.add");
    nest.f.i32(s.bounds[i].size).op("i32.lt_u");
    if (i > 0) nest.f.op("i32.and");
  }
}

function pushDynamicConditions(load: LaneLoad, lane: number): void {
  for (const [i, { value, size }] of load.s.dynamic.entries()) {
    load.nest.f.get(load.nest.value(value, load.copy)).lane("i32x4.extract_lane", lane);
    load.nest.f.i32(size).op("i32.lt_u");
    if (i > 0) load.nest.f.op("i32.and");
  }
}

/** The stored form of the value where a bound fails. */
function fill({ nest, s }: LaneLoad): Local {
  if (s.dtype === "float32") return nest.f.splat("f32", s.fill);
  if (s.dtype === "float64") return nest.f.splatDouble(s.fill);
  return nest.f.splat("i32", s.dtype === "bool" ? Number(s.fill !== 0) : s.fill);
}

/** The value where a dynamic index is out of range. */
function missing({ nest, s }: LaneLoad): Local {
  return s.dtype === "float32" ? nest.f.splat("f32", Number.NaN) : nest.f.splat("i32", 0);
}
