// Which dense part of a step is looked at as neurons: a whole network, or the layers of one box of the graph.

import type { StepTrace } from "chainrule/inspect";
import { useMemo, useState } from "react";
import { unitsOf } from "./columns.ts";
import { nodesIn } from "./folding.ts";
import { type Network, networksOf, partOf } from "./network.ts";
import type { Regions } from "./regions.ts";
import type { Selection } from "./selection.ts";

export interface Networks {
  readonly all: readonly Network[];
  /** The one that is shown. */
  readonly shown: Network | undefined;
  readonly show: (network: Network | undefined) => void;
  /** The part in a box, or that a node is of. */
  readonly at: (selection: Selection | undefined) => Network | undefined;
  /** What to begin with: the part that is chosen, else the last one that was shown, else a small one. */
  readonly first: (selection: Selection | undefined) => Network | undefined;
}

export function useNetworks(trace: StepTrace, { byKey }: Regions): Networks {
  const all = useMemo(() => networksOf(trace), [trace]);
  const [last, setLast] = useState<Network>();
  const [isOn, setOn] = useState(false);
  // Of another iteration, the same layers with new numbers; of another program, none.
  const within = (nodes: Iterable<number>): Network | undefined => {
    const wanted = new Set(nodes);
    return all.map((one) => partOf(trace, one, wanted)).find((part) => part !== undefined);
  };
  const same = last && within(last.layers.map(({ product }) => product));
  const known = same?.key === last?.key ? same : undefined;
  const at = (selection: Selection | undefined): Network | undefined => {
    if (selection === undefined) return undefined;
    if (selection.kind === "region")
      return byKey.has(selection.region) ? within(nodesIn(selection.region, byKey)) : undefined;
    return all.find((one) => isOf(one, selection.node));
  };
  return {
    all,
    shown: isOn ? known : undefined,
    show: (network) => {
      setOn(network !== undefined);
      if (network !== undefined) setLast(network);
    },
    at,
    first: (selection) => at(selection) ?? known ?? all.find(isSmall) ?? all[0],
  };
}

function isOf({ layers }: Network, node: number): boolean {
  return layers.some(({ weight, product, sum, output }) =>
    [weight, product, sum, output].includes(node),
  );
}

function isSmall(network: Network): boolean {
  return unitsOf(network).every((units) => units <= 64);
}
