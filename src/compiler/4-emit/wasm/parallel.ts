// Steps that threads share. The calling thread walks the plan; at a step of several tiles it publishes the step, and
// every thread, the caller too, claims tiles until none is left. The caller goes on when all are complete. Threads do not
// walk the plan: one that comes late finds nothing to claim.
//
// Imports, all from `pool`: helpers() → 1 where other threads take part; publish(plan, step, tiles); claim() → tiles left with
// this one, or 0; complete(); join(tiles) waits for all; next(plan, mail) → as claim, but waits for a step of this plan,
// and gives 0 when there is something else to do; step() → the step that is published.

import type { ModuleBuilder } from "./encoder.ts";
import { addressType, type FunctionBuilder, type Local } from "./function.ts";

/** The imported functions, by index, and the number of this plan in the pool. */
export interface PoolImports {
  readonly helpers: number;
  readonly publish: number;
  readonly claim: number;
  readonly complete: number;
  readonly join: number;
  readonly next: number;
  readonly step: number;
  readonly plan: number;
}

export function importPool(module: ModuleBuilder): PoolImports {
  const pool = (name: string, parameters: number, results: readonly "i32"[] = []): number =>
    module.importFunction(
      "pool",
      name,
      Array.from({ length: parameters }, () => "i32" as const),
      results,
    );
  return {
    helpers: pool("helpers", 0, ["i32"]),
    publish: pool("publish", 3),
    claim: pool("claim", 0, ["i32"]),
    complete: pool("complete", 0),
    join: pool("join", 1),
    next: pool("next", 2, ["i32"]),
    step: pool("step", 0, ["i32"]),
    plan: module.importGlobal("pool", "plan", "i32"),
  };
}

/** Pushes what a kernel is called with, apart from the tile, which is in a local; then calls it. */
export type TileCall = (f: FunctionBuilder, table: Local, tile: Local) => void;

/** The shared steps of one plan. */
export class ParallelSteps {
  readonly #module: ModuleBuilder;
  readonly #pool: PoolImports | undefined;
  readonly #functions: number[] = [];
  #share = -1;

  /** Without a pool, tiles run one after the other. */
  constructor(module: ModuleBuilder, pool: PoolImports | undefined) {
    this.#module = module;
    this.#pool = pool;
  }

  /** Number of steps. */
  get count(): number {
    return this.#functions.length;
  }

  /** Adds the function `(table, tiles left) → ()` of a step; returns the step's number. */
  add(tiles: number, call: TileCall): number {
    const index = this.#module.function([addressType, "i32"], [], (f) => {
      const [table, left] = [0, 1];
      f.i32(tiles).get(left).op("i32.sub").set(left);
      call(f, table, left);
    });
    return this.#functions.push(index) - 1;
  }

  /** Ends the list of steps: adds the function that runs one, and exports `assist(table, mail)` for other threads. */
  finish(): void {
    if (this.count === 0) return;
    const type = this.#module.type([addressType, "i32"]);
    this.#share = this.#module.function([addressType, "i32", "i32"], [], (f) => {
      const [table, step, tiles] = [0, 1, 2];
      const pool = this.#pool;
      const alone = (): void => oneAfterTheOther(f, type, table, step, tiles);
      if (pool === undefined) alone();
      else {
        f.call(pool.helpers).op("i32.eqz");
        f.if(alone, () => together(f, type, pool, table, step, tiles));
      }
    });
    if (this.#pool !== undefined) this.#module.export("assist", this.#assist(type, this.#pool));
    this.#module.table(this.#functions);
  }

  /** Runs a step in a function whose parameter is the table. */
  run(f: FunctionBuilder, table: Local, step: number, tiles: number): void {
    f.get(table).i32(step).i32(tiles).call(this.#share);
  }

  #assist(type: number, pool: PoolImports): number {
    return this.#module.function([addressType, "i32"], [], (f) => {
      const [table, mail] = [0, 1];
      const left = f.local("i32");
      f.loop((again) => {
        f.global(pool.plan).get(mail).call(pool.next).tee(left);
        f.op("i32.eqz").if(() => f.op("return"));
        f.get(table).get(left).call(pool.step).callIndirect(type).call(pool.complete).br(again);
      });
    });
  }
}

function oneAfterTheOther(
  f: FunctionBuilder,
  type: number,
  table: Local,
  step: Local,
  left: Local,
): void {
  f.loop((again) => {
    f.get(table).get(left).get(step).callIndirect(type);
    f.get(left).i32(1).op("i32.sub").tee(left).brIf(again);
  });
}

function together(
  f: FunctionBuilder,
  type: number,
  pool: PoolImports,
  table: Local,
  step: Local,
  tiles: Local,
): void {
  const left = f.local("i32");
  f.global(pool.plan).get(step).get(tiles).call(pool.publish);
  f.block((done) => {
    f.loop((again) => {
      f.call(pool.claim).tee(left).op("i32.eqz").brIf(done);
      f.get(table).get(left).get(step).callIndirect(type).call(pool.complete).br(again);
    });
  });
  f.get(tiles).call(pool.join);
}
