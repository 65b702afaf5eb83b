// Two steps side by side: the present one, and one that was remembered.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import type { ReactElement } from "react";
import { useWords } from "../language/language.ts";
import { largestChanges } from "./differences.ts";
import { NodeLink } from "./node-link.tsx";
import { shown } from "./numbers.ts";
import type { ChooseNode } from "./selection.ts";
import { useExplorerWords } from "./words.ts";

interface CompareFacts {
  readonly trace: StepTrace;
  readonly remembered: StepTrace;
  readonly node: TraceNode;
  readonly element: number;
}

/** Value and adjoint of an element then and now. */
export function CompareTable({ trace, remembered, node, element }: CompareFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const rows = [
    { label: words.value, before: remembered.nodes[node.id], after: node },
    ...(node.adjoint === undefined
      ? []
      : [
          {
            label: words.adjoint,
            before: remembered.nodes[node.adjoint],
            after: trace.nodes[node.adjoint],
          },
        ]),
  ];
  return (
    <table className="compare">
      <thead>
        <tr>
          <td />
          <th scope="col">{more.remembered}</th>
          <th scope="col">{more.now}</th>
          <th scope="col">{more.change}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, before, after }) => {
          const at = after.sampled === undefined ? element : after.sampled.indexOf(element);
          const [then, now] =
            at < 0
              ? [before.statistics.mean, after.statistics.mean]
              : [before.values[at], after.values[at]];
          return (
            <tr key={label}>
              <th scope="row">{at < 0 ? `${label} (${more.mean})` : label}</th>
              <td>{shown(then)}</td>
              <td>{shown(now)}</td>
              <td>{shown(now - then, 3)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface LargestFacts {
  readonly trace: StepTrace;
  readonly remembered: StepTrace;
  readonly choose: ChooseNode;
  /** Nodes of the picture. */
  readonly nodes: Iterable<number>;
}

/** Rows of the list. */
const most = 14;

/** What changed between two steps: the loss, and the nodes whose value or adjoint changed most, relative to its size. */
export function LargestChanges({ trace, remembered, choose, nodes }: LargestFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const found = largestChanges(trace, remembered, nodes);
  const [then, now] = [remembered.loss.value, trace.loss.value];
  return (
    <div className="differences">
      <h2>{more.largestChanges}</h2>
      <p className="facts">
        {words.loss} {shown(then)} → <b className="forward">{shown(now)}</b>
      </p>
      {found.length === 0 ? (
        <p className="facts">{more.noChanges}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col">{words.value}</th>
              <th scope="col">{words.adjoint}</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map(({ node, value, adjoint }) => (
              <tr key={node}>
                <td>
                  <NodeLink {...{ trace, choose, node }} />
                  <small>{placeIn(trace, node)}</small>
                </td>
                <td className="forward">{percent(value)}</td>
                <td className="backward">{adjoint === undefined ? "" : percent(adjoint)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.length > most && <p className="facts">{more.andMore(found.length - most)}</p>}
      <p className="facts">{more.howChanges}</p>
    </div>
  );
}

/** The layer of an op, which tells it from others of the same sign. */
function placeIn({ nodes, groups }: StepTrace, node: number): string {
  const { name, group } = nodes[node];
  return name !== undefined || group === undefined ? "" : ` ${groups[group].label}`;
}

function percent(share: number): string {
  if (share === 0) return "0";
  return share >= 10 ? `${shown(share, 2)} ×` : `${shown(100 * share, 2)} %`;
}
