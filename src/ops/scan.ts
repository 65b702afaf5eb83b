// Recording the body of a loop: once, for any number of turns. What the function takes from around it (tensors, parameters,
// constants) becomes constants of the loop; state that it assigns is carried; each random draw that it makes is one draw
// outside, which gives a state of its own to each turn.

import { argumentLeaf } from "../ir/argument.ts";
import { dependents, inOrder } from "../ir/graph.ts";
import { record } from "../ir/op.ts";
import { Recording } from "../ir/recording.ts";
import { isCheap, type Loop } from "../ir/scan.ts";
import { recordAgain, takenFromOutside } from "../ir/section.ts";
import { assignedOp, readLeaf, type Slot } from "../ir/state.ts";
import { recordedSoFar, type Tensor } from "../ir/tensor.ts";
import { currentTrace, type DrawSource, recordInto } from "../ir/trace.ts";
import { concatenate } from "./concatenate.ts";
import { constant } from "./leaf.ts";
import { randomBitsOp } from "./random.ts";

/** What a loop begins with: carries, and what it takes slices of. */
export interface LoopInputs {
  readonly carries: readonly Tensor[];
  readonly stacked: readonly Tensor[];
  readonly length: number;
  readonly reverse: boolean;
}

/** The next carries, and what is to be stacked. */
export interface TurnResults {
  readonly carries: readonly Tensor[];
  readonly stacked: readonly Tensor[];
}

/** A recorded loop with its inputs. State carries come after those of the function. */
export interface RecordedLoop {
  readonly loop: Loop;
  readonly inputs: readonly Tensor[];
  readonly assigned: readonly Slot[];
}

/** Records one turn, for a carry and a slice that stand for those of any turn. */
export function recordLoop(
  { carries, stacked, length, reverse }: LoopInputs,
  turn: (carries: readonly Tensor[], slices: readonly Tensor[]) => TurnResults,
): RecordedLoop {
  const start = recordedSoFar();
  const carried = carries.map(argumentLeaf);
  const slices = stacked.map(({ dtype, shape }) => argumentLeaf({ dtype, shape: shape.slice(1) }));
  const trace = new Recording();
  const results = recordInto(trace, () => turn(carried, slices));
  const assigned = [...trace.writes.keys()];
  const written = [...trace.writes.values()].map((value) => record(assignedOp, [value]));
  const outputs = [...results.carries, ...written, ...results.stacked];
  const state = assigned.map((slot) => trace.reads.get(slot) ?? readLeaf(slot));
  const draws = [...trace.draws.keys()];
  const own = new Set([...carried, ...slices, ...state, ...draws]);
  const isFixed = sameInAllTurns(outputs, own, start);
  const taken = takenFromOutside(outputs, start, isFixed).filter((t) => !own.has(t));
  const unassigned = [...trace.reads].filter(([slot]) => !trace.writes.has(slot));
  const outside = new Map(unassigned.map(([slot, leaf]) => [leaf, slot.read()]));
  const states = [...trace.draws.values()].map((source) => statesOf(source, length));
  const body = {
    arguments: [...taken, ...carried, ...state, ...slices, ...draws],
    outputs,
    writes: [],
  };
  return {
    loop: {
      body,
      length,
      reverse,
      constants: taken.length,
      carries: carried.length + state.length,
    },
    inputs: [
      ...recordAgain(taken, outside, start),
      ...carries.map((t) => t.node),
      ...assigned.map((slot) => slot.read()),
      ...stacked.map((t) => t.node),
      ...states,
    ],
    assigned,
  };
}

/** Tells what is the same in all turns and takes time: it is computed once, before the loop. */
function sameInAllTurns(
  outputs: readonly Tensor[],
  own: ReadonlySet<Tensor>,
  start: number,
): (t: Tensor) => boolean {
  const inside = inOrder(outputs, ({ id }) => id < start);
  // A checkpoint's derivative looks at what lies between it and its inputs, so that must stay together.
  const isMark = ({ definition: { joint, body } }: Tensor): boolean =>
    joint !== undefined && body.kind === "alias";
  if (inside.some(isMark)) return () => false;
  const varying = dependents(outputs, own, start);
  return (t) => !varying.has(t) && !isCheap(t.definition.body.kind);
}

/** A state for each turn: a key that the drawn one makes for it. Shape: `→ [length, 4]`. */
function statesOf(source: DrawSource, length: number): Tensor {
  const state = currentTrace()?.draw(source) ?? constant(Int32Array.from(source.next()), [4]);
  const keys = record(randomBitsOp, [state], { shape: [length, 2] });
  return concatenate([keys, state.slice([{ start: 2 }]).broadcastTo([length, 2])], 1);
}
