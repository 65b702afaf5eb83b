// Keeping the records of a stage in memory. What comes before a cache is made once, as in pass 0, so that a pass stays a
// function of its number: a run that is continued in a new process finds what the first one would have found in its cache.

import {
  following,
  itemsOf,
  type Lazy,
  type RandomPass,
  type Soon,
  type Stage,
} from "./pipeline-stage.ts";

/** Keeps every record of pass 0 that was made, and hands it out in all passes. */
export function cached<T>(before: Stage<T>): Stage<T> {
  const about = { stage: "cache" };
  if (before.kind === "random") {
    let at: ((position: number) => Soon<T>) | undefined;
    const size = before.size!;
    return following(before, {
      about,
      open() {
        at ??= remembering(before.open(0) as RandomPass<T>);
        return { kind: "random", size, at };
      },
    });
  }
  const list = new SharedList(() => itemsOf(before.open(0)));
  return following(before, { about, open: () => ({ kind: "stream", items: () => list.items() }) });
}

function remembering<T>(pass: RandomPass<T>): (position: number) => Soon<T> {
  const known = new Map<number, Lazy<T>>();
  return (position) => {
    let item = known.get(position);
    if (item === undefined) {
      item = once(() => pass.at(position));
      known.set(position, item);
    }
    return item();
  };
}

/** Makes a record when it is first asked for, and again only where that failed. */
function once<T>(make: Lazy<T>): Lazy<T> {
  let made: { readonly value: Soon<T> } | undefined;
  return () => {
    if (made !== undefined) return made.value;
    const value = make();
    made = { value };
    if (value instanceof Promise) {
      value.catch(() => {
        made = undefined;
      });
    }
    return value;
  };
}

/** Items of one stream, which is read as far as the farthest of several readers. */
class SharedList<T> {
  readonly #open: () => AsyncIterator<Lazy<T>>;
  readonly #known: Lazy<T>[] = [];
  #source: AsyncIterator<Lazy<T>> | undefined;
  #next: Promise<boolean> | undefined;
  #isWhole = false;

  constructor(open: () => AsyncIterator<Lazy<T>>) {
    this.#open = open;
  }

  async *items(): AsyncGenerator<Lazy<T>, void, void> {
    for (let k = 0; k < this.#known.length || (await this.#more()); k++) yield this.#known[k];
  }

  /** Reads one more item; false at the end. Readers that wait for the same one share the wait. */
  async #more(): Promise<boolean> {
    if (this.#isWhole) return false;
    this.#next ??= this.#read();
    return this.#next;
  }

  async #read(): Promise<boolean> {
    try {
      this.#source ??= this.#open();
      const { done, value } = await this.#source.next();
      if (done) this.#isWhole = true;
      else this.#known.push(once(value));
      return !done;
    } catch (error) {
      this.#known.length = 0; // a broken stream is read anew from its beginning
      this.#source = undefined;
      throw error;
    } finally {
      this.#next = undefined;
    }
  }
}
