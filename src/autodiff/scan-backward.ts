// The derivative of a loop: a loop in the other direction. Its turn takes the cotangents of the next carries and of one
// part of the stacks; those of carries go on to the turn before, those of slices are stacked, those of what is the same
// in all turns add up.

import { argumentLeaf } from "../ir/argument.ts";
import { type Loop, loopOf } from "../ir/scan.ts";
import type { Tensor } from "../ir/tensor.ts";
import { zeros } from "../ops/leaf.ts";
import { adjointsOfAll } from "./adjoints.ts";
import { activeArguments, keptValues, type RecordLoop, stacksOf } from "./scan-kept.ts";
import { type Deferred, deferred, summedAfter } from "./scan-sums.ts";

/** Gradients of a loop's inputs from those of its results. */
export function backwards(
  gs: ReadonlyMap<number, Tensor>,
  { inputs, attributes }: Tensor,
  wanted: readonly boolean[],
  recordLoop: RecordLoop,
): readonly (Tensor | null)[] {
  const loop = loopOf(attributes);
  const { body } = loop;
  const turn = turnBack(loop, gs, wanted);
  const { carried, sliced, gradientOf } = turn;
  const { later, extra, operands } = afterLoop(loop, turn);
  const summed = turn.summed.filter((k) => !later.has(k));
  const sums = summed.map((k) => argumentLeaf(body.arguments[k]));
  const parts = [...sliced.map(gradientOf), ...extra];
  const outputs = [
    ...carried.map((k) => gradientOf(k) ?? zerosLike(body.arguments[k])),
    ...summed.map((k, i) => sums[i].add(gradientOf(k))),
    ...parts,
  ];
  const stacks = stacksOf(loop, inputs, keptValues(loop, [...outputs, ...operands]), recordLoop);
  const kept = keptValues(loop, outputs);
  const fixed = keysOf(body.arguments, (t, k) => k < loop.constants && kept.has(t));
  const used = [...stacks.keys()].filter((t) => kept.has(t));
  const backward: Loop = {
    body: {
      arguments: [
        ...fixed.map((k) => body.arguments[k]),
        ...turn.next.values(),
        ...sums,
        ...turn.parts.values(),
        ...used,
      ],
      outputs,
      writes: [],
    },
    length: loop.length,
    reverse: !loop.reverse,
    constants: fixed.length,
    carries: carried.length + summed.length,
  };
  const results = recordLoop(backward, [
    ...fixed.map((k) => inputs[k]),
    ...carried.map((k) => gs.get(k - loop.constants) ?? zerosLike(inputs[k])),
    ...summed.map((k) => zerosLike(inputs[k])),
    ...[...turn.parts.keys()].map((output) => gs.get(output)!),
    ...used.map((t) => stacks.get(t)!),
  ]);
  const stackOf = (t: Tensor): Tensor =>
    stacks.get(t) ?? results[backward.carries + parts.indexOf(t)];
  const order = [...carried, ...summed, ...sliced];
  return inputs.map((_, k) => {
    const sum = later.get(k);
    return sum === undefined ? (results[order.indexOf(k)] ?? null) : summedAfter(sum, stackOf);
  });
}

/** One turn of the backward loop, as graph. Numbers are those of the body's arguments. */
interface TurnBack {
  /** What is differentiated for: carries, constants, slices. */
  readonly carried: readonly number[];
  readonly summed: readonly number[];
  readonly sliced: readonly number[];
  /** Cotangents that the turn is given: of carries by their number, of stacks by that of the result. */
  readonly next: ReadonlyMap<number, Tensor>;
  readonly parts: ReadonlyMap<number, Tensor>;
  /** Undefined only for carries that nothing depends on. */
  readonly gradientOf: (k: number) => Tensor;
}

function turnBack(
  loop: Loop,
  gs: ReadonlyMap<number, Tensor>,
  wanted: readonly boolean[],
): TurnBack {
  const { body, constants, carries } = loop;
  const active = activeArguments(loop, wanted);
  const first = constants + carries;
  const carried = keysOf(body.arguments, (t, k) => active.has(t) && k >= constants && k < first);
  const next = new Map(carried.map((k) => [k, argumentLeaf(body.arguments[k])]));
  const ofStacks = [...gs.keys()].filter((output) => output >= carries);
  const parts = new Map(ofStacks.map((output) => [output, argumentLeaf(body.outputs[output])]));
  const cotangents = new Map<Tensor, Tensor>();
  const give = (output: number, g: Tensor): void => {
    const t = body.outputs[output];
    cotangents.set(t, cotangents.get(t)?.add(g) ?? g);
  };
  for (const [k, g] of next) give(k - constants, g);
  for (const [output, g] of parts) give(output, g);
  const found = adjointsOfAll(cotangents, active);
  return {
    carried,
    summed: keysOf(body.arguments, (t, k) => found.has(t) && active.has(t) && k < constants),
    sliced: keysOf(body.arguments, (t, k) => found.has(t) && active.has(t) && k >= first),
    next,
    parts,
    gradientOf: (k) => found.get(body.arguments[k])!,
  };
}

/** What is added up after the loop, and from what. */
interface AfterLoop {
  readonly later: ReadonlyMap<number, Deferred>;
  /** Values of the backward turn that are stacked for the purpose. */
  readonly extra: readonly Tensor[];
  readonly operands: readonly Tensor[];
}

/** Chooses the gradients of constants that are added up after the loop: products first, which may stack what sums need. */
function afterLoop(loop: Loop, { carried, summed, sliced, gradientOf }: TurnBack): AfterLoop {
  const constants = new Set(loop.body.arguments.slice(0, loop.constants));
  const roots = [...carried, ...summed, ...sliced].map(gradientOf).filter((t) => t !== undefined);
  const kept = [...keptValues(loop, roots)].filter((t) => !constants.has(t));
  const held = new Set([...kept, ...sliced.map(gradientOf)]);
  const later = new Map<number, Deferred>();
  const extra: Tensor[] = [];
  for (const kind of ["contract", "reduce"]) {
    for (const k of summed) {
      const found = deferred(gradientOf(k), (t) => held.has(t));
      if (found?.core.definition.body.kind !== kind) continue;
      if (found.core.inputs.some((x) => constants.has(x))) continue;
      later.set(k, found);
      const fresh = found.core.inputs.filter((x) => !held.has(x));
      for (const x of fresh) held.add(x);
      extra.push(...fresh);
    }
  }
  const operands = [...later.values()].flatMap(({ core }) => core.inputs);
  return { later, extra, operands };
}

function keysOf<T>(list: readonly T[], holds: (item: T, k: number) => boolean): number[] {
  return [...list.keys()].filter((k) => holds(list[k], k));
}

function zerosLike({ shape, dtype }: Tensor): Tensor {
  return zeros(shape, dtype);
}
