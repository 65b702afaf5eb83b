// Statements as vector code: a value is a v128 of four points along the axis of lanes (float32, int32, or a lane mask
// for bool), or, where it is the same for all of them, four equal lanes. Kernels of float64 have two lanes.

import type { DType } from "../../../core/dtype.ts";
import { unreachable } from "../../../core/errors.ts";
import type { Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";
import { combineLanes, identityOf, laneCasts, laneShapes } from "./conversions.ts";
import type { Local } from "./function.ts";
import { extremeOf, nativeRule } from "./native.ts";
import type { Nest, Section, StatementEmitter } from "./nest.ts";
import { loadLanes } from "./vector-load.ts";
import { storeLanes } from "./vector-store.ts";

type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>;

/** The vector form. */
export const vectorStatements: StatementEmitter = {
  localType: () => "v128",
  emit: (nest, index, section) => {
    const { uniform } = nest.schedule.statements[index];
    const s = nest.kernel.body[index];
    if (s.kind === "store") storeLanes(nest, index, s, section);
    else if (s.kind === "accumulate") accumulate(nest, index, s, section);
    else
      for (let copy = 0; copy < (uniform ? 1 : section.copies); copy++) {
        emitters[s.kind](nest, index, copy, s as never, section);
      }
  },
  startAccumulate: (nest, index, section) => {
    const s = nest.kernel.body[index];
    const start = identity(nest, s as Of<"accumulate">);
    for (let copy = 0; copy < accumulators(nest, index, section); copy++) {
      nest.f.get(start).set(nest.accumulator(index, copy));
    }
  },
  finishAccumulate: (nest, index, section) => {
    if (nest.reducesLanes) combineAll(nest, index, section.copies);
  },
};

type LaneEmitter<K extends Statement["kind"]> = (
  nest: Nest,
  index: number,
  copy: number,
  s: Of<K>,
  section: Section,
) => void;

const emitters: {
  readonly [K in Exclude<Statement["kind"], "store" | "accumulate">]: LaneEmitter<K>;
} = {
  constant: (nest, index, _copy, s) => nest.bind(index, constantLanes(nest, s.dtype, s.value)),
  index: (nest, index, copy, s) => indexLanes(nest, index, copy, s),
  load: (nest, index, copy, s, section) => loadLanes(nest, index, copy, s, section),
  apply: (nest, index, copy, s, section) => applyLanes(nest, index, copy, s, section),
  cast: (nest, index, copy, s) => {
    nest.f.get(nest.value(s.arg, copy));
    laneCasts[nest.kernel.body[s.arg].dtype][s.dtype](nest.f);
    nest.f.set(nest.value(index, copy));
  },
};

/** A local with equal lanes of a constant; a bool becomes a mask. */
export function constantLanes(nest: Nest, dtype: DType, value: number): Local {
  if (dtype === "float32") return nest.f.splat("f32", value);
  if (dtype === "float64") return nest.f.splatDouble(value);
  if (dtype === "bool") return nest.f.splat("i32", value !== 0 ? -1 : 0);
  return nest.f.splat("i32", value);
}

function indexLanes(nest: Nest, index: number, copy: number, s: Of<"index">): void {
  const { f } = nest;
  const place = nest.cursors.place(index);
  const step = nest.laneStep(place);
  f.get(nest.locals[place.cursor])
    .i32(place.offset + 4 * copy * step)
    .op("i32.add")
    .op("i32x4.splat");
  if (step !== 0 && !nest.schedule.statements[index].uniform) {
    f.get(f.lanes("i32", [0, step, 2 * step, 3 * step])).op("i32x4.add");
  }
  f.set(nest.value(index, copy));
  if (s.dtype !== "int32") unreachable(`an index of type ${s.dtype}`);
}

function applyLanes(
  nest: Nest,
  index: number,
  copy: number,
  s: Of<"apply">,
  section: Section,
): void {
  const { f } = nest;
  const { body } = nest.kernel;
  const row = scalarFunction(s.fn);
  const operand = body[s.args[s.args.length - 1]].dtype;
  const rule = nativeRule(row, operand, "vector");
  const push = (value: number) => f.get(nest.value(value, copy));
  if (rule === undefined) {
    if (row.conditional !== undefined) whereAnyLane(nest, index, copy, s, section);
    else hostLanes(nest, index, copy, s, section);
    return;
  }
  const extreme = extremeOf(body, s);
  if (extreme !== undefined) {
    extreme.args.forEach(push);
    f.op(extreme.instruction);
  } else {
    rule({
      f,
      relaxedSimd: nest.context.relaxedSimd,
      arg: (k) => push(s.args[k]),
      constant: (k) => {
        const arg = body[s.args[k]];
        return arg.kind === "constant" ? arg.value : undefined;
      },
    });
  }
  f.set(nest.value(index, copy));
}

/** Calls JavaScript where the condition, the first operand, holds in any lane; else the last operand is the result. */
function whereAnyLane(
  nest: Nest,
  index: number,
  copy: number,
  s: Of<"apply">,
  section: Section,
): void {
  const { f } = nest;
  const [condition] = s.args;
  f.get(nest.value(s.args[s.args.length - 1], copy)).set(nest.value(index, copy));
  f.get(nest.value(condition, copy)).op("v128.any_true");
  f.if(() => hostLanes(nest, index, copy, s, section));
}

/** Calls a JavaScript function for each useful lane, in float64. */
function hostLanes(
  nest: Nest,
  index: number,
  copy: number,
  s: Of<"apply">,
  section: Section,
): void {
  const { f } = nest;
  const host =
    nest.context.hostFunctions.get(s.fn) ?? unreachable(`function ${s.fn} is not imported`);
  const target = nest.value(index, copy);
  const lanes = nest.schedule.statements[index].uniform ? 1 : section.lanes;
  for (let lane = 0; lane < lanes; lane++) {
    if (lane > 0) f.get(target);
    for (const arg of s.args) {
      f.get(nest.value(arg, copy));
      pushLaneAsDouble(nest, nest.kernel.body[arg].dtype, lane);
    }
    f.call(host);
    if (s.dtype === "float32") f.op("f32.demote_f64");
    else if (s.dtype === "int32") f.op("i64.trunc_sat_f64_s").op("i32.wrap_i64");
    else if (s.dtype === "bool") f.f64(0).op("f64.ne").i32(-1).op("i32.mul");
    const wideMask = s.dtype === "bool" && nest.schedule.lanes === 2;
    if (wideMask) f.op("i64.extend_i32_s");
    const shape = wideMask ? "i64x2" : laneShapes[s.dtype];
    if (lane === 0) f.op(`${shape}.splat`);
    else f.lane(`${shape}.replace_lane`, lane);
    f.set(target);
  }
}

function pushLaneAsDouble(nest: Nest, dtype: DType, lane: number): void {
  if (dtype === "float64") nest.f.lane("f64x2.extract_lane", lane);
  else if (dtype === "float32") nest.f.lane("f32x4.extract_lane", lane).op("f64.promote_f32");
  else {
    nest.f.lane("i32x4.extract_lane", (4 / nest.schedule.lanes) * lane);
    if (dtype === "bool") nest.f.i32(1).op("i32.and");
    nest.f.op("f64.convert_i32_s");
  }
}

// --- reductions ---

function identity(nest: Nest, s: Of<"accumulate">): Local {
  return constantLanes(nest, s.dtype, identityOf(s.combine, s.dtype));
}

function accumulators(nest: Nest, index: number, section: Section): number {
  if (nest.reducesLanes) return section.copies;
  return nest.schedule.statements[index].uniform ? 1 : section.copies;
}

function accumulate(nest: Nest, index: number, s: Of<"accumulate">, section: Section): void {
  const { f } = nest;
  for (let copy = 0; copy < accumulators(nest, index, section); copy++) {
    const accumulator = nest.accumulator(index, copy);
    let value = nest.value(s.arg, copy);
    const { lanes } = nest.schedule;
    if (nest.reducesLanes && section.lanes < lanes) {
      const useful = [0, 1, 2, 3].map((word) => ((word * lanes) / 4 < section.lanes ? -1 : 0));
      const mask = f.lanes("i32", useful as [number, number, number, number]);
      const masked = f.local("v128");
      f.get(value).get(identity(nest, s)).get(mask).op("v128.bitselect").set(masked);
      value = masked;
    }
    combineLanes(f, s.combine, s.dtype, accumulator, value);
    f.set(accumulator);
  }
}

/** Combines accumulators in pairs, then the lanes, in a fixed order; all lanes end up equal. */
function combineAll(nest: Nest, index: number, copies: number): void {
  const { f } = nest;
  const s = nest.kernel.body[index] as Of<"accumulate">;
  const total = nest.accumulator(index, 0);
  for (let distance = 1; distance < copies; distance *= 2) {
    for (let copy = 0; copy + distance < copies; copy += 2 * distance) {
      const into = nest.accumulator(index, copy);
      combineLanes(f, s.combine, s.dtype, into, nest.accumulator(index, copy + distance));
      f.set(into);
    }
  }
  const turned = f.local("v128");
  for (const distance of nest.schedule.lanes === 4 ? [2, 1] : [2]) {
    f.get(total).get(total);
    f.shuffle(distance, distance ^ 1, distance ^ 2, distance ^ 3).set(turned);
    combineLanes(f, s.combine, s.dtype, total, turned);
    f.set(total);
  }
}
