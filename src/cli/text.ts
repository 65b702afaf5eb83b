// Text on a terminal: colours per stream, numbers, wrapped paragraphs, and how an error looks.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import picocolors from "picocolors";
import { ChainruleError } from "../index.ts";

type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours where the stream shows them; none in files, pipes, or with NO_COLOR. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const wanted = stream.isTTY === true ? TERM !== "dumb" : Boolean(FORCE_COLOR);
  return picocolors.createColors(wanted && !NO_COLOR);
}

/** Columns to write into: the terminal's, at most 100; 80 where there is none. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(stream.columns || 80, 100);
}

/** A whole number with thousands separators. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A fraction as percent: `97.83 %`. */
export function percent(fraction: number, digits = 2): string {
  return `${(100 * fraction).toFixed(digits)} %`;
}

/** Four digits: `0.0312`, `2.302`. */
export function number(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e5) return value.toExponential(2);
  return value.toFixed(size < 1 ? 4 : size < 100 ? 3 : 1);
}

/** A duration: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (n: number): string => String(n).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `1 image`, `2 images`. */
export function plural(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** Breaks text at spaces into lines of at most `width` columns; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A label and its value: `  model     64 → 10`. */
export function field(label: string, value: string, colors: Colors): string {
  return `  ${colors.dim(label.padEnd(10))}${value}\n`;
}

/** How an error looks: one red block without a stack; CHAINRULE_DEBUG=1 adds the stack. */
export function errorBlock(error: unknown): string {
  const colors = colorsFor(process.stderr);
  const debug = Boolean(process.env.CHAINRULE_DEBUG);
  const known = error instanceof ChainruleError;
  const title = known ? `error ${error.code}` : "error";
  const message = error instanceof Error ? error.message : String(error);
  const text = known ? message : `${nameOf(error)}${message}${placeOf(error)}`;
  const lines = text.split("\n").flatMap((line) => wrap(line, widthOf(process.stderr) - 4));
  const stack = debug && error instanceof Error ? `\n${colors.dim(error.stack ?? "")}\n` : "";
  const hint = known || debug ? "" : colors.dim("  CHAINRULE_DEBUG=1 shows where it comes from.\n");
  const body = lines.map((line) => `  ${colors.red(line)}\n`).join("");
  return `\n  ${colors.bold(colors.red(title))}\n${body}${hint}${stack}\n`;
}

function nameOf(error: unknown): string {
  return error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
}

/** Folder of the library's own code, whose lines say nothing to the user. */
const ownFolder = fileURLToPath(new URL("..", import.meta.url));

/** The innermost line of the stack that is in the user's own file: in a recipe, for instance. */
function placeOf(error: unknown): string {
  const lines =
    error instanceof Error ? (error.stack ?? "").replaceAll("file://", "").split("\n") : [];
  const places = lines.map((line) =>
    line.match(/(?:at |\()((?:async |node:)?[^()]*:\d+):\d+\)?$/)?.[1]?.replace("async ", ""),
  );
  const foreign = (place: string): boolean =>
    /node_modules|node:/.test(place) || place.includes(ownFolder);
  const own = places.find((place) => place !== undefined && !foreign(place));
  return own === undefined ? "" : `\nAt ${shownPath(own)}.`;
}

/** A path as it is typed from here; absolute where it lies elsewhere. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path) || ".";
  return short.startsWith("..") ? path : short;
}
