// Numbers for people: four digits, and small or large ones with a power of ten.

import type { TraceNode } from "chainrule/inspect";

/** `0.5915`, `3.2e-7`, `−0.0123`. */
export function shown(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return String(x);
  const rounded = Number(x.toPrecision(digits));
  const text =
    Math.abs(rounded) < 1e7 ? rounded.toString() : rounded.toExponential().replace("+", "");
  return text.replaceAll("-", "−");
}

/** The first numbers of a list, in a line. */
export function shownList(values: readonly number[], count = 3, digits = 3): string {
  const some = values.slice(0, count).map((x) => shown(x, digits));
  return some.join("  ") + (values.length > count ? "  …" : "");
}

/** A node's value in a line of some 20 letters: its numbers where they are few, else their range. */
export function shownValue({ values, sampled, statistics }: TraceNode): string {
  if (sampled === undefined && values.length <= 3) {
    const text = shownList(values);
    return text.length <= 20 ? text : shownList(values, 3, 2);
  }
  return `${shown(statistics.min, 2)} … ${shown(statistics.max, 2)}`;
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
