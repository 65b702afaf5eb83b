// Drops axes of length 1 and joins neighbouring axes over which every index walks as over one. This is the only place
// that does so: emitters may take the axes of a kernel as final.

import type { Affine, Statement } from "../../ir/loops.ts";
import { type LoopStep, mapStatement } from "./kernel.ts";

export function collapseAxes(step: LoopStep): LoopStep {
  const lengths = [...step.parallel, ...step.reduce];
  if (step.parallel.length <= 1 && step.reduce.length <= 1 && !lengths.includes(1)) return step;
  const affines = step.body.flatMap(affinesOf);
  const kept = (axis: number): boolean => lengths[axis] !== 1;
  const groups = [
    ...groupAxes(range(0, step.parallel.length).filter(kept), lengths, affines),
    ...groupAxes(range(step.parallel.length, lengths.length).filter(kept), lengths, affines),
  ];
  const parallel = groups.filter((group) => group[0] < step.parallel.length);
  const size = (group: readonly number[]): number =>
    group.reduce((n, axis) => n * lengths[axis], 1);
  const renumber = ({ offset, terms }: Affine): Affine => ({
    offset,
    // The innermost axis of a group has the step of the group.
    terms: groups.map((group) => terms[group[group.length - 1]] ?? 0),
  });
  return {
    ...step,
    parallel: parallel.map(size),
    reduce: groups.slice(parallel.length).map(size),
    body: step.body.map((s) =>
      mapStatement(
        s,
        (k) => k,
        (k) => k,
        renumber,
      ),
    ),
  };
}

/** Runs of axes that are one axis to every index. */
function groupAxes(
  axes: readonly number[],
  lengths: readonly number[],
  affines: readonly Affine[],
): number[][] {
  const groups: number[][] = [];
  for (const axis of axes) {
    const group = groups.at(-1);
    const outer = group?.at(-1);
    const joins =
      outer !== undefined &&
      affines.every(({ terms }) => (terms[outer] ?? 0) === (terms[axis] ?? 0) * lengths[axis]);
    if (joins) group!.push(axis);
    else groups.push([axis]);
  }
  return groups;
}

function affinesOf(s: Statement): Affine[] {
  if (s.kind === "index") return [s.at];
  if (s.kind === "load") return [s.at, ...s.bounds.map((bound) => bound.at)];
  return s.kind === "store" ? [s.at] : [];
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, k) => start + k);
}
