// Colours of pictures: signed values from orange through the page's colour to blue, and classes that people who confuse
// red and green can tell apart. As bytes, because pictures are drawn pixel by pixel.

import { useSyncExternalStore } from "react";

type Color = readonly [red: number, green: number, blue: number];

interface Palette {
  readonly paper: Color;
  readonly positive: Color;
  readonly negative: Color;
  readonly classes: readonly Color[];
}

const light: Palette = {
  paper: [255, 255, 255],
  positive: [31, 95, 196],
  negative: [214, 106, 28],
  classes: [
    ...([
      [31, 95, 196],
      [214, 106, 28],
      [23, 132, 96],
      [144, 72, 170],
      [176, 38, 74],
    ] as const),
    ...([
      [96, 112, 30],
      [12, 128, 150],
      [128, 96, 72],
      [90, 90, 110],
      [196, 150, 10],
    ] as const),
  ],
};

const dark: Palette = {
  paper: [20, 23, 28],
  positive: [125, 176, 255],
  negative: [255, 160, 96],
  classes: [
    ...([
      [112, 164, 255],
      [255, 160, 96],
      [92, 208, 160],
      [208, 150, 232],
      [255, 128, 156],
    ] as const),
    ...([
      [186, 204, 104],
      [96, 204, 224],
      [206, 172, 144],
      [164, 166, 188],
      [240, 204, 90],
    ] as const),
  ],
};

export function paletteOf(isDark: boolean): Palette {
  return isDark ? dark : light;
}

/** A class's colour as CSS. */
export function classColor(label: number, isDark: boolean): string {
  return `rgb(${paletteOf(isDark).classes[label % 10].join(" ")})`;
}

/** Whether the page is dark now. */
export function useDark(): boolean {
  return useSyncExternalStore(follow, isDark);
}

const media = "(prefers-color-scheme: dark)";

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme === "dark" || (theme !== "light" && matchMedia(media).matches);
}

function follow(changed: () => void): () => void {
  const query = matchMedia(media);
  const observer = new MutationObserver(changed);
  query.addEventListener("change", changed);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    query.removeEventListener("change", changed);
    observer.disconnect();
  };
}

/** Writes signed values, in units of `scale`, as pixels. */
export function paintSigned(
  pixels: Uint8ClampedArray,
  values: ArrayLike<number>,
  scale: number,
  isDark: boolean,
): void {
  const { paper, positive, negative } = paletteOf(isDark);
  for (let k = 0; k < values.length; k++) {
    const share = scale === 0 ? 0 : values[k] / scale;
    mix(pixels, k, paper, share < 0 ? negative : positive, Math.min(1, Math.abs(share)));
  }
}

/** Writes a mixture of two colours as pixel `k`. */
export function mix(
  pixels: Uint8ClampedArray,
  k: number,
  from: Color,
  to: Color,
  share: number,
): void {
  for (let c = 0; c < 3; c++) pixels[4 * k + c] = from[c] + (to[c] - from[c]) * share;
  pixels[4 * k + 3] = 255;
}

/** The largest size among some values, by which they are scaled. */
export function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let k = 0; k < values.length; k++) found = Math.max(found, Math.abs(values[k]));
  return Number.isFinite(found) ? found : 0;
}
