// Four optimizers from one start on one surface: the way of each, drawn update by update, and how low each has come.

import { type ReactElement, useCallback, useEffect, useMemo, useState } from "react";
import type uPlot from "uplot";
import { shown } from "../../explorer/numbers.ts";
import { useText } from "../../language/language.ts";
import type { ProgramHistory } from "../../worker/protocol.ts";
import { words as own } from "../words.ts";
import { Chart, type ChartFacts } from "./chart.tsx";
import { type Colors, useColors } from "./colors.ts";
import { useComputed } from "./computed.ts";
import { drawWay, pictureOf, spaced, spread, steps } from "./landscape.ts";
import { Player } from "./player.tsx";
import { type Field, fields, type Racer, racers } from "./race-fields.ts";
import { pointsOf, Standings } from "./standings.tsx";

/** Points of the picture across and down. */
const columns = 760;
const rows = 380;

export function Race(): ReactElement {
  const text = useText();
  const [name, setName] = useState("valley");
  const [start, setStart] = useState(fields.valley.start);
  const [factor, setFactor] = useState(1);
  const field = fields[name];
  const [at, setAt] = useState(field.updates);
  const levels = useComputed(
    (session) => session.levels(name, spaced(...field.x, columns), spaced(...field.y, rows), steps),
    name,
  );
  const ways = useComputed(
    (session) =>
      Promise.all(
        racers.map(({ id }) =>
          session.history("surface", settingsOf(name, id, start, factor), field.updates),
        ),
      ),
    `${name} ${start} ${factor}`,
  );
  const choose = (next: string): void => {
    setName(next);
    setStart(fields[next].start);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new race is shown at its end
  useEffect(() => setAt(field.updates), [name, start, factor]);
  const facts = useField(field, levels, setStart);
  const over = useRunners(field, ways, at);
  return (
    <>
      <fieldset className="controls" aria-label={text(own.settings)}>
        <label>
          {text(own.surface)}
          <select value={name} onChange={(event) => choose(event.target.value)}>
            {Object.entries(fields).map(([id, { label }]) => (
              <option key={id} value={id}>
                {text(label)}
              </option>
            ))}
          </select>
        </label>
        <Slider label={text(own.faster)} range={[0.25, 2]} value={factor} onChange={setFactor} />
        <Slider
          label={`${text(own.start)} x`}
          range={field.x}
          value={start[0]}
          onChange={(x) => setStart([x, start[1]])}
        />
        <Slider
          label={`${text(own.start)} y`}
          range={field.y}
          value={start[1]}
          onChange={(y) => setStart([start[0], y])}
        />
      </fieldset>
      <Chart facts={facts} over={over} />
      <Player
        at={Math.min(at, field.updates)}
        end={field.updates}
        onSeek={setAt}
        stride={Math.ceil(field.updates / 120)}
      />
      <Standings field={field} ways={ways} at={at} factor={factor} />
    </>
  );
}

function settingsOf(
  surface: string,
  optimizer: Racer,
  [startX, startY]: readonly [number, number],
  factor: number,
): Readonly<Record<string, number | string>> {
  return {
    surface,
    optimizer,
    startX,
    startY,
    learningRate: fields[surface].rates[optimizer] * factor,
  };
}

interface SliderFacts {
  readonly label: string;
  readonly range: readonly [number, number];
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Slider({ label, range: [min, max], value, onChange }: SliderFacts): ReactElement {
  return (
    <label>
      {label}
      <input
        type="range"
        {...{ min, max, value }}
        step="any"
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <output>{shown(value, 3)}</output>
    </label>
  );
}

function useField(
  field: Field,
  levels: Uint8Array | undefined,
  onStart: (start: [number, number]) => void,
): ChartFacts {
  const text = useText();
  const colors = useColors();
  return useMemo((): ChartFacts => {
    const picture = levels && pictureOf({ columns, rows, values: levels }, colors);
    return {
      label: `${text(own.surface)}: ${text(field.label)}`,
      ...{ x: [...field.x], lines: [{ label: "", values: [null, null], color: "soft" }] },
      ...{ xLabel: "x", yLabel: "y", height: 420, xRange: field.x, yRange: field.y },
      under: (plot) => picture && spread(plot, picture),
      onPoint: (x, y) => onStart([x, y]),
    };
  }, [field, levels, colors, text, onStart]);
}

/** Draws the goals, and each way up to the present update. */
function useRunners(
  field: Field,
  ways: readonly ProgramHistory[] | undefined,
  at: number,
): (plot: uPlot, colors: Colors) => void {
  return useCallback(
    (plot, colors) => {
      for (const goal of field.goals) sign(plot, goal, "✕", colors.ink);
      for (const [k, way] of (ways ?? []).entries()) {
        const points = pointsOf(way).slice(0, at + 1);
        drawWay(plot, points, colors[racers[k].color], false);
        sign(plot, points[points.length - 1], racers[k].sign, colors[racers[k].color]);
      }
    },
    [field, ways, at],
  );
}

function sign(plot: uPlot, [x, y]: readonly [number, number], letter: string, color: string): void {
  const { ctx } = plot;
  Object.assign(ctx, {
    fillStyle: color,
    font: `${16 * devicePixelRatio}px sans-serif`,
    textAlign: "center",
    textBaseline: "middle",
  });
  ctx.fillText(letter, plot.valToPos(x, "x", true), plot.valToPos(y, "y", true));
}
