// The functions by which threads share steps, as one small module, instantiated on every thread (see
// compiler/4-emit/wasm/parallel.ts for what they are to a plan). A thread that has nothing to do looks at the ticket for
// about three tenths of a millisecond, which is longer than what a training loop does between two steps, then sleeps; so
// does the caller, sooner, while others complete their last tiles.

import { anyMemory, ModuleBuilder } from "../../../compiler/4-emit/wasm/encoder.ts";
import type { FunctionBuilder, Local } from "../../../compiler/4-emit/wasm/function.ts";
import { control } from "./control.ts";

/** Looks at the ticket before a thread goes to sleep. */
const looksOfThread = 120_000;
/** Looks at the completed tiles before the caller does. */
const looksOfCaller = 20_000;
/** Seconds that the caller sleeps for one tile before it takes the others for dead. */
const patience = 60;

export interface PoolModuleOptions {
  /** Whether the calling thread may sleep; the main thread of a page may not. */
  readonly callerMaySleep: boolean;
}

/** Builds the module; it imports `env.memory` (shared) and `env.control`, the address of the block. */
export function poolModule(options: PoolModuleOptions): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", anyMemory, true);
  const block = module.importGlobal("env", "control", "i32");
  const wait = addWait(module);
  const add = (
    name: string,
    parameters: number,
    results: readonly "i32"[],
    body: (words: Words) => void,
  ): void => {
    const types = Array.from({ length: parameters }, () => "i32" as const);
    const index = module.function(types, results, (f) => body(new Words(f, block, wait)));
    module.export(name, index);
  };
  add("helpers", 0, ["i32"], helpers);
  add("enter", 0, [], (w) => {
    w.add("helpers", 1);
    w.f.op("drop");
  });
  add("step", 0, ["i32"], (w) => w.load("step"));
  add("publish", 3, [], publish);
  add("claim", 0, ["i32"], claim);
  add("complete", 0, [], complete);
  add("join", 1, [], (w) => join(w, options));
  add("next", 2, ["i32"], next);
  return module.encode();
}

/**
 * Adds `(address, value, nanoseconds) → 0 woken, 1 another value, 2 time ran out`. It is alone in its function: V8 11's
 * first code forgets parameters and locals across the instruction.
 */
function addWait(module: ModuleBuilder): number {
  return module.function(["i32", "i32", "i64"], ["i32"], (f) => {
    f.get(0).get(1).get(2).atomic("memory.atomic.wait32");
  });
}

type Word = keyof typeof control;

/** A function being written, with the words of the block. */
class Words {
  readonly f: FunctionBuilder;
  readonly #block: number;
  readonly #wait: number;

  constructor(f: FunctionBuilder, block: number, wait: number) {
    this.f = f;
    this.#block = block;
    this.#wait = wait;
  }

  /** Pushes a word. */
  load(word: Word): void {
    this.f.global(this.#block).atomic("i32.atomic.load", control[word]);
  }

  store(word: Word, push: () => void): void {
    this.f.global(this.#block);
    push();
    this.f.atomic("i32.atomic.store", control[word]);
  }

  /** Adds a constant and pushes the value before. */
  add(word: Word, value: number): void {
    this.f.global(this.#block).i32(value).atomic("i32.atomic.rmw.add", control[word]);
  }

  wakeAll(word: Word): void {
    this.f.global(this.#block).i32(-1).atomic("memory.atomic.notify", control[word]).op("drop");
  }

  /** Sleeps while a word has the value of a local; pushes 2 where the time (nanoseconds, −1 for ever) ran out. */
  sleep(word: Word, value: Local, nanoseconds: number): void {
    this.f.global(this.#block).i32(control[word]).op("i32.add");
    this.f.get(value).i64(nanoseconds).call(this.#wait);
  }

  /** Sets a 64-bit local to the ticket. */
  ticket(to: Local): void {
    this.f.global(this.#block).atomic("i64.atomic.load", control.ticket).set(to);
  }

  /** Pushes the tiles left on a ticket. */
  left(ticket: Local): void {
    this.f.get(ticket).op("i32.wrap_i64");
  }

  /** Pushes 1 where the ticket was still this one, and has one tile less now. */
  take(ticket: Local): void {
    const { f } = this;
    f.global(this.#block).get(ticket).get(ticket).i64(1).op("i64.sub");
    f.atomic("i64.atomic.rmw.cmpxchg", control.ticket).get(ticket).op("i64.eq");
  }

  setTicket(push: () => void): void {
    this.f.global(this.#block);
    push();
    this.f.atomic("i64.atomic.store", control.ticket);
  }
}

/** Whether other threads take part. */
function helpers(w: Words): void {
  w.load("helpers");
  w.f.i32(0).op("i32.ne");
  areFree(w);
  w.f.op("i32.and");
}

/**
 * Whether the other threads may compute: all or none. Not while threads outside of the pool need as many processors as they
 * have, for one that has to share holds up the rest.
 */
function areFree(w: Words): void {
  w.load("helpers");
  w.load("crowd");
  w.f.op("i32.gt_s");
}

/** (plan, step, tiles): everything a thread reads is in place before the ticket shows it. */
function publish(w: Words): void {
  const { f } = w;
  const [plan, step, tiles] = [0, 1, 2];
  w.store("plan", () => f.get(plan));
  w.store("step", () => f.get(step));
  w.store("done", () => f.i32(0));
  w.setTicket(() => {
    w.add("published", 1);
    f.op("i64.extend_i32_u").i64(32).op("i64.shl");
    f.get(tiles).op("i64.extend_i32_u").op("i64.or");
  });
  w.load("sleepers");
  f.if(() => {
    w.add("wake", 1);
    f.op("drop");
    w.wakeAll("wake");
  });
}

function claim(w: Words): void {
  const { f } = w;
  const ticket = f.local("i64");
  f.loop((again) => {
    w.ticket(ticket);
    w.left(ticket);
    f.op("i32.eqz").if(() => f.i32(0).op("return"));
    w.take(ticket);
    f.op("i32.eqz").brIf(again);
  });
  w.left(ticket);
}

function complete(w: Words): void {
  w.add("done", 1);
  w.f.op("drop");
  w.load("waiting");
  w.f.if(() => w.wakeAll("done"));
}

/** (tiles): returns when so many are complete; traps where a thread failed. */
function join(w: Words, { callerMaySleep }: PoolModuleOptions): void {
  const { f } = w;
  const [tiles] = [0];
  const [looks, done, naps] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const look = (): void => {
    w.load("done");
    f.tee(done).get(tiles).op("i32.eq");
    f.if(() => {
      if (callerMaySleep) w.store("waiting", () => f.i32(0));
      f.op("return");
    });
    w.load("abort");
    f.if(() => f.op("unreachable"));
  };
  f.i32(looksOfCaller).set(looks);
  f.loop((again) => {
    look();
    if (callerMaySleep) f.get(looks).i32(1).op("i32.sub").tee(looks).brIf(again);
    else f.br(again);
  });
  if (!callerMaySleep) return;
  w.store("waiting", () => f.i32(1));
  f.loop((again) => {
    look();
    w.sleep("done", done, 1_000_000_000);
    f.i32(2).op("i32.eq").get(naps).op("i32.add").tee(naps);
    f.i32(patience).op("i32.lt_s").brIf(again);
  });
  f.op("unreachable");
}

/** (plan, mail): waits for a tile of the plan; 0 when a step of another plan is there, or a message. */
function next(w: Words): void {
  const { f } = w;
  const [plan, mail] = [0, 1];
  const [looks, wake] = [f.local("i32"), f.local("i32")];
  const ticket = f.local("i64");
  f.i32(looksOfThread).set(looks);
  f.loop((again) => {
    w.ticket(ticket);
    w.left(ticket);
    f.if(() => {
      w.load("plan");
      f.get(plan).op("i32.ne");
      f.if(() => f.i32(0).op("return"));
      w.take(ticket);
      f.if(() => {
        w.left(ticket);
        f.op("return");
      });
      f.br(again);
    });
    w.load("mail");
    f.get(mail).op("i32.ne");
    f.if(() => f.i32(0).op("return"));
    f.get(looks).i32(1).op("i32.sub").set(looks);
    areFree(w);
    f.if(() => f.get(looks).brIf(again));
    sleep(w, mail, ticket, wake);
    f.i32(looksOfThread).set(looks).br(again);
  });
  f.op("unreachable");
}

/** Sleeps until the next publication or message; looks again after saying so, lest one be missed. */
function sleep(w: Words, mail: Local, ticket: Local, wake: Local): void {
  const { f } = w;
  w.load("wake");
  f.set(wake);
  w.add("sleepers", 1);
  f.op("drop");
  w.ticket(ticket);
  w.left(ticket);
  f.op("i32.eqz");
  w.load("mail");
  f.get(mail).op("i32.eq").op("i32.and");
  f.if(() => {
    w.sleep("wake", wake, -1);
    f.op("drop");
  });
  w.add("sleepers", -1);
  f.op("drop");
}
