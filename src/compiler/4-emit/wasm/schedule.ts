// Decides, from a kernel's structure alone, how its loops run: which axis is taken four lanes at a time, in which order
// the axes are looped over, and outside which loops each statement can be computed.

import type { DType } from "../../../core/dtype.ts";
import type { Affine, LoopKernel, Statement } from "../../../ir/loops.ts";
import { scalarFunction } from "../../../ir/scalar.ts";

export interface AxisLoop {
  readonly axis: number;
  readonly size: number;
}

export interface Schedule {
  readonly form: "vector" | "scalar";
  /** Points of one vector: 4, or 2 in kernels of float64; 1 in the scalar form. */
  readonly lanes: 1 | 2 | 4;
  /** Loops from outer to inner: parallel axes, then reduction axes. */
  readonly order: readonly AxisLoop[];
  /** Position of the first reduction loop in `order`; its length where there is none. */
  readonly parallelDepth: number;
  /** Position in `order` of the axis whose points are lanes; −1 where all runs point by point. */
  readonly vectorPosition: number;
  /** Number of copies of the innermost body, each with its own accumulators. */
  readonly copies: number;
  readonly statements: readonly StatementPlace[];
}

export interface StatementPlace {
  readonly live: boolean;
  /** Number of loops around it. */
  readonly level: number;
  /** Same value in all lanes. */
  readonly uniform: boolean;
  /** Runs once per parallel point, after the reduction loops. */
  readonly after: boolean;
}

/** Plans the loops of a kernel; `isHosted` tells which statements call JavaScript. */
export function scheduleOf(kernel: LoopKernel, isHosted: (s: Statement) => boolean): Schedule {
  const live = liveStatements(kernel.body);
  const lanes = lanesOf(kernel);
  const scalar = lanes === 1;
  const after = afterReduction(kernel, live);
  const axes = dependencies(kernel);
  const sizes = [...kernel.parallel, ...kernel.reduce];
  const vectorAxis = scalar ? -1 : chooseVectorAxis(kernel, live, after, axes, sizes, lanes);
  const order = loopOrder(kernel, vectorAxis);
  const vectorPosition = order.findIndex((loop) => loop.axis === vectorAxis);
  const parallelDepth = kernel.parallel.length;
  const reduced = dependsOnReduction(kernel.body);
  const place = (s: Statement, index: number): StatementPlace => {
    const level = reduced[index]
      ? parallelDepth
      : levelOf(s, axes[index], order, parallelDepth, kernel.reduce.length > 0);
    const uniform = after[index] && vectorPosition >= parallelDepth;
    return {
      live: live[index],
      level,
      uniform: uniform || vectorPosition < 0 || !axes[index].has(vectorAxis),
      after: after[index] && (level >= parallelDepth || s.kind === "store"),
    };
  };
  const statements = kernel.body.map(place);
  const copies = copiesOf(kernel, statements, order, vectorPosition, lanes, isHosted);
  return {
    form: scalar ? "scalar" : "vector",
    lanes,
    order,
    parallelDepth,
    vectorPosition,
    copies,
    statements,
  };
}

/** Values that a statement reads. */
export function operandsOf(s: Statement): readonly number[] {
  if (s.kind === "apply") return s.args;
  if (s.kind === "cast" || s.kind === "accumulate") return [s.arg];
  if (s.kind === "load") return s.dynamic.map((d) => d.value);
  if (s.kind === "store") return [s.value, ...s.dynamic.map((d) => d.value)];
  return [];
}

/** Affine indices that a statement uses, its own place first. */
export function affinesOf(s: Statement): readonly Affine[] {
  if (s.kind === "load") return [s.at, ...s.bounds.map((bound) => bound.at)];
  return s.kind === "store" || s.kind === "index" ? [s.at] : [];
}

/** Vectors hold elements of one size: 4 bytes, or 8 where all that is stored is float64; a mixture goes one by one. */
function lanesOf({ buffers, body }: LoopKernel): 1 | 2 | 4 {
  const isDouble = ({ dtype }: { readonly dtype: DType }): boolean => dtype === "float64";
  if (!body.some(isDouble) && !buffers.some(isDouble)) return 4;
  const stays = (s: Statement): boolean =>
    isDouble(s) || (s.dtype === "bool" && s.kind !== "load" && s.kind !== "store");
  return body.every(stays) ? 2 : 1;
}

function liveStatements(body: readonly Statement[]): boolean[] {
  const live = body.map((s) => s.kind === "store");
  for (let i = body.length - 1; i >= 0; i--) {
    if (live[i]) for (const operand of operandsOf(body[i])) live[operand] = true;
  }
  return live;
}

/** Marks what depends on a reduction's result, and what nothing before the result needs. */
function afterReduction(kernel: LoopKernel, live: readonly boolean[]): boolean[] {
  const { body } = kernel;
  if (kernel.reduce.length === 0) return body.map(() => false);
  const needed = body.map((s) => s.kind === "accumulate");
  for (let i = body.length - 1; i >= 0; i--) {
    if (needed[i]) for (const operand of operandsOf(body[i])) needed[operand] = true;
  }
  return body.map((_, i) => live[i] && !needed[i]);
}

function dependsOnReduction(body: readonly Statement[]): boolean[] {
  const reduced: boolean[] = [];
  const isResult = (i: number): boolean => reduced[i] || body[i].kind === "accumulate";
  for (const s of body) reduced.push(operandsOf(s).some(isResult));
  return reduced;
}

/** Axes on which each statement's value (or a store's place) depends; those of one point do not count. */
function dependencies(kernel: LoopKernel): ReadonlySet<number>[] {
  const sizes = [...kernel.parallel, ...kernel.reduce];
  const axes: Set<number>[] = [];
  for (const s of kernel.body) {
    const set = new Set<number>();
    for (const affine of affinesOf(s)) {
      for (const [axis, term] of affine.terms.entries()) {
        if (term !== 0 && sizes[axis] > 1) set.add(axis);
      }
    }
    for (const operand of operandsOf(s)) for (const axis of axes[operand]) set.add(axis);
    if (s.kind === "accumulate") for (const axis of set) if (isReduced(axis)) set.delete(axis);
    axes.push(set);
  }
  return axes;

  function isReduced(axis: number): boolean {
    return axis >= kernel.parallel.length;
  }
}

function levelOf(
  s: Statement,
  axes: ReadonlySet<number>,
  order: readonly AxisLoop[],
  parallelDepth: number,
  reduces: boolean,
): number {
  if (s.kind === "store") return parallelDepth;
  if (s.kind === "accumulate") return reduces ? order.length : parallelDepth;
  let level = 0;
  for (const [position, loop] of order.entries()) if (axes.has(loop.axis)) level = position + 1;
  return level;
}

function loopOrder(kernel: LoopKernel, vectorAxis: number): AxisLoop[] {
  const parallel = kernel.parallel.map((size, axis) => ({ axis, size }));
  const reduce = kernel.reduce.map((size, i) => ({ axis: kernel.parallel.length + i, size }));
  for (const nest of [parallel, reduce]) {
    const at = nest.findIndex((loop) => loop.axis === vectorAxis);
    if (at >= 0) nest.push(...nest.splice(at, 1));
  }
  return [...parallel, ...reduce];
}

/** Picks the axis along which memory accesses cost least per element; the inner one of equals. */
function chooseVectorAxis(
  kernel: LoopKernel,
  live: readonly boolean[],
  after: readonly boolean[],
  axes: readonly ReadonlySet<number>[],
  sizes: readonly number[],
  lanes: number,
): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [axis, size] of sizes.entries()) {
    if (size < 2) continue;
    const reduced = axis >= kernel.parallel.length;
    let cost = reduced ? 6 / size : 0;
    for (const [i, s] of kernel.body.entries()) {
      if (live[i]) cost += (after[i] ? 0.1 : 1) * accessCost(s, axis, axes);
    }
    cost *= Math.ceil(size / lanes) / (size / lanes);
    if (cost <= least) {
      best = axis;
      least = cost;
    }
  }
  return best;
}

/** Elements of a cache line; lanes further apart than these touch a line each. */
const cacheLine = 16;

/** Cost of a vector of one access, in loads of adjacent elements. */
function accessCost(s: Statement, axis: number, axes: readonly ReadonlySet<number>[]): number {
  if (s.kind !== "load" && s.kind !== "store") return 0.2;
  if (s.dynamic.some((d) => axes[d.value].has(axis))) return 6;
  const step = s.at.terms[axis];
  const bounded = s.kind === "load" && s.bounds.some((bound) => bound.at.terms[axis] !== 0) ? 1 : 0;
  if (step === 1) return 1 + bounded;
  if (step === 0) return s.kind === "load" ? 0.3 : 4;
  return (Math.abs(step) <= cacheLine ? 4 : 8) + bounded;
}

/**
 * Bodies run several vectors at once, interleaved, so that arithmetic does not wait for its own results: small bodies,
 * for the sake of the loop around them, and long chains of dependent statements, such as polynomials.
 */
function copiesOf(
  kernel: LoopKernel,
  statements: readonly StatementPlace[],
  order: readonly AxisLoop[],
  vectorPosition: number,
  lanes: number,
  isHosted: (s: Statement) => boolean,
): number {
  if (vectorPosition < 0) return 1;
  let work = 0;
  const depths = kernel.body.map(() => 0);
  for (const [i, s] of kernel.body.entries()) {
    const { live, level } = statements[i];
    if (!live || level <= vectorPosition || s.kind === "constant") continue;
    const lanewise = (s.kind === "load" || s.kind === "store") && s.dynamic.length > 0;
    if (lanewise || (isHosted(s) && !isConditional(s))) return 1;
    work++;
    depths[i] = 1 + Math.max(0, ...operandsOf(s).map((operand) => depths[operand]));
  }
  const sums = kernel.body.some((s) => s.kind === "accumulate");
  const wanted = work <= 3 && !sums ? 8 : copiesFor(work, Math.max(...depths));
  return Math.max(1, Math.min(wanted, Math.floor(order[vectorPosition].size / lanes)));
}

/** Copies for a number of statements and the length of their longest chain; their code must not grow without end. */
function copiesFor(work: number, chain: number): number {
  const waits = chain >= 12;
  if (work <= 6 || (waits && work <= 90)) return 4;
  return work <= 14 || (waits && work <= 150) ? 2 : 1;
}

/** A function that calls JavaScript in rare cases only. */
function isConditional(s: Statement): boolean {
  return s.kind === "apply" && scalarFunction(s.fn).conditional !== undefined;
}
