// The lines between the units of two layers.

import type { ReactElement } from "react";
import { type Column, linesOf } from "./columns.ts";
import type { DenseLayer } from "./network.ts";
import type { NeuronsFacts } from "./neurons.tsx";
import { shown } from "./numbers.ts";
import { titleOf } from "./titles.ts";
import type { ElementsOf } from "./use-elements.ts";

interface WeightsFacts extends NeuronsFacts {
  readonly elementsOf: ElementsOf;
  readonly layer: DenseLayer;
  readonly before: Column;
  readonly after: Column;
}

/** The lines into a layer. */
export function Weights(facts: WeightsFacts): ReactElement {
  const { trace, picture, layer, before, after, elementsOf, selection, choose } = facts;
  const { moment, progress } = picture;
  const weight = trace.nodes[layer.weight];
  const { hasAdjoint, updated, active } = progress(layer.weight);
  const isBackward = hasAdjoint && moment?.kind !== "update" && weight.adjoint !== undefined;
  const node = isBackward ? weight.adjoint! : (updated ?? layer.weight);
  const lines = linesOf(before, after, elementsOf(node, 0, layer.inputs * layer.units));
  const largest = Math.max(...lines.map(({ value }) => Math.abs(value)), 1e-12);
  const isFlowing = moment?.kind === "forward" && moment.nodes.includes(layer.product);
  const flows = isFlowing ? "flows-on" : active === "backward" ? "flows-back" : "";
  const labelled = lines.length <= 16;
  return (
    <g
      className={`weights ${isBackward ? "is-backward" : active === "update" ? "is-update" : ""} ${flows}`}
    >
      {lines.map(({ from, to, element, value }) => {
        const isChosen =
          selection?.kind === "node" &&
          selection.node === layer.weight &&
          selection.element === element;
        const [x1, x2] = [before.x, after.x];
        const [y1, y2] = [before.ys[from], after.ys[to]];
        const share = 0.31 + (0.36 * from) / before.drawn.length;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: by keyboard, weights are reached through the panel's links
          <g
            key={element}
            className={isChosen ? "weight chosen" : "weight"}
            onClick={() => choose(layer.weight, element)}
          >
            <title>{`${titleOf(weight)} ${element}: ${shown(value)}`}</title>
            <line
              className={lines.length > 100 ? "reach narrow" : "reach"}
              {...{ x1, y1, x2, y2 }}
            />
            <line
              className={value < 0 ? "line negative" : "line"}
              {...{ x1: x1 + before.radius, y1, x2: x2 - after.radius, y2 }}
              {...strokeOf(Math.abs(value) / largest, lines.length)}
            />
            {labelled && (
              <text x={x1 + (x2 - x1) * share} y={y1 + (y2 - y1) * share} dy="0.35em">
                {shown(value, isBackward ? 2 : 3)}
              </text>
            )}
          </g>
        );
      })}
    </g>
  );
}

/** Many lines are thin, and the smaller ones of them pale, so that the strong ones are seen. */
function strokeOf(
  size: number,
  count: number,
): { readonly strokeWidth: number; readonly strokeOpacity?: number } {
  if (count <= 100) return { strokeWidth: 0.8 + 5.2 * size };
  return { strokeWidth: 0.4 + 2.4 * size * size, strokeOpacity: 0.15 + 0.85 * size * size };
}

interface ToLossFacts extends NeuronsFacts {
  readonly before: Column;
  readonly after: Column;
}

/** Lines from the last layer to the loss. */
export function ToLoss({
  picture: { moment },
  network,
  trace,
  before,
  after,
}: ToLossFacts): ReactElement {
  const last = network.layers.at(-1)!.output;
  const isForward =
    moment?.kind === "loss" || (moment?.kind === "forward" && moment.nodes[0] > last);
  const isBackward =
    moment?.kind === "backward" && moment.through > last && moment.through <= trace.loss.node;
  return (
    <g className={`weights ${isBackward ? "is-backward flows-back" : isForward ? "flows-on" : ""}`}>
      {before.drawn.map((unit, row) => (
        <line
          key={unit}
          className={network.isLast ? "line to-loss" : "line to-loss negative"}
          x1={before.x + before.radius}
          y1={before.ys[row]}
          x2={after.x - after.radius}
          y2={after.ys[0]}
          strokeWidth={before.drawn.length > 14 ? 0.7 : 1.5}
        />
      ))}
    </g>
  );
}
