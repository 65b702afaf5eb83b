// All steps of a graph: a storage for each realised tensor, and the kernels and calls that fill them, inputs first.

import type { DType } from "../../core/dtype.ts";
import { unreachable } from "../../core/errors.ts";
import type { Graph } from "../../ir/graph.ts";
import type { OpKind } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { type MatrixOperand, productSizes } from "../1-graph/matrix.ts";
import { gemmWorkspaceElements } from "../gemm-tiles.ts";
import type { Fusion } from "./fuse.ts";
import type { ExternStep, Step, Storage } from "./kernel.ts";
import { lowerConcatenate, lowerScatterAdd, lowerValue, type StorageOf } from "./lower.ts";

/** Steps over storages, not yet merged, ordered or placed. */
export interface Program {
  readonly steps: readonly Step[];
  readonly arguments: readonly Storage[];
  /** Storages of outputs and written values. */
  readonly outputs: readonly Storage[];
  readonly writes: readonly { readonly argument: number; readonly value: Storage }[];
}

let storages = 0;

/** A new storage; with `argument`, that argument itself. */
export function newStorage(dtype: DType, elements: number, argument?: number): Storage {
  return { id: storages++, dtype, elements, argument };
}

/** Lowers every realised tensor. */
export function lowerGraph(graph: Graph, fusion: Fusion): Program {
  const { order, opaque, realised, operands } = fusion;
  const known = new Map<Tensor, Storage>();
  const args = graph.arguments.map((t, k) => newStorage(t.dtype, t.size, k));
  for (const [k, t] of graph.arguments.entries()) known.set(t, args[k]);
  const storageOf: StorageOf = (t) => known.get(t);
  const steps: Step[] = [];
  for (const t of order) {
    if (opaque.has(t)) continue;
    const alias = t.definition.body.kind === "reshape" ? known.get(t.inputs[0]) : undefined;
    if (alias !== undefined) known.set(t, alias);
    else if (realised.has(t)) {
      const into = newStorage(t.dtype, t.size);
      if (t.size > 0)
        steps.push(...roots[t.definition.body.kind]({ t, into, storageOf, operands }));
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

interface Root {
  readonly t: Tensor;
  readonly into: Storage;
  readonly storageOf: StorageOf;
  readonly operands: Fusion["operands"];
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
  contract: ({ t, into, storageOf, operands }) => [product(t, into, operands.get(t)!, storageOf)],
};

/** Products of bool do not exist. */
const productKernels: Readonly<Record<Exclude<DType, "bool">, string>> = {
  float32: "gemm_f32",
  float64: "gemm_f64",
  int32: "gemm_i32",
};

/** The call of a matrix-product kernel: (c, a, b, workspace; m, n, k, aRow, aCol, bRow, bCol, cRow, accumulate). */
function product(
  t: Tensor,
  into: Storage,
  [a, b]: readonly [MatrixOperand, MatrixOperand],
  storageOf: StorageOf,
): ExternStep {
  const { batch, m, row, n, k } = foldBatch(productSizes(t), a, b);
  const workspace = newStorage(t.dtype, gemmWorkspaceElements(m, n, k));
  const numbers = [m, n, k, row, a.inner, b.inner, b.outer, n, 0];
  const name = productKernels[t.dtype as keyof typeof productKernels];
  return {
    kind: "extern",
    name: batch === 1 ? name : `${name}_batched`,
    operands: [
      { storage: into, offset: 0, access: "write" },
      { storage: storageOf(a.base)!, offset: a.offset, access: "read" },
      { storage: storageOf(b.base)!, offset: b.offset, access: "read" },
      { storage: workspace, offset: 0, access: "scratch" },
    ],
    numbers: batch === 1 ? numbers : [...numbers, batch, a.batch, b.batch, m * n],
  };
}

/** Where all matrices of the stack meet the same right operand, their rows are rows of one taller matrix. */
function foldBatch(
  { batch, m, n, k }: ReturnType<typeof productSizes>,
  a: MatrixOperand,
  b: MatrixOperand,
): { batch: number; m: number; row: number; n: number; k: number } {
  const walks = m === 1 ? a.batch > 0 : a.batch === a.outer * m;
  if (batch === 1 || b.batch !== 0 || !walks) return { batch, m, row: a.outer, n, k };
  return { batch: 1, m: batch * m, row: m === 1 ? a.batch : a.outer, n, k };
}
