// How the gradient reaches the layers: the size of each update beside that of the parameter, from input to output, over the
// run, as a heat map whose rows are a table as well.

import { type ReactElement, useCallback } from "react";
import { Canvas } from "./canvas.tsx";
import { resolved } from "./colors.ts";
import type { Series } from "./series.ts";
import type { ShownRun } from "./shown-run.ts";
import { short } from "./text.ts";
import { useRunWords } from "./words.ts";

/** Ratios that the scale spans; between the inner two a layer learns as usual. */
const [least, low, high, most] = [1e-6, 1e-4, 1e-2, 1];
const strip = 30;

export function Layers({ run }: { readonly run: ShownRun }): ReactElement {
  const words = useRunWords();
  const paths = [...run.data.updates].filter(([, { size }]) => size > 0);
  if (paths.length === 0) return <p className="empty">{words.layersNone}</p>;
  const last = Math.max(...paths.map(([, series]) => series.along("step")[series.size - 1]));
  return (
    <>
      <p className="note">{words.layersLead}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <section className="scroll" tabIndex={0} aria-label={words.tabs.layers}>
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
              <th scope="col">{words.verdict}</th>
            </tr>
          </thead>
          <tbody>
            {paths.map(([path, series]) => (
              <tr key={path}>
                <th scope="row">
                  <code>{path}</code>
                </th>
                <td className="wide">
                  <Strip path={path} series={series} last={last} version={series.version} />
                </td>
                <td className="number">{short(series.values[0])}</td>
                <td className="number">{short(series.last)}</td>
                <td>
                  <Verdict path={path} series={series} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Legend />
    </>
  );
}

interface StripFacts {
  readonly path: string;
  readonly series: Series;
  readonly last: number;
  readonly version: number;
}

function Strip({ path, series, last, version }: StripFacts): ReactElement {
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number, height: number) => {
      if (version === 0) return;
      const color = resolved("var(--backward)");
      const [steps, values] = [series.along("step"), series.values];
      const place = (step: number): number => ((step - 1) / Math.max(1, last - 1)) * width;
      for (let k = 0; k < steps.length; k++) {
        const from = Math.round(place(steps[k]));
        const to = k + 1 < steps.length ? Math.round(place(steps[k + 1])) : width;
        if (to <= from) continue;
        context.globalAlpha = shade(values[k]);
        context.fillStyle = color;
        context.fillRect(from, 0, to - from, height);
      }
    },
    [series, last, version],
  );
  return (
    <Canvas
      draw={draw}
      height={strip}
      label={`${path}: ${short(series.values[0])} → ${short(series.last)}`}
    />
  );
}

/** From pale to full on a logarithmic scale. */
function shade(ratio: number): number {
  if (!(ratio > 0)) return 0;
  const share = Math.log(ratio / least) / Math.log(most / least);
  return 0.04 + 0.96 * Math.min(1, Math.max(0, share)) ** 1.5;
}

/** Biases begin at or near 0, where a ratio says little. */
function Verdict({
  path,
  series,
}: {
  readonly path: string;
  readonly series: Series;
}): ReactElement | null {
  const words = useRunWords();
  if (!/weight/.test(path)) return null;
  const middle = [...series.values].sort((a, b) => a - b)[Math.floor(series.size / 2)];
  const [kind, text] =
    middle === 0
      ? (["failed", words.still] as const)
      : middle < low
        ? (["paused", words.low] as const)
        : middle > high * 3
          ? (["paused", words.high] as const)
          : (["finished", words.good] as const);
  return <span className={`mark ${kind}`}>{text}</span>;
}

function Legend(): ReactElement {
  const powers = [-6, -5, -4, -3, -2, -1, 0];
  return (
    <div className="legend" aria-hidden="true">
      {powers.map((power) => (
        <span key={power}>
          <i style={{ opacity: shade(10 ** power) }} />
          10{superscript(power)}
        </span>
      ))}
    </div>
  );
}

function superscript(power: number): string {
  return String(power).replaceAll(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
}
