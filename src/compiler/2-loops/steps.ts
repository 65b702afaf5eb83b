// All steps of a graph: a storage for each realised tensor, and the kernels and calls that fill them, inputs first.

import type { DType } from "../../core/dtype.ts";
import { unreachable } from "../../core/errors.ts";
import { type Graph, inOrder } from "../../ir/graph.ts";
import type { OpKind } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { Contraction } from "../1-graph/matrix.ts";
import type { Plan, TargetFacts } from "../plan.ts";
import type { Fusion } from "./fuse.ts";
import type { Step, Storage } from "./kernel.ts";
import { lowerConcatenate, lowerScatterAdd, lowerValue, type StorageOf } from "./lower.ts";
import { productFlops, productStep } from "./products.ts";
import { Scans } from "./scans.ts";

/** Steps over storages, not yet merged, ordered or placed. */
export interface Program {
  readonly steps: readonly Step[];
  readonly arguments: readonly Storage[];
  /** Storages of outputs and written values. */
  readonly outputs: readonly Storage[];
  readonly writes: readonly { readonly argument: number; readonly value: Storage }[];
  /** Storages that a step does not read but that must be written before it. */
  readonly waits?: ReadonlyMap<Step, readonly Storage[]>;
}

let storages = 0;

/** A new storage; with `argument`, that argument itself. */
export function newStorage(dtype: DType, elements: number, argument?: number): Storage {
  return { id: storages++, dtype, elements, argument };
}

/** Lowers every realised tensor. */
export function lowerGraph(
  graph: Graph,
  fusion: Fusion,
  target: TargetFacts,
  compileBody: (body: Graph) => Plan,
): Program {
  const { order, opaque, realised, contractions } = fusion;
  const known = new Map<Tensor, Storage>();
  const args = graph.arguments.map((t, k) => newStorage(t.dtype, t.size, k));
  for (const [k, t] of graph.arguments.entries()) known.set(t, args[k]);
  const storageOf: StorageOf = (t) => known.get(t);
  const fresh = ({ dtype, elements }: Pick<Storage, "dtype" | "elements">): Storage =>
    newStorage(dtype, elements);
  const scans = new Scans({ storageOf, newStorage: fresh, compileBody });
  const steps: Step[] = [];
  for (const t of order) {
    if (opaque.has(t)) continue;
    const alias = t.definition.body.kind === "reshape" ? known.get(t.inputs[0]) : undefined;
    if (alias !== undefined) known.set(t, alias);
    else if (t.definition.body.kind === "scan") {
      const result = scans.lower(t);
      steps.push(...result.steps);
      known.set(t, result.storage);
    } else if (t.definition.body.kind === "barrier") known.set(t, storageBehind(t, storageOf));
    else if (realised.has(t)) {
      const contraction = contractions.get(t);
      const into = { ...newStorage(t.dtype, t.size), ...originOf(t, contraction) };
      if (contraction !== undefined)
        steps.push(productStep(contraction, into, storageOf, target.products));
      else if (t.size > 0) steps.push(...roots[t.definition.body.kind]({ t, into, storageOf }));
      known.set(t, into);
    }
  }
  const stored = (t: Tensor): Storage =>
    storageOf(t) ?? unreachable("lower: a root has no storage");
  return {
    steps,
    arguments: args,
    outputs: graph.outputs.map(stored),
    writes: graph.writes.map(({ argument, value }) => ({ argument, value: stored(value) })),
  };
}

/** Where a stored tensor comes from; nodes have regions here only where somebody profiles. */
function originOf(
  { region, definition }: Tensor,
  contraction: Contraction | undefined,
): Pick<Storage, "origin"> {
  if (region === undefined) return {};
  const flops = contraction && { flops: productFlops(contraction) };
  return { origin: { op: definition.name, region, ...flops } };
}

/** The input of a barrier, as those behind it see it. */
function storageBehind(t: Tensor, storageOf: StorageOf): Storage {
  const [x, ...others] = t.inputs;
  const storage = storageOf(x) ?? unreachable("lower: what is behind a barrier is not stored");
  return {
    ...newStorage(t.dtype, t.size),
    behind: { storage, after: storedFor(others, storageOf) },
  };
}

/** What tensors are computed from that is stored: themselves, if they are. */
function storedFor(tensors: readonly Tensor[], storageOf: StorageOf): Storage[] {
  const stored = inOrder(tensors, (t) => storageOf(t) !== undefined).map(storageOf);
  return stored.filter((storage) => storage !== undefined);
}

interface Root {
  readonly t: Tensor;
  readonly into: Storage;
  readonly storageOf: StorageOf;
}

const oneKernel = ({ t, into, storageOf }: Root): Step[] => [lowerValue(t, into, storageOf)];

const roots: Readonly<Record<OpKind, (root: Root) => Step[]>> = {
  leaf: oneKernel,
  literal: oneKernel,
  scalar: oneKernel,
  cast: oneKernel,
  view: oneKernel,
  reshape: oneKernel,
  reduce: oneKernel,
  gather: oneKernel,
  iota: oneKernel,
  alias: oneKernel,
  concatenate: ({ t, into, storageOf }) => lowerConcatenate(t, into, storageOf),
  scatterAdd: ({ t, into, storageOf }) => lowerScatterAdd(t, into, storageOf),
  randomBits: ({ t, into, storageOf }) => [
    {
      kind: "extern",
      name: "philox",
      operands: [
        { storage: into, offset: 0, access: "write" },
        { storage: storageOf(t.inputs[0])!, offset: 0, access: "read" },
      ],
      numbers: [t.size],
    },
  ],
  host: ({ t, into, storageOf }) => [
    {
      kind: "extern",
      name: t.definition.name,
      operands: [
        { storage: into, offset: 0, access: "write" },
        ...t.inputs.map((x) => ({ storage: storageOf(x)!, offset: 0, access: "read" as const })),
      ],
      numbers: [],
      host: {
        types: [t, ...t.inputs].map(({ shape, dtype }) => ({ shape, dtype })),
        attributes: t.attributes,
      },
    },
  ],
  scan: () => unreachable("lower: a loop has no kernel"),
  barrier: () => unreachable("lower: a barrier has no kernel"),
  contract: () => unreachable("lower: a contraction that nobody planned"),
};
