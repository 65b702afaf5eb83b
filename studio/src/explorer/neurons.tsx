// A small network as in a textbook: circles for units, lines for weights. A line is as thick as its weight is large, and on
// the way back orange and as thick as its gradient; lines of negative numbers are broken.

import type { StepTrace, TraceNode } from "chainrule/inspect";
import { type KeyboardEvent, type ReactElement, useState } from "react";
import { useWords } from "../language/language.ts";
import type { DenseLayer, Network } from "./network.ts";
import { shown } from "./numbers.ts";
import type { ChooseNode, Selection } from "./selection.ts";
import { titleOf } from "./titles.ts";
import type { Picture } from "./use-picture.ts";
import { useExplorerWords } from "./words.ts";

interface NeuronsFacts {
  readonly trace: StepTrace;
  readonly network: Network;
  readonly picture: Picture;
  readonly selection: Selection | undefined;
  readonly choose: ChooseNode;
  readonly tools: ReactElement;
}

const [columnWidth, rowHeight, radius, edge] = [210, 88, 31, 58];

interface Unit {
  readonly x: number;
  readonly y: number;
}

export function Neurons(facts: NeuronsFacts): ReactElement {
  const { network, tools, trace } = facts;
  const words = useWords();
  const more = useExplorerWords();
  const [sample, setSample] = useState(0);
  const widths = [network.inputs, ...network.layers.map(({ units }) => units), 1];
  const height = Math.max(...widths) * rowHeight + 56;
  const width = (widths.length - 1) * columnWidth + 2 * edge;
  const at = (column: number, row: number): Unit => {
    return {
      x: edge + column * columnWidth,
      y: height / 2 + 8 + (row - (widths[column] - 1) / 2) * rowHeight,
    };
  };
  return (
    <section className="graph neurons" aria-label={words.graph}>
      <div className="graph-tools">
        {network.samples > 1 && (
          <label>
            {more.sample}{" "}
            <select value={sample} onChange={(event) => setSample(Number(event.target.value))}>
              {Array.from({ length: network.samples }, (_, k) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: samples are numbered
                <option key={k}>{k}</option>
              ))}
            </select>
          </label>
        )}
        {tools}
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
              key={layer.weight}
              {...{ ...facts, layer, at }}
              column={k}
              inputs={widths[k]}
            />
          ))}
          <ToLoss {...{ ...facts, at, widths }} />
          <Units
            {...{ ...facts, at }}
            column={0}
            nodes={[network.input]}
            units={network.inputs}
            row={sample}
            label="x"
          />
          {network.layers.map(({ sum, output, units }, k) => (
            <Units
              key={output}
              {...{ ...facts, at, units }}
              column={k + 1}
              nodes={sum === output ? [output] : [sum, output]}
              row={sample}
              label={sum === output ? "z" : titleOf(trace.nodes[output])}
            />
          ))}
          <Units
            {...{ ...facts, at }}
            column={widths.length - 1}
            nodes={[trace.loss.node]}
            units={1}
            row={0}
            label={words.loss}
          />
        </svg>
      </div>
    </section>
  );
}

type At = (column: number, row: number) => Unit;

interface WeightsFacts extends NeuronsFacts {
  readonly layer: DenseLayer;
  readonly column: number;
  readonly inputs: number;
  readonly at: At;
}

/** The lines into a layer. */
function Weights({
  trace,
  picture,
  layer,
  column,
  inputs,
  at,
  selection,
  choose,
}: WeightsFacts): ReactElement {
  const { moment, progress } = picture;
  const before = trace.nodes[layer.weight];
  const { hasAdjoint, updated, active } = progress(layer.weight);
  const isBackward = hasAdjoint && moment?.kind !== "update" && before.adjoint !== undefined;
  const node = isBackward
    ? trace.nodes[before.adjoint!]
    : updated === undefined
      ? before
      : trace.nodes[updated];
  const largest = Math.max(...node.values.map(Math.abs), 1e-12);
  const flows =
    moment?.kind === "forward" && moment.nodes.includes(layer.product)
      ? "flows-on"
      : active === "backward"
        ? "flows-back"
        : "";
  const labelled = layer.units * inputs <= 16;
  return (
    <g
      className={`weights ${isBackward ? "is-backward" : active === "update" ? "is-update" : ""} ${flows}`}
    >
      {node.values.map((value, k) => {
        const [from, to] = [at(column, k % inputs), at(column + 1, Math.floor(k / inputs))];
        const isChosen =
          selection?.kind === "node" && selection.node === layer.weight && selection.element === k;
        const share = 0.31 + (0.36 * (k % inputs)) / inputs;
        const place = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard, weights are reached through the panel's links
          <g
            // biome-ignore lint/suspicious/noArrayIndexKey: elements have no other name
            key={k}
            className={isChosen ? "weight chosen" : "weight"}
            onClick={() => choose(layer.weight, k)}
          >
            <title>{`${titleOf(before)} ${k}: ${shown(value)}`}</title>
            <line className="reach" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
            <line
              className={value < 0 ? "line negative" : "line"}
              {...{ x1: from.x + radius, y1: from.y, x2: to.x - radius, y2: to.y }}
              strokeWidth={0.8 + (5.2 * Math.abs(value)) / largest}
            />
            {labelled && (
              <text {...place} dy="0.35em">
                {shown(value, isBackward ? 2 : 3)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** Lines from the last layer to the loss. */
function ToLoss({
  picture: { moment },
  network,
  at,
  widths,
  trace,
}: NeuronsFacts & { readonly at: At; readonly widths: readonly number[] }): ReactElement {
  const column = widths.length - 2;
  const isForward =
    moment?.kind === "loss" ||
    (moment?.kind === "forward" && moment.nodes[0] > network.layers.at(-1)!.output);
  const isBackward =
    moment?.kind === "backward" &&
    moment.through > network.layers.at(-1)!.output &&
    moment.through <= trace.loss.node;
  const end = at(column + 1, 0);
  return (
    <g className={`weights ${isBackward ? "is-backward flows-back" : isForward ? "flows-on" : ""}`}>
      {Array.from({ length: widths[column] }, (_, row) => {
        const from = at(column, row);
        return (
          <line
            // biome-ignore lint/suspicious/noArrayIndexKey: units are numbered
            key={row}
            className="line to-loss"
            x1={from.x + radius}
            y1={from.y}
            x2={end.x - radius}
            y2={end.y}
            strokeWidth={1.5}
          />
        );
      })}
    </g>
  );
}

interface UnitsFacts extends NeuronsFacts {
  readonly column: number;
  /** The nodes that a unit goes through, the last one being its value. */
  readonly nodes: readonly number[];
  readonly units: number;
  readonly row: number;
  readonly label: string;
  readonly at: At;
}

/** A column of units; each shows the last of its values that is known, and below its adjoint. */
function Units({
  trace,
  picture,
  column,
  nodes,
  units,
  row,
  label,
  at,
  selection,
  choose,
}: UnitsFacts): ReactElement {
  const { progress } = picture;
  const known = nodes.findLast((id) => progress(id).hasValue);
  const withAdjoint = nodes.find((id) => progress(id).hasAdjoint);
  const active = nodes.map((id) => progress(id).active).find((kind) => kind !== undefined);
  const open = known ?? nodes[nodes.length - 1];
  const adjoint: TraceNode | undefined =
    withAdjoint === undefined ? undefined : trace.nodes[trace.nodes[withAdjoint].adjoint!];
  return (
    <g className={`units is-${active ?? (known === undefined ? "unknown" : "known")}`}>
      <text className="column" x={at(column, 0).x} y={20}>
        {label}
      </text>
      {Array.from({ length: units }, (_, unit) => {
        const { x, y } = at(column, unit);
        const element = row * units + unit;
        const value = known === undefined ? undefined : trace.nodes[known].values[element];
        const isChosen =
          selection?.kind === "node" &&
          nodes.includes(selection.node) &&
          selection.element === element;
        const pick = (): void => choose(open, element);
        const onKey = (event: KeyboardEvent): void => {
          if (event.key !== "Enter" && event.key !== " ") return;
          event.preventDefault();
          pick();
        };
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: units are numbered
          <g key={unit}>
            {/* biome-ignore lint/a11y/useSemanticElements: a picture has no button */}
            <g
              className={isChosen ? "unit chosen" : "unit"}
              role="button"
              tabIndex={0}
              aria-label={`${label} ${unit}: ${value === undefined ? "·" : shown(value, 3)}`}
              onClick={pick}
              onKeyDown={onKey}
            >
              <circle cx={x} cy={y} r={radius} />
              <text x={x} y={y} dy="0.35em">
                {value === undefined ? "·" : shown(value, 3)}
              </text>
            </g>
            {adjoint !== undefined && (
              <text className="below" x={x} y={y + radius + 15}>
                {withAdjoint === nodes.at(-1) ? "∂" : "δ"} {shown(adjoint.values[element], 3)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}
