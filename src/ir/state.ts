// State: values that outlive a step and change. A slot owns a value; a Parameter (trained) or State (not trained) is a
// tensor that stands for the slot's present value. Inside a trace reads and writes follow program order.

import { convertArray, type DType, type HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showValue } from "../core/explain.ts";
import { type Shape, sameShape, showShape, sizeOf } from "../core/shape.ts";
import { type Assignment, engine } from "./engine.ts";
import { defineOp, type OpDefinition } from "./op.ts";
import { showElements, Tensor, withValue } from "./tensor.ts";
import { currentTrace } from "./trace.ts";

/** Where the present value of a slot is: on the host, or with a device that can fetch it. */
export interface Residence {
  /** Copies the present value to the host. */
  fetch(): HostArray;
  /** The present value itself, where it is on the host; an array that nobody writes to. */
  readonly value?: HostArray;
  /** Overwrites the value in place; without it the slot moves to the host. */
  store?(value: HostArray): void;
}

/** Owns one value of fixed shape and type. */
export class Slot {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of assignments made outside traces and by compiled calls. */
  version = 0;
  residence: Residence;
  /** The parameter or other state that owns the slot, for messages and gradients. */
  owner: StateTensor | null = null;
  /** The leaf that stands for the present version, if anything has read it. */
  #leaf: Tensor | null = null;

  constructor(shape: Shape, dtype: DType, value: HostArray) {
    this.shape = shape;
    this.dtype = dtype;
    this.residence = onHost(value);
  }

  /** The node that stands for the present value. */
  read(): Tensor {
    const trace = currentTrace();
    if (trace !== undefined) return trace.read(this);
    this.#leaf ??= readLeaf(this);
    return this.#leaf;
  }

  /** Whether `leaf` stands for the present value, outside traces. */
  standsAs(leaf: Tensor): boolean {
    return leaf === this.#leaf;
  }

  /** Called by the runtime before the stored value changes: older readers keep the old value as a snapshot. */
  retire(): void {
    if (this.#leaf !== null) {
      withValue(this.#leaf, this.fetch());
      this.#leaf.released = true;
      this.#leaf = null;
    }
    this.version++;
  }

  /** Copies the present value to the host. */
  fetch(): HostArray {
    return this.residence.fetch();
  }

  /** The present value for those inside the library who only read it; a copy where there is no other way. */
  peek(): HostArray {
    return this.residence.value ?? this.residence.fetch();
  }

  /** Replaces the value by elements from the host. */
  store(value: HostArray): void {
    refuseInTrace("set");
    if (value.length !== sizeOf(this.shape)) {
      throw new ChainruleError({
        code: "SHAPE_MISMATCH",
        op: "state",
        problem: `${value.length} elements do not fill ${this.dtype}${showShape(this.shape)}`,
        fix: `Pass ${sizeOf(this.shape)} elements.`,
      });
    }
    this.retire();
    const converted = convertArray(value.slice(), this.dtype);
    if (this.residence.store === undefined) this.residence = onHost(converted);
    else this.residence.store(converted);
  }
}

/** In a trace, what is not recorded would happen once, and not in each call. */
function refuseInTrace(done: string): void {
  if (currentTrace() === undefined) return;
  throw new ChainruleError({
    code: "VALUE_IN_TRACE",
    op: "state",
    problem: `state was ${done} inside a compiled function: that would happen once, at its recording`,
    fix: "Make models and optimizers outside it; inside, change state with .assign(tensor).",
  });
}

/** A residence on the host, of an array that nobody writes to any more. */
export function onHost(value: HostArray): Residence {
  return { value, fetch: () => value.slice() };
}

const leafType = { formula: "", samples: [], type: () => leafIsMade() } as const;

/** State as of one version; the slot stands beside the node. */
export const readOp: OpDefinition = defineOp({
  ...leafType,
  name: "read",
  doc: "Reads state.",
  body: { kind: "leaf" },
});

/** State assigned earlier in the same trace. Differentiation stops here, as at any state. */
export const assignedOp: OpDefinition = defineOp({
  ...leafType,
  name: "assigned",
  doc: "State assigned earlier in the same step.",
  body: { kind: "alias" },
  type: ([value]) => value,
  vjp: () => [null],
});

/** Makes a leaf that reads `slot`. */
export function readLeaf(slot: Slot): Tensor {
  const leaf = new Tensor(readOp, [], {}, slot);
  leaf.slot = slot;
  return leaf;
}

function leafIsMade(): never {
  throw new ChainruleError({ code: "INTERNAL", problem: "a leaf is made directly, not recorded" });
}

/** Common part of trained and untrained state: a tensor whose node is the slot's present value. */
export abstract class StateTensor extends Tensor {
  override readonly slot: Slot;

  constructor(value: HostArray, shape: Shape, dtype: DType) {
    super(readOp, [], {}, { shape, dtype });
    this.slot = new Slot(shape, dtype, convertArray(value, dtype));
    this.slot.owner = this;
  }

  override get node(): Tensor {
    return this.slot.read();
  }

  /** Assigns a new value: in a trace as a write of the step, else at once. */
  assign(value: Tensor): void {
    if (!(value instanceof Tensor)) throw notTensor(value);
    assignAll([{ slot: this.slot, value: value.node }]);
  }

  /** Replaces the value by elements from the host. */
  set(value: HostArray | readonly number[]): void {
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) throw notElements(value);
    this.slot.store(ArrayBuffer.isView(value) ? value : Float64Array.from(value));
  }

  /** Text form: kind, type and the present elements. */
  override toString(): string {
    const kind = this.constructor.name;
    return `${kind}(${this.dtype}${showShape(this.shape)}, ${showElements(this.slot.peek())})`;
  }
}

let trainingChanges = 0;

/** Counts changes of `trainable`, so that compiled functions notice them by one comparison. */
export function trainingVersion(): number {
  return trainingChanges;
}

/** Trained state: a weight. `trainable = false` freezes it, also in functions that are compiled already. */
export class Parameter extends StateTensor {
  #trainable = true;

  constructor(value: HostArray, shape: Shape, dtype: DType) {
    refuseInTrace("made");
    super(value, shape, dtype);
  }

  /** Whether `backward()` gives it a gradient. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    if (value === this.#trainable) return;
    this.#trainable = value;
    trainingChanges++;
  }
}

/** State that is not trained: running statistics, optimizer moments, counters. */
export class State extends StateTensor {}

/** Assigns several slots in one step; `alongside` are older tensors whose values are computed with it. */
export function assignAll(
  assignments: readonly Assignment[],
  alongside: readonly Tensor[] = [],
): void {
  for (const { slot, value } of assignments) checkAssignment(slot, value);
  const trace = currentTrace();
  if (trace === undefined) engine().assign(assignments, alongside);
  else for (const { slot, value } of assignments) trace.write(slot, value);
}

function notTensor(value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "assign",
    problem: `expected a tensor; received a value of type ${typeof value}`,
    fix: "Wrap numbers with tensor(...), or use .set([...]) outside compiled functions.",
  });
}

function notElements(value: unknown): ChainruleError {
  return new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "set",
    problem: `takes a list of numbers or a typed array; received ${showValue(value)}`,
    fix: "Assign a tensor with .assign(tensor).",
  });
}

function checkAssignment(slot: Slot, value: Tensor): void {
  const fits = sameShape(slot.shape, value.shape);
  if (fits && slot.dtype === value.dtype) return;
  throw new ChainruleError({
    code: fits ? "DTYPE_MISMATCH" : "SHAPE_MISMATCH",
    op: "assign",
    problem: `state ${slot.dtype}${showShape(slot.shape)} cannot hold ${value.dtype}${showShape(value.shape)}`,
    fix: "Assign a tensor of the state's own shape and type.",
    detail: { expected: slot.shape, received: value.shape },
  });
}
