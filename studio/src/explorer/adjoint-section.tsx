// A node's adjoint: each product of an incoming adjoint and a local derivative, their sum, the finite-difference check,
// and the largest paths to the loss.

import type { GradientPath, StepTrace, TraceNode } from "chainrule/inspect";
import { type ReactElement, useEffect, useState } from "react";
import { useWords } from "../language/language.ts";
import type { Explanation, StepAnswers } from "../worker/protocol.ts";
import { Formula } from "./formula.tsx";
import { NodeLink } from "./node-link.tsx";
import { latexNumber, placeOf, shown } from "./numbers.ts";
import type { ChooseNode } from "./selection.ts";
import { longTitleOf } from "./titles.ts";
import { useExplorerWords } from "./words.ts";

interface AdjointFacts {
  readonly trace: StepTrace;
  readonly node: TraceNode;
  readonly found: Explanation;
  readonly answers: StepAnswers;
  readonly choose: ChooseNode;
}

/** Terms that are shown at first. */
const few = 6;

export function AdjointSection({
  trace,
  node,
  found,
  answers,
  choose,
}: AdjointFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const { adjoint, terms, element } = found;
  const place = placeOf(element, node.shape);
  return (
    <section className="adjoint">
      <h3>
        {words.adjoint}
        {place} <small>{words.adjointMeaning}</small>
      </h3>
      {adjoint === undefined && <p>{words.noAdjoint}</p>}
      {adjoint !== undefined && (
        <>
          <Formula
            tex={`\\frac{\\partial L}{\\partial ${letterOf(node)}} = ${sumText(found)}`}
            block
          />
          {node.id === trace.loss.node && <p className="facts">{more.itself}</p>}
          {terms.length > 0 && (
            <table className="terms">
              <caption>{terms.length > 1 ? more.sumOver(terms.length) : words.terms}</caption>
              <thead>
                <tr>
                  <th scope="col">{more.usedBy}</th>
                  <th scope="col">{more.fromLoss}</th>
                  <th scope="col">{more.derivative}</th>
                  <th scope="col">{more.product}</th>
                </tr>
              </thead>
              <tbody>
                {terms.slice(0, few).map((term) => (
                  <tr key={`${term.node} ${term.element}`}>
                    <td>
                      <NodeLink {...{ trace, choose }} node={term.node} element={term.element} />
                    </td>
                    <td className="backward">{shown(term.adjoint, 3)}</td>
                    <td>× {shown(term.derivative, 3)}</td>
                    <td className="backward">= {shown(term.product, 3)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {terms.length > few && <p className="facts">… + {terms.length - few}</p>}
          {found.numeric !== undefined && <Check numeric={found.numeric} adjoint={adjoint} />}
          {node.id !== trace.loss.node && (
            <Paths
              key={`${node.id} ${element}`}
              {...{ trace, node, element, adjoint, answers, choose }}
            />
          )}
        </>
      )}
    </section>
  );
}

function letterOf({ phase, name }: TraceNode): string {
  if (phase === "parameter") return "w";
  return phase === "input" && name !== undefined && /^[a-z]$/.test(name) ? name : "y";
}

/** `0.01753 \cdot 0.2416 = 0.004235`, or the number alone. */
function sumText({ adjoint, terms }: Explanation): string {
  const result = latexNumber(adjoint!);
  if (terms.length === 0 || terms.length > 3) return result;
  const products = terms.map(
    (term) => `${latexNumber(term.adjoint, true)} \\cdot ${latexNumber(term.derivative, true)}`,
  );
  return `${products.join(" + ")} = ${result}`;
}

function Check({
  numeric,
  adjoint,
}: {
  readonly numeric: number;
  readonly adjoint: number;
}): ReactElement {
  const words = useWords();
  const error = Math.abs(numeric - adjoint) / Math.max(Math.abs(numeric), Math.abs(adjoint), 1e-8);
  return (
    <p className={error < 1e-3 ? "finite good" : "finite"}>
      <span aria-hidden="true">{error < 1e-3 ? "✓ " : "≠ "}</span>
      {words.check} <b>{shown(numeric, 6)}</b> · {words.difference}{" "}
      {shown(Math.abs(numeric - adjoint), 2)}
    </p>
  );
}

interface PathsFacts extends Omit<AdjointFacts, "found"> {
  readonly element: number;
  readonly adjoint: number;
}

function Paths({ trace, node, element, adjoint, answers, choose }: PathsFacts): ReactElement {
  const words = useWords();
  const more = useExplorerWords();
  const [isOpen, setOpen] = useState(false);
  const [paths, setPaths] = useState<readonly GradientPath[]>();
  useEffect(() => {
    if (!isOpen) return;
    let isWanted = true;
    answers
      .paths(node.id, element)
      .then((found) => isWanted && found !== undefined && setPaths(found));
    return () => {
      isWanted = false;
    };
  }, [isOpen, answers, node.id, element]);
  const sum = paths?.reduce((total, { product }) => total + product, 0) ?? 0;
  return (
    <details className="paths" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{more.why}</summary>
      {paths === undefined ? (
        <p className="facts">{words.loading}</p>
      ) : (
        <>
          <ol>
            {paths.map((path, k) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two paths may go through the same nodes
              <li key={k}>
                <b className="backward">{shown(path.product)}</b> ={" "}
                {path.steps.map(({ derivative }) => shown(derivative, 3)).join(" · ")}
                <div className="chain">
                  {longTitleOf(node)}
                  {path.steps.map((step) => (
                    <span key={step.node}>
                      {" → "}
                      <NodeLink {...{ trace, choose }} node={step.node} element={step.element} />
                    </span>
                  ))}
                </div>
              </li>
            ))}
          </ol>
          {adjoint !== 0 && (
            <p className="facts">{more.pathsShare(`${shown((100 * sum) / adjoint, 3)} %`)}</p>
          )}
        </>
      )}
    </details>
  );
}
