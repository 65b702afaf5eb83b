// Which device runs things: chosen by name, by CHAINRULE_TARGET, or the default, `wasm`.

import { ChainruleError } from "../core/errors.ts";
import type { Device } from "./device.ts";
import { referenceDevice } from "./reference/device.ts";
import { wasmDevice } from "./wasm/device.ts";

const makers: Readonly<Record<string, () => Device>> = {
  wasm: wasmDevice,
  reference: referenceDevice,
};

const made = new Map<string, Device>();
let current: Device | undefined;

/** Names of the targets. */
export const targets: readonly string[] = Object.keys(makers);

/** Chooses the target that tensors are computed on from now on; state moves when it is next used. */
export function setTarget(name: string): void {
  current = deviceNamed(name);
}

/** Name of the target in use. */
export function currentTarget(): string {
  return currentDevice().name;
}

/** Threads that compute on the target in use; more may be starting. */
export function threads(): number {
  return currentDevice().threads;
}

/** The device in use. */
export function currentDevice(): Device {
  current ??= deviceNamed(environmentTarget() ?? "wasm", "CHAINRULE_TARGET");
  return current;
}

/** Runs `body` on a device of the same kind that computes on one thread; undefined where the one in use does already. */
export function onOneThread<T>(body: () => T): T | undefined {
  const device = currentDevice();
  if (device.name !== "wasm" || device.threads === 1) return undefined;
  const name = "wasm, one thread"; // programs are kept by the name of their device
  if (!made.has(name)) made.set(name, { ...wasmDevice(1), name });
  return onDevice(made.get(name)!, body);
}

/** Runs `body` with a device in use. */
export function onDevice<T>(device: Device, body: () => T): T {
  const before = current;
  current = device;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** The device of that name, made on first use. */
export function deviceNamed(
  name: string,
  said: "setTarget" | "CHAINRULE_TARGET" = "setTarget",
): Device {
  const known = made.get(name);
  if (known !== undefined) return known;
  const make = makers[name];
  if (make === undefined) {
    throw new ChainruleError({
      code: "UNSUPPORTED",
      op: said,
      problem: `no target is named ${JSON.stringify(name)}`,
      fix: `Use one of: ${targets.join(", ")}.`,
      detail: { name, targets },
    });
  }
  const device = make();
  made.set(name, device);
  return device;
}

function environmentTarget(): string | undefined {
  return typeof process === "undefined" ? undefined : process.env?.CHAINRULE_TARGET;
}
