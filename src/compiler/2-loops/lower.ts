// Lowers realised tensors to steps. A kernel is found by walking from its root down to what is stored, carrying the
// index at which each tensor is needed: views change the index, scalar functions become statements, storages loads.

import { unreachable } from "../../core/errors.ts";
import { stridesOf } from "../../core/shape.ts";
import type { Bound } from "../../ir/loops.ts";
import type { OpBody, OpKind } from "../../ir/op.ts";
import type { Tensor } from "../../ir/tensor.ts";
import { numberOf } from "../1-graph/literal.ts";
import { innerCoordinates, reshapeCoordinates, viewOf } from "../1-graph/view.ts";
import { axisIndex, combine, type Index, identityIndex, linear, through } from "./affine.ts";
import { KernelBuilder, type Store } from "./builder.ts";
import type { LoopStep, Storage } from "./kernel.ts";

/** The storage of a tensor that has one, its own or that of the tensor it reshapes. */
export type StorageOf = (t: Tensor) => Storage | undefined;

/** The kernel that computes `root` and stores it. */
export function lowerValue(root: Tensor, into: Storage, storageOf: StorageOf): LoopStep {
  const { index, axes } = identityIndex(root.shape);
  const lowering = new Lowering(new KernelBuilder(axes), storageOf);
  const value = lowering.compute(root, index);
  return lowering.builder.finish([{ storage: into, at: linear(root.shape, index), value }]);
}

/** The kernel that copies one storage, or anything stored, to another. */
export function lowerCopy(from: Storage, into: Storage): LoopStep {
  const { index, axes } = identityIndex([from.elements]);
  const builder = new KernelBuilder(axes);
  const at = linear([from.elements], index);
  return builder.finish([{ storage: into, at, value: builder.load(from, at) }]);
}

/** Kernels that put the inputs of a concatenation side by side. */
export function lowerConcatenate(root: Tensor, into: Storage, storageOf: StorageOf): LoopStep[] {
  const axis = root.attributes.axis as number;
  const strides = stridesOf(root.shape);
  let start = 0;
  return root.inputs.flatMap((part) => {
    const { index, axes } = identityIndex(part.shape);
    const at = combine(start * strides[axis], strides, index);
    start += part.shape[axis];
    if (part.size === 0) return [];
    const lowering = new Lowering(new KernelBuilder(axes), storageOf);
    return [lowering.builder.finish([{ storage: into, at, value: lowering.value(part, index) }])];
  });
}

/** Kernels that fill with zeros, then add each element of the source at its place. */
export function lowerScatterAdd(root: Tensor, into: Storage, storageOf: StorageOf): LoopStep[] {
  const [source, places] = root.inputs;
  const axis = root.attributes.axis as number;
  const whole = identityIndex(root.shape);
  const fill = new KernelBuilder(whole.axes);
  const zero = fill.constant(0, root.dtype);
  const filling = fill.finish([
    { storage: into, at: linear(root.shape, whole.index), value: zero },
  ]);
  const { index, axes } = identityIndex(source.shape);
  const lowering = new Lowering(new KernelBuilder(axes), storageOf);
  const strides = stridesOf(root.shape);
  const dynamic = [
    { value: lowering.value(places, index), scale: strides[axis], size: root.shape[axis] },
  ];
  const at = combine(
    0,
    strides.map((s, k) => (k === axis ? 0 : s)),
    index,
  );
  const store: Store = {
    storage: into,
    at,
    value: lowering.value(source, index),
    dynamic,
    mode: keepsLast(root) ? "set" : "add",
  };
  return [filling, lowering.builder.finish([store])];
}

function keepsLast({ definition: { body } }: Tensor): boolean {
  return body.kind === "scatterAdd" && body.keeps === "last";
}

/** One kernel being lowered; values are remembered by tensor and index. */
class Lowering {
  readonly builder: KernelBuilder;
  readonly #storageOf: StorageOf;
  readonly #values = new Map<Index, Map<Tensor, number>>();

  constructor(builder: KernelBuilder, storageOf: StorageOf) {
    this.builder = builder;
    this.#storageOf = storageOf;
  }

  /** The value of `t` at an index. */
  value(t: Tensor, at: Index): number {
    const here = this.#values.get(at) ?? new Map<Tensor, number>();
    if (here.size === 0) this.#values.set(at, here);
    const known = here.get(t);
    if (known !== undefined) return known;
    const storage = this.#storageOf(t);
    const value =
      storage === undefined ? this.compute(t, at) : this.builder.load(storage, linear(t.shape, at));
    here.set(t, value);
    return value;
  }

  /** As `value`, though `t` has a storage. */
  compute(t: Tensor, at: Index): number {
    return kinds[t.definition.body.kind](this, t, at);
  }

  /** Loads what is under views that read only inside it, or gives `fill` where a bound fails. */
  guarded(t: Tensor, at: Index, bounds: readonly Bound[], fill: number): number {
    let base = t;
    let index = at;
    let storage = this.#storageOf(base);
    while (storage === undefined) {
      const coordinates = innerCoordinates(base);
      if (coordinates === undefined) unreachable("lower: what a padding reads is not stored");
      index = through(coordinates, index);
      [base] = base.inputs;
      storage = this.#storageOf(base);
    }
    return this.builder.load(storage, linear(base.shape, index), { bounds, fill });
  }

  storageOf(t: Tensor): Storage {
    return this.#storageOf(t) ?? unreachable(`lower: ${t.definition.name} has no storage`);
  }
}

type Rule = (l: Lowering, t: Tensor, at: Index) => number;

const ownKernel: Rule = (_, t) => unreachable(`lower: ${t.definition.name} inside another kernel`);

const kinds: Readonly<Record<OpKind, Rule>> = {
  leaf: (_, t) => unreachable(`lower: leaf ${t.definition.name} is not an argument`),
  literal: (l, t) => l.builder.constant(numberOf(t)!, t.dtype),
  scalar: (l, t, at) => {
    const { fn } = t.definition.body as OpBody & { kind: "scalar" };
    return l.builder.apply(
      fn,
      t.dtype,
      t.inputs.map((x) => l.value(x, at)),
    );
  },
  cast: (l, t, at) => l.builder.cast(l.value(t.inputs[0], at), t.dtype),
  view: lowerView,
  reshape: (l, t, at) => {
    const [x] = t.inputs;
    const coordinates = reshapeCoordinates(x.shape, t.shape);
    if (coordinates === undefined) unreachable("lower: the input of a reshape is not stored");
    return l.value(x, through(coordinates, at));
  },
  reduce: lowerReduce,
  concatenate: ownKernel,
  contract: ownKernel,
  gather: lowerGather,
  scatterAdd: ownKernel,
  iota: (l, t, at) => l.builder.index(at[t.attributes.axis as number]),
  randomBits: ownKernel,
  host: ownKernel,
  scan: ownKernel,
  barrier: ownKernel,
  alias: (l, t, at) => l.value(t.inputs[0], at),
};

function lowerView(l: Lowering, t: Tensor, at: Index): number {
  const [x] = t.inputs;
  const { coordinates, fill } = viewOf(t)!;
  const index = through(coordinates, at);
  if (fill === undefined) return l.value(x, index);
  return l.guarded(
    x,
    index,
    index.map((at, axis) => ({ at, size: x.shape[axis] })),
    fill,
  );
}

function lowerReduce(l: Lowering, t: Tensor, at: Index): number {
  const { combine: combination } = t.definition.body as OpBody & { kind: "reduce" };
  const axes = t.attributes.axes as readonly number[];
  const [x] = t.inputs;
  let next = 0;
  const index = at.map((affine, axis) => {
    if (!axes.includes(axis) || x.shape[axis] === 1) return affine;
    return axisIndex(l.builder.reduceAxis(next++, x.shape[axis]));
  });
  const value = l.value(x, index);
  return next === 0 ? value : l.builder.accumulate(combination, value, t.dtype);
}

function lowerGather(l: Lowering, t: Tensor, at: Index): number {
  const [x, places] = t.inputs;
  const axis = t.attributes.axis as number;
  const strides = stridesOf(x.shape);
  const dynamic = [{ value: l.value(places, at), scale: strides[axis], size: x.shape[axis] }];
  return l.builder.load(
    l.storageOf(x),
    combine(
      0,
      strides.map((s, k) => (k === axis ? 0 : s)),
      at,
    ),
    { dynamic },
  );
}
