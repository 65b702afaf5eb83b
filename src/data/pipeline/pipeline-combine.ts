// Two pipelines as one: one after the other, or record beside record.

import { ChainruleError } from "../../core/errors.ts";
import { showValue } from "../../core/explain.ts";
import {
  itemsOf,
  making,
  type Pass,
  type RandomPass,
  type Soon,
  type Stage,
} from "./pipeline-stage.ts";
import { after } from "./pipeline-steps.ts";

/** The records of `a`, after those of `b`. */
export function concatenated<A, B>(a: Stage<A>, b: Stage<B>): Stage<A | B> {
  const size = a.size === undefined || b.size === undefined ? undefined : a.size + b.size;
  const random = a.kind === "random" && b.kind === "random" && Number.isFinite(a.size);
  return making<A, A | B>(deeper(a, b), {
    kind: random ? "random" : "stream",
    size,
    about: { stage: "concat", with: b.describe() },
    open(epoch): Pass<A | B> {
      const [first, second] = [a.open(epoch), b.open(epoch)];
      if (random) return joined(first as RandomPass<A>, second as RandomPass<B>);
      return {
        kind: "stream",
        async *items() {
          yield* itemsOf(first);
          yield* itemsOf(second);
        },
      };
    },
  });
}

function joined<A, B>(first: RandomPass<A>, second: RandomPass<B>): RandomPass<A | B> {
  const start = first.size;
  const at = (position: number): Soon<A | B> =>
    position < start ? first.at(position) : second.at(position - start);
  return { kind: "random", size: start + second.size, at };
}

/** Pairs of records as long as both have one, joined by `join`. */
export function zipped<A, B, C>(
  a: Stage<A>,
  b: Stage<B>,
  join: (a: A, b: B) => Soon<C>,
  name: string,
): Stage<C> {
  const size = Math.min(a.size ?? Number.NaN, b.size ?? Number.NaN);
  const random = a.kind === "random" && b.kind === "random";
  return making<A, C>(deeper(a, b), {
    kind: random ? "random" : "stream",
    size: Number.isNaN(size) ? undefined : size,
    about: { stage: "zip", function: name, with: b.describe() },
    open(epoch): Pass<C> {
      const [left, right] = [a.open(epoch), b.open(epoch)];
      if (random) return paired(left as RandomPass<A>, right as RandomPass<B>, join, size);
      return {
        kind: "stream",
        async *items() {
          const others = itemsOf(right);
          try {
            for await (const item of itemsOf(left)) {
              const { done, value: other } = await others.next();
              if (done) return;
              yield () => both(item(), other(), join);
            }
          } finally {
            await others.return();
          }
        },
      };
    },
  });
}

function paired<A, B, C>(
  left: RandomPass<A>,
  right: RandomPass<B>,
  join: (a: A, b: B) => Soon<C>,
  size: number,
): RandomPass<C> {
  const at = (position: number): Soon<C> => both(left.at(position), right.at(position), join);
  return { kind: "random", size, at };
}

function both<A, B, C>(a: Soon<A>, b: Soon<B>, join: (a: A, b: B) => Soon<C>): Soon<C> {
  return after(a, (first) => after(b, (second) => join(first, second)));
}

/** The stage after which the next number of a stage is new in both pipelines. */
function deeper<A, B>(a: Stage<A>, b: Stage<B>): Stage<A> {
  return { ...a, depth: Math.max(a.depth, b.depth) };
}

/** One record with the fields of two. Errors: `BAD_ARGUMENT` where both have one of that name. */
export function merged<A, B>(a: A, b: B): A & B {
  const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
  const shared = isObject(a) && isObject(b) ? Object.keys(a).filter((name) => name in b) : [];
  if (isObject(a) && isObject(b) && shared.length === 0) return { ...a, ...b };
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "zip",
    problem:
      shared.length > 0
        ? `both records have a field "${shared[0]}"`
        : `cannot merge ${showValue(a)} and ${showValue(b)}`,
    fix: "Pass a function that joins two records, zip(other, (a, b) => ({ … })).",
    detail: { shared },
  });
}
