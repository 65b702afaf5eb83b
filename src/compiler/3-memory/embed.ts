// Loops in plans: the plan of a loop's body becomes part of the plan around it. The body's arguments are buffers out
// there, some of which lie further on in each turn; its scratch memory is one of the storages that live with the loop.

import type { RepeatStep, Storage } from "../2-loops/kernel.ts";
import type { BufferRef, CounterStride, PlanBuffer, PlanStep } from "../plan.ts";

/** Where a buffer of the body lies. */
interface Target {
  readonly buffer: number;
  readonly strides: readonly CounterStride[];
}

/** Takes the bodies of loops into one plan. */
export class Embedding {
  readonly #buffers: PlanBuffer[];
  readonly #numberOf: (storage: Storage) => number;
  readonly #offsetOf: (scratch: Storage) => number;
  #counters = 0;

  constructor(
    buffers: PlanBuffer[],
    numberOf: (storage: Storage) => number,
    offsetOf: (scratch: Storage) => number,
  ) {
    this.#buffers = buffers;
    this.#numberOf = numberOf;
    this.#offsetOf = offsetOf;
  }

  /** Number of counters so far: one for each loop, also for those inside bodies. */
  get counters(): number {
    return this.#counters;
  }

  step({ count, reverse, body, operands, scratch }: RepeatStep): PlanStep {
    const counter = this.#counters++;
    const first = this.#counters;
    this.#counters += body.counters ?? 0;
    const places = operands.map(({ storage, stride }): Target => {
      const strides = stride === 0 ? [] : [{ counter, elements: stride }];
      return { buffer: this.#numberOf(storage), strides };
    });
    const start = body.scratchBytes === 0 ? 0 : this.#offsetOf(scratch);
    const targets = body.buffers.map(({ place, dtype, elements }): Target => {
      if (place.kind === "argument") return places[place.index];
      const moved = { kind: "scratch", offset: start + place.offset } as const;
      return { buffer: this.#buffers.push({ dtype, elements, place: moved }) - 1, strides: [] };
    });
    const steps = body.steps.map((step) => inside(step, targets, first));
    return { kind: "repeat", count, body: steps, counter, ...(reverse && { reverse }) };
  }
}

/** A step of the body on the buffers of the plan around it; the body's own counters begin at `first` there. */
function inside(step: PlanStep, targets: readonly Target[], first: number): PlanStep {
  if (step.kind === "repeat") {
    const body = step.body.map((each) => inside(each, targets, first));
    return { ...step, body, counter: first + step.counter! };
  }
  const moved = ({ buffer, offset, strides = [] }: BufferRef): BufferRef => {
    const target = targets[buffer];
    const inner = strides.map((s) => ({ ...s, counter: first + s.counter }));
    const all = [...target.strides, ...inner];
    return { buffer: target.buffer, offset, ...(all.length > 0 && { strides: all }) };
  };
  return { ...step, buffers: step.buffers.map(moved) };
}
