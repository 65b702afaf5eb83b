// Writes one WebAssembly function, instruction by instruction, straight into bytes. Calls chain, so that a line reads
// like the stack machine it feeds: `f.get(x).get(y).op("f32x4.add").set(z)`.

import { unreachable } from "../../../core/errors.ts";
import { Bytes } from "./bytes.ts";
import { opcode } from "./opcodes.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The encoding of each value type. */
export const valueTypes: Record<ValueType, number> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** The type of addresses: the one place that knows how wide they are. */
export const addressType: ValueType = "i32";

/** A local variable or parameter. */
export type Local = number;

/** A block that branches may name: its nesting depth. */
export type Label = number;

const emptyBlock = 0x40;

/** Builds the body of one function; parameters are locals 0, 1, … */
export class FunctionBuilder {
  readonly #code = new Bytes();
  readonly #prologue = new Bytes();
  readonly #constants = new Map<string, Local>();
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];
  #depth = 0;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** Declares a local variable, zero at the start. */
  local(type: ValueType): Local {
    this.#locals.push(type);
    return this.#parameters + this.#locals.length - 1;
  }

  /**
   * A local that holds four equal float32 or int32 lanes, set once at the start of the function: some engines build
   * vector constants anew in every iteration of a loop.
   */
  splat(type: "f32" | "i32", value: number): Local {
    return this.lanes(type, [value, value, value, value]);
  }

  /** A local that holds two equal float64 lanes, set once at the start of the function. */
  splatDouble(value: number): Local {
    const halves = new Int32Array(Float64Array.of(value).buffer);
    return this.lanes("i32", [halves[0], halves[1], halves[0], halves[1]]);
  }

  /** A local that holds four constant lanes, set at the start of the function. */
  lanes(type: "f32" | "i32", values: readonly [number, number, number, number]): Local {
    const key = `${type} ${values.map((value) => (Object.is(value, -0) ? "-0" : value)).join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const local = this.local("v128");
    this.#prologue.append(Uint8Array.of(0xfd, 12));
    for (const value of values) {
      if (type === "f32") this.#prologue.float32(value);
      else this.#prologue.append(new Uint8Array(Int32Array.of(value).buffer));
    }
    this.#prologue.byte(0x21);
    this.#prologue.unsigned(local);
    this.#constants.set(key, local);
    return local;
  }

  get(local: Local): this {
    return this.#indexed(0x20, local);
  }

  set(local: Local): this {
    return this.#indexed(0x21, local);
  }

  tee(local: Local): this {
    return this.#indexed(0x22, local);
  }

  /** Pushes a global. */
  global(index: number): this {
    return this.#indexed(0x23, index);
  }

  call(functionIndex: number): this {
    return this.#indexed(0x10, functionIndex);
  }

  /** Calls a function of the table by the place on the stack. */
  callIndirect(typeIndex: number): this {
    this.#indexed(0x11, typeIndex);
    this.#code.byte(0);
    return this;
  }

  i32(value: number): this {
    this.#code.byte(0x41);
    this.#code.signed(value);
    return this;
  }

  /** A 64-bit constant from a 32-bit signed one. */
  i64(value: number): this {
    this.#code.byte(0x42);
    this.#code.signed(value);
    return this;
  }

  f32(value: number): this {
    this.#code.byte(0x43);
    this.#code.float32(value);
    return this;
  }

  f64(value: number): this {
    this.#code.byte(0x44);
    this.#code.float64(value);
    return this;
  }

  /** A vector constant of four float32 lanes. */
  f32x4(...lanes: readonly [number, number, number, number]): this {
    this.op("v128.const");
    for (const lane of lanes) this.#code.float32(lane);
    return this;
  }

  /** A vector constant of four int32 lanes. */
  i32x4(...lanes: readonly [number, number, number, number]): this {
    this.op("v128.const");
    this.#code.append(new Uint8Array(Int32Array.from(lanes).buffer));
    return this;
  }

  /** An instruction without immediates, by its name in the specification. */
  op(name: string): this {
    const bytes = opcode(name) ?? unreachable(`there is no instruction ${name}`);
    for (const byte of bytes) this.#code.byte(byte);
    return this;
  }

  /** A load or store at the address on the stack plus `offset` bytes. */
  memory(name: string, offset = 0): this {
    this.op(name);
    this.#code.byte(0);
    this.#code.unsigned(offset);
    return this;
  }

  /** An atomic instruction at the address on the stack plus `offset` bytes; the address must be aligned. */
  atomic(name: string, offset = 0): this {
    this.op(name);
    this.#code.byte(name.startsWith("i64") ? 3 : 2);
    this.#code.unsigned(offset);
    return this;
  }

  /** A load or store of one vector lane. */
  memoryLane(name: string, lane: number, offset = 0): this {
    this.memory(name, offset);
    this.#code.byte(lane);
    return this;
  }

  /** Extracts or replaces a lane. */
  lane(name: string, lane: number): this {
    this.op(name);
    this.#code.byte(lane);
    return this;
  }

  /** Chooses four 32-bit lanes out of two vectors (0–3 the first, 4–7 the second). */
  shuffle(...lanes: readonly [number, number, number, number]): this {
    this.op("i8x16.shuffle");
    for (const lane of lanes) for (let i = 0; i < 4; i++) this.#code.byte(4 * lane + i);
    return this;
  }

  /** Copies `size` bytes: destination, source and size are on the stack. */
  memoryCopy(): this {
    this.#code.append(Uint8Array.of(0xfc, 10, 0, 0));
    return this;
  }

  /** Fills bytes: destination, byte and size are on the stack. */
  memoryFill(): this {
    this.#code.append(Uint8Array.of(0xfc, 11, 0));
    return this;
  }

  /** A block; a branch to its label leaves it. */
  block(body: (label: Label) => void): this {
    return this.#nested(0x02, emptyBlock, body);
  }

  /** A loop; a branch to its label starts it again. */
  loop(body: (label: Label) => void): this {
    return this.#nested(0x03, emptyBlock, body);
  }

  /** Runs one of two bodies by the i32 on the stack; `result` is the type both leave. */
  if(then: () => void, otherwise?: () => void, result?: ValueType): this {
    return this.#nested(0x04, result === undefined ? emptyBlock : valueTypes[result], () => {
      then();
      if (otherwise === undefined) return;
      this.#code.byte(0x05);
      otherwise();
    });
  }

  br(label: Label): this {
    return this.#indexed(0x0c, this.#depth - label);
  }

  brIf(label: Label): this {
    return this.#indexed(0x0d, this.#depth - label);
  }

  /** Branches to the label that the i32 on the stack selects, or to the last one. */
  brTable(labels: readonly Label[]): this {
    this.#indexed(0x0e, labels.length - 1);
    for (const label of labels) this.#code.unsigned(this.#depth - label);
    return this;
  }

  /** Adds a constant to a local address or counter. */
  increment(local: Local, by: number): this {
    return by === 0 ? this : this.get(local).i32(by).op("i32.add").set(local);
  }

  /** Repeats `body` `count` ≥ 1 times; the counter is a fresh local that runs down to 1. */
  repeat(count: number | Local, kind: "times" | "local", body: () => void): this {
    const left = this.local("i32");
    if (kind === "times") this.i32(count);
    else this.get(count);
    this.set(left);
    return this.loop((again) => {
      body();
      this.get(left).i32(1).op("i32.sub").tee(left).brIf(again);
    });
  }

  /** The encoded body: declarations of locals, code, end. */
  finish(): Uint8Array {
    const head = new Bytes();
    const runs = runsOf(this.#locals);
    head.unsigned(runs.length);
    for (const [type, count] of runs) {
      head.unsigned(count);
      head.byte(valueTypes[type]);
    }
    head.append(this.#prologue.view());
    head.append(this.#code.view());
    head.byte(0x0b);
    return head.view();
  }

  #indexed(code: number, index: number): this {
    this.#code.byte(code);
    this.#code.unsigned(index);
    return this;
  }

  #nested(code: number, type: number, body: (label: Label) => void): this {
    this.#code.byte(code);
    this.#code.byte(type);
    this.#depth++;
    body(this.#depth);
    this.#depth--;
    this.#code.byte(0x0b);
    return this;
  }
}

function runsOf(types: readonly ValueType[]): [ValueType, number][] {
  const runs: [ValueType, number][] = [];
  for (const type of types) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] === type) last[1]++;
    else runs.push([type, 1]);
  }
  return runs;
}
