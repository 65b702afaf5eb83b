// Cutting a text where a pattern matches, with the five ways of Hugging Face's tokenizers to treat what matched.

export type SplitBehavior =
  | "Removed"
  | "Isolated"
  | "MergedWithPrevious"
  | "MergedWithNext"
  | "Contiguous";

export const splitBehaviors: readonly SplitBehavior[] = [
  "Removed",
  "Isolated",
  "MergedWithPrevious",
  "MergedWithNext",
  "Contiguous",
];

interface Part {
  readonly start: number;
  readonly end: number;
  readonly matched: boolean;
}

/** The parts of a text, none of them empty; with `invert` a match is what the pattern does not match. */
export function split(
  text: string,
  pattern: RegExp,
  behavior: SplitBehavior,
  invert = false,
): string[] {
  const parts = matchedParts(text, pattern, invert);
  return joinings[behavior](parts).map(({ start, end }) => text.slice(start, end));
}

function matchedParts(text: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  const add = (start: number, end: number, matched: boolean): void => {
    if (start < end) parts.push({ start, end, matched: matched !== invert });
  };
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    add(last, match.index, false);
    last = match.index + match[0].length;
    add(match.index, last, true);
  }
  add(last, text.length, false);
  return parts;
}

const joinings: Readonly<Record<SplitBehavior, (parts: readonly Part[]) => readonly Part[]>> = {
  Removed: (parts) => parts.filter((part) => !part.matched),
  Isolated: (parts) => parts,
  MergedWithPrevious: (parts) =>
    joined(parts, (part, previous) => part.matched && !previous.matched),
  MergedWithNext: (parts) => joined(parts, (part, previous) => previous.matched && !part.matched),
  Contiguous: (parts) => joined(parts, (part, previous) => part.matched === previous.matched),
};

/** Joins each part to the one before it where the two say so. */
function joined(
  parts: readonly Part[],
  isJoined: (part: Part, previous: Part) => boolean,
): readonly Part[] {
  const result: Part[] = [];
  for (const [k, part] of parts.entries()) {
    const open = k > 0 && isJoined(part, parts[k - 1]) ? result.pop() : undefined;
    result.push(open === undefined ? part : { ...part, start: open.start });
  }
  return result;
}
