// Stores as vector code: a vector of adjacent elements at once, others lane by lane in order, so that several additions to one
// place keep their order. A dynamic index out of range stores nothing.

import type { Statement } from "../../../ir/loops.ts";
import { laneShapes, numberTypes, wasmStorage } from "./conversions.ts";
import type { Local } from "./function.ts";
import type { Nest, Section } from "./nest.ts";
import { type LaneAccess, pushLaneAddress } from "./vector-address.ts";

type Store = Extract<Statement, { kind: "store" }>;

interface LaneStore extends LaneAccess {
  readonly s: Store;
  readonly lanes: number;
  readonly value: Local;
}

/** Emits a store statement for all copies of the body. */
export function storeLanes(nest: Nest, index: number, s: Store, section: Section): void {
  const { f } = nest;
  const place = nest.cursors.place(index);
  const single = nest.reducesLanes || nest.schedule.vectorPosition < 0;
  for (let copy = 0; copy < section.copies; copy++) {
    let value = nest.value(s.value, copy);
    if (s.dtype === "bool") {
      const stored = f.local("v128");
      f.get(value).get(f.splat("i32", 1)).op("v128.and").set(stored);
      value = stored;
    }
    const lanes = single ? 1 : section.lanes;
    const step = single ? 0 : nest.laneStep(place);
    emitStore({ nest, s, place, copy, lanes, step, value });
  }
}

function emitStore(store: LaneStore): void {
  const { nest, s, lanes, step } = store;
  const sameIndex = s.dynamic.every((d) => nest.schedule.statements[d.value].uniform);
  if (sameIndex && step === wasmStorage[s.dtype] && lanes > 1) {
    guarded(store, 0, () => adjacent(store));
    return;
  }
  for (let lane = 0; lane < lanes; lane++) guarded(store, lane, () => one(store, lane));
}

function guarded(store: LaneStore, lane: number, write: () => void): void {
  const { nest, s, copy } = store;
  if (s.dynamic.length === 0) {
    write();
    return;
  }
  for (const [i, { value, size }] of s.dynamic.entries()) {
    nest.f.get(nest.value(value, copy)).lane("i32x4.extract_lane", lane);
    nest.f.i32(size).op("i32.lt_u");
    if (i > 0) nest.f.op("i32.and");
  }
  nest.f.if(write);
}

/** Writes lanes 0 … lanes−1 to adjacent elements. */
function adjacent(store: LaneStore): void {
  const { nest, s, lanes } = store;
  const { f } = nest;
  const whole = lanes * wasmStorage[s.dtype] === 16;
  let { value } = store;
  if (s.mode === "add") {
    const sum = f.local("v128");
    const third = lanes === 3 ? pushLaneAddress(store, 0, 8) : 0;
    f.memory(whole ? "v128.load" : "v128.load64_zero", pushLaneAddress(store, 0, 0));
    if (lanes === 3) f.memoryLane("v128.load32_lane", 2, third);
    f.get(value).op(`${laneShapes[s.dtype]}.add`).set(sum);
    value = sum;
  }
  const offset = pushLaneAddress(store, 0, 0);
  f.get(value);
  if (whole) f.memory("v128.store", offset);
  else f.memoryLane("v128.store64_lane", 0, offset);
  if (lanes !== 3) return;
  const last = pushLaneAddress(store, 0, 8);
  f.get(value).memoryLane("v128.store32_lane", 2, last);
}

function one(store: LaneStore, lane: number): void {
  const { nest, s, value, step } = store;
  const { f } = nest;
  const offset = pushLaneAddress(store, lane, lane * step);
  if (s.mode === "set") {
    f.get(value).memoryLane(`v128.store${8 * wasmStorage[s.dtype]}_lane`, lane, offset);
    return;
  }
  const type = numberTypes[s.dtype];
  f.memory(`${type}.load`, pushLaneAddress(store, lane, lane * step));
  f.get(value)
    .lane(`${laneShapes[s.dtype]}.extract_lane`, lane)
    .op(`${type}.add`)
    .memory(`${type}.store`, offset);
}
