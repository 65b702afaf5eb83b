// Dense layers as in a textbook: circles for units, lines for weights. A line is as thick as its weight is large, and on the
// way back orange and as thick as its gradient; lines of negative numbers are broken.

import type { StepTrace } from "chainrule/inspect";
import { type ReactElement, useRef, useState } from "react";
import { useWords } from "../language/language.ts";
import type { StepAnswers } from "../worker/protocol.ts";
import { type Column, drawnOf, mostLines, placed, unitsOf } from "./columns.ts";
import type { Network } from "./network.ts";
import { Units } from "./neuron-units.tsx";
import { ToLoss, Weights } from "./neuron-weights.tsx";
import type { ChooseNode, Selection } from "./selection.ts";
import { titleOf } from "./titles.ts";
import { type ElementsOf, useElements } from "./use-elements.ts";
import type { Picture } from "./use-picture.ts";
import { useExplorerWords } from "./words.ts";

/** What all parts of the picture know. */
export interface NeuronsFacts {
  readonly trace: StepTrace;
  readonly network: Network;
  readonly picture: Picture;
  readonly selection: Selection | undefined;
  readonly choose: ChooseNode;
}

interface PageFacts extends NeuronsFacts {
  readonly answers: Pick<StepAnswers, "values">;
  readonly tools: ReactElement;
}

/** Rows of a batch that can be chosen. */
const mostSamples = 64;

export function Neurons({ tools, answers, ...facts }: PageFacts): ReactElement {
  const { network, trace } = facts;
  const words = useWords();
  const more = useExplorerWords();
  const [chosenSample, setSample] = useState(0);
  const samples = Math.min(network.samples, mostSamples);
  const sample = Math.min(chosenSample, samples - 1);
  const elementsOf = useElements(trace, answers);
  const { columns, width, height } = placed(useDrawn(network, sample, elementsOf));
  const shared = { ...facts, elementsOf };
  return (
    <section className="graph neurons" aria-label={words.graph}>
      <div className="graph-tools">
        {samples > 1 && (
          <label>
            {more.sample}{" "}
            <select value={sample} onChange={(event) => setSample(Number(event.target.value))}>
              {Array.from({ length: samples }, (_, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: samples are numbered
                <option key={k}>{k}</option>
              ))}
            </select>
          </label>
        )}
        {tools}
        <Omissions columns={columns} />
      </div>
      <div className="neurons-page">
        {/* biome-ignore lint/a11y/useSemanticElements: a picture has no fieldset */}
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ minWidth: width, maxWidth: width * 1.35 }}
          role="group"
          aria-label={more.view}
        >
          {network.layers.map((layer, k) => (
            <Weights
              key={layer.product}
              {...{ ...shared, layer }}
              before={columns[k]}
              after={columns[k + 1]}
            />
          ))}
          <ToLoss {...facts} before={columns.at(-2)!} after={columns.at(-1)!} />
          <Units {...shared} column={columns[0]} nodes={[network.input]} row={sample} label="x" />
          {network.layers.map(({ sum, output }, k) => (
            <Units
              key={output}
              {...shared}
              column={columns[k + 1]}
              nodes={sum === output ? [output] : [sum, output]}
              row={sample}
              label={sum === output ? "z" : titleOf(trace.nodes[output])}
            />
          ))}
          <Units
            {...shared}
            column={columns.at(-1)!}
            nodes={[trace.loss.node]}
            row={0}
            label={network.isLast ? words.loss : `… → ${words.loss}`}
          />
        </svg>
      </div>
    </section>
  );
}

/** Which units are drawn. Of large layers they stay the same from step to step, so that the picture does not jump. */
function useDrawn(
  network: Network,
  sample: number,
  elementsOf: ElementsOf,
): { readonly units: number; readonly drawn: readonly number[] }[] {
  const chosen = useRef(new Map<string, readonly number[]>());
  const nodes = [network.input, ...network.layers.map(({ output }) => output)];
  return unitsOf(network).map((units, k) => {
    const key = `${network.key} ${k} ${sample}`;
    const before = chosen.current.get(key);
    if (before !== undefined) return { units, drawn: before };
    const values = k < nodes.length ? elementsOf(nodes[k], sample * units, units) : undefined;
    const drawn = drawnOf(units, values);
    if (values !== undefined) chosen.current.set(key, drawn);
    return { units, drawn };
  });
}

/** Says what of large layers is not drawn. */
function Omissions({ columns }: { readonly columns: readonly Column[] }): ReactElement | null {
  const words = useExplorerWords();
  const hasMoreUnits = columns.some(({ units, drawn }) => drawn.length < units);
  const hasMoreLines = columns.some(
    ({ drawn }, k) => k > 0 && drawn.length * columns[k - 1].drawn.length > mostLines,
  );
  if (!hasMoreUnits && !hasMoreLines) return null;
  return (
    <p className="facts">
      {hasMoreUnits && words.someUnits} {hasMoreLines && words.someLines(mostLines)}
    </p>
  );
}
