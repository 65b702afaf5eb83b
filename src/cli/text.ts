// Text on a terminal: colours per stream, numbers, wrapped paragraphs, and how an error looks.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import picocolors from "picocolors";
import { grouped } from "../core/readable.ts";
import { ChainruleError } from "../index.ts";

export { duration, grouped, number, percent } from "../core/readable.ts";

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

/** `1 image`, `2 images`. */
export function plural(count: number, word: string, words: string = `${word}s`): string {
  return `${grouped(count)} ${count === 1 ? word : words}`;
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

/** A label and lines of text beside it. */
export function fieldLines(label: string, texts: readonly string[], colors: Colors): string {
  return texts.map((text, k) => field(k === 0 ? label : "", text, colors)).join("");
}

/** Columns for the value of a field. */
export function fieldRoom(stream: NodeJS.WriteStream): number {
  return widthOf(stream) - 12;
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

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
