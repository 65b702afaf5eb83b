// How many threads compute: as many as the machine runs at once, eight at most, or what CHAINRULE_THREADS says; one
// where memory cannot be shared.

import { ChainruleError } from "../../../core/errors.ts";

/** More threads than this find no tiles in networks of usual size. */
const enough = 8;
const most = 64;

/** The number of threads, the calling one included. */
export function threadCount(): number {
  if (typeof SharedArrayBuffer === "undefined") return 1;
  const { process, crossOriginIsolated } = globalThis as Surroundings;
  if (process?.versions?.node === undefined && crossOriginIsolated !== true) return 1;
  const asked = process?.env?.CHAINRULE_THREADS;
  if (asked !== undefined && asked !== "") return parsed(asked);
  return Math.min(processorCount(), enough);
}

/** The number of threads that the machine runs at once. */
export function processorCount(): number {
  const { process, navigator } = globalThis as Surroundings;
  return (
    (process?.versions?.node === undefined
      ? navigator?.hardwareConcurrency
      : process.getBuiltinModule("node:os").availableParallelism()) ?? 1
  );
}

interface Surroundings {
  readonly process?: NodeJS.Process;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly crossOriginIsolated?: boolean;
}

function parsed(asked: string): number {
  const count = Number(asked);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new ChainruleError({
    code: "BAD_ARGUMENT",
    op: "threads",
    problem: `CHAINRULE_THREADS is ${JSON.stringify(asked)}`,
    fix: `Set it to a whole number from 1 to ${most}, or leave it out.`,
    detail: { asked },
  });
}
