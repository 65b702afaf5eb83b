// Numbers for people: four digits, and small or large ones with a power of ten.

import type { TraceNode } from "chainrule/inspect";

/** `0.5915`, `3.2e-7`, `−0.0123`. */
export function shown(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return String(x);
  const rounded = Number(x.toPrecision(digits));
  const size = Math.abs(rounded);
  const isPlain = size === 0 || (size >= 1e-4 && size < 1e7);
  const text = isPlain ? rounded.toString() : rounded.toExponential().replace("+", "");
  return text.replaceAll("-", "−");
}

/** The first numbers of a list, in a line. */
export function shownList(values: readonly number[], count = 3, digits = 3): string {
  const some = values.slice(0, count).map((x) => shown(x, digits));
  return some.join("  ") + (values.length > count ? "  …" : "");
}

/** A node's value in a line of `room` letters: its numbers where they are few, else their range. */
export function shownValue({ values, sampled, statistics }: TraceNode, room = 18): string {
  if (sampled === undefined && values.length <= 3) {
    const texts = [3, 2].map((digits) => shownList(values, 3, digits));
    const fitting = texts.find((text) => text.replaceAll("  ", " ").length <= room);
    if (fitting !== undefined) return fitting;
  }
  const { min, max } = statistics;
  const [from, to] = [short(min), short(max)];
  const ranges = [`${shown(min, 2)} … ${shown(max, 2)}`, `${from} … ${to}`, `${from}…${to}`];
  return ranges.find((text) => text.length <= room - 1) ?? ranges[2];
}

/** Two digits in the fewest letters: `5.7e−4` where `0.00057` is longer. */
function short(x: number): string {
  const plain = shown(x, 2);
  const power = x.toExponential(1).replace("+", "").replaceAll("-", "−");
  return power.length < plain.length ? power : plain;
}

/** A number in LaTeX with four digits. */
export function latexNumber(x: number, bracketed = false): string {
  if (!Number.isFinite(x)) return `\\text{${x}}`;
  const [digits, power] = Number(x.toPrecision(4)).toString().split("e");
  const text = power === undefined ? digits : `${digits} \\cdot 10^{${Number(power)}}`;
  return bracketed && (x < 0 || power !== undefined) ? `(${text})` : text;
}

/** `[3, 1]` of element 5 of a shape; nothing for single elements. */
export function placeOf(element: number, shape: readonly number[]): string {
  if (shape.reduce((a, b) => a * b, 1) === 1) return "";
  const places: number[] = [];
  for (let k = shape.length - 1, rest = element; k >= 0; k--) {
    places.unshift(rest % shape[k]);
    rest = Math.floor(rest / shape[k]);
  }
  return `[${places.join(", ")}]`;
}
