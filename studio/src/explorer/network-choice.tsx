// The choice between operations and neurons, and where a step has several dense parts, which of them.

import type { StepTrace } from "chainrule/inspect";
import type { ReactElement } from "react";
import { unitsOf } from "./columns.ts";
import type { Network } from "./network.ts";
import type { Selection } from "./selection.ts";
import { Switch } from "./switch.tsx";
import type { Networks } from "./use-networks.ts";
import { useExplorerWords } from "./words.ts";

interface ChoiceFacts {
  readonly trace: StepTrace;
  readonly networks: Networks;
  readonly selection: Selection | undefined;
}

export function NetworkChoice({ trace, networks, selection }: ChoiceFacts): ReactElement | null {
  const words = useExplorerWords();
  const { all, shown, show, first } = networks;
  if (all.length === 0) return null;
  const isPart = shown !== undefined && all.every(({ key }) => key !== shown.key);
  const offered = isPart ? [shown, ...all] : all;
  return (
    <div className="network-choice">
      <Switch
        label={words.view}
        names={[words.asOperations, words.asNeurons]}
        isOn={shown !== undefined}
        onChange={(isOn) => show(isOn ? first(selection) : undefined)}
      />
      {shown !== undefined && offered.length > 1 && (
        <select
          aria-label={words.part}
          value={shown.key}
          onChange={(event) => show(offered.find(({ key }) => key === event.target.value))}
        >
          {offered.map((network) => (
            <option key={network.key} value={network.key}>
              {titleOfNetwork(trace, network)}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

/** `layers.0 … layers.4: 784 → 32 → 10`. */
function titleOfNetwork({ nodes, groups }: StepTrace, network: Network): string {
  const places = network.layers.map(({ product }) => {
    const group = nodes[product].group;
    return group === undefined ? undefined : groups[group].path?.replace(/^model\./, "");
  });
  const [from, to] = [places[0], places.at(-1)];
  const place = from === to ? from : `${from} … ${to}`;
  return `${place ?? ""} ${unitsOf(network).slice(0, -1).join(" → ")}`.trim();
}
