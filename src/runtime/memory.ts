// The memory report: what the library holds, by owner.

import type { DeviceMemory } from "./device.ts";
import { currentDevice } from "./target.ts";

/** Bytes that a device holds for state, for the arena that plans share, and in all. */
export interface MemoryReport extends DeviceMemory {
  readonly target: string;
}

/** Reports what the current target holds. Values handed to you are ordinary JavaScript arrays and are not counted. */
export function memory(): MemoryReport {
  const device = currentDevice();
  return { target: device.name, ...device.memory() };
}
