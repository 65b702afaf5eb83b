// Collects the statements of one kernel. Equal statements are one value; reduction axes are added as they are met.

import type { DType } from "../../core/dtype.ts";
import type { Affine, Bound, Combine, DynamicIndex, Statement } from "../../ir/loops.ts";
import { rangeOf } from "./affine.ts";
import { type LoopStep, mapStatement, type Storage, usesOf } from "./kernel.ts";

/** A store to be made once the value is there. */
export interface Store {
  readonly storage: Storage;
  readonly at: Affine;
  readonly value: number;
  readonly dynamic?: readonly DynamicIndex[];
  readonly mode?: "set" | "add";
}

export class KernelBuilder {
  readonly parallel: readonly number[];
  readonly #reduce: number[] = [];
  readonly #body: Statement[] = [];
  readonly #known = new Map<string, number>();
  readonly #storages = new Map<Storage, number>();

  constructor(parallel: readonly number[]) {
    this.parallel = parallel;
  }

  /** Number of statements so far. */
  get length(): number {
    return this.#body.length;
  }

  /** The axis of the reduction's dimension `k`, which has this length. */
  reduceAxis(k: number, length: number): number {
    this.#reduce[k] = length;
    return this.parallel.length + k;
  }

  constant(value: number, dtype: DType): number {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return this.#add({ kind: "constant", dtype, value }, `= ${dtype} ${text}`);
  }

  index(at: Affine): number {
    return this.#add({ kind: "index", dtype: "int32", at }, `i ${keyOf(at)}`);
  }

  load(
    storage: Storage,
    at: Affine,
    {
      dynamic = [],
      bounds = [],
      fill = 0,
    }: { dynamic?: DynamicIndex[]; bounds?: readonly Bound[]; fill?: number } = {},
  ): number {
    const buffer = this.#number(storage);
    const guards = bounds.filter((bound) => !this.#always(bound));
    let key = `l ${buffer} ${keyOf(at)}`;
    for (const d of dynamic) key += ` ${d.value}*${d.scale}<${d.size}`;
    for (const bound of guards) key += ` ${keyOf(bound.at)}<${bound.size}:${fill}`;
    const { dtype } = storage;
    return this.#add(
      {
        kind: "load",
        dtype,
        buffer,
        at,
        dynamic,
        bounds: guards,
        fill: guards.length > 0 ? fill : 0,
      },
      key,
    );
  }

  apply(fn: string, dtype: DType, args: readonly number[]): number {
    return this.#add({ kind: "apply", dtype, fn, args }, `a ${fn} ${dtype} ${args}`);
  }

  cast(arg: number, dtype: DType): number {
    return this.#add({ kind: "cast", dtype, arg }, `t ${dtype} ${arg}`);
  }

  accumulate(combine: Combine, arg: number, dtype: DType): number {
    return this.#add({ kind: "accumulate", dtype, combine, arg }, `r ${combine} ${arg}`);
  }

  /** Ends the kernel: what reductions need first, then the rest, then the stores. */
  finish(stores: readonly Store[]): LoopStep {
    const inner = this.#neededByReductions();
    const order = [...this.#body.keys()];
    const sorted = [...order.filter((k) => inner.has(k)), ...order.filter((k) => !inner.has(k))];
    const place = new Array<number>(order.length);
    sorted.forEach((k, at) => {
      place[k] = at;
    });
    const now = (k: number): number => place[k];
    const body =
      inner.size === 0 ? [...this.#body] : sorted.map((k) => mapStatement(this.#body[k], now));
    for (const { storage, at, value, dynamic = [], mode = "set" } of stores) {
      const buffer = this.#number(storage);
      const index = dynamic.map((d) => ({ ...d, value: now(d.value) }));
      body.push({
        kind: "store",
        dtype: storage.dtype,
        buffer,
        at,
        dynamic: index,
        mode,
        value: now(value),
      });
    }
    const storages = [...this.#storages.keys()];
    return { kind: "loops", parallel: this.parallel, reduce: this.#reduce, storages, body };
  }

  #neededByReductions(): Set<number> {
    const needed = new Set<number>();
    for (let k = this.#body.length - 1; k >= 0; k--) {
      const s = this.#body[k];
      if (s.kind !== "accumulate" && !needed.has(k)) continue;
      needed.add(k);
      for (const used of usesOf(s)) needed.add(used);
    }
    return needed;
  }

  #always({ at, size }: Bound): boolean {
    const [low, high] = rangeOf(at, [...this.parallel, ...this.#reduce]);
    return low >= 0 && high < size;
  }

  #number(storage: Storage): number {
    const known = this.#storages.get(storage) ?? this.#storages.size;
    this.#storages.set(storage, known);
    return known;
  }

  #add(statement: Statement, key: string): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.#body.length);
    return this.#body.push(statement) - 1;
  }
}

function keyOf({ offset, terms }: Affine): string {
  let length = terms.length;
  while (length > 0 && !terms[length - 1]) length--;
  let key = String(offset);
  for (let k = 0; k < length; k++) key += `:${terms[k] ?? 0}`;
  return key;
}
