// The engine: what the graph asks of the runtime. The runtime installs the one implementation; `ir` knows only this.

import { unreachable } from "../core/errors.ts";
import type { Slot } from "./state.ts";
import type { Tensor } from "./tensor.ts";

/** A new value for a slot. */
export interface Assignment {
  readonly slot: Slot;
  readonly value: Tensor;
}

export interface Engine {
  /** Computes tensors; each has its `value` afterwards. */
  read(tensors: readonly Tensor[]): Promise<void>;
  /** As `read`, at once. Throws on targets that cannot. */
  readSync(tensors: readonly Tensor[]): void;
  /** Computes and stores new state in one plan, with the values of `alongside`, whose history is then released. */
  assign(assignments: readonly Assignment[], alongside: readonly Tensor[]): void;
  /** Called when a chain that nobody has read grows long, so that the engine can bound it. */
  recorded(tensor: Tensor): void;
}

let installed: Engine | undefined;

/** Makes `engine` the one that tensors are computed by. */
export function installEngine(engine: Engine): void {
  installed = engine;
}

/** The installed engine. */
export function engine(): Engine {
  return installed ?? unreachable("no engine is installed; import the package's entry point");
}
