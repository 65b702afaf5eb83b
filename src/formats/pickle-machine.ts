// The state of a machine that reads pickles, what its values are, and what it may be told to do: shared by its loop
// (pickle.ts) and its instructions (pickle-opcodes.ts).

import { type Refuse, shown } from "./bad-file.ts";

/** Python's values: list and tuple are arrays, dict is Map, bytes are Uint8Array; the rest are objects of the rules. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleObject;

/** A function or class that a pickle names: `torch._utils._rebuild_tensor_v2`. */
export class PickleGlobal {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What the rules make of a call; classes of theirs extend it. */
export abstract class PickleObject {
  /** What Python calls it, for errors. */
  abstract readonly kind: string;
}

/** What a pickle may name and call. */
export interface PickleRules {
  /** Whether a pickle may name it. */
  readonly allows: (name: string) => boolean;
  /** The error for what it may not. */
  readonly forbidden: (name: string) => Error;
  readonly call: (callee: PickleGlobal, args: readonly PickleValue[]) => PickleValue;
  /** Gives an object its state (`__setstate__`). */
  readonly build: (object: PickleValue, state: PickleValue) => void;
  /** What lies outside of the pickle: storages of tensors. */
  readonly persistent: (id: PickleValue) => PickleValue;
}

/** The machine at work, for the instructions in pickle-opcodes.ts. */
export interface PickleMachine {
  readonly view: DataView;
  readonly rules: PickleRules;
  readonly bad: Refuse;
  readonly memo: Map<number, PickleValue>;
  /** Where the next instruction is. */
  at: number;
  stack: PickleValue[];
  /** Stacks below the open marks. */
  readonly marked: PickleValue[][];
}

/** The error of a pickle that is none. */
export function damaged({ bad, at }: PickleMachine, problem: string): Error {
  return bad(`is damaged: its pickle ${problem} (at byte ${at - 1})`);
}

/** Puts a value on the stack that there is once the value is made. */
export function push(m: PickleMachine, value: PickleValue): void {
  m.stack.push(value);
}

/** Takes the topmost value. */
export function pop(m: PickleMachine): PickleValue {
  const value = m.stack.pop();
  if (value === undefined) throw damaged(m, "takes a value where there is none");
  return value;
}

/** Takes what was pushed since the last mark. */
export function popMark(m: PickleMachine): PickleValue[] {
  const below = m.marked.pop();
  if (below === undefined) throw damaged(m, "goes back to a mark that is not there");
  const values = m.stack;
  m.stack = below;
  return values;
}

/** The topmost value, which stays. */
export function top(m: PickleMachine): PickleValue {
  const value = m.stack.at(-1);
  if (value === undefined) throw damaged(m, "uses a value where there is none");
  return value;
}

/** Moves over `length` bytes behind the instruction and says where they began; they must be there. */
export function skip(m: PickleMachine, length: number): number {
  const begin = m.at;
  if (length > m.view.byteLength - begin) throw damaged(m, "is truncated");
  m.at = begin + length;
  return begin;
}

/** A name that the rules allow. */
export function named(m: PickleMachine, module: PickleValue, name: PickleValue): PickleGlobal {
  if (typeof module !== "string" || typeof name !== "string") {
    throw damaged(m, "names something by what is no text");
  }
  const whole = `${module}.${name}`;
  if (m.rules.allows(whole)) return new PickleGlobal(whole);
  throw m.rules.forbidden(whole.length > 200 ? shown(whole, 200) : whole);
}
