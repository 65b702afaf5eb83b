// The eager engine: reading a tensor runs the graph behind it. Programs are kept by structure, and numbers that do not
// change the structure are arguments, so that a loop that records the same graph again compiles nothing.

import { convertArray, type HostArray } from "../core/dtype.ts";
import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import type { Assignment, Engine } from "../ir/engine.ts";
import type { Slot } from "../ir/state.ts";
import type { Tensor } from "../ir/tensor.ts";
import { currentTrace } from "../ir/trace.ts";
import { literalValue } from "../ops/operand.ts";
import type { Binding } from "./device.ts";
import { type Extract, extract } from "./extract.ts";
import { currentObserver } from "./observer.ts";
import { programFor } from "./programs.ts";
import { currentDevice } from "./target.ts";

/** Numbers that stay part of the structure, because simplification knows them. */
const structural = new Set([0, 1, -1, 0.5, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);

let warnedOfChain = false;
/** Whether a graph is being compiled or run, which may record nodes of its own. */
let running = false;

export const eagerEngine: Engine = {
  async read(tensors) {
    readNow(tensors);
  },
  readSync: readNow,
  assign,
  recorded(tensor) {
    if (running || currentTrace() !== undefined) return;
    readNow([tensor]);
    releaseHistory(tensor);
    if (warnedOfChain) return;
    warnedOfChain = true;
    console.warn(
      "chainrule: a long chain of ops that nobody had read was computed and its history released; " +
        "read values or compile the loop body with compile(f).",
    );
  },
};

/** Drops what a computed tensor was computed from. */
export function releaseHistory(tensor: Tensor): void {
  tensor.inputs = [];
  tensor.released = true;
}

function readNow(tensors: readonly Tensor[]): void {
  const wanted = [...new Set(tensors)].filter((tensor) => tensor.value === null);
  if (wanted.length === 0) return;
  refuseInTrace(wanted[0]);
  const found = extract(wanted, [], isEagerArgument, slotOf);
  const bindings = found.leaves.map(bindingOf);
  const values = whileRunning(() => {
    const program = programFor(currentDevice(), found);
    return observed(found, bindings, () => program.run(bindings));
  });
  wanted.forEach((tensor, k) => {
    tensor.value = values[k];
  });
}

function assign(assignments: readonly Assignment[], alongside: readonly Tensor[]): void {
  const wanted = alongside.filter((tensor) => tensor.value === null);
  const found = extract(wanted, assignments, isEagerArgument, slotOf);
  const program = whileRunning(() => programFor(currentDevice(), found));
  const bindings = [
    ...found.leaves.map(bindingOf),
    ...found.unread.map((slot): Binding => ({ kind: "slot", slot })),
  ];
  for (const { slot } of assignments) slot.retire();
  const values = observed(found, bindings, () => program.run(bindings));
  wanted.forEach((tensor, k) => {
    tensor.value = values[k];
  });
  for (const tensor of alongside) if (tensor.inputs.length > 0) releaseHistory(tensor);
}

/** Runs, under the eyes of an observer where there is one. */
function observed(
  found: Extract,
  bindings: readonly Binding[],
  run: () => HostArray[],
): HostArray[] {
  const observer = currentObserver();
  if (observer === undefined) return run();
  return observer.around({ name: undefined, found, bindings, sources: [] }, run);
}

function whileRunning<T>(body: () => T): T {
  running = true;
  try {
    return body();
  } finally {
    running = false;
  }
}

function isEagerArgument(tensor: Tensor): boolean {
  if (tensor.value !== null) return true;
  if (tensor.slot !== null) return tensor.slot.standsAs(tensor);
  return (
    tensor.definition.body.kind === "literal" && !structural.has(literalValue(tensor.attributes))
  );
}

/** The slot whose present value a leaf stands for, also where that value has been read; older versions are values. */
function slotOf(leaf: Tensor): Slot | null {
  return leaf.slot?.standsAs(leaf) ? leaf.slot : null;
}

function bindingOf(tensor: Tensor): Binding {
  const slot = slotOf(tensor);
  if (slot !== null) return { kind: "slot", slot };
  if (tensor.value !== null) return { kind: "value", value: tensor.value };
  return { kind: "value", value: numberArray(literalValue(tensor.attributes), tensor) };
}

function numberArray(value: number, tensor: Tensor): HostArray {
  return convertArray(Float64Array.of(value), tensor.dtype);
}

function refuseInTrace(tensor: Tensor): void {
  if (currentTrace() === undefined) return;
  throw new ChainruleError({
    code: "VALUE_IN_TRACE",
    op: "compile",
    problem: `the value of ${tensor.dtype}${showShape(tensor.shape)} was read inside a compiled or batched function, where tensors have no values yet`,
    fix: "Return the tensor and read it outside, or use where(condition, a, b) instead of an if on its value.",
    detail: { shape: tensor.shape },
  });
}
