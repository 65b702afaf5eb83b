// A parameter's sizes over the steps as a strip, from faint to strong on a logarithmic scale, and what its colours mean.

import { type ReactElement, useCallback } from "react";
import { Canvas } from "./canvas.tsx";
import { resolved } from "./colors.ts";
import type { Decades } from "./gradient-flow.ts";
import type { Series } from "./series.ts";
import { short } from "./text.ts";

const height = 30;

interface StripFacts {
  readonly path: string;
  readonly series: Series;
  /** The last step of all strips. */
  readonly last: number;
  /** That of the series: it grows in place. */
  readonly version: number;
  readonly scale: Decades;
}

export function Strip({ path, series, last, version, scale }: StripFacts): ReactElement {
  const { from: least, to: most } = scale;
  const draw = useCallback(
    (context: CanvasRenderingContext2D, width: number) => {
      if (version === 0) return;
      const color = resolved("var(--backward)");
      const [steps, values] = [series.along("step"), series.values];
      const place = (step: number): number => ((step - 1) / Math.max(1, last - 1)) * width;
      for (let k = 0; k < steps.length; k++) {
        const from = Math.round(place(steps[k]));
        const to = k + 1 < steps.length ? Math.round(place(steps[k + 1])) : width;
        if (to <= from) continue;
        context.globalAlpha = shade(values[k], { from: least, to: most });
        context.fillStyle = color;
        context.fillRect(from, 0, to - from, height);
      }
    },
    [series, last, version, least, most],
  );
  return (
    <Canvas
      draw={draw}
      height={height}
      label={`${path}: ${short(series.values[0])} → ${short(series.last)}`}
    />
  );
}

export function StripLegend({ scale: { from, to } }: { readonly scale: Decades }): ReactElement {
  const stride = Math.ceil((to - from) / 8);
  const powers = Array.from({ length: Math.floor((to - from) / stride) + 1 }, (_, k) => {
    return from + k * stride;
  });
  return (
    <div className="legend" aria-hidden="true">
      {powers.map((power) => (
        <span key={power}>
          <i style={{ opacity: shade(10 ** power, { from, to }) }} />
          10{superscript(power)}
        </span>
      ))}
    </div>
  );
}

function shade(value: number, { from, to }: Decades): number {
  if (!(value > 0)) return 0;
  const share = (Math.log10(value) - from) / (to - from);
  return 0.04 + 0.96 * Math.min(1, Math.max(0, share)) ** 1.5;
}

function superscript(power: number): string {
  return String(power).replaceAll(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)]));
}
