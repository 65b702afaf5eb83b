// How the layers learn, from input to output, over the run: the size of each gradient, or that of each update beside its
// parameter, as a heat map whose rows are a table as well.

import { type ReactElement, type ReactNode, useState } from "react";
import { type Decades, decadesOf, type Flow, flowOf, isWeight, recent } from "./gradient-flow.ts";
import { Strip, StripLegend } from "./layer-strip.tsx";
import type { Series } from "./series.ts";
import type { ShownRun } from "./shown-run.ts";
import { short } from "./text.ts";
import { useRunWords } from "./words.ts";

type Kind = "gradients" | "updates";
type Rows = readonly (readonly [path: string, series: Series])[];

/** Ratios of updates that the scale spans, and those between which a layer learns as usual. */
const ratios: Decades = { from: -6, to: 0 };
const [low, high] = [1e-4, 3e-2];

export function Layers({ run }: { readonly run: ShownRun }): ReactElement {
  const words = useRunWords();
  const [chosen, setChosen] = useState<Kind>("gradients");
  const rows: Record<Kind, Rows> = {
    gradients: filled(run.data.gradients),
    updates: filled(run.data.updates),
  };
  const kinds = (["gradients", "updates"] as const).filter((kind) => rows[kind].length > 0);
  if (kinds.length === 0) return <p className="empty">{words.layersNone}</p>;
  const kind = kinds.includes(chosen) ? chosen : kinds[0]; // older runs have no gradients
  return (
    <>
      <p className="note">{kind === "gradients" ? words.gradientsLead : words.layersLead}</p>
      {kinds.length > 1 && (
        <div className="choices">
          <label>
            {words.layersShow}
            <select value={kind} onChange={(event) => setChosen(event.target.value as Kind)}>
              <option value="gradients">{words.asGradients}</option>
              <option value="updates">{words.asUpdates}</option>
            </select>
          </label>
        </div>
      )}
      {kind === "gradients" ? (
        <Gradients rows={rows.gradients} flow={flowOf(run.data.gradients)} />
      ) : (
        <Table
          rows={rows.updates}
          scale={ratios}
          remark={words.verdict}
          of={(path, series) => <Verdict path={path} series={series} />}
        />
      )}
    </>
  );
}

function filled(all: ReadonlyMap<string, Series>): Rows {
  return [...all].filter(([, { size }]) => size > 0);
}

function Gradients({
  rows,
  flow,
}: {
  readonly rows: Rows;
  readonly flow: Flow | undefined;
}): ReactElement {
  const words = useRunWords();
  const last = flow?.norms[1] ?? 0;
  return (
    <>
      {flow && <Judgement flow={flow} />}
      <Table
        rows={rows}
        scale={decadesOf(rows.map(([, series]) => series))}
        remark={words.besideLast}
        isNumber
        of={(_, series) => brief(recent(series) / last)}
      />
    </>
  );
}

/** What the gradients say together, in words. */
function Judgement({ flow }: { readonly flow: Flow }): ReactElement {
  const words = useRunWords();
  const { first, last, norms } = flow;
  const [name, say] = words.flows[flow.kind];
  const mark = flow.kind === "arrives" ? "finished" : "failed";
  return (
    <p className="flow">
      <span className={`mark ${mark}`}>{name}</span>{" "}
      {say({ first, last, norm: short(norms[0]), ratio: brief(norms[0] / norms[1]) })}
    </p>
  );
}

function brief(ratio: number): string {
  return Number.isFinite(ratio) ? short(Number(ratio.toPrecision(3))) : "–";
}

interface TableFacts {
  readonly rows: Rows;
  readonly scale: Decades;
  /** Head of the last column, and what stands in it. */
  readonly remark: string;
  readonly of: (path: string, series: Series) => ReactNode;
  readonly isNumber?: boolean;
}

function Table({ rows, scale, remark, of, isNumber = false }: TableFacts): ReactElement {
  const words = useRunWords();
  const last = Math.max(...rows.map(([, series]) => series.along("step")[series.size - 1]));
  const look = isNumber ? "number" : undefined;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <section className="scroll tall" tabIndex={0} aria-label={words.tabs.layers}>
        <table className="layers">
          <thead>
            <tr>
              <th scope="col">{words.parameter}</th>
              <th scope="col" className="wide">
                {words.step} 1 – {short(last)}
              </th>
              <th scope="col" className="number">
                {words.firstUpdate}
              </th>
              <th scope="col" className="number">
                {words.lastUpdate}
              </th>
              <th scope="col" className={look}>
                {remark}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([path, series]) => (
              <tr key={path}>
                <th scope="row">
                  <code>{path}</code>
                </th>
                <td className="wide">
                  <Strip {...{ path, series, last, scale }} version={series.version} />
                </td>
                <td className="number">{short(series.values[0])}</td>
                <td className="number">{short(series.last)}</td>
                <td className={look}>{of(path, series)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <StripLegend scale={scale} />
    </>
  );
}

/** How a parameter learns, by its updates; biases begin at or near 0, where a ratio says little. */
function Verdict({
  path,
  series,
}: {
  readonly path: string;
  readonly series: Series;
}): ReactElement | null {
  const words = useRunWords();
  if (!isWeight(path)) return null;
  const middle = [...series.values].sort((a, b) => a - b)[Math.floor(series.size / 2)];
  const [kind, text] =
    middle === 0
      ? (["failed", words.still] as const)
      : middle < low
        ? (["paused", words.low] as const)
        : middle > high
          ? (["paused", words.high] as const)
          : (["finished", words.good] as const);
  return <span className={`mark ${kind}`}>{text}</span>;
}
