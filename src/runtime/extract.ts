// From live tensors to a closed graph: values, state and numbers become arguments, so that the compiler sees structure
// only and one program serves every graph of that structure.

import { ChainruleError } from "../core/errors.ts";
import { showShape } from "../core/shape.ts";
import { argumentLeaf } from "../ir/argument.ts";
import type { Assignment } from "../ir/engine.ts";
import { type Graph, inOrder } from "../ir/graph.ts";
import { inRegionOf } from "../ir/region.ts";
import type { Slot } from "../ir/state.ts";
import { Tensor } from "../ir/tensor.ts";

/** A graph's nodes, which of them are arguments, and what it is to give and write. */
export interface Extract {
  readonly order: readonly Tensor[];
  readonly leaves: readonly Tensor[];
  /** Of each leaf, the slot whose present value it is; null for values and for older versions of state. */
  readonly slots: readonly (Slot | null)[];
  readonly outputs: readonly Tensor[];
  readonly writes: readonly { readonly slot: Slot; readonly value: Tensor }[];
  /** Slots that are written without being read, in order of the arguments that follow the leaves. */
  readonly unread: readonly Slot[];
}

/** Walks from outputs and written values down to arguments, as `isArgument` decides; `slotOf` tells which are present state. */
export function extract(
  outputs: readonly Tensor[],
  writes: readonly Assignment[],
  isArgument: (tensor: Tensor) => boolean,
  slotOf: (leaf: Tensor) => Slot | null,
): Extract {
  const order = inOrder([...outputs, ...writes.map((w) => w.value)], isArgument);
  const leaves = order.filter(isArgument);
  for (const tensor of order)
    if (tensor.definition.body.kind === "leaf") checkBound(tensor, isArgument);
  const slots = leaves.map(slotOf);
  const read = new Set(slots);
  const unread = writes.map((w) => w.slot).filter((slot) => !read.has(slot));
  return { order, leaves, slots, outputs, writes, unread };
}

let keepsRegions = false;

/** Runs `body`, in which programs remember the layers of their nodes; else they would keep models alive. */
export function keepingRegions<T>(body: () => T): T {
  keepsRegions = true;
  try {
    return body();
  } finally {
    keepsRegions = false;
  }
}

/** Copies the structure into a graph of its own, free of values and of everything recorded later. */
export function detachGraph({ order, leaves, slots, outputs, writes, unread }: Extract): Graph {
  const copies = new Map<Tensor, Tensor>();
  const opaque = new Set(leaves);
  for (const tensor of order)
    copies.set(tensor, opaque.has(tensor) ? argumentLeaf(tensor) : copy(tensor, copies));
  const slotArguments = new Map<Slot | null, number>();
  slots.forEach((slot, k) => {
    if (slot !== null && !slotArguments.has(slot)) slotArguments.set(slot, k);
  });
  unread.forEach((slot, k) => {
    slotArguments.set(slot, leaves.length + k);
  });
  return {
    arguments: [
      ...leaves.map((leaf) => copies.get(leaf)!),
      ...unread.map((slot) => argumentLeaf(slot)),
    ],
    outputs: outputs.map((tensor) => copies.get(tensor)!),
    writes: writes.map(({ slot, value }) => ({
      argument: slotArguments.get(slot)!,
      value: copies.get(value)!,
    })),
  };
}

/** Text that is equal for extracts of one structure. */
export function structureOf({
  order,
  leaves,
  slots: present,
  outputs,
  writes,
  unread,
}: Extract): string {
  const numbers = new Map<Tensor, number>();
  const opaque = new Map(leaves.map((leaf, k) => [leaf, present[k]]));
  const slots = new Map<Slot, number>();
  const slotNumber = (slot: Slot | null): string => {
    if (slot === null) return "";
    if (!slots.has(slot)) slots.set(slot, slots.size);
    return `s${slots.get(slot)}`;
  };
  const parts = order.map((tensor, k) => {
    numbers.set(tensor, k);
    const type = `${tensor.dtype}${tensor.shape.join(",")}`;
    if (opaque.has(tensor)) return `a${slotNumber(opaque.get(tensor)!)}:${type}`;
    const inputs = tensor.inputs.map((x) => numbers.get(x)).join(",");
    return `${tensor.definition.name}(${inputs})${JSON.stringify(tensor.attributes)}:${type}`;
  });
  const written = writes.map((w) => `${slotNumber(w.slot)}<${numbers.get(w.value)}`);
  return [
    ...parts,
    "|",
    outputs.map((t) => numbers.get(t)).join(","),
    ...written,
    unread.length,
  ].join(";");
}

function copy(tensor: Tensor, copies: ReadonlyMap<Tensor, Tensor>): Tensor {
  const inputs = tensor.inputs.map((x) => copies.get(x)!);
  const make = (): Tensor => new Tensor(tensor.definition, inputs, tensor.attributes, tensor);
  return keepsRegions ? inRegionOf(tensor.region, make) : make();
}

function checkBound(tensor: Tensor, isArgument: (tensor: Tensor) => boolean): void {
  if (isArgument(tensor)) return;
  throw new ChainruleError({
    code: "TRACE_ESCAPE",
    problem: `${tensor.dtype}${showShape(tensor.shape)} stands for an argument or state of a compiled function and has no value outside it`,
    fix: "Return the tensor from the compiled function instead of storing it in a variable.",
    detail: { shape: tensor.shape },
  });
}
