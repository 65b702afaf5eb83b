// Where nodes were recorded: the user's line, and for adjoint nodes the forward node they are the derivative of. A stack is
// taken for each node, so this is done only while somebody debugs.

import { adjointOf, nodeBeingDifferentiated } from "../autodiff/adjoints.ts";
import { userPlace } from "../core/errors.ts";
import { describeRegion } from "../ir/region.ts";
import { type Tensor, watchTensors } from "../ir/tensor.ts";

/** Where a node comes from. */
export interface Origin {
  /** The user's line, as `file:line`. */
  readonly place: string | undefined;
  /** The layer in words. */
  readonly path: string | undefined;
  /** The forward node whose derivative it belongs to, if to any. */
  readonly derivativeOf: Tensor | undefined;
}

interface Noted {
  readonly place: string | undefined;
  readonly of: Tensor | undefined;
}

let noted = new WeakMap<Tensor, Noted>();

/** Begins or ends to note places. */
export function notePlaces(on: boolean): void {
  if (!on) {
    watchTensors(undefined);
    noted = new WeakMap();
    return;
  }
  watchTensors((tensor) => {
    noted.set(tensor, { place: userPlace().place, of: nodeBeingDifferentiated() });
  });
}

/** Where a node was recorded; of adjoint nodes, where the forward node was. */
export function originOf(node: Tensor): Origin {
  const note = noted.get(node);
  const derivativeOf = note?.of ?? adjointOf(node);
  const forward = derivativeOf ?? node;
  return {
    place: noted.get(forward)?.place ?? note?.place,
    path: describeRegion(forward.region),
    derivativeOf,
  };
}
