// A column of units; each shows the last of its values that is known, and below its adjoint. Small ones show them by their
// shade.

import type { KeyboardEvent, ReactElement } from "react";
import type { Column, Elements } from "./columns.ts";
import type { NeuronsFacts } from "./neurons.tsx";
import { shown } from "./numbers.ts";
import type { ElementsOf } from "./use-elements.ts";
import { useExplorerWords } from "./words.ts";

interface UnitsFacts extends NeuronsFacts {
  readonly elementsOf: ElementsOf;
  readonly column: Column;
  /** The nodes that a unit goes through, the last one being its value. */
  readonly nodes: readonly number[];
  readonly row: number;
  readonly label: string;
}

export function Units(facts: UnitsFacts): ReactElement {
  const { trace, picture, column, nodes, row, label, elementsOf, selection, choose } = facts;
  const words = useExplorerWords();
  const { units, drawn, radius, x, ys } = column;
  const progress = (id: number) => picture.progress(picture.graph.seenIn(id) ?? id);
  const known = nodes.findLast((id) => progress(id).hasValue);
  const withAdjoint = nodes.find((id) => progress(id).hasAdjoint);
  const active = nodes.map((id) => progress(id).active).find((kind) => kind !== undefined);
  const open = known ?? nodes[nodes.length - 1];
  const elements = (id: number | undefined): Elements =>
    id === undefined ? undefined : elementsOf(id, row * units, units);
  const values = elements(known);
  const adjoint = withAdjoint === undefined ? undefined : trace.nodes[withAdjoint].adjoint;
  const adjoints = elements(adjoint);
  const chosen =
    selection?.kind === "node" && nodes.includes(selection.node)
      ? selection.element - row * units
      : undefined;
  const sign = withAdjoint === nodes.at(-1) ? "∂" : "δ";
  const shades = [shadesOf(values, drawn), shadesOf(adjoints, drawn)];
  return (
    <g className={`units is-${active ?? (known === undefined ? "unknown" : "known")}`}>
      <text className="column" x={x} y={20}>
        {label}
      </text>
      {drawn.map((unit, k) => (
        <Unit
          key={unit}
          {...{ x, y: ys[k], radius, unit, label, sign }}
          value={values?.[unit]}
          adjoint={adjoints?.[unit]}
          shade={shades[0]?.[k]}
          rim={shades[1]?.[k]}
          isChosen={chosen === unit}
          onChoose={() => choose(open, row * units + unit)}
        />
      ))}
      {drawn.length < units && (
        <text className="column" x={x} y={ys.at(-1)! + radius + 24}>
          {words.andMore(units - drawn.length)}
        </text>
      )}
    </g>
  );
}

/** Sizes from 0 to 1, in comparison with the largest that is drawn. */
function shadesOf(values: Elements, drawn: readonly number[]): number[] | undefined {
  if (values === undefined) return undefined;
  const sizes = drawn.map((unit) => Math.abs(values[unit]));
  const largest = Math.max(...sizes, 1e-30);
  return sizes.map((size) => size / largest);
}

interface UnitFacts {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly unit: number;
  readonly label: string;
  readonly sign: string;
  readonly value: number | undefined;
  readonly adjoint: number | undefined;
  readonly shade: number | undefined;
  readonly rim: number | undefined;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Unit(facts: UnitFacts): ReactElement {
  const { x, y, radius, unit, label, sign, value, adjoint, shade, rim, isChosen, onChoose } = facts;
  const isSmall = radius < 20;
  const texts = [value === undefined ? "·" : shown(value, 3)];
  if (adjoint !== undefined) texts.push(`${sign} ${shown(adjoint, 3)}`);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose();
  };
  const looks = isSmall && value !== undefined ? { "--shade": `${Math.round(75 * shade!)}%` } : {};
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture has no button */}
      <g
        className={`unit ${isSmall ? "small" : ""} ${isChosen ? "chosen" : ""}`}
        role="button"
        tabIndex={0}
        aria-label={`${label} ${unit}: ${texts.join(", ")}`}
        onClick={onChoose}
        onKeyDown={onKey}
      >
        {isSmall && <title>{`${label} ${unit}: ${texts.join(", ")}`}</title>}
        <circle cx={x} cy={y} r={radius} style={looks as object} />
        {isSmall && rim !== undefined && (
          <circle className="rim" cx={x} cy={y} r={radius + 2} strokeOpacity={rim} />
        )}
        {!isSmall && (
          <text x={x} y={y} dy="0.35em">
            {texts[0]}
          </text>
        )}
      </g>
      {!isSmall && adjoint !== undefined && (
        <text className="below" x={x} y={y + radius + 15}>
          {texts[1]}
        </text>
      )}
    </>
  );
}
