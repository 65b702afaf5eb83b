// Emits the loops of one kernel. The nest is walked from the outside in; each statement is emitted where its level says,
// and the axis of lanes runs in three sections: several vectors at once, the vectors that are left, and a tail in which
// the same vector arithmetic runs with fewer useful lanes, so that an element gets the same bits wherever it lies.

import type { LoopKernel, Statement } from "../../../ir/loops.ts";
import type { Cursors, Index } from "./cursors.ts";
import type { FunctionBuilder, Local, ValueType } from "./function.ts";
import type { Schedule } from "./schedule.ts";

/** What the emission of statements may use. */
export interface EmitContext {
  readonly relaxedSimd: boolean;
  /** Indices of imported JavaScript functions, by scalar function name. */
  readonly hostFunctions: ReadonlyMap<string, number>;
}

/** How many points the innermost body covers now: `copies` × `lanes` along the axis of lanes. */
export interface Section {
  readonly copies: number;
  readonly lanes: number;
}

/** Emits single statements in one form of code. */
export interface StatementEmitter {
  readonly localType: (s: Statement) => ValueType;
  readonly emit: (nest: Nest, index: number, section: Section) => void;
  readonly startAccumulate: (nest: Nest, index: number, section: Section) => void;
  readonly finishAccumulate: (nest: Nest, index: number, section: Section) => void;
}

const onePoint: Section = { copies: 1, lanes: 1 };

/** The state of one function's emission. */
export class Nest {
  readonly f: FunctionBuilder;
  readonly kernel: LoopKernel;
  readonly schedule: Schedule;
  readonly context: EmitContext;
  readonly cursors: Cursors;
  readonly locals: readonly Local[];
  readonly #statements: StatementEmitter;
  readonly #values: Local[][];

  constructor(
    f: FunctionBuilder,
    kernel: LoopKernel,
    schedule: Schedule,
    context: EmitContext,
    cursors: Cursors,
    locals: readonly Local[],
    statements: StatementEmitter,
  ) {
    this.f = f;
    this.kernel = kernel;
    this.schedule = schedule;
    this.context = context;
    this.cursors = cursors;
    this.locals = locals;
    this.#statements = statements;
    this.#values = kernel.body.map(() => []);
  }

  /** Emits the loops from position `from` of the order on, with everything that belongs outside them. */
  emit(from: number): void {
    this.#statementsAt((level) => level <= from, onePoint);
    this.#inside(from, onePoint, true);
  }

  /** The local that holds a statement's value in one copy. */
  value(index: number, copy: number): Local {
    const values = this.#values[index];
    const at = this.schedule.statements[index].uniform ? 0 : copy;
    while (values.length <= at) {
      values.push(this.f.local(this.#statements.localType(this.kernel.body[index])));
    }
    return values[at];
  }

  /** Makes a constant local the value of a statement. */
  bind(index: number, local: Local): void {
    this.#values[index] = [local];
  }

  /** Accumulator `copy` of a statement; where lanes are reduced, the first one becomes its value. */
  accumulator(index: number, copy: number): Local {
    const values = this.#values[index];
    while (values.length <= copy) {
      values.push(this.f.local(this.#statements.localType(this.kernel.body[index])));
    }
    return values[copy];
  }

  /** Change of an index per lane, in its own unit. */
  laneStep(index: Index): number {
    const { order, vectorPosition } = this.schedule;
    return vectorPosition < 0 ? 0 : index.steps[order[vectorPosition].axis];
  }

  /** Whether lanes run along a reduction axis. */
  get reducesLanes(): boolean {
    return this.schedule.vectorPosition >= this.schedule.parallelDepth;
  }

  /** What lies inside the first `depth` loops, apart from the statements already emitted. */
  #inside(depth: number, section: Section, outermost: boolean): void {
    const { order, parallelDepth } = this.schedule;
    if (depth !== parallelDepth || this.kernel.reduce.length === 0) {
      if (depth < order.length) this.#loop(depth, section, outermost);
      return;
    }
    const sums = this.#accumulates();
    const { copies, lanes } = this.schedule;
    const whole = this.reducesLanes ? { copies, lanes } : section;
    for (const index of sums) this.#statements.startAccumulate(this, index, whole);
    if (!this.kernel.reduce.includes(0)) {
      if (depth < order.length) this.#loop(depth, section, false);
    }
    for (const index of sums) this.#statements.finishAccumulate(this, index, whole);
    for (const [index, place] of this.schedule.statements.entries()) {
      if (place.live && place.after) this.#statements.emit(this, index, section);
    }
  }

  #loop(depth: number, section: Section, outermost: boolean): void {
    const { axis, size } = this.schedule.order[depth];
    let moved = size;
    if (depth === this.schedule.vectorPosition) moved = this.#lanes(depth);
    else if (size === 1) this.#body(depth + 1, section);
    else {
      this.f.repeat(size, "times", () => {
        this.#body(depth + 1, section);
        this.cursors.advance(this.f, this.locals, axis, 1);
      });
    }
    if (!outermost) this.cursors.advance(this.f, this.locals, axis, -moved);
  }

  /** The axis of lanes, in sections; returns how far the cursors have moved. */
  #lanes(depth: number): number {
    const { order, copies, lanes } = this.schedule;
    const { axis, size } = order[depth];
    const vectors = Math.floor(size / lanes);
    const tail = size % lanes;
    const rounds = Math.floor(vectors / copies);
    const left = vectors % copies;
    let moved = 0;
    const run = (section: Section, points: number, last: boolean): void => {
      this.#body(depth + 1, section);
      if (last) return;
      this.cursors.advance(this.f, this.locals, axis, points);
      moved += points;
    };
    if (rounds > 1) {
      this.f.repeat(rounds, "times", () => run({ copies, lanes }, lanes * copies, false));
      moved = lanes * copies * rounds;
    } else if (rounds === 1) {
      run({ copies, lanes }, lanes * copies, left === 0 && tail === 0);
    }
    if (left > 0) run({ copies: left, lanes }, lanes * left, tail === 0);
    if (tail > 0) run({ copies: 1, lanes: tail }, tail, true);
    return moved;
  }

  #body(level: number, section: Section): void {
    this.#statementsAt((own) => own === level, section);
    this.#inside(level, section, false);
  }

  #statementsAt(wanted: (level: number) => boolean, section: Section): void {
    for (const [index, { live, level, after }] of this.schedule.statements.entries()) {
      if (live && !after && wanted(level)) this.#statements.emit(this, index, section);
    }
  }

  #accumulates(): number[] {
    const { statements } = this.schedule;
    return [...statements.keys()].filter(
      (i) => this.kernel.body[i].kind === "accumulate" && statements[i].live,
    );
  }
}
