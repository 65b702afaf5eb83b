// The panel of the chosen node: its elements, one of them with its formula and the same formula with numbers, its local
// derivatives, its adjoint as the sum that it is, and the finite-difference check.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import { type ReactElement, useEffect, useState } from "react";
import { useWords } from "../language/language.ts";
import type { Explanation, StepAnswers } from "../worker/protocol.ts";
import { AdjointSection } from "./adjoint-section.tsx";
import { CompareTable } from "./compare.tsx";
import { Edit, type Editing } from "./edit.tsx";
import { Elements } from "./elements.tsx";
import { Formula } from "./formula.tsx";
import { NodeLink } from "./node-link.tsx";
import { placeOf, shown } from "./numbers.ts";
import { RuleSection, UpdateSection } from "./rule-section.tsx";
import type { ChooseNode } from "./selection.ts";
import { Switch } from "./switch.tsx";
import { longTitleOf } from "./titles.ts";
import { useExplorerWords } from "./words.ts";

interface InspectorFacts {
  readonly trace: StepTrace;
  readonly node: TraceNode;
  readonly element: number;
  readonly answers: StepAnswers;
  readonly choose: ChooseNode;
  readonly editing: Editing | undefined;
  readonly remembered: StepTrace | undefined;
}

export function Inspector({
  trace,
  node,
  element,
  answers,
  choose,
  editing,
  remembered,
}: InspectorFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const [wantsAdjoint, setWantsAdjoint] = useState(false);
  const found = useExplanation(node, element, answers);
  const { id, shape, group, adjoint, ruleOf } = node;
  const layer = group === undefined ? undefined : trace.groups[group];
  const isSingle = shape.reduce((a, b) => a * b, 1) === 1;
  const showsAdjoint = wantsAdjoint && adjoint !== undefined && !isSingle;
  return (
    <>
      <h2>{longTitleOf(node)}</h2>
      <p className="facts">
        {layer !== undefined && (
          <>
            {layer.label} {layer.path !== undefined && <code>{layer.path}</code>} ·{" "}
          </>
        )}
        {words.shape} [{shape.join(", ")}] · {node.dtype}
      </p>
      {adjoint !== undefined && !isSingle && (
        <Switch
          label={words.value}
          names={[words.value, words.adjoint]}
          isOn={showsAdjoint}
          onChange={setWantsAdjoint}
        />
      )}
      <Elements
        {...{ trace, node, element, answers }}
        of={showsAdjoint ? trace.nodes[adjoint] : node}
        onChoose={(k) => choose(id, k)}
      />
      {remembered !== undefined && <CompareTable {...{ trace, remembered, node, element }} />}
      {editing !== undefined && node.phase === "parameter" && found !== undefined && (
        <Edit
          key={`${node.name} ${element}`}
          {...{ editing, element }}
          parameter={node.name!}
          value={found.value}
        />
      )}
      {found !== undefined && (
        <>
          <ValueSection {...{ trace, node, found, choose }} />
          {ruleOf !== undefined && (
            <p className="facts">
              {more.ruleOf} <NodeLink {...{ trace, choose }} node={ruleOf} />
            </p>
          )}
          {node.phase !== "backward" && node.phase !== "update" && (
            <AdjointSection {...{ trace, node, found, choose, answers }} />
          )}
        </>
      )}
      <RuleSection {...{ trace, node, choose }} />
      <UpdateSection {...{ trace, node, choose }} />
    </>
  );
}

/** Asks about an element; the last answer stays until the next one is there. */
function useExplanation(
  { id }: TraceNode,
  element: number,
  answers: StepAnswers,
): Explanation | undefined {
  const [found, setFound] = useState<Explanation>();
  useEffect(() => {
    let isWanted = true;
    answers
      .explain(id, element)
      .then((answer) => isWanted && answer !== undefined && setFound(answer));
    return () => {
      isWanted = false;
    };
  }, [id, element, answers]);
  return found?.node === id && found.element === element ? found : undefined;
}

interface SectionFacts {
  readonly trace: StepTrace;
  readonly node: TraceNode;
  readonly found: Explanation;
  readonly choose: ChooseNode;
}

function ValueSection({ trace, node, found, choose }: SectionFacts): ReactElement | null {
  const words = useWords();
  const more = useExplorerWords();
  const place = placeOf(found.element, node.shape);
  if (node.inputs.length === 0)
    return (
      <p className="single">
        {words.value}
        {place} <b className="forward">{shown(found.value, 6)}</b>
      </p>
    );
  const letters = node.inputs.length === 1 ? ["x"] : ["a", "b", "c"];
  return (
    <>
      <section>
        <h3>{more.inputs}</h3>
        <table>
          <tbody>
            {found.sources.slice(0, 6).map((link) => (
              <tr key={`${link.node} ${link.element}`}>
                <td>
                  <NodeLink {...{ trace, choose }} node={link.node} element={link.element} />
                </td>
                <td className="forward">{shown(link.value)}</td>
              </tr>
            ))}
            {found.sources.length === 0 &&
              node.inputs.map((input, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: an input may stand twice
                <tr key={k}>
                  <td>
                    <NodeLink {...{ trace, choose }} node={input} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
        {found.sources.length > 6 && (
          <p className="facts">
            … {found.sources.length >= 32 ? "" : `+ ${found.sources.length - 6}`}
          </p>
        )}
      </section>
      <section>
        <h3>
          {words.formula} <small>{place}</small>
        </h3>
        <Formula tex={node.formula} block />
        {found.formula !== undefined && <Formula tex={found.formula} block />}
      </section>
      {found.derivatives.some((text) => text !== undefined) && (
        <section>
          <h3>{words.local}</h3>
          {found.derivatives.map((text, k) => {
            if (text === undefined) return null;
            const general = node.derivatives[k];
            const left = `\\frac{\\partial y}{\\partial ${letters[k]}} = `;
            const middle = general === undefined || general === text ? "" : `${general} = `;
            return <Formula key={letters[k]} tex={`${left}${middle}${text}`} block />;
          })}
        </section>
      )}
    </>
  );
}
