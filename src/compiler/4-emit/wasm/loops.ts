// Emits a loop kernel as a WebAssembly function of its buffers' addresses; one with much work as a function of them and
// the number of a tile.

import type { LoopKernel, Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";
import { Cursors } from "./cursors.ts";
import type { ModuleBuilder } from "./encoder.ts";
import { addressType, type FunctionBuilder, type Local, type ValueType } from "./function.ts";
import { nativeRule } from "./native.ts";
import { type EmitContext, Nest } from "./nest.ts";
import { scalarStatements } from "./scalar.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";
import { callTile, countTiles, storesApart, tilingOf } from "./tiles.ts";
import { vectorStatements } from "./vector.ts";

/** The function of a kernel. */
export interface EmittedKernel {
  readonly index: number;
  /** Set where a call computes one of so many tiles; its number is then the last parameter. */
  readonly tiles?: number;
}

/** Adds the function `(address of buffer 0, address of buffer 1, …) → ()` for a kernel, or for one of its tiles. */
export function emitLoopKernel(
  module: ModuleBuilder,
  kernel: LoopKernel,
  context: EmitContext,
): EmittedKernel {
  const parameters = kernel.buffers.map(() => addressType);
  if (kernel.parallel.includes(0)) {
    return { index: module.function(parameters, [], () => undefined) };
  }
  const isHosted = (s: Statement): boolean => hostFunctionOf(kernel, s) !== undefined;
  const schedule = scheduleOf(kernel, isHosted);
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
    const index = module.function(parameters, [], (f) => {
      nest(f, schedule, cursors.origin(f, [...parameters.keys()])).emit(0);
    });
    return { index };
  }
  const { position, size, points } = tiling;
  const tile = (length: number): number =>
    module.function(cursors.types, [], (f) => {
      const order = schedule.order.with(position, { ...schedule.order[position], size: length });
      nest(f, { ...schedule, order }, [...cursors.types.keys()]).emit(position);
    });
  const functions = {
    whole: tile(points),
    rest: size % points === 0 ? undefined : tile(size % points),
  };
  const index = module.function([...parameters, "i32"], [], (f) => {
    const locals = cursors.origin(f, [...parameters.keys()]);
    callTile(f, parameters.length, schedule, cursors, locals, tiling, functions);
  });
  const tiles = countTiles(tiling);
  const onCaller = (s: Statement): boolean => {
    const name = hostFunctionOf(kernel, s);
    return name !== undefined && scalarFunction(name).conditional === undefined;
  };
  if (storesApart(kernel) && !kernel.body.some(onCaller)) return { index, tiles };
  return { index: allTiles(module, index, parameters, tiles) };
}

/** Adds a function that runs one tile after the other. */
function allTiles(
  module: ModuleBuilder,
  tileFunction: number,
  parameters: readonly ValueType[],
  tiles: number,
): number {
  return module.function(parameters, [], (f) => {
    const tile = f.local("i32");
    f.repeat(tiles, "times", () => {
      for (const parameter of parameters.keys()) f.get(parameter);
      f.get(tile).call(tileFunction).increment(tile, 1);
    });
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
