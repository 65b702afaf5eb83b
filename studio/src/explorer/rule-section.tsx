// The ops behind an adjoint and behind an update: what the derivative rule of a node recorded, and what the optimizer did.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import type { ReactElement } from "react";
import { Formula } from "./formula.tsx";
import { NodeLink } from "./node-link.tsx";
import { shownValue } from "./numbers.ts";
import type { ChooseNode } from "./selection.ts";
import { useExplorerWords } from "./words.ts";

interface RuleFacts {
  readonly trace: StepTrace;
  readonly node: TraceNode;
  readonly choose: ChooseNode;
}

/** Ops that are listed; a rule rarely has more. */
const most = 24;

/** What the rules of a node's users recorded to get at its adjoint. */
export function RuleSection({ trace, node, choose }: RuleFacts): ReactElement | null {
  const words = useExplorerWords();
  const users = new Set(node.contributions?.map(({ user }) => user));
  if (node.adjoint === undefined || users.size === 0) return null;
  const needed = behind(
    trace,
    node.adjoint,
    ({ ruleOf }) => ruleOf !== undefined && users.has(ruleOf),
  );
  return needed.length === 0 ? null : (
    <Ops title={words.rule} {...{ trace, choose }} ids={needed} />
  );
}

/** What the optimizer recorded to get at the new value. */
export function UpdateSection({ trace, node, choose }: RuleFacts): ReactElement | null {
  const words = useExplorerWords();
  const update = trace.updates.find(({ before }) => before === node.id);
  if (update === undefined) return null;
  const needed = behind(trace, update.after, ({ phase }) => phase === "update");
  return needed.length === 0 ? null : (
    <Ops title={words.updateOps} {...{ trace, choose }} ids={needed} />
  );
}

/** The nodes of a kind that one rests on, in order. */
function behind(
  { nodes }: StepTrace,
  root: number,
  isMeant: (node: TraceNode) => boolean,
): number[] {
  const found = new Set<number>();
  const open = [root];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || !isMeant(nodes[id])) continue;
    found.add(id);
    open.push(...nodes[id].inputs);
  }
  return [...found].sort((a, b) => a - b);
}

interface OpsFacts {
  readonly title: string;
  readonly trace: StepTrace;
  readonly ids: readonly number[];
  readonly choose: ChooseNode;
}

function Ops({ title, trace, ids, choose }: OpsFacts): ReactElement {
  return (
    <details className="rule">
      <summary>{title}</summary>
      <ol>
        {ids.slice(0, most).map((id) => {
          const { formula, inputs } = trace.nodes[id];
          return (
            <li key={id}>
              <NodeLink {...{ trace, choose }} node={id} /> <Formula tex={formula} />
              <div className="facts">
                {inputs.map((input, k) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: an input may stand twice
                  <span key={k}>
                    {k > 0 && ", "}
                    <NodeLink {...{ trace, choose }} node={input} />
                  </span>
                ))}{" "}
                → {shownValue(trace.nodes[id])}
              </div>
            </li>
          );
        })}
      </ol>
      {ids.length > most && <p className="facts">… + {ids.length - most}</p>}
    </details>
  );
}
