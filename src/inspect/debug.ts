// Debug modes: every run is watched, so that a NaN or an infinity is traced to the op where it is born, and constants that
// compiled functions have captured are listed. Steps are slower by the copies of their state that are kept meanwhile.

import { checkChoice } from "../core/checks.ts";
import type { HostArray } from "../core/dtype.ts";
import type { OptionNames } from "../core/option-names.ts";
import { showShape } from "../core/shape.ts";
import { checkOptions } from "../ir/arguments.ts";
import type { Slot } from "../ir/state.ts";
import { showElements, type Tensor } from "../ir/tensor.ts";
import { type Job, type Observer, observe } from "../runtime/observer.ts";
import { isSpoiled } from "./birth.ts";
import { birthOf } from "./non-finite.ts";
import { notePlaces, originOf } from "./places.ts";

/** What `debug` watches for. */
export interface DebugOptions {
  /** What a NaN or infinity in a result does: throws, warns, or nothing. Default: as it is. */
  readonly nan?: "throw" | "warn" | "off";
  /** Another name of `nan`, since infinities count too. */
  readonly nonFinite?: "throw" | "warn" | "off";
  /** Whether constants that a compiled function captures are listed when it is recorded. Default: as it is. */
  readonly constants?: boolean;
}

const names: OptionNames<DebugOptions> = { nan: true, nonFinite: true, constants: true };
const choices = ["throw", "warn", "off"] as const;

interface Modes {
  readonly nan: "throw" | "warn" | "off";
  readonly constants: boolean;
}

let modes: Modes = { nan: "off", constants: false };

/**
 * Switches debug modes on or off; what is not named stays. With `{ nan: "throw" }` a result or new state that is not finite
 * throws `NON_FINITE` with the op where it was born, forward or backward, its layer, the user's line, and the range of its
 * inputs; state is as before that step. Lines are known of what is recorded while debugging. Returns a function that
 * switches back.
 *
 * ```ts
 * debug({ nan: "throw" });
 * ```
 */
export function debug(options: DebugOptions): () => void {
  checkOptions("debug", options, names);
  const { nan = options.nonFinite ?? modes.nan, constants = modes.constants } = options;
  checkChoice("debug", "mode", nan, choices);
  const before = modes;
  apply({ nan, constants: constants === true });
  return () => apply(before);
}

function apply(next: Modes): void {
  modes = next;
  const on = next.nan !== "off" || next.constants;
  notePlaces(on);
  observe(on ? watcher : undefined);
}

const watcher: Observer = {
  around(job, run) {
    return modes.nan === "off" ? run() : watched(job, run);
  },
  placeOf: (tensor) => originOf(tensor).place,
  recorded(name, captured) {
    if (modes.constants && captured.length > 0) listConstants(name, captured);
  },
};

/** Runs, and looks for what is not finite among results and new state. */
function watched(job: Job, run: () => HostArray[]): HostArray[] {
  const { found, bindings } = job;
  const leaves = new Map<Tensor, HostArray>();
  found.leaves.forEach((leaf, k) => {
    const binding = bindings[k];
    leaves.set(leaf, binding.kind === "slot" ? binding.slot.fetch() : binding.value);
  });
  const written = found.writes.map(({ slot }): [Slot, HostArray] => [slot, slot.fetch()]);
  const values = run();
  const roots = [
    ...found.outputs.filter((_, k) => isSpoiled(values[k])),
    ...found.writes.flatMap(({ slot, value }) => (isSpoiled(slot.fetch()) ? [value] : [])),
  ];
  if (roots.length === 0) return values;
  const error = unobserved(() => birthOf(job, roots, leaves));
  if (modes.nan === "throw") {
    for (const [slot, value] of written) slot.store(value);
    throw error;
  }
  console.warn(`chainrule: ${error.message}`);
  return values;
}

/** Runs without watching itself. */
function unobserved<T>(body: () => T): T {
  const observer = observe(undefined);
  try {
    return body();
  } finally {
    observe(observer);
  }
}

function listConstants(name: string, captured: readonly Tensor[]): void {
  const lines = captured.map((leaf) => {
    const { place } = originOf(leaf);
    const value = leaf.value === null ? "" : ` ${showElements(leaf.value)}`;
    return `  ${leaf.dtype}${showShape(leaf.shape)}${value}${place === undefined ? "" : `, made at ${place}`}`;
  });
  console.warn(
    `chainrule: ${name} was recorded with these values from outside, which it keeps as they are now:\n${lines.join("\n")}`,
  );
}
