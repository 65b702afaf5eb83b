// Cuts a kernel with much work into tiles: independent parts of its parallel axes, each one call of a function. Threads
// share them, and engines, which replace slow first code only between calls, get to do so. Tiles follow from the kernel
// alone, so that no result depends on how many threads there are.

import type { LoopKernel } from "../../../ir/loops.ts";
import type { Cursors } from "./cursors.ts";
import type { FunctionBuilder, Local } from "./function.ts";
import type { Schedule } from "./schedule.ts";

/** Points of a tile of a short body: about two microseconds of work. */
const tilePoints = 16384;
/** Statements of a short body; longer ones have fewer points in a tile. */
const shortBody = 6;
/** Fewer tiles are not worth the cut. */
const fewestTiles = 4;

/** Where a kernel is cut. */
export interface Tiling {
  /** The loop that is cut, its length, and the points of it in one tile. */
  readonly position: number;
  readonly size: number;
  readonly points: number;
  /** Number of tiles along each loop up to that one. */
  readonly counts: readonly number[];
}

/** Cuts the outermost parallel loop whose inside is no more than a tile. */
export function tilingOf(schedule: Schedule): Tiling | undefined {
  const { order, parallelDepth, vectorPosition } = schedule;
  const total = order.reduce((product, loop) => product * loop.size, 1);
  const most = pointsPerTile(schedule);
  if (total < fewestTiles * most || parallelDepth === 0) return undefined;
  let inside = total;
  for (let position = 0; position < parallelDepth; position++) {
    const { size } = order[position];
    inside /= size;
    if (inside > most && position < parallelDepth - 1) continue;
    const unit = position === vectorPosition ? 16 : 1;
    const points = Math.min(size, Math.max(unit, Math.floor(most / inside / unit) * unit));
    const outer = order.slice(0, position).map((loop) => loop.size);
    return { position, size, points, counts: [...outer, Math.ceil(size / points)] };
  }
  return undefined;
}

/** Number of tiles in all. */
export function countTiles({ counts }: Tiling): number {
  return counts.reduce((product, count) => product * count, 1);
}

/** Whether tiles may run at the same time: each element is stored by one of them. */
export function storesApart(kernel: LoopKernel): boolean {
  return kernel.body.every(
    (s) => s.kind !== "store" || (s.mode === "set" && s.dynamic.length === 0),
  );
}

function pointsPerTile({ statements, order }: Schedule): number {
  const inner = statements.filter(({ live, level }) => live && level === order.length).length;
  return (tilePoints * shortBody) / Math.max(shortBody, inner);
}

/** The two tile functions: of full tiles, and of the last one along the cut loop where that is shorter. */
export interface TileFunctions {
  readonly whole: number;
  readonly rest: number | undefined;
}

/** Moves cursors from the origin to tile `tile`, which is used up, and calls its function. */
export function callTile(
  f: FunctionBuilder,
  tile: Local,
  schedule: Schedule,
  cursors: Cursors,
  locals: readonly Local[],
  { position, points, counts }: Tiling,
  { whole, rest }: TileFunctions,
): void {
  const place = f.local("i32");
  const last = f.local("i32");
  for (let loop = position; loop >= 0; loop--) {
    if (counts[loop] === 1) continue;
    f.get(tile).i32(counts[loop]).op("i32.rem_u").set(place);
    f.get(tile).i32(counts[loop]).op("i32.div_u").set(tile);
    if (loop === position) {
      f.get(place)
        .i32(counts[loop] - 1)
        .op("i32.eq")
        .set(last);
    }
    cursors.move(f, locals, schedule.order[loop].axis, place, loop === position ? points : 1);
  }
  const call = (index: number): void => {
    for (const local of locals) f.get(local);
    f.call(index);
  };
  if (rest === undefined) call(whole);
  else {
    f.get(last).if(
      () => call(rest),
      () => call(whole),
    );
  }
}
