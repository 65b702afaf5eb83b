// Two steps side by side: the present one, and one that was remembered.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import type { ReactElement } from "react";
import { useWords } from "../language/language.ts";
import { changeOf, largestChanges } from "./differences.ts";
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
}

/** The nodes whose value changed most, relative to their size. */
export function LargestChanges({ trace, remembered, choose }: LargestFacts): ReactElement {
  const words = useExplorerWords();
  return (
    <>
      <h2>{words.largestChanges}</h2>
      <table>
        <tbody>
          {largestChanges(trace, remembered).map((id) => (
            <tr key={id}>
              <td>
                <NodeLink {...{ trace, choose }} node={id} />
              </td>
              <td>{shown(100 * changeOf(trace.nodes[id], remembered.nodes[id]), 3)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
