// The panel before anything is chosen: how to read the graph, and the weights of the step with the sizes of their gradients
// and changes, each of which leads to its node.

import type { StepTrace, TraceNode, TraceUpdate } from "chainrule/inspect";
import { type ReactElement, useContext } from "react";
import { type Language, LanguageContext, useWords } from "../language/language.ts";
import { NodeLink } from "./node-link.tsx";
import { shown } from "./numbers.ts";
import type { ChooseNode } from "./selection.ts";

/** More rows than these would be a list to scroll, not an overview. */
const longest = 10;

const words = {
  en: {
    legend: "How to read the graph",
    value: "a value; blue runs forward, from the inputs to the loss",
    adjoint: "its adjoint: how the loss changes with it; orange runs back",
    update: "a weight after the update",
    weights: "Weights of this step",
    weight: "weight",
    gradient: "‖gradient‖",
    change: "change",
    more: (count: number) => `and ${count} more in the graph`,
  },
  zh: {
    legend: "怎样看这张图",
    value: "数值；蓝色向前走，从输入到损失",
    adjoint: "它的伴随值：损失怎样随它变化；橙色往回走",
    update: "更新之后的权重",
    weights: "这一步的权重",
    weight: "权重",
    gradient: "‖梯度‖",
    change: "变化",
    more: (count: number) => `图中还有 ${count} 个`,
  },
} satisfies Readonly<Record<Language, unknown>>;

interface OverviewFacts {
  readonly trace: StepTrace;
  readonly choose: ChooseNode;
}

export function Overview({ trace, choose }: OverviewFacts): ReactElement {
  const own = words[useContext(LanguageContext)];
  const { nothing } = useWords();
  const updates = trace.updates.filter(({ gradient }) => gradient !== undefined);
  return (
    <div className="overview">
      <p className="empty">{nothing}</p>
      <h3>{own.legend}</h3>
      <dl>
        <dt className="forward">0.59</dt>
        <dd>{own.value}</dd>
        <dt className="backward">∂ 0.012</dt>
        <dd>{own.adjoint}</dd>
        <dt className="updated">0.58</dt>
        <dd>{own.update}</dd>
      </dl>
      {updates.length > 0 && (
        <>
          <h3>{own.weights}</h3>
          <table>
            <thead>
              <tr>
                <th scope="col">{own.weight}</th>
                <th scope="col">{own.gradient}</th>
                <th scope="col">{own.change}</th>
              </tr>
            </thead>
            <tbody>
              {updates.slice(0, longest).map((update) => (
                <Row key={update.name} {...{ trace, choose, update }} />
              ))}
            </tbody>
          </table>
          {updates.length > longest && (
            <p className="facts">{own.more(updates.length - longest)}</p>
          )}
        </>
      )}
    </div>
  );
}

function Row({
  trace,
  choose,
  update: { before, gradient, ratio },
}: OverviewFacts & { readonly update: TraceUpdate }): ReactElement {
  // A change from nothing has no size in per cent.
  const isChanged = Number.isFinite(ratio) && ratio > 0;
  return (
    <tr>
      <td>
        <NodeLink {...{ trace, choose }} node={before} />
      </td>
      <td className="backward">{shown(normOf(trace.nodes[gradient!]), 3)}</td>
      <td className="updated">{isChanged ? `${shown(100 * ratio, 2)} %` : "–"}</td>
    </tr>
  );
}

/** `√ Σ x²`; where only a part of the elements is stored, by their mean and spread. */
function normOf({ values, sampled, shape, statistics: { mean, std } }: TraceNode): number {
  if (sampled === undefined) return Math.hypot(...values);
  const size = shape.reduce((a, b) => a * b, 1);
  return Math.sqrt(size * (mean ** 2 + std ** 2));
}
