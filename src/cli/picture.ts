// Small images and bars as text: two pixels per character with half blocks, in greys where the stream shows colours.

import { colorsFor } from "./text.ts";

/** Columns that a picture may fill by enlarging it. */
const widest = 28;

/** How much an image of that width is enlarged: evenly, so that each pixel is whole characters, or not at all. */
export function enlargement(width: number): number {
  return Math.max(1, 2 * Math.floor(widest / (2 * width)));
}

/** Draws a grey image (0 … 1, ink is 1) as lines of text. */
export function picture(
  pixels: ArrayLike<number>,
  height: number,
  width: number,
  stream: NodeJS.WriteStream,
): string[] {
  const factor = enlargement(width);
  const ink = (row: number, column: number): number =>
    pixels[Math.floor(row / factor) * width + Math.floor(column / factor)] ?? 0;
  const pair = colorsFor(stream).isColorSupported ? greyPair : plainPair;
  return Array.from({ length: Math.ceil((height * factor) / 2) }, (_, line) => {
    const letters = Array.from({ length: width * factor }, (_, column) => {
      const lower = 2 * line + 1 < height * factor ? ink(2 * line + 1, column) : 0;
      return pair(ink(2 * line, column), lower);
    });
    return letters.join("");
  });
}

/** A bar of eighth blocks: `fraction` of `length` columns, filled up with spaces. */
export function bar(fraction: number, length: number): string {
  const eighths = Math.round(Math.min(Math.max(fraction, 0), 1) * length * 8);
  const whole = "█".repeat(Math.floor(eighths / 8));
  const rest = " ▏▎▍▌▋▊▉"[eighths % 8].trim();
  return (whole + rest).padEnd(length);
}

/** Shades where both pixels are alike, else half blocks. */
function plainPair(upper: number, lower: number): string {
  if (Math.abs(upper - lower) < 0.2) return " ░▒▓█"[Math.min(4, Math.round(upper * 4.2))];
  if (upper >= 0.5) return lower >= 0.5 ? "█" : "▀";
  return lower >= 0.5 ? "▄" : " ";
}

/** Upper pixel as foreground and lower as background, from the 24 greys of the 256-colour table. */
function greyPair(upper: number, lower: number): string {
  return `\x1b[38;5;${grey(upper)};48;5;${grey(lower)}m▀\x1b[0m`;
}

function grey(ink: number): number {
  return 232 + Math.round(Math.min(Math.max(ink, 0), 1) * 23);
}
