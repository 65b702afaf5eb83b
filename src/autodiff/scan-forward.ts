// Loops in forward mode and for many examples: both are one loop again, over a body that computes more.

import { argumentLeaf } from "../ir/argument.ts";
import { inOrder } from "../ir/graph.ts";
import { type Attributes, type Batch, record } from "../ir/op.ts";
import { type Loop, loopOf } from "../ir/scan.ts";
import { recordAgain } from "../ir/section.ts";
import type { Tensor } from "../ir/tensor.ts";
import { zeros } from "../ops/leaf.ts";
import { tangents } from "./tangents.ts";

/** A result of a loop, still to be recorded: of which loop, on which inputs, and which one. */
export interface LoopResult {
  readonly loop: Loop;
  readonly inputs: readonly Tensor[];
  readonly output: number;
}

/** The arguments of a body by what they are. */
interface Parts<T> {
  readonly constants: readonly T[];
  readonly carries: readonly T[];
  readonly slices: readonly T[];
}

function partsOf<T>({ constants, carries }: Loop, all: readonly T[]): Parts<T> {
  return {
    constants: all.slice(0, constants),
    carries: all.slice(constants, constants + carries),
    slices: all.slice(constants + carries),
  };
}

/**
 * The tangent of a result, null where it has none: a loop that carries tangents along. `active` are the arguments of the
 * body that have tangents, `given` those of the inputs.
 */
export function forwards(
  attributes: Attributes,
  inputs: readonly Tensor[],
  given: readonly (Tensor | null)[],
  active: ReadonlySet<Tensor>,
): LoopResult | null {
  const loop = loopOf(attributes);
  const { body } = loop;
  const moving = new Map([...active].map((t) => [t, argumentLeaf(t)]));
  const found = tangents(body.outputs, moving);
  const args = partsOf(loop, body.arguments);
  const movingOf = (list: readonly Tensor[]): Tensor[] => list.flatMap((t) => moving.get(t) ?? []);
  const places = new Map(body.arguments.map((t, k) => [t, k]));
  const tangentsOf = (list: readonly Tensor[]): Tensor[] =>
    list
      .filter((t) => active.has(t))
      .map((t) => given[places.get(t)!] ?? zeros(inputs[places.get(t)!].shape, t.dtype));
  const next = body.outputs.slice(0, loop.carries);
  const nextMoving = next.filter((_, k) => active.has(args.carries[k]));
  const stacks = body.outputs.slice(loop.carries).filter((t) => found.has(t));
  const values = partsOf(loop, inputs);
  const result = body.outputs[attributes.output as number];
  const carry = args.carries[attributes.output as number];
  if (carry === undefined ? !found.has(result) : !active.has(carry)) return null;
  const outputs = [
    ...next,
    ...nextMoving.map((t) => found.get(t) ?? zeros(t.shape, t.dtype)),
    ...stacks.map((t) => found.get(t)!),
  ];
  const carries = loop.carries + nextMoving.length;
  return {
    loop: {
      ...loop,
      constants: loop.constants + movingOf(args.constants).length,
      carries,
      body: {
        arguments: [args.constants, args.carries, args.slices].flatMap((list) => [
          ...list,
          ...movingOf(list),
        ]),
        outputs,
        writes: [],
      },
    },
    inputs: [
      ...values.constants,
      ...tangentsOf(args.constants),
      ...values.carries,
      ...tangentsOf(args.carries),
      ...values.slices,
      ...tangentsOf(args.slices),
    ],
    output:
      carry === undefined
        ? carries + stacks.indexOf(result)
        : loop.carries + movingOf(args.carries).indexOf(moving.get(carry)!),
  };
}

/** A result for all examples: a loop whose carries have the new axis in front, its stacks behind that of the turns. */
export function batched(
  attributes: Attributes,
  inputs: readonly Tensor[],
  batch: Batch,
): LoopResult {
  const loop = loopOf(attributes);
  const { body, constants, carries } = loop;
  const places = new Map(body.arguments.map((t, k) => [t, k]));
  const isCarry = (k: number): boolean => k >= constants && k < constants + carries;
  // A draw of its own for each example is one draw for all, of which each takes its part.
  const placeOf = (draw: Tensor): number => places.get(behindBarriers(draw.inputs[0])) ?? -1;
  const draws = inOrder(body.outputs).filter(
    (t) => t.definition.body.kind === "randomBits" && batch.varies[placeOf(t)],
  );
  const states = new Set(draws.map(placeOf));
  const varies = inputs.map((_, k) => isCarry(k) || (batch.varies[k] && !states.has(k)));
  const args = body.arguments.map(({ dtype, shape }, k) =>
    argumentLeaf({ dtype, shape: varies[k] ? [batch.size, ...shape] : shape }),
  );
  const drawn = draws.map((t) =>
    record(t.definition, [args[placeOf(t)]], { shape: [batch.size, ...t.shape] }),
  );
  const stands = [...body.arguments, ...draws];
  const turn = (...one: Tensor[]): Tensor[] =>
    recordAgain(body.outputs, new Map(stands.map((t, k) => [t, one[k]])));
  const all = [...args, ...drawn];
  const outputs = batch.map(turn, all, [...varies, ...draws.map(() => true)]) as Tensor[];
  const given = inputs.map((x, k) => {
    if (isCarry(k)) return batch.all(x, batch.varies[k]);
    if (states.has(k)) return x.select(0, 0);
    return k >= constants && varies[k] ? x.moveAxis(1, 0) : x;
  });
  const now = { ...loop, body: { arguments: args, outputs, writes: [] } };
  return { loop: now, inputs: given, output: attributes.output as number };
}

/** A recomputation must draw what the first computation drew, so it is drawn from the same state. */
function behindBarriers(t: Tensor): Tensor {
  return t.definition.body.kind === "barrier" ? behindBarriers(t.inputs[0]) : t;
}
