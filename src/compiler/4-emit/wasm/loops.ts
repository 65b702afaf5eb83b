// Emits a loop kernel as a WebAssembly function of its buffers' addresses. A kernel with much work becomes a function for
// one tile and a caller that runs it over all tiles: engines replace slow first code only between calls.

import type { LoopKernel, Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";
import { Cursors } from "./cursors.ts";
import type { ModuleBuilder } from "./encoder.ts";
import { addressType, type FunctionBuilder, type Local } from "./function.ts";
import { nativeRule } from "./native.ts";
import { type EmitContext, Nest } from "./nest.ts";
import { scalarStatements } from "./scalar.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { vectorStatements } from "./vector.ts";

/** Points of one tile; a kernel with fewer than four tiles is one function. */
const tilePoints = 16384;

/** Adds the function `(address of buffer 0, address of buffer 1, …) → ()` for a kernel; returns its index. */
export function emitLoopKernel(
  module: ModuleBuilder,
  kernel: LoopKernel,
  context: EmitContext,
): number {
  const parameters = kernel.buffers.map(() => addressType);
  if (kernel.parallel.includes(0)) return module.function(parameters, [], () => undefined);
  const schedule = scheduleOf(kernel, (s) => hostFunctionOf(kernel, s) !== undefined);
  const cursors = new Cursors(
    kernel,
    schedule.statements.map((s) => s.live),
  );
  const nest = (f: FunctionBuilder, own: Schedule, locals: readonly Local[]): Nest => {
    const form = own.form === "vector" ? vectorStatements : scalarStatements;
    return new Nest(f, kernel, own, context, cursors, locals, form);
  };
  const tiling = tilingOf(schedule);
  if (tiling === undefined) {
    return module.function(parameters, [], (f) => {
      nest(f, schedule, cursors.origin(f, [...parameters.keys()])).emit(0);
    });
  }
  const { position, size, points } = tiling;
  const tile = (length: number): number =>
    module.function(cursors.types, [], (f) => {
      const order = schedule.order.with(position, { ...schedule.order[position], size: length });
      nest(f, { ...schedule, order }, [...cursors.types.keys()]).emit(position);
    });
  const whole = tile(points);
  const rest = size % points === 0 ? undefined : tile(size % points);
  return module.function(parameters, [], (f) => {
    const locals = cursors.origin(f, [...parameters.keys()]);
    callTiles(f, schedule, cursors, locals, { ...tiling, whole, rest });
  });
}

/** The name of the JavaScript function that a statement calls, if it has no native spelling. */
export function hostFunctionOf(kernel: LoopKernel, s: Statement): string | undefined {
  if (s.kind !== "apply") return undefined;
  const operand = kernel.body[s.args[s.args.length - 1]].dtype;
  const double = kernel.body.some((other) => other.dtype === "float64");
  const form = double ? "scalar" : "vector";
  return nativeRule(scalarFunction(s.fn), operand, form) === undefined ? s.fn : undefined;
}

interface Tiling {
  /** The loop that is cut, its length, and the points of it in one tile. */
  readonly position: number;
  readonly size: number;
  readonly points: number;
}

/** Cuts the outermost parallel loop whose inside is no more than a tile. */
function tilingOf(schedule: Schedule): Tiling | undefined {
  const { order, parallelDepth, vectorPosition } = schedule;
  const total = order.reduce((product, loop) => product * loop.size, 1);
  if (total < 4 * tilePoints || parallelDepth === 0) return undefined;
  let inside = total;
  for (let position = 0; position < parallelDepth; position++) {
    const { size } = order[position];
    inside /= size;
    if (inside > tilePoints && position < parallelDepth - 1) continue;
    const unit = position === vectorPosition ? 16 : 1;
    const points = Math.max(unit, Math.floor(tilePoints / inside / unit) * unit);
    return { position, size, points: Math.min(points, size) };
  }
  return undefined;
}

interface TileFunctions extends Tiling {
  readonly whole: number;
  readonly rest: number | undefined;
}

/** Walks the loops outside of the tiles. */
function callTiles(
  f: FunctionBuilder,
  schedule: Schedule,
  cursors: Cursors,
  locals: readonly Local[],
  tiles: TileFunctions,
): void {
  const { order } = schedule;
  const call = (tile: number, points: number): void => {
    for (const local of locals) f.get(local);
    f.call(tile);
    cursors.advance(f, locals, order[tiles.position].axis, points);
  };
  const walk = (position: number): void => {
    const { axis, size } = order[position];
    if (position < tiles.position) {
      f.repeat(size, "times", () => {
        walk(position + 1);
        cursors.advance(f, locals, axis, 1);
      });
    } else {
      f.repeat(Math.floor(size / tiles.points), "times", () => call(tiles.whole, tiles.points));
      if (tiles.rest !== undefined) call(tiles.rest, size % tiles.points);
    }
    cursors.advance(f, locals, axis, -size);
  };
  walk(0);
}
