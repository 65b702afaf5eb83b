// Where nodes were recorded: the user's line, and for adjoint nodes the forward node they are the derivative of. A stack is
// taken for each node, so this is done only while somebody debugs. Bodies of loops are kept as text and read again, so what
// is known of their nodes is kept beside the attributes that hold the text.

import { adjointOf, nodeBeingDifferentiated } from "../autodiff/adjoints.ts";
import { userPlace } from "../core/errors.ts";
import { type Graph, inOrder, rootsOf } from "../ir/graph.ts";
import type { Attributes } from "../ir/op.ts";
import { describeRegion, type Region } from "../ir/region.ts";
import { loopOf, watchLoops } from "../ir/scan.ts";
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
  readonly region: Region | undefined;
  readonly of: Tensor | undefined;
}

let noted = new WeakMap<Tensor, Noted>();
/** What is known of the nodes of bodies, in the order of their text. */
let loops = new WeakMap<Attributes, readonly Noted[]>();

/** Begins or ends to note places. */
export function notePlaces(on: boolean): void {
  if (!on) {
    watchTensors(undefined);
    watchLoops(undefined);
    noted = new WeakMap();
    loops = new WeakMap();
    return;
  }
  watchTensors((tensor) => {
    const of = nodeBeingDifferentiated();
    const forward = of && noteOf(of);
    const place = forward?.place ?? userPlace().place;
    noted.set(tensor, { place, region: forward?.region ?? tensor.region, of });
  });
  watchLoops({
    made: (attributes, body) => loops.set(attributes, nodesOf(body).map(noteOf)),
    read: noteNodes,
  });
}

/** Where a node was recorded; of adjoint nodes, where the forward node was. */
export function originOf(node: Tensor): Origin {
  const { place, region, of } = noteOf(node);
  return { place, path: describeRegion(region), derivativeOf: of };
}

/** Makes known where the nodes of a loop's body were recorded, for those that `loopOf` gives. */
export function noteLoop({ attributes }: Tensor): void {
  noteNodes(attributes, loopOf(attributes).body);
}

function noteNodes(attributes: Attributes, body: Graph): void {
  const known = loops.get(attributes);
  if (known === undefined) return;
  for (const [k, node] of nodesOf(body).entries()) noted.set(node, known[k]);
}

function noteOf(node: Tensor): Noted {
  const note = noted.get(node);
  const of = note?.of ?? adjointOf(node);
  const forward = of && noted.get(of);
  return {
    place: forward?.place ?? note?.place,
    region: forward?.region ?? note?.region ?? (of ?? node).region,
    of,
  };
}

/** The nodes of a body without its arguments, as its text has them. */
function nodesOf(body: Graph): Tensor[] {
  const given = new Set(body.arguments);
  return inOrder(rootsOf(body), (t) => given.has(t)).filter((t) => !given.has(t));
}
