// A small drawing for each card of the first page: what the lesson is about in a few strokes, in the colours of the app.

import type { ReactElement } from "react";

/** Strokes by colour; `fill` colours are filled. */
type Ink = "soft" | "forward" | "backward" | "update" | "dashed" | "fill-forward" | "fill-backward";

type Sketch = readonly (readonly [ink: Ink, path: string])[];

function dot(x: number, y: number, r: number): string {
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

function dots(r: number, ...places: readonly (readonly [x: number, y: number])[]): string {
  return places.map(([x, y]) => dot(x, y, r)).join("");
}

function bar(x: number, top: number, bottom: number, width = 12): string {
  return `M${x} ${top}h${width}V${bottom}h${-width}z`;
}

function ellipse(x: number, y: number, rx: number, ry: number): string {
  return `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

/** Lines from each place of a column to each of the next, kept clear of circles by `gap`. */
function meshed(columns: readonly (readonly (readonly [number, number])[])[], gap: number): string {
  return columns
    .slice(1)
    .flatMap((to, k) =>
      columns[k].flatMap(([x, y]) => to.map(([u, v]) => `M${x + gap} ${y}L${u - gap} ${v}`)),
    )
    .join("");
}

const units = [
  [
    [10, 18],
    [10, 38],
  ],
  [
    [42, 8],
    [42, 28],
    [42, 48],
  ],
  [[74, 28]],
] as const;

/** A three, in pixels. */
const pixels = ["..####..", "....##..", "...##...", "..####..", ".....##.", ".....##.", "..####.."];

const digit = pixels
  .flatMap((row, y) =>
    [...row].map((pixel, x) => (pixel === "#" ? `M${18 + 6 * x} ${7 + 6 * y}h5v5h-5z` : "")),
  )
  .join("");

const sketches: Readonly<Record<string, Sketch>> = {
  "chain-rule": [
    ["soft", dots(8, [10, 28], [42, 28], [74, 28])],
    ["forward", "M20 24H31M52 24H63M28 21l3 3-3 3M60 21l3 3-3 3"],
    ["backward", "M63 33H52M31 33H20M55 30l-3 3 3 3M23 30l-3 3 3 3"],
  ],
  "two-three-one": [
    ["soft", meshed(units, 6)],
    ["forward", dots(6, ...units[0], ...units[1])],
    ["backward", dots(6, ...units[2])],
  ],
  "linear-regression": [
    ["soft", "M8 4V52H78"],
    ["backward", "M24 39V32M40 26V17M56 13V22"],
    ["forward", "M12 46L74 8"],
    ["fill-backward", dots(3, [24, 32], [40, 17], [56, 22], [68, 12])],
  ],
  "relu-bce": [
    ["dashed", "M58 4L28 52"],
    ["fill-forward", dots(4, [14, 14], [26, 22], [18, 36], [34, 10])],
    ["fill-backward", bar(58, 22, 30, 8) + bar(66, 38, 46, 8) + bar(48, 42, 50, 8)],
  ],
  "multi-class": [
    ["soft", "M8 26H76"],
    ["fill-forward", bar(14, 17, 26)],
    ["fill-backward", bar(36, 26, 50)],
    ["fill-forward", bar(58, 9, 26)],
  ],
  digits: [
    ["soft", "M16 3h52v50h-52z"],
    ["fill-forward", digit],
  ],
  activations: [
    ["dashed", "M8 50L76 6"],
    ["forward", "M8 46C36 46 38 46 42 28S48 10 76 10"],
  ],
  "learning-rate": [
    ["soft", "M8 6C20 66 64 66 76 6"],
    ["backward", "M12 20L68 30L21 37L55 46"],
    ["fill-backward", dots(3, [12, 20], [68, 30], [21, 37], [55, 46])],
  ],
  optimizers: [
    ["soft", ellipse(50, 28, 32, 22) + ellipse(52, 28, 20, 13) + ellipse(54, 28, 9, 5)],
    ["backward", "M8 8L16 46L24 14L32 40L40 20L48 33L54 28"],
    ["update", "M8 8C18 40 34 34 54 28"],
  ],
  "vanishing-gradients": [
    ["soft", "M8 50H78"],
    ["fill-backward", bar(10, 49, 50, 8) + bar(24, 47, 50, 8) + bar(38, 42, 50, 8)],
    ["fill-backward", bar(52, 30, 50, 8) + bar(66, 6, 50, 8)],
  ],
  "exploding-gradients": [
    ["soft", "M8 4V52H78"],
    ["backward", "M10 48C30 46 38 40 44 4"],
    ["update", "M10 48C30 42 52 40 76 38"],
  ],
  questions: [
    ["forward", "M32 18c0-14 22-14 22 0c0 10-11 9-11 19"],
    ["fill-forward", dot(43, 47, 2.5)],
  ],
  playground: [
    ["forward", "M42 28c6-8 16 2 8 10c-10 10-28 2-26-14c2-14 20-22 34-16"],
    ["backward", "M42 28c-6 8-16-2-8-10c10-10 28-2 26 14c-2 14-20 22-34 16"],
  ],
  runs: [
    ["soft", "M8 4V52H78"],
    ["backward", "M10 8C18 40 34 42 76 44"],
    ["forward", "M10 14C26 24 40 32 50 30S66 34 76 30"],
  ],
  explorer: [
    ["soft", "M4 10h20v14h-20zM4 36h20v14h-20z"],
    ["forward", "M24 17C36 17 30 29 40 29M24 43C36 43 30 31 40 31M40 21h22v18h-22z"],
    ["backward", "M80 30H64M67 27l-3 3 3 3"],
  ],
};

export function SketchOf({ id }: { readonly id: string }): ReactElement {
  return (
    <svg className="sketch" viewBox="0 0 84 56" width="84" height="56" aria-hidden="true">
      {sketches[id].map(([ink, path]) => (
        <path key={path} className={ink} d={path} />
      ))}
    </svg>
  );
}
