// The steps of pipelines that go record by record: map, filter, shuffle, samples, repeat, take, skip, cache. Each is a
// function from a stage to a stage. What is random depends on (seed, epoch, number of the record) and nothing else.

import type { Json } from "../../core/json.ts";
import type { RandomStream } from "../../core/random.ts";
import { recordStream, shuffledOrder } from "../order.ts";
import {
  following,
  itemsOf,
  type Lazy,
  making,
  type RandomPass,
  type Soon,
  type Stage,
} from "./pipeline-stage.ts";

/** Makes a record of another; `random` gives the same numbers whenever and wherever this record of this pass is made. */
export type MapFunction<T, U> = (record: T, random: RandomStream) => U;

export function mapped<T, U>(before: Stage<T>, f: MapFunction<T, Soon<U>>, seed: number): Stage<U> {
  const depth = before.depth + 1;
  return making(before, {
    about: { stage: "map", function: f.name, seed },
    open(epoch) {
      const apply = (record: T, number: number): Soon<U> =>
        f(record, recordStream(seed, depth, epoch, number));
      const pass = before.open(epoch);
      if (pass.kind === "random") {
        const at = (position: number): Soon<U> =>
          after(pass.at(position), (record) => apply(record, position));
        return { kind: "random", size: pass.size, at };
      }
      return {
        kind: "stream",
        async *items() {
          let count = 0;
          for await (const item of pass.items()) {
            const number = count++;
            yield () => after(item(), (record) => apply(record, number));
          }
        },
      };
    },
  });
}

export function filtered<T>(
  before: Stage<T>,
  keep: (record: T) => boolean | Promise<boolean>,
): Stage<T> {
  return following(before, {
    kind: "stream",
    size: undefined,
    about: { stage: "filter", function: keep.name },
    open: (epoch) => ({
      kind: "stream",
      async *items() {
        for await (const item of itemsOf(before.open(epoch))) {
          const record = await item();
          if (await keep(record)) yield () => record;
        }
      },
    }),
  });
}

/** Visits the records of a random-access stage at other positions. */
export function ordered<T>(
  before: Stage<T>,
  size: number,
  positions: (epoch: number) => (position: number) => number,
  about: Json,
): Stage<T> {
  return following(before, {
    size,
    about,
    open(epoch) {
      const pass = before.open(epoch) as RandomPass<T>;
      const place = positions(epoch);
      const { read } = pass;
      return {
        kind: "random",
        size,
        at: (position) => pass.at(place(position)),
        ...(read && { read: (wanted) => read(wanted.map(place)) }),
      };
    },
  });
}

/** Visits a random-access stage in the order of `batches`, and streams by a buffer. */
export function shuffled<T>(before: Stage<T>, seed: number, buffer: number): Stage<T> {
  const { size } = before;
  if (before.kind === "random" && size !== undefined) {
    const order = (epoch: number): ((position: number) => number) => {
      const places = shuffledOrder(size, seed, epoch);
      return (position) => places[position];
    };
    return ordered(before, size, order, { stage: "shuffle", seed });
  }
  const depth = before.depth + 1;
  return following(before, {
    about: { stage: "shuffle", seed, buffer },
    open: (epoch) => ({
      kind: "stream",
      items: () =>
        throughBuffer(itemsOf(before.open(epoch)), recordStream(seed, depth, epoch, 0), buffer),
    }),
  });
}

/** Holds `capacity` items and gives out a random one of them for each that comes. */
async function* throughBuffer<T>(
  items: AsyncIterable<Lazy<T>>,
  random: RandomStream,
  capacity: number,
): AsyncGenerator<Lazy<T>, void, void> {
  const held: Lazy<T>[] = [];
  const choose = chooser(random);
  for await (const item of items) {
    if (held.length < capacity) held.push(item);
    else {
      const chosen = choose(capacity);
      yield held[chosen];
      held[chosen] = item;
    }
  }
  while (held.length > 0) {
    const chosen = choose(held.length);
    yield held[chosen];
    held[chosen] = held[held.length - 1];
    held.pop();
  }
}

/** Makes a function that draws a whole number below `count`; numbers are drawn by the thousand, which is quicker. */
function chooser(random: RandomStream): (count: number) => number {
  let numbers: Float64Array = new Float64Array(0);
  let used = 0;
  return (count) => {
    if (used === numbers.length) {
      numbers = random.uniform(1024);
      used = 0;
    }
    return Math.floor(numbers[used++] * count);
  };
}

/** Passes of the stage before that one endless pass may hold before it meets those of the next. */
const longestRepeat = 2 ** 16;

/** Passes that a repetition keeps open, for orders that go back and forth between them. */
const openTurns = 8;

/** Makes one pass of several of the stage before, each of which shuffles anew. */
export function repeated<T>(before: Stage<T>, times: number): Stage<T> {
  const perPass = Math.min(times, longestRepeat);
  const about = { stage: "repeat", times: Number.isFinite(times) ? times : "endless" };
  if (before.kind === "random") return repeatedRandom(before, times, perPass, about);
  return following(before, {
    about,
    ...(before.size !== undefined && { size: before.size * times }),
    open: (epoch) => ({
      kind: "stream",
      async *items() {
        for (let turn = 0; turn < times; turn++) {
          let count = 0;
          for await (const item of itemsOf(before.open(epoch * perPass + turn))) {
            count++;
            yield item;
          }
          if (count === 0) return; // an empty pass would repeat for ever
        }
      },
    }),
  });
}

function repeatedRandom<T>(
  before: Stage<T>,
  times: number,
  perPass: number,
  about: Json,
): Stage<T> {
  const length = before.size ?? 0;
  const size = length === 0 ? 0 : length * times;
  return following(before, {
    size,
    about,
    open(epoch) {
      const turns = new Map<number, RandomPass<T>>();
      const passOf = (position: number): RandomPass<T> => {
        const turn = Math.floor(position / length);
        const known = turns.get(turn);
        if (known !== undefined) return known;
        const pass = before.open(epoch * perPass + turn) as RandomPass<T>;
        turns.set(turn, pass);
        if (turns.size > openTurns) turns.delete(turns.keys().next().value!);
        return pass;
      };
      const sameTurn = (wanted: Float64Array): boolean =>
        wanted.every((position) => passOf(position) === passOf(wanted[0]));
      return {
        kind: "random",
        size,
        at: (position) => passOf(position).at(position % length),
        read(wanted) {
          if (wanted.length === 0 || !sameTurn(wanted)) return undefined;
          return passOf(wanted[0]).read?.(wanted.map((position) => position % length));
        },
      };
    },
  });
}

export function taken<T>(before: Stage<T>, count: number): Stage<T> {
  const about = { stage: "take", count };
  const size = before.size === undefined ? undefined : Math.min(count, before.size);
  if (before.kind === "random") return ordered(before, size!, () => (position) => position, about);
  return following(before, {
    about,
    ...(size !== undefined && { size }),
    open: (epoch) => ({
      kind: "stream",
      async *items() {
        if (count === 0) return;
        let left = count;
        for await (const item of itemsOf(before.open(epoch))) {
          yield item;
          if (--left === 0) return;
        }
      },
    }),
  });
}

export function skipped<T>(before: Stage<T>, count: number): Stage<T> {
  const about = { stage: "skip", count };
  const size = before.size === undefined ? undefined : Math.max(0, before.size - count);
  if (before.kind === "random")
    return ordered(before, size!, () => (position) => position + count, about);
  return following(before, {
    about,
    ...(size !== undefined && { size }),
    open: (epoch) => ({
      kind: "stream",
      async *items() {
        let left = count;
        for await (const item of itemsOf(before.open(epoch))) if (left-- <= 0) yield item;
      },
    }),
  });
}

/** Goes on with a value at once where it is there. */
export function after<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
