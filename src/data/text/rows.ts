// Cutting rows of tokens to a length and filling them up to one: what a tokenizer file says about it, and what a caller does.

import { badTokenizer, Component } from "./component.ts";

export type Side = "left" | "right";

/** At most so many tokens, and of which texts the rest is taken away. */
export interface Truncation {
  readonly maxLength: number;
  readonly side: Side;
  readonly strategy: "LongestFirst" | "OnlyFirst" | "OnlySecond";
}

/** What fills rows up. */
export interface Filling {
  /** To this length; undefined: to the longest row. */
  readonly length: number | undefined;
  readonly multipleOf: number;
  readonly id: number;
  readonly typeId: number;
  readonly side: Side;
}

/** Reads the field `truncation`. */
export function readTruncation(json: unknown): Truncation | undefined {
  if (json === null || json === undefined) return undefined;
  const component = new Component("truncation", json);
  component.ignore("stride"); // of what is cut off, which is not kept
  const truncation: Truncation = {
    maxLength: component.whole("max_length"),
    side: sideOf(component),
    strategy: component.choice(
      "strategy",
      ["LongestFirst", "OnlyFirst", "OnlySecond"],
      "LongestFirst",
    ),
  };
  component.finish();
  return truncation;
}

/** Reads the field `padding`. */
export function readFilling(json: unknown): Filling | undefined {
  if (json === null || json === undefined) return undefined;
  const component = new Component("padding", json);
  component.ignore("pad_token");
  const strategy = component.value("strategy") ?? "BatchLongest";
  const isLongest = strategy === "BatchLongest";
  const length = isLongest ? undefined : component.child("strategy").whole("Fixed");
  const filling: Filling = {
    length,
    multipleOf: component.whole("pad_to_multiple_of", 1, 1),
    id: component.whole("pad_id"),
    typeId: component.whole("pad_type_id", 0),
    side: sideOf(component),
  };
  component.finish();
  return filling;
}

const sideOf = (component: Component): Side =>
  component.choice("direction", ["Left", "Right"], "Right") === "Left" ? "left" : "right";

/** Cuts one text or two so that they have together at most `length` tokens. */
export function truncate(
  texts: readonly (readonly number[])[],
  { strategy, side }: Truncation,
  length: number,
): readonly (readonly number[])[] {
  const counts = texts.map((text) => text.length);
  const total = counts.reduce((a, b) => a + b, 0);
  if (total <= length) return texts;
  const left = lengthsOf(counts, strategy, Math.max(0, length));
  return texts.map((text, k) =>
    side === "right" ? text.slice(0, left[k]) : text.slice(text.length - left[k]),
  );
}

function lengthsOf(
  [a, b]: readonly number[],
  strategy: Truncation["strategy"],
  length: number,
): readonly number[] {
  if (b === undefined && strategy !== "OnlySecond") return [length];
  if (strategy === "LongestFirst") return fairLengths(a, b, length);
  const [cut, kept] = strategy === "OnlyFirst" ? [a, b] : [b ?? 0, a];
  if (kept > length || cut === 0) {
    throw badTokenizer(
      `truncation ${strategy} cannot cut texts of ${a} and ${b ?? 0} tokens to ${length} together`,
      { lengths: [a, b], length },
    );
  }
  return strategy === "OnlyFirst" ? [length - b, b] : [a, length - a];
}

/** The longer one is cut to the length of the shorter one, then both by halves. */
function fairLengths(a: number, b: number, length: number): readonly number[] {
  const shorter = Math.min(a, b);
  const longer = shorter > length ? shorter : Math.max(shorter, length - shorter);
  const [first, second] =
    shorter + longer > length ? [Math.floor(length / 2), Math.ceil(length / 2)] : [shorter, longer];
  return a > b ? [second, first] : [first, second];
}

/** The length that all rows get. */
export function filledLength(longest: number, { length, multipleOf }: Filling): number {
  const least = Math.max(longest, length ?? 0);
  return Math.ceil(least / multipleOf) * multipleOf;
}
