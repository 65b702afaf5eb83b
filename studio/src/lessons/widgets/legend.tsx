// The legend of a chart: colour, dash and name, with a number where there is one.

import type { ReactElement } from "react";
import type { Line } from "./chart.tsx";

export function Legend({
  lines,
  numbers,
}: {
  readonly lines: readonly Line[];
  readonly numbers?: readonly string[];
}): ReactElement {
  return (
    <ul className="legend">
      {lines.map(({ label, color, dash, width = 2 }, k) => (
        <li key={label}>
          <svg width="28" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="28"
              y1="4"
              y2="4"
              className={`stroke-${color}`}
              strokeWidth={width}
              strokeDasharray={dash?.join(" ")}
            />
          </svg>
          {label}
          {numbers !== undefined && <b>{numbers[k]}</b>}
        </li>
      ))}
    </ul>
  );
}
