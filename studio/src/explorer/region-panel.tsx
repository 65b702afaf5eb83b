// The panel of a folded or open layer: what it computes, how much is in it, and its nodes.

import type { StepTrace } from "chainrule/inspect";
import type { ReactElement } from "react";
import { useWords } from "../language/language.ts";
import { nodesIn } from "./folding.ts";
import { isGiven } from "./graph-model.ts";
import { NodeLink } from "./node-link.tsx";
import { shownValue } from "./numbers.ts";
import type { Region } from "./regions.ts";
import type { ChooseNode } from "./selection.ts";
import { formulaOfRegion } from "./titles.ts";
import type { Networks } from "./use-networks.ts";
import type { Picture } from "./use-picture.ts";
import { useExplorerWords } from "./words.ts";

interface RegionPanelFacts {
  readonly trace: StepTrace;
  readonly region: Region;
  readonly choose: ChooseNode;
  readonly picture: Picture;
  readonly networks: Networks;
}

/** Nodes that are listed. */
const most = 40;

export function RegionPanel(facts: RegionPanelFacts): ReactElement {
  const { trace, region, choose, picture, networks } = facts;
  const words = useWords();
  const more = useExplorerWords();
  const { regions, open, setOpen } = picture;
  const nodes = nodesIn(region.key, regions.byKey).map((id) => trace.nodes[id]);
  const ops = nodes.filter((node) => !isGiven(node));
  const parameters = nodes.filter(({ phase }) => phase === "parameter");
  const count = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const output = ops.at(-1);
  const isOpen = open.has(region.key);
  const network = networks.at({ kind: "region", region: region.key });
  const toggle = (): void =>
    setOpen(
      isOpen
        ? new Set([...open].filter((key) => key !== region.key))
        : new Set([...open, region.key]),
    );
  return (
    <>
      <h2>{region.label}</h2>
      <p className="facts">
        {region.place !== undefined && (
          <>
            <code>{region.place}</code> ·{" "}
          </>
        )}
        {ops.length} {more.ops} · {count.toLocaleString()} {more.parameters}
        {output !== undefined && ` · ${words.shape} [${output.shape.join(", ")}]`}
      </p>
      <p className="region-formula">{formulaOfRegion(region.label, nodes)}</p>
      <button type="button" className="button" onClick={toggle}>
        {isOpen ? more.fold : more.unfold}
      </button>{" "}
      {network !== undefined && network.key !== networks.shown?.key && (
        <button type="button" className="button" onClick={() => networks.show(network)}>
          {more.toNeurons}
        </button>
      )}
      <ol className="region-nodes">
        {[...parameters, ...ops].slice(0, most).map((node) => (
          <li key={node.id}>
            <NodeLink {...{ trace, choose }} node={node.id} />
            <div>
              <span className="forward">{shownValue(node)}</span>{" "}
              {node.adjoint !== undefined && (
                <span className="backward">∂ {shownValue(trace.nodes[node.adjoint])}</span>
              )}
            </div>
          </li>
        ))}
      </ol>
      {nodes.length > most && <p className="facts">… + {nodes.length - most}</p>}
    </>
  );
}
