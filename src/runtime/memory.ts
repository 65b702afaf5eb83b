// The memory report: what the library holds, by owner, and how that has grown since an earlier report.

import { showShape } from "../core/shape.ts";
import { describeRegion } from "../ir/region.ts";
import { Parameter, type Slot } from "../ir/state.ts";
import type { DeviceMemory } from "./device.ts";
import { currentObserver } from "./observer.ts";
import { largestPrograms } from "./programs.ts";
import { currentDevice } from "./target.ts";

/** State of one kind, name and type. */
export interface MemoryOwner {
  /** What is trained, or other state: running statistics, moments of optimizers, counters. */
  readonly kind: "parameter" | "state";
  /** Path from the model that an optimizer, `fit` or `named` has walked; "" where there is none. */
  readonly name: string;
  readonly type: string;
  /** The user's line that made it, where debug was on. */
  readonly place?: string;
  readonly count: number;
  readonly bytes: number;
}

/** The arena that one program needs; all share the largest. */
export interface MemoryPlan {
  /** The compiled function; undefined for what was computed on reading. */
  readonly name: string | undefined;
  readonly scratchBytes: number;
}

/** Bytes that a device holds for state, for the arena that plans share, and in all. Prints as text. */
export interface MemoryReport extends DeviceMemory {
  readonly target: string;
  /** State on the device, the largest first. The rest of `slotBytes` is constants of compiled functions, and state whose owner is dead. */
  readonly owners: readonly MemoryOwner[];
  /** The programs that need the largest arenas. */
  readonly plans: readonly MemoryPlan[];
  /** What has come since an earlier report. */
  since(before: MemoryReport): MemoryGrowth;
  toString(): string;
}

/** Differences of two reports; negative where there is less now. Prints as text. */
export interface MemoryGrowth extends DeviceMemory {
  /** State that there is more or less of, by the change of its bytes. */
  readonly owners: readonly MemoryOwner[];
  toString(): string;
}

/** Programs that are listed. */
const plansListed = 5;
/** Owners that are printed. */
const ownersShown = 12;

/**
 * Reports what the current target holds, by owner: state with its path, and the line that made it where `debug` was on;
 * the arenas of plans. Values handed to you are ordinary JavaScript arrays and are not counted.
 *
 * `const before = memory(); …; console.log(String(memory().since(before)));`
 */
export function memory(): MemoryReport {
  const device = currentDevice();
  const owners = grouped((device.slots?.() ?? []).map(ownerOf));
  const plans = largestPrograms(device, plansListed);
  const facts = { target: device.name, ...device.memory(), owners, plans };
  return {
    ...facts,
    since: (before) => growth(facts, before),
    toString: () => reportText(facts),
  };
}

function ownerOf([slot, bytes]: readonly [Slot, number]): MemoryOwner {
  const { owner, dtype, shape } = slot;
  const described = owner === null ? undefined : describeRegion({ owner, label: "" });
  const place = owner === null ? undefined : currentObserver()?.placeOf?.(owner);
  return {
    kind: owner instanceof Parameter ? "parameter" : "state",
    name: described?.replace(/ \(\)$/, "") ?? "",
    type: `${dtype}${showShape(shape)}`,
    ...(place !== undefined && { place }),
    count: 1,
    bytes,
  };
}

const keyOf = ({ kind, name, type, place }: MemoryOwner): string =>
  [kind, name, type, place].join(" ");

/** Adds up owners that look alike, the largest first. */
function grouped(owners: readonly MemoryOwner[]): MemoryOwner[] {
  const groups = new Map<string, MemoryOwner>();
  for (const owner of owners) {
    const known = groups.get(keyOf(owner));
    const { count = 0, bytes = 0 } = known ?? {};
    groups.set(keyOf(owner), { ...owner, count: owner.count + count, bytes: owner.bytes + bytes });
  }
  return [...groups.values()]
    .filter(({ count }) => count !== 0)
    .sort((a, b) => Math.abs(b.bytes) - Math.abs(a.bytes));
}

type Facts = Omit<MemoryReport, "since" | "toString">;

function growth(now: Facts, before: Facts): MemoryGrowth {
  const gone = before.owners.map((one) => ({ ...one, count: -one.count, bytes: -one.bytes }));
  const facts = {
    slotBytes: now.slotBytes - before.slotBytes,
    scratchBytes: now.scratchBytes - before.scratchBytes,
    totalBytes: now.totalBytes - before.totalBytes,
    owners: grouped([...now.owners, ...gone]),
  };
  return {
    ...facts,
    toString: () => [`since then: ${bytesText(facts)}`, ...ownerLines(facts.owners)].join("\n"),
  };
}

function reportText(facts: Facts): string {
  const plans = facts.plans.map(
    ({ name, scratchBytes }) =>
      `  arena ${megabytes(scratchBytes)}  ${name ?? "values that were read"}`,
  );
  return [`${facts.target}: ${bytesText(facts)}`, ...ownerLines(facts.owners), ...plans].join("\n");
}

function bytesText({ slotBytes, scratchBytes, totalBytes }: DeviceMemory): string {
  return `state ${megabytes(slotBytes)}, arena ${megabytes(scratchBytes)}, in all ${megabytes(totalBytes)}`;
}

function ownerLines(owners: readonly MemoryOwner[]): string[] {
  const lines = owners.slice(0, ownersShown).map(({ kind, name, type, place, count, bytes }) => {
    const many = count === 1 ? "" : ` × ${count}`;
    const made = place === undefined ? "" : `, made at ${place}`;
    return `  ${kind} ${megabytes(bytes)}  ${name === "" ? "" : `${name} `}${type}${many}${made}`;
  });
  const rest = owners.length - ownersShown;
  return rest > 0 ? [...lines, `  and ${rest} more`] : lines;
}

function megabytes(bytes: number): string {
  const size = Math.abs(bytes);
  if (size < 1e3) return `${bytes} B`;
  return size < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
